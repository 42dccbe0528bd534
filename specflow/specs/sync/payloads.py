"""What REST takes and gives of conflicts."""

from typing import Any

from rest_framework import serializers

from specflow.accounts.bodies import Body, Text
from specflow.specs.documents import sha256_of
from specflow.specs.models import Conflict
from specflow.specs.sync.queries import base_of, document_text, draft_of

STATES = (("open", "Open"), ("settled", "Settled"))


class SettleBody(Body):
    choice = Text(help_text="file, document or merged.")
    text = Text(required=False, default="", help_text="The text that stands, where the choice is merged.")
    file_sha256 = Text(required=False, default="", help_text="That of the file's text that you had read.")
    document_sha256 = Text(required=False, default="", help_text="That of the document's text that you had read.")


class ConflictLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    project_id = serializers.CharField()
    document = serializers.CharField(help_text="The document's id.")
    path = serializers.CharField()
    state = serializers.CharField(help_text="open or settled.")
    revision = serializers.IntegerField(help_text="The document's revision when the conflict was last looked at.")
    found_at = serializers.DateTimeField()
    choice = serializers.CharField(help_text="file, document or merged; empty while it is open.")
    settled_by = serializers.CharField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)


class ConflictDraft(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="Both sides' changes, as far as they can be brought together.")
    unsettled = serializers.IntegerField(help_text="Places that both changed; they are marked in the text.")


class ConflictShape(ConflictLine):
    file_text = serializers.CharField()
    file_sha256 = serializers.CharField()
    document_text = serializers.CharField()
    document_sha256 = serializers.CharField()
    base_revision = serializers.IntegerField(
        allow_null=True, help_text="On which both sides last agreed, but for marks of progress; null for none."
    )
    draft = ConflictDraft(allow_null=True, help_text="Null where the base is not known.")


def conflict_line(row: Conflict) -> dict[str, Any]:
    """A conflict in a list."""
    return {
        "id": row.public_id,
        "project_id": row.project.slug,
        "document": row.document.public_id,
        "path": row.document.path,
        "state": "open" if row.settled_at is None else "settled",
        "revision": row.revision.number,
        "found_at": row.found_at.isoformat(),
        "choice": row.choice,
        "settled_by": row.settled_by.username if row.settled_by else None,
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
    }


def conflict(row: Conflict) -> dict[str, Any]:
    """A conflict with both texts, and what can be made of them."""
    base, document = base_of(row), document_text(row)
    draft = draft_of(row, base)
    return {
        **conflict_line(row),
        "file_text": row.text,
        "file_sha256": row.sha256,
        "document_text": document,
        "document_sha256": sha256_of(document),
        "base_revision": base.revision.number if base and base.revision else None,
        "draft": {"text": draft.text, "unsettled": draft.unsettled} if draft.is_merged else None,
    }
