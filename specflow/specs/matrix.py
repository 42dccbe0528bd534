"""The matrix of a spec: for each requirement and criterion what stands below it, and which criteria nothing shows."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from specflow.specs.tracing import Graph, Node

# (kind, state) of what shows that a criterion is met; the apps that know such things add theirs.
evidence: set[tuple[str, str]] = set()
COLUMNS = ("task", "log", "run", "output", "approval", "vector", "review")
_HEAD = ("requirement", "requirement_title", "criterion", "criterion_text", "path", "revision", "first_line",
         "last_line", "covered", *COLUMNS)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement (`criterion` None), or a criterion below one, with what is below it by kind. `covered` says whether
    something shows that a criterion is met; None for a requirement."""

    requirement: Node
    criterion: Node | None
    below: Mapping[str, list[Node]]
    covered: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "requirement": self.requirement.as_dict(),
            "criterion": self.criterion.as_dict() if self.criterion else None,
            "below": {kind: [one.as_dict() for one in nodes] for kind, nodes in self.below.items()},
            "covered": self.covered,
        }


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows of a spec, in the order of its texts. `complete` as of the graph."""

    rows: list[Row] = field(default_factory=list)
    complete: bool = True

    @property
    def uncovered(self) -> list[Node]:
        """The criteria that nothing shows to be met."""
        return [row.criterion for row in self.rows if row.criterion and not row.covered]

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        criteria = [row for row in self.rows if row.criterion]
        return {
            "rows": [row.as_dict() for row in self.rows],
            "criteria": len(criteria),
            "covered": sum(bool(row.covered) for row in criteria),
            "uncovered": [one.id for one in self.uncovered],
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
    """The matrix of a spec's graph."""
    nodes = {one.id: one for one in graph.nodes}
    after: dict[str, list[str]] = {}
    for edge in graph.edges:
        after.setdefault(edge.above, []).append(edge.below)
    rows: list[Row] = []
    for requirement in graph.nodes:
        if requirement.kind != "requirement":
            continue
        criteria = [nodes[one] for one in after.get(requirement.id, ()) if nodes[one].kind == "criterion"]
        rows.append(Row(requirement, None, _below(requirement, nodes, after, through_criteria=False)))
        for criterion in criteria:
            below = _below(criterion, nodes, after)
            shown = any((one.kind, one.state) in evidence for found in below.values() for one in found)
            rows.append(Row(requirement, criterion, below, shown))
    return Matrix(rows, graph.complete)


def _below(
    top: Node, nodes: Mapping[str, Node], after: Mapping[str, list[str]], *, through_criteria: bool = True
) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    waiting, met = [top.id], {top.id}
    while waiting:
        for name in after.get(waiting.pop(0), ()):
            node = nodes.get(name)
            if node is None or name in met or (node.kind == "criterion" and not through_criteria):
                continue
            met.add(name)
            waiting.append(name)
            found.setdefault(node.kind, []).append(node)
    return found


def _line(row: Row) -> Iterator[str]:
    place = row.criterion or row.requirement
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
