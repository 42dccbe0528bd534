"""The tool `generate_tasks`: tasks from a machine-readable spec."""

from pydantic import Field
from typing_extensions import TypedDict

from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.tools.reading import spec_of
from specflow.counting import counted
from tasks import payloads


class Generated(TypedDict):
    """The tasks document, and how many tasks were written and were there already."""

    document: str
    path: str
    revision: int
    added: int
    kept: int


class GenerateTasks(Arguments):
    spec_id: str = Field(description="The spec (id or slug).")


@tool("generate_tasks", toolset="specs", title="Make tasks from a spec file", output=Generated, idempotent=True)
def generate_tasks(session: Session, arguments: GenerateTasks) -> Answer:
    """Writes the tasks that a machine-readable spec (spec file, JSON Schema, OpenAPI) gives: one for each requirement,
    endpoint and task that it names, in the order of what needs what. Adds only what the tasks document has none of.
    Refused (phase_gate) until people have approved the spec; work begins when they have approved the tasks."""
    from tasks.generating import generate_tasks as generate  # readers of schemas, which a server seldom needs

    made = generate(spec_of(session, arguments.spec_id), actor=session.actor)
    data = payloads.generated(made)
    text = f"Added {counted(made.added, 'task')} to {made.document.path} ({made.kept} there before)."
    return Answer(text, data)
