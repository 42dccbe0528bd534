"""The tool `propose_revision`: a change of a document that waits for people."""

from pydantic import BaseModel, ConfigDict, Field

from approvals.payloads import address
from approvals.payloads import approval as approval_payload
from approvals.proposals.actions import propose
from approvals.queries import approval_for
from mcp_bridge import shapes
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.tools.reading import choices, document_of
from specflow.specs.models import MANY, DocumentKind
from specflow.specs.proposing import MAX_EDITS


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Edit(_Part):
    old: str = Field(description="What stands in the document exactly once.")
    new: str = Field(description="What is to stand there.")


class Match(_Part):
    id: str = Field(description="The id of a requirement, criterion or task that stands.")
    line: int = Field(ge=0, description="Its first line in the new text; 0 if it is gone.")


class ProposeRevision(Arguments):
    path: str | None = Field(None, description="The document's path in the workspace; or name its spec and kind.")
    spec_id: str | None = Field(None, description="The spec (id or slug) whose document it is.")
    kind: str | None = Field(
        None,
        description="Which document of the spec.",
        json_schema_extra=choices(*(value for value in DocumentKind.values if value not in MANY)),
    )
    text: str | None = Field(None, description="The whole text as it is to be; or give edits.")
    edits: list[Edit] | None = Field(None, description="Changes of the text that stands.", max_length=MAX_EDITS)
    base_revision: int | None = Field(
        None, ge=1, description="The revision that text was written on; what changed since is brought together with it."
    )
    title: str | None = Field(None, description="One line that says what changes.")
    summary: str | None = Field(None, description="Why, for the people who decide.")
    matches: list[Match] | None = Field(None, description="Answers to the questions of ambiguous_match.")
    replaces: str | None = Field(
        None, description="A proposal (apr-…) that this one replaces; without text and edits it is brought up to date."
    )


@tool("propose_revision", toolset="specs", title="Propose a change", output=shapes.Proposed)
def propose_revision(session: Session, arguments: ProposeRevision) -> Answer:
    """Proposes a change of a document that people approved: the approved text stays in force, and the new one takes its
    place when a person agrees; tasks keep their status, logs and ids. Give the whole text, or edits. Answers with what
    changes, by item, and what that touches. Refused with merge_conflict where the document was changed in the same
    places, and with ambiguous_match where it cannot be told which item is which: answer with matches."""
    from approvals.proposals.queries import change_of

    document = document_of(session, arguments.path, arguments.spec_id, arguments.kind)
    row = propose(
        document,
        actor=session.actor,
        text=arguments.text or "",
        edits=[(one.old, one.new) for one in arguments.edits or ()],
        base_revision=arguments.base_revision,
        title=arguments.title or "",
        summary=arguments.summary or "",
        matches={one.id: one.line for one in arguments.matches or ()},
        replaces=approval_for(session.actor, arguments.replaces) if arguments.replaces else None,
    )
    compared, url = change_of(row), address(row)
    said = compared.summary or "No requirement, criterion or task says something else"
    text = f"Proposed '{row.title}' (ID: {row.public_id}). {said}. A person decides at {url}"
    data = {"approval": approval_payload(row), "change": said, "impact": compared.impact()}
    return Answer(text, data)
