"""The shapes in which doors send out approvals and comments."""

from typing import Any

from django.conf import settings

from approvals.models import Approval, Comment, Decision
from approvals.queries import approvals_of
from specflow.specs.models import Spec


def approval(row: Approval) -> dict[str, Any]:
    """An approval with its decisions and the address where a person decides."""
    spec = row.document.spec
    return {
        "id": row.public_id,
        "project": row.project.slug,
        "spec": spec.public_id if spec else None,
        "document": row.document.public_id,
        "kind": row.document.kind,
        "path": row.document.path,
        "title": row.title,
        "summary": row.summary,
        "state": row.state,
        "revision": row.revision.number,
        "base_revision": row.base.number if row.base else None,
        "replaces": row.replaces.public_id if row.replaces else None,
        "matches": [{"id": name, "line": line} for name, line in row.matches.items()],
        "digest": row.digest,
        "approvals_needed": row.policy.get("approvals_needed", 1),
        "decisions": [decision(one) for one in row.decisions.all()],
        "requested_by": row.requested_by.username,
        "created_at": row.created_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "url": address(row),
    }


def decision(row: Decision) -> dict[str, Any]:
    """One person's verdict."""
    return {
        "by": row.user.username,
        "verdict": row.verdict,
        "comment": row.comment,
        "door": row.door,
        "at": row.at.isoformat(),
    }


def comment(row: Comment) -> dict[str, Any]:
    """A remark on a document."""
    return {
        "id": row.public_id,
        "document": row.document.public_id,
        "approval": row.approval.public_id if row.approval else None,
        "revision": row.revision.number,
        "author": row.author.username,
        "text": row.text,
        "start": row.start,
        "end": row.end,
        "resolved": row.resolved_at is not None,
        "created_at": row.created_at.isoformat(),
    }


def approvals_of_spec(spec: Spec) -> list[dict[str, Any]]:
    """The section `approvals` of a spec (specs.hooks)."""
    return [approval(row) for row in approvals_of(spec)]


def address(row: Approval) -> str:
    """Where a person decides: the approval's page in the admin."""
    return f"{settings.SPECFLOW_URL}/admin/approvals/approval/{row.pk}/change/"
