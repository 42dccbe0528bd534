"""The tool `preflight`: what a change of code touches, before it is made or merged."""

from pydantic import Field

from approvals.preflight import changed_in, preflight
from mcp_bridge import shapes
from mcp_bridge.bounds import bounded, bounded_text
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.tools.reading import project_of


class PreflightArguments(Arguments):
    files: list[str] = Field(default_factory=list, description="Changed paths, from the project's root.")
    diff: str | None = Field(None, description="A unified diff, instead of the paths or beside them.")
    project_id: str | None = Field(None, description="A project's slug or id; the session's own if left out.")


@tool("preflight", toolset="specs", title="Check a change against the specs", output=shapes.Preflight, read_only=True)
def check(session: Session, arguments: PreflightArguments) -> Answer:
    """Says which tasks, requirements, open approvals and deferrals a change of files touches, and whether the specs
    allow it. Call it before you change code that may belong to a spec; a refused file waits for people."""
    project = project_of(session, arguments.project_id)
    files = [*arguments.files, *changed_in(arguments.diff or "")]
    found = preflight(project, actor=session.actor, files=files)
    rest = "Ask for fewer files."
    return Answer(bounded_text(found.as_text(), rest=rest), bounded(found.as_dict(), rest=rest))
