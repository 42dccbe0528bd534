"""What stands above and below a thing: why it is there, and what shows that it is done (traceability).

Each app registers the kinds of things that it knows in `AppConfig.ready()`, with their ways up and down; one walk over
them answers for all. A way takes many things at once, so that a level of the walk costs one query for each kind.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.rules import require
from specflow.errors import NotFound
from specflow.specs.models import Spec
from specflow.specs.tracing.rows import PAIRS, Reading, Rows

MOST = 5_000  # things of a trace
MOST_OF_SPEC = 20_000


@dataclass(frozen=True, slots=True)
class Node:
    """A thing of a trace. An item of a document has its place: the path, the revision that stands, its lines; one whose
    text is gone has the path alone, and the state `removed`. A log that was imported has
    the path of its file."""

    kind: str
    pk: int
    id: str
    title: str
    key: str = ""
    state: str = ""
    spec: str = ""
    path: str = ""
    revision: int | None = None
    lines: tuple[int, int] | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON values, without the row's own id."""
        shape = {name: getattr(self, name) for name in self.__slots__ if name != "pk"}
        return {**shape, "lines": list(self.lines) if self.lines else None}


Found = Iterable[tuple[int, Node]]  # (row id of a thing that was asked for, a thing above or below it)
Way = Callable[[Sequence[int]], Found]


def along(rows: Rows, path: str, **which: Any) -> Way:
    """The way to rows that have what was asked for at `path` (a relation of theirs)."""
    return Reading(rows, path, **which).at


def nowhere(_: Sequence[int]) -> Found:
    """The way of a kind that has nothing in a direction."""
    return ()


def join(*ways: Way) -> Way:
    """Several ways as one."""
    return lambda ids: (found for way in ways for found in way(ids))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing: the prefix of its outside ids, its rows, its ways, and where a row has its project."""

    prefix: str
    rows: Rows
    above: Way = nowhere
    below: Way = nowhere
    project: str = "project"
    _named: Reading = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_named", Reading(self.rows, self.project))

    def named(self, name: str) -> tuple[int, Node] | None:
        """(its project's row id, the thing) with this outside id."""
        return next(iter(self._named.named(name)), None)


kinds: dict[str, Kind] = {}  # what stands above a kind is registered before it
more_below: dict[str, list[Way]] = {}  # what an app above knows to stand below a kind of an app below


@dataclass(frozen=True, slots=True)
class Edge:
    """From what is above to what is below it, by outside ids."""

    above: str
    below: str


@dataclass(slots=True)
class Trace:
    """A thing with everything above and below it, nearest first; `complete` is false where there is more."""

    node: Node
    above: list[Node] = field(default_factory=list)
    below: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    complete: bool = True

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "node": self.node.as_dict(),
            "above": [one.as_dict() for one in self.above],
            "below": [one.as_dict() for one in self.below],
            "edges": [[one.above, one.below] for one in self.edges],
            "complete": self.complete,
        }


def trace(actor: Actor, name: str, project: Project | None = None) -> Trace:
    """The trace of the visible thing with this outside id (of this project). Raises NotFound `trace_not_found`."""
    known = next((one for one in kinds.values() if name.startswith(f"{one.prefix}-")), None)
    pair = known.named(name) if known else None
    if pair is None or (project is not None and project.pk != pair[0]):
        raise NotFound.of("trace", name)
    try:
        require(actor, Verb.VIEW, project or Project.objects.get(pk=pair[0]))
    except NotFound as error:
        raise NotFound.of("trace", name) from error
    above, below = _walk([pair[1]], "above", MOST), _walk([pair[1]], "below", MOST)
    return Trace(
        pair[1], above.nodes, below.nodes, [*above.edges, *below.edges], complete=above.complete and below.complete
    )


@dataclass(slots=True)
class Graph:
    """Things and what is between them."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    complete: bool = True


def graph_of(spec: Spec) -> Graph:
    """Everything of a spec: its requirements, in the order of their texts, and all that stands below them."""
    found = [node for _, node in along(kinds["requirement"].rows, "spec", present=True)([spec.pk])]
    start = found[:MOST_OF_SPEC]
    graph = _walk(start, "below", MOST_OF_SPEC)
    graph.nodes[:0] = start
    graph.complete &= len(start) == len(found)
    return graph


def _walk(start: Sequence[Node], direction: Literal["above", "below"], most: int) -> Graph:
    """What is reached from the things that it starts with, without these; no more than `most` things together. All of a
    kind are followed at once, in the order in which kinds were registered: what leads to a kind comes before it."""
    met = {(one.kind, one.pk): one for one in start}
    waiting: dict[str, dict[int, Node]] = {}
    for one in start:
        waiting.setdefault(one.kind, {})[one.pk] = one
    graph, order = Graph(), list(kinds) if direction == "below" else list(reversed(kinds))
    edges: dict[Edge, None] = {}  # a task that names a requirement twice stands below it once
    while waiting:
        kind = min(waiting, key=order.index)
        here = waiting.pop(kind)
        for count, (pk, other) in enumerate(_ways(kind, direction)(list(here))):
            new = (other.kind, other.pk) not in met
            if count == PAIRS or (new and len(met) == most):
                graph.complete = False
                break
            if new:
                met[other.kind, other.pk] = other
                waiting.setdefault(other.kind, {})[other.pk] = other
                graph.nodes.append(other)
            ends = (other.id, here[pk].id) if direction == "above" else (here[pk].id, other.id)
            edges[Edge(*ends)] = None
    graph.edges = list(edges)
    return graph


def _ways(kind: str, direction: Literal["above", "below"]) -> Way:
    if direction == "above":
        return kinds[kind].above
    return join(kinds[kind].below, *more_below.get(kind, ()))
