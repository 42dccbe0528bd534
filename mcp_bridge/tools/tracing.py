"""Tools for traceability: what stands above and below a thing, and a spec's matrix."""

from collections.abc import Iterator

from pydantic import Field

from mcp_bridge import shapes
from mcp_bridge.bounds import bounded, bounded_text
from mcp_bridge.identity import Session
from mcp_bridge.paging import DEFAULT, MOST, page_of
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools.readable import more
from mcp_bridge.tools.reading import spec_of
from specflow.counting import counted
from specflow.specs.tracing import Node, Trace, graph_of, trace
from specflow.specs.tracing.matrix import Matrix, Row, matrix_of

_TITLE = 160
_REST = "The page of the trace, or REST (GET /api/v1/trace/{id}), has all of it."
_OF_MATRIX = "REST has all of it (GET /api/v1/specs/{id}/matrix, or matrix.csv)."


class GetTrace(Arguments):
    id: str = Field(
        description="The id of a requirement, criterion, task, log, run, output or approval (req-…, crit-…, task-…)."
    )


@tool("get_trace", toolset="tasks", title="Trace a thing", output=shapes.Trace, read_only=True)
@remembered
def get_trace(session: Session, arguments: GetTrace) -> Answer:
    """Says why a thing is there and what came of it: everything above it (up to the requirement) and below it (tasks,
    implementation logs, runs, outputs, approvals), with document, revision and lines. Use it before you change a
    requirement, to see what hangs on it, and on a task, to see what it is for."""
    found = trace(session.actor, arguments.id, session.project)
    return Answer(bounded_text("\n".join(_told(found)), rest=_REST), bounded(found.as_dict(), rest=_REST))


class GetMatrix(Arguments):
    spec_id: str = Field(description="The spec (id or slug).")
    uncovered_only: bool = Field(False, description="Only the criteria that nothing shows to be met.")
    limit: int = Field(DEFAULT, ge=1, le=MOST, description="At most this many rows.")
    cursor: str | None = Field(None, description="next_cursor of the page before.")


@tool("get_matrix", toolset="specs", title="Trace a spec", output=shapes.Matrix, read_only=True)
@remembered
def get_matrix(session: Session, arguments: GetMatrix) -> Answer:
    """Lists a spec's requirements and criteria with what stands below each (tasks, logs, runs, outputs, approvals), and
    which criteria no passing test vector and no review shows to be met, and the cursor of the next page. The numbers
    are of the whole spec."""
    matrix = matrix_of(graph_of(spec_of(session, arguments.spec_id)))
    every = matrix.uncovered if arguments.uncovered_only else matrix.rows
    rows, cursor = page_of(every, id_of=lambda row: row.node.id, limit=arguments.limit, cursor=arguments.cursor)
    data = {**matrix.as_dict(rows), "next_cursor": cursor}
    text = "\n".join((*_listed(matrix, rows), *more(cursor)))
    return Answer(bounded_text(text, rest=_OF_MATRIX), bounded(data, rest=_OF_MATRIX))


def _told(found: Trace) -> Iterator[str]:
    """The thing, then what is above and below it as lists; what stands deeper is farther away."""
    yield f"Trace of {_line(found.node)}"
    for name, nodes, turned in (("Above", found.above, True), ("Below", found.below, False)):
        yield ""
        yield f"{name} ({len(nodes)}):" if nodes else f"{name}: nothing"
        ways: dict[str, list[str]] = {}
        for edge in found.edges:
            here, there = (edge.below, edge.above) if turned else (edge.above, edge.below)
            ways.setdefault(here, []).append(there)
        yield from _indented(found.node, nodes, ways)
    if not found.complete:
        yield "There is more than this."


def _indented(top: Node, nodes: list[Node], ways: dict[str, list[str]]) -> Iterator[str]:
    """Each of the things once, below the first through which it is reached."""
    left = {one.id: one for one in nodes}
    waiting = [(1, name) for name in reversed(ways.get(top.id, ()))]
    while waiting:
        depth, name = waiting.pop()
        node = left.pop(name, None)
        if node is not None:
            yield f"{'  ' * depth}- {_line(node)}"
            waiting += [(depth + 1, one) for one in reversed(ways.get(name, ()))]


def _listed(matrix: Matrix, rows: list[Row]) -> Iterator[str]:
    covered = len(matrix.criteria) - len(matrix.uncovered)
    yield f"Shown to be met: {covered} of {counted(len(matrix.criteria), 'criterion', 'criteria')}."
    for row in rows:
        mark = "" if row.criterion is None else "[met] " if row.covered else "[open] "
        yield f"{'  ' if row.criterion else ''}- {mark}{_line(row.node)}"
        for several in row.below.values():
            yield from (f"{'    ' if row.criterion else '  '}- {_line(one)}" for one in several)
    if not matrix.complete:
        yield "There is more than this."


def _line(node: Node) -> str:
    """`task 1.2 Title [completed] (task-…; path, revision 4, lines 12-18)`."""
    title = node.title if len(node.title) <= _TITLE else f"{node.title[:_TITLE]}…"
    said = " ".join(part for part in (node.kind, node.key, title, f"[{node.state}]" if node.state else "") if part)
    place = [part for part in (node.path, f"revision {node.revision}" if node.revision else "") if part]
    first, last = node.lines or (0, 0)
    lines = [f"lines {first}-{last}" if first < last else f"line {first}"] if first else []
    return f"{' '.join(said.split())} ({node.id}{'; ' if place else ''}{', '.join((*place, *lines))})"
