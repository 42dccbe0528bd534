"""Pages of traceability: what stands above and below a thing, as lists and a drawing, and a spec's matrix."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from specflow.dashboard import registry
from specflow.dashboard.chips import Chip, chip_of
from specflow.dashboard.lists import chosen, paged
from specflow.dashboard.registry import Context, Fragment
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page
from specflow.specs.models import Document, Spec
from specflow.specs.tracing import Edge, Graph, Node, Trace, graph_of, trace
from specflow.specs.tracing import drawing as graph_drawing
from specflow.specs.tracing.drawing import Drawing, chip_for
from specflow.specs.tracing.matrix import Matrix, Row, matrix_of

_TOPICS = ("specs", "documents", "tasks", "runs", "approvals")
_IN_TEXT = ("requirements", "design", "tasks")  # documents that a spec's page shows as text
_SHOWN = 50  # things of a group
_IN_CELL = 6
# kind → what many are called, and a sign of Material Symbols
_WORDS = {
    "requirement": ("Requirements", "checklist"),
    "criterion": ("Acceptance criteria", "rule"),
    "task": ("Tasks", "task"),
    "log": ("Implementation logs", "fact_check"),
    "run": ("Runs", "bolt"),
    "output": ("Outputs", "output"),
    "approval": ("Approvals", "approval"),
    "vector": ("Test vectors", "science"),
    "review": ("Reviews", "rate_review"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A thing with the ways to its trace and to the lines that say it (empty where none do)."""

    node: Node
    url: str
    chip: Chip
    text_url: str

    @property
    def file(self) -> str:
        """The last part of the document's path."""
        return self.node.path.rpartition("/")[2]

    @property
    def lines(self) -> str:
        """Such as `line 12`; empty for what has none."""
        first, last = self.node.lines or (0, 0)
        return f"lines {first}\u2013{last}" if first < last else f"line {first}" if first else ""


class Places:
    """Where things are on the pages of a project."""

    def __init__(self, visit: ProjectVisit, nodes: Iterable[Node]) -> None:
        self.project = visit.project.slug
        rows = Document.objects.filter(project=visit.project, path__in={one.path for one in nodes if one.lines})
        self._documents = {path: (kind, name) for path, kind, name in rows.values_list("path", "kind", "public_id")}

    def trace(self, node: Node) -> str:
        """The page of the thing's trace."""
        return reverse("trace", args=(self.project, node.id))

    def text(self, node: Node) -> str:
        """The lines of the document; empty for what has none."""
        if not node.lines or node.path not in self._documents:
            return ""
        kind, name = self._documents[node.path]
        if kind in _IN_TEXT and node.spec:
            return f"{self.spec(node)}?tab={kind}&view=text#L{node.lines[0]}"
        return f"{reverse('document', args=(self.project, name))}?view=text#L{node.lines[0]}"

    def spec(self, node: Node) -> str:
        """The page of the thing's spec; empty where it belongs to none."""
        return reverse("spec", args=(self.project, node.spec)) if node.spec else ""

    def own(self, found: Trace) -> str:
        """The page of the thing itself, or of the task or run that it belongs to; empty where there is none."""
        for node in (found.node, *found.above[:1]):
            if node.kind in registry.addresses:
                return reverse(registry.addresses[node.kind], args=(self.project, node.id))
            if node.kind in ("requirement", "criterion"):
                return f"{self.spec(node)}?tab=requirements#{node.id}"
        return ""

    def shown(self, node: Node) -> Shown:
        """The thing as a list shows it."""
        return Shown(node, self.trace(node), chip_for(node), self.text(node))


@require_safe
@project_page
def trace_page(visit: ProjectVisit, thing: str) -> HttpResponse:
    """What stands above and below a thing of the project. Raises NotFound `trace_not_found`."""
    found = trace(visit.actor, thing, visit.project)
    node, places = found.node, Places(visit, (found.node, *found.above, *found.below))
    name = f"{node.key} {node.title}".strip() or node.id
    spec = [(node.spec, f"{places.spec(node)}?tab=trace")] if node.spec else []
    return show(
        visit,
        "trace/thing.html",
        title=f"Trace of {name}"[:80],
        at="specs",
        topics=_TOPICS,
        crumbs=[("Specs", reverse("specs", args=(visit.project.slug,))), *spec],
        shown=places.shown(node),
        own=places.own(found),
        sign=_words(node.kind)[1],
        sides=[
            ("above", "Above", "Why it is there.", _groups(found.above, places, reverse=True)),
            ("below", "Below", "What came of it.", _groups(found.below, places)),
        ],
        complete=found.complete,
        things=1 + len(found.above) + len(found.below),
        drawing=_drawing([node, *found.above, *found.below], found.edges, places, node.id),
        most=graph_drawing.MOST,
    )


