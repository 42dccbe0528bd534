"""Requirements and criteria in a trace (tracing.py)."""

from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Substr

from specflow.specs.models import Criterion, Requirement
from specflow.specs.tracing import Kind, Node, along, kinds

LONGEST = 300  # characters of a title


def item_nodes(rows: QuerySet[Any], kind: str, by: str, *, title: str, spec: str, state: str) -> list[tuple[int, Node]]:
    """(the value of the column `by`, the node) of each row of items, in the order of their texts; the others name the
    columns that have these."""
    found = rows.order_by("document_id", "position").values_list(
        by, "pk", "public_id", Substr(title, 1, LONGEST), "key", state, f"{spec}__slug", "document__path",
        "document__current__number", "start", "end",
    )  # fmt: skip
    return [
        (one, Node(kind, *said, (start, end)))  # type: ignore[call-arg]  # `said` are the columns in between
        for one, *said, start, end in found
    ]


def requirements(by: str, **which: Any) -> list[tuple[int, Node]]:
    """Requirements that their texts have now."""
    rows = _agreed(Requirement.objects.filter(present=True, **which))
    return item_nodes(rows, "requirement", by, title="title", spec="spec", state="agreed")


def criteria(by: str, **which: Any) -> list[tuple[int, Node]]:
    """Criteria that their texts have now."""
    rows = _agreed(Criterion.objects.filter(present=True, **which))
    return item_nodes(rows, "criterion", by, title="text", spec="requirement__spec", state="agreed")


def _agreed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With `agreed`: whether people agreed on the text that the item stands in."""
    approved = When(document__approved=F("document__current"), then=Value("approved"))
    chosen: QuerySet[Any] = rows.annotate(agreed=Case(approved, default=Value("draft")))
    return chosen


def register() -> None:
    """Called once, when the apps are ready."""
    kinds["requirement"] = Kind("req", requirements, below=along(criteria, "requirement"))
    kinds["criterion"] = Kind("crit", criteria, above=along(requirements, "criteria"))
