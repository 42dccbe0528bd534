"""The matrix of a spec: for each requirement and criterion what stands below it, and which criteria nothing shows."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from specflow.specs.tracing import Graph, Node

# (kind, state) of what shows that a criterion is met; the apps that know such things add theirs.
evidence: set[tuple[str, str]] = set()
COLUMNS = ("task", "log", "run", "output", "approval", "vector", "review")
_HEAD = ("requirement", "requirement_title", "criterion", "criterion_text", "path", "revision", "first_line",
         "last_line", "covered", *COLUMNS)  # fmt: skip
MOST = 100_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")  # the last are full-width


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement (`criterion` None), or a criterion below one, with what is below it by kind. `covered` says whether
    something shows that a criterion is met; None for a requirement."""

    requirement: Node
    criterion: Node | None
    below: Mapping[str, list[Node]]
    covered: bool | None = None

    @property
    def node(self) -> Node:
        """What the row is about."""
        return self.criterion or self.requirement

    @property
    def proof(self) -> Node | None:
        """The first thing that shows the criterion to be met."""
        found = (one for nodes in self.below.values() for one in nodes if (one.kind, one.state) in evidence)
        return next(found, None) if self.covered else None

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "requirement": self.requirement.as_dict(),
            "criterion": self.criterion.as_dict() if self.criterion else None,
            "below": {kind: [one.as_dict() for one in nodes] for kind, nodes in self.below.items()},
            "covered": self.covered,
        }


@dataclass(slots=True)
class Matrix:
    """The rows of a spec, in the order of its texts. `complete` as of the graph."""

    rows: list[Row] = field(default_factory=list)
    complete: bool = True

    @property
    def criteria(self) -> list[Row]:
        """The rows of criteria."""
        return [row for row in self.rows if row.criterion]

    @property
    def uncovered(self) -> list[Row]:
        """The rows of the criteria that nothing shows to be met."""
        return [row for row in self.criteria if not row.covered]

    def as_dict(self, rows: Sequence[Row]) -> dict[str, Any]:
        """JSON values with these of its rows; the numbers are of the whole spec."""
        uncovered = self.uncovered
        return {
            "rows": [row.as_dict() for row in rows],
            "criteria": len(self.criteria),
            "covered": len(self.criteria) - len(uncovered),
            "uncovered": [row.criterion.id for row in uncovered if row.criterion],
            "complete": self.complete,
        }

    def as_csv(self) -> str:
        """One line for each row (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe."""
        written = io.StringIO()
        lines = csv.writer(written)
        lines.writerow(_HEAD)
        lines.writerows([_safe(one) for one in _line(row)] for row in self.rows)
        return written.getvalue()


def matrix_of(graph: Graph) -> Matrix:
    """The matrix of a spec's graph. It ends, incomplete, where its rows hold `MOST` things together: each row has all
    that is below it, so that a run below a thousand criteria stands in a thousand rows."""
    matrix, room = Matrix(complete=graph.complete), MOST
    for row in _rows(graph):
        room -= sum(map(len, row.below.values()))
        if room < 0:
            matrix.complete = False
            break
        matrix.rows.append(row)
    return matrix


def _rows(graph: Graph) -> Iterator[Row]:
    nodes = {one.id: one for one in graph.nodes}
    after: dict[str, list[Node]] = {}
    for edge in graph.edges:
        after.setdefault(edge.above, []).append(nodes[edge.below])
    for requirement in graph.nodes:
        if requirement.kind != "requirement":
            continue
        yield Row(requirement, None, _below(requirement, after))
        for criterion in after.get(requirement.id, ()):
            if criterion.kind == "criterion":
                below = _below(criterion, after)
                shown = any((one.kind, one.state) in evidence for found in below.values() for one in found)
                yield Row(requirement, criterion, below, shown)


def _below(top: Node, after: Mapping[str, list[Node]]) -> dict[str, list[Node]]:
    """What is below a thing by kind, nearest first; what is below a requirement's criteria is theirs."""
    found: dict[str, list[Node]] = {}
    waiting, met = deque([top.id]), {top.id}
    while waiting:
        for node in after.get(waiting.popleft(), ()):
            if node.id not in met and node.kind != "criterion":
                met.add(node.id)
                waiting.append(node.id)
                found.setdefault(node.kind, []).append(node)
    return found


def _line(row: Row) -> Iterator[str]:
    place = row.node
    yield from (row.requirement.key, row.requirement.title)
    yield from (row.criterion.key, row.criterion.title) if row.criterion else ("", "")
    yield from (place.path, str(place.revision or ""), *(map(str, place.lines) if place.lines else ("", "")))
    yield "" if row.covered is None else "yes" if row.covered else "no"
    for kind in COLUMNS:
        yield "; ".join(
            f"{one.key or one.id}{f' ({one.state})' if one.state else ''}" for one in row.below.get(kind, ())
        )


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
