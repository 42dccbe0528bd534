"""Tools for test vectors: which a spec has, and whether what was built obeys them."""

from pydantic import Field

from mcp_bridge import vector_shapes
from mcp_bridge.bounds import bounded, bounded_text
from mcp_bridge.identity import Session
from mcp_bridge.paging import DEFAULT, MOST, page
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools.reading import spec_of
from tasks.vector_models import VectorState
from tasks.vectors import payloads
from tasks.vectors.queries import vectors_of
from tasks.vectors.running import run_vectors as run

_REST = "REST has all of it (GET /api/v1/vector-runs/{id})."


class ListVectors(Arguments):
    spec_id: str = Field(description="The spec (id or slug).")
    state: str | None = Field(
        None, description="Only vectors in this state.", json_schema_extra={"enum": [*VectorState.values, None]}
    )
    limit: int = Field(DEFAULT, ge=1, le=MOST, description="How many at most.")
    cursor: str | None = Field(None, description="next_cursor of the page before.")


@tool("list_vectors", toolset="tasks", title="List test vectors", output=vector_shapes.Vectors, read_only=True)
@remembered
def list_vectors(session: Session, arguments: ListVectors) -> Answer:
    """Lists the test vectors of a machine-readable spec in the order of its text: what goes in, whether it must be
    taken or what must come out, which criterion it tests, and what the last run showed. Read them before you build."""
    rows = vectors_of(spec_of(session, arguments.spec_id))
    if arguments.state is not None:
        rows = rows.filter(state=arguments.state)
    order = ("document_id", "position", "id")
    found, cursor = page(rows, order=order, limit=arguments.limit, cursor=arguments.cursor)
    shapes = [payloads.vector(one) for one in found]
    lines = [f"- [{one['state']}] {one['title']} ({one['path']}:{one['lines'][0]}, ID: {one['id']})" for one in shapes]
    if cursor:
        lines.append(f"More with cursor {cursor}.")
    text = "\n".join((f"Test vectors ({len(shapes)}):", *lines))
    rest = "Use a smaller limit."
    return Answer(bounded_text(text, rest=rest), bounded({"vectors": shapes, "next_cursor": cursor}, rest=rest))


class RunVectors(Arguments):
    spec_id: str = Field(description="The spec (id or slug).")
    address: str | None = Field(
        None, description="A server's address that the project allows; if left out, what the project names."
    )


@tool("run_vectors", toolset="tasks", title="Run test vectors", output=vector_shapes.VectorReport)
def run_vectors(session: Session, arguments: RunVectors) -> Answer:
    """Runs a spec's test vectors against the project's own command, or a server at an address that the project allows,
    and reports each failure with what went in, was expected and came out. Call it when you have built something; a
    criterion whose vector passes is shown to be met."""
    spec = spec_of(session, arguments.spec_id)
    said = payloads.report(run(spec, actor=session.actor, address=arguments.address or ""))
    return Answer(bounded_text(f"Run {said['id']}: {payloads.as_text(said)}", rest=_REST), bounded(said, rest=_REST))
