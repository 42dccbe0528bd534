"""Reviews in a trace (specs/tracing): below their task, and so below the criteria that it names; below a criterion of a
requirement that the task names as a whole only where the reviewer saw that criterion met."""

from dataclasses import replace
from typing import Any

from django.db.models.functions import Substr

from approvals.review_models import Review
from approvals.reviews.queries import PASSED, Said, states_of
from specflow.specs.tracing import Kind, Node, along, join, kinds, more_below
from specflow.specs.tracing.items import LONGEST, criteria
from specflow.specs.tracing.matrix import evidence
from specflow.specs.tracing.rows import Rows
from tasks.traced import tasks


def _read(*columns: Any) -> tuple[Node, Said]:
    pk, name, summary, spec, *said = columns
    return Node("review", pk, name, summary, key=f"v{said[1]}", spec=spec), (pk, *said)


def _standing(found: list[tuple[Node, Said]]) -> list[Node]:
    """Whether a pass still counts is in no column."""
    states = states_of(said for _, said in found)
    return [replace(node, state=states[node.pk]) for node, _ in found]


_reviews = Rows(
    lambda: Review.objects.order_by("task_id", "version"),
    ("pk", "public_id", Substr("summary", 1, LONGEST), "task__spec__slug", "task", "version", "verdict", "digest"),
    _read,
    _standing,
)


def register() -> None:
    """Called once, when the apps are ready. A review that passed shows that the criteria above it are met."""
    apart = {"met__named": False}
    more_below.setdefault("task", []).append(along(_reviews, "task"))
    more_below.setdefault("criterion", []).append(along(_reviews, "met__criterion", **apart))
    kinds["review"] = Kind(
        "review", _reviews, above=join(along(tasks, "reviews"), along(criteria, "met__review", **apart))
    )
    evidence.add(("review", PASSED))