def _drawing(nodes: Sequence[Node], edges: Sequence[Edge], places: Places, here: str = "") -> Drawing | None:
    """None where there is too much for one, or nothing to connect."""
    if not 1 < len(nodes) <= graph_drawing.MOST:
        return None
    return graph_drawing.draw(nodes, edges, places.trace, here)


def _words(kind: str) -> tuple[str, str]:
    return _WORDS.get(kind, (kind.capitalize(), "label"))


def _groups(nodes: Sequence[Node], places: Places, *, reverse: bool = False) -> list[dict[str, Any]]:
    """The things by kind, from the requirement down, or up to it."""
    groups: dict[str, list[Node]] = {kind: [] for kind in _WORDS}
    for node in nodes:
        groups.setdefault(node.kind, []).append(node)
    kinds = [kind for kind, several in groups.items() if several]
    return [
        {
            "title": _words(kind)[0],
            "count": len(several),
            "lines": [places.shown(one) for one in several[:_SHOWN]],
            "more": max(len(several) - _SHOWN, 0),
        }
        for kind in (reversed(kinds) if reverse else kinds)
        for several in (groups[kind],)
    ]


def _of_spec(visit: ProjectVisit, spec: Spec) -> Context:
    """The tab of a spec: `view` is the matrix or the graph, `only` is all rows or the uncovered ones."""
    graph = graph_of(spec)
    matrix, view = matrix_of(graph), chosen(visit.request, "view", ("graph",))
    only = chosen(visit.request, "only", ("uncovered",))
    wanted: Any = matrix.uncovered if only else matrix.rows
    page = paged(wanted, visit.request)
    things = [one for row in page.rows for one in (row.requirement, row.criterion) if one]
    places, worked_on = Places(visit, graph.nodes if view else things), _worked_on(matrix)
    return {
        "spec": spec,
        "view": view,
        "only": only,
        "numbers": _numbers(graph, matrix),
        "paged": page,
        "rows": [_row(row, places, worked_on) for row in page.rows],
        "complete": matrix.complete,
        "drawing": _drawing(graph.nodes, graph.edges, places) if view else None,
        "things": len(graph.nodes),
        "most": graph_drawing.MOST,
        "csv": reverse("api:matrix-csv", args=(spec.public_id,)),
    }


def _worked_on(matrix: Matrix) -> dict[str, set[str]]:
    """The ids of requirements: `whole` that a task is for, `parts` of whose criteria some task is for one."""
    named = [row for row in matrix.rows if "task" in row.below]
    return {
        "whole": {row.requirement.id for row in named if not row.criterion},
        "parts": {row.requirement.id for row in named if row.criterion},
    }


def _numbers(graph: Graph, matrix: Matrix) -> dict[str, int]:
    criteria, whole = matrix.criteria, _worked_on(matrix)["whole"]
    return {
        "requirements": len(matrix.rows) - len(criteria),
        "criteria": len(criteria),
        "worked_on": sum("task" in row.below or row.requirement.id in whole for row in criteria),
        "covered": len(criteria) - len(matrix.uncovered),
        "uncovered": len(matrix.uncovered),
        "tasks": sum(one.kind == "task" for one in graph.nodes),
    }


def _row(row: Row, places: Places, worked_on: dict[str, set[str]]) -> dict[str, Any]:
    """A row as the matrix shows it: tasks one by one, runs counted by how they ended, the latest approval, and `proof`
    that it is met. Where it has no task, `otherwise` says whether one is for the whole requirement, or for a criterion
    of it."""
    tasks, approvals = row.below.get("task", []), row.below.get("approval", [])
    runs = Counter(one.state for one in row.below.get("run", ()))
    said = [one for one in approvals if one.path == row.requirement.path]
    return {
        "row": row,
        "shown": places.shown(row.criterion or row.requirement),
        "tasks": [places.shown(one) for one in tasks[:_IN_CELL]],
        "more": max(len(tasks) - _IN_CELL, 0),
        "otherwise": row.requirement.id in worked_on["whole" if row.criterion else "parts"],
        "runs": [(chip_of("run", state), count) for state, count in sorted(runs.items())],
        "approval": places.shown(said[-1]) if said else None,
        "proof": places.shown(proof) if (proof := row.proof) else None,
    }


def register() -> None:
    """What traceability puts on the pages; called once, when the apps are ready."""
    registry.add(
        registry.spec_panels,
        Fragment("trace", "Trace", "account_tree", 50, _TOPICS, "trace/panel.html", _of_spec),
    )


urlpatterns = [path("p/<str:project>/trace/<str:thing>", trace_page, name="trace")]
