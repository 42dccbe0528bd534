"""The shapes in which doors send out specs and documents (002 for the spec)."""

from collections.abc import Iterable
from typing import Any

from specflow.specs import hooks
from specflow.specs.models import MANY, Criterion, Design, Document, Requirement, Revision, Spec
from specflow.specs.queries import at_hand, design_of, requirements_of


def spec_line(row: Spec) -> dict[str, Any]:
    """A spec in a list; the caller has its documents prefetched."""
    return {
        "id": row.public_id,
        "project_id": row.project.slug,
        "slug": row.slug,
        "title": row.title,
        "description": row.description,
        "phase": row.phase,
        "status": status_of(row),
        "archived": row.archived,
        "documents": {
            one.kind: {
                "id": one.public_id,
                "path": one.path,
                "revision": one.current.number if one.current else None,
                "approved": one.is_approved,
            }
            for one in row.documents.all()
            if one.kind not in MANY
        },
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def spec(row: Spec) -> dict[str, Any]:
    """A spec whole: its line, requirements, design, and the sections of the apps above (tasks, approvals)."""
    shown = requirements(row)
    sections = {name: section(row) for name, section in hooks.spec_sections.items()}
    tasks = [one for one in sections.get("tasks", ()) if not one["step"]]
    completed = sum(one["status"] == "completed" for one in tasks)
    return {
        **spec_line(row),
        "progress": round(100 * completed / len(tasks)) if tasks else 0,
        "requirements": shown,
        "design": design(design_of(row)),
        **sections,
    }


def status_of(row: Spec) -> str:
    """`archived`, `completed`, `implementing`, else `draft` (002 shows a status beside the phase)."""
    if row.archived:
        return "archived"
    return {"implementation": "implementing", "completed": "completed"}.get(row.phase, "draft")


def requirements(of: Spec) -> list[dict[str, Any]]:
    """The spec's requirements in the order of the text; leaves the spec's documents at hand."""
    return [requirement(one) for one in requirements_of(at_hand(of))]


def requirement(row: Requirement, criteria: Iterable[Criterion] | None = None) -> dict[str, Any]:
    """A requirement with its criteria (looked up where they are not given); `status` is whether people agreed on the
    text it stands in."""
    return {
        "id": row.public_id,
        "key": row.key,
        "title": row.title,
        "user_story": row.user_story,
        "condition": row.condition,
        "action": row.action,
        "statement": row.statement,
        "change": row.change,
        "status": "approved" if row.document.is_approved else "draft",
        "criteria": [criterion(one) for one in (row.criteria.all() if criteria is None else criteria)],
        "lines": [row.start, row.end],
    }


def criterion(row: Criterion) -> dict[str, Any]:
    """An acceptance criterion."""
    return {
        "id": row.public_id,
        "key": row.key,
        "text": row.text,
        "pattern": row.pattern,
        "lines": [row.start, row.end],
    }


def design(row: Design | None) -> dict[str, Any] | None:
    """The design as 002 has it; None where there is none yet."""
    if row is None:
        return None
    return {"architecture": row.architecture, "data_model": row.data_model, "api_spec": row.api_spec}


def document(row: Document, *, text: bool = True) -> dict[str, Any]:
    """A document; with `text`, as people read it (its markers say today's progress)."""
    shape: dict[str, Any] = {
        "id": row.public_id,
        "project_id": row.project.slug,
        "spec": row.spec.public_id if row.spec else None,
        "kind": row.kind,
        "path": row.path,
        "revision": row.current.number if row.current else None,
        "sha256": row.current.sha256 if row.current else None,
        "digest": row.current.digest if row.current else None,
        "approved_revision": row.approved.number if row.approved else None,
        "approved": row.is_approved,
    }
    return {**shape, "text": hooks.full_text(row)} if text else shape


def revision(row: Revision, *, text: bool = False) -> dict[str, Any]:
    """A revision; with `text`, as it was written."""
    shape: dict[str, Any] = {
        "id": row.public_id,
        "number": row.number,
        "sha256": row.sha256,
        "digest": row.digest,
        "author": row.author.username,
        "format": row.format,
        "created_at": row.created_at.isoformat(),
    }
    return {**shape, "text": row.text} if text else shape
