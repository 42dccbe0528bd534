"""The tool `diff_revisions`: what changed in a document, by item first, then by line."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pydantic import Field

from mcp_bridge import shapes
from mcp_bridge.bounds import bounded, bounded_text
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools.reading import choices, document_of
from specflow.specs.models import MANY, DocumentKind

if TYPE_CHECKING:
    from specflow.specs.changes.telling import Told
    from specflow.specs.comparing import Comparison

_REST = "REST has all of it (GET /api/v1/documents/{id}/diff?from=…&to=…)."
_TITLE = 160
MAX_NUMBER = 2**31 - 1
_KINDS = [value for value in DocumentKind.values if value not in MANY]


class DiffRevisions(Arguments):
    path: str | None = Field(None, description="The document's path in the workspace; or name its spec and kind.")
    spec_id: str | None = Field(None, description="The spec (id or slug) whose document it is.")
    kind: str | None = Field(None, description="Which document of the spec.", json_schema_extra=choices(*_KINDS))
    before: int | None = Field(
        None,
        alias="from",
        ge=0,
        le=MAX_NUMBER,
        description="A revision's number, 0 for no text. Default: the approved one, else the one before.",
    )
    after: int | None = Field(
        None, alias="to", ge=0, le=MAX_NUMBER, description="A revision's number. Default: the current one."
    )


@tool("diff_revisions", toolset="specs", title="Compare revisions", output=shapes.Difference, read_only=True)
@remembered
def diff_revisions(session: Session, arguments: DiffRevisions) -> Answer:
    """Says what changed in a document between two revisions: which requirements, criteria and tasks came, went, moved
    or say something else, which tasks, runs, outputs and other specs that touches, and the text as a unified diff.
    Without numbers it compares the current text with the one that people approved last."""
    from specflow.specs.comparing import compare

    compared = compare(
        document_of(session, arguments.path, arguments.spec_id, arguments.kind), arguments.before, arguments.after
    )
    data = {"path": compared.document.path, **compared.as_dict()}
    text = "\n".join((*_told(compared), "", data["unified"])).rstrip()
    return Answer(bounded_text(text, rest=_REST), bounded(data, rest=_REST))


def _told(compared: "Comparison") -> Iterator[str]:
    """What changed by item, then what that touches."""
    before, after = compared.numbers
    document = compared.document
    yield f"{document.path} (ID: {document.public_id}), revision {before or 'none'} to {after or 'none'}"
    same = compared.texts[0] == compared.texts[1]
    yield f"{compared.summary or ('The same text' if same else 'No requirement, criterion or task changed')}."
    yield from (f"- {_line(one)}" for one in compared.told)
    yield from _touched(compared.impact())


def _touched(impact: dict[str, Any]) -> Iterator[str]:
    """What rests on what changed, by kind, each with its state."""
    for kind, title, line in _KINDS_OF_WORK:
        total = impact["totals"][kind]
        if total:
            rows = impact[kind]
            yield f"{title}{f' ({len(rows)} of {total})' if total > len(rows) else ''}:"
            yield from (f"- {line(row)}" for row in rows)
    if not impact["complete"]:
        yield "More documents than were read have the spec's name."


def _task_line(row: dict[str, Any]) -> str:
    why = "" if row["why"] == "cites" else f", {row['why']}"
    return f"{_cut(' '.join((row['key'], row['title'])).strip())} [{row['status']}{why}] (ID: {row['id']})"


def _citation_line(row: dict[str, Any]) -> str:
    names = f" cites {', '.join(row['names'])}" if row["names"] else " mentions the document"
    return f"{row['path']}:{row['line']}{names}: {row['text']}"


_KINDS_OF_WORK: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = (
    ("tasks", "Tasks that cite what changed, or changed themselves", _task_line),
    ("logs", "Their implementation logs", lambda row: f"{_cut(row['summary'])} (ID: {row['id']})"),
    ("runs", "Their runs", lambda row: f"{row['provider']} [{row['status']}] (ID: {row['id']}) of {row['task']}"),
    ("outputs", "What these produced", lambda row: f"{row['name']} (ID: {row['id']}) of {row['run']}"),
    ("vectors", "Test vectors of what changed", lambda row: f"{_cut(row['title'])} [{row['state']}] (ID: {row['id']})"),
    ("citations", "Elsewhere in the project", _citation_line),
)


def _cut(text: str) -> str:
    return text if len(text) <= _TITLE else f"{text[:_TITLE]}…"


def _line(one: "Told") -> str:
    """`requirement 2 Title: reworded (user story), was 3, line 12`."""
    said = " ".join(f"{one.kind} {one.key} {_cut(one.title)}".split())
    parts = f" ({', '.join(one.parts)})" if one.parts else ""
    return f"{said}: {one.what}{parts}{f', was {one.was}' if one.was else ''}, line {one.line}"
