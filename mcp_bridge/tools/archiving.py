"""The tool `archive_change`: a finished spec goes to the archive."""

from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from mcp_bridge.bounds import bounded
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.tools.reading import spec_of


class CapabilityChange(TypedDict):
    """What a delta makes of a capability; `refusal` is why it does not fit."""

    path: str
    new: bool
    change: str
    unified: str
    refusal: dict[str, Any] | None


class _Archiving(TypedDict):
    dry_run: bool
    spec: str
    folder: str
    to: str
    allowed: bool
    capabilities: list[CapabilityChange]
    open_tasks: list[dict[str, Any]]


class Archiving(_Archiving, total=False):
    """What archiving a spec did or would do. `shortened` says what is left out."""

    shortened: dict[str, Any]


class ArchiveChange(Arguments):
    spec_id: str = Field(description="The spec (id or slug); for OpenSpec the change.")
    dry_run: bool = Field(False, description="Only say what it would do, and what stands against it.")


@tool("archive_change", toolset="specs", title="Archive a finished spec", output=Archiving, destructive=True)
def archive_change(session: Session, arguments: ArchiveChange) -> Answer:
    """Archives a spec whose tasks are completed, all of it or nothing: the deltas of an OpenSpec change become the text
    of its capabilities, and its documents move to the archive with their ids, tasks, logs and approvals. Refused with
    tasks_open while a task is open, and with the requirement's name where a delta does not fit. Look with dry_run."""
    from specflow.specs.archiving import archive_change as archive
    from specflow.specs.archiving import archiving_of

    spec = spec_of(session, arguments.spec_id)
    made = archiving_of(spec) if arguments.dry_run else archive(spec, actor=session.actor)
    shape = {"dry_run": arguments.dry_run, **made.as_dict()}
    return Answer(_said(shape), bounded(shape, rest="REST has all of it (GET /api/v1/specs/{id}/archive)."))


def _said(shape: dict[str, Any]) -> str:
    lines = [f"{shape['folder']} {'would go' if shape['dry_run'] else 'went'} to {shape['to']}."]
    for one in shape["capabilities"]:
        said = f"{one['refusal']['code']}: {one['refusal']['message']}" if one["refusal"] else one["change"]
        lines.append(f"- {one['path']}{' (new)' if one['new'] else ''}: {said or 'says the same'}")
    lines += [f"- open: {one['key']} {one['title'][:160]}" for one in shape["open_tasks"][:20]]
    return "\n".join(lines)
