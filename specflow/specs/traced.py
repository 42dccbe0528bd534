"""Requirements and criteria in a trace (tracing.py)."""

from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Substr

from specflow.specs.models import Criterion, Requirement
from specflow.specs.tracing import PAIRS, Kind, Node, along, kinds

LONGEST = 300  # characters of a title


def item_nodes(rows: QuerySet[Any], kind: str, by: str, *, title: str, spec: str, state: str) -> list[tuple[int, Node]]:
    """(the value of the column `by`, the node) of each row of items, in the order of their texts; the others name the
    columns that have these. An item whose text is gone has no place any more."""
    found = rows.order_by("document_id", "position").values_list(
        by, "present", "pk", "public_id", Substr(title, 1, LONGEST), "key", state, f"{spec}__slug", "document__path",
        "document__current__number", "start", "end",
    )[: PAIRS + 1]  # fmt: skip
    return [
        (one, Node(kind, pk, name, said, key, now, slug, path, number, (start, end)))
        if present
        else (one, Node(kind, pk, name, said, key, "removed", slug, path))
        for one, present, pk, name, said, key, now, slug, path, number, start, end in found
    ]


def requirements(by: str, **which: Any) -> list[tuple[int, Node]]:
    """Requirements; their state says whether people agreed on the text that they stand in."""
    rows = _agreed(Requirement.objects.filter(**which))
    return item_nodes(rows, "requirement", by, title="title", spec="spec", state="agreed")


def criteria(by: str, **which: Any) -> list[tuple[int, Node]]:
    """Criteria; their state as of requirements."""
    rows = _agreed(Criterion.objects.filter(**which))
    return item_nodes(rows, "criterion", by, title="text", spec="requirement__spec", state="agreed")


def _agreed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With `agreed`: whether people agreed on the text that the item stands in."""
    approved = When(document__approved=F("document__current"), then=Value("approved"))
    chosen: QuerySet[Any] = rows.annotate(agreed=Case(approved, default=Value("draft")))
    return chosen


def register() -> None:
    """Called once, when the apps are ready. What a text has no more is found by its id, and above what came of it; it
    stands below nothing."""
    kinds["requirement"] = Kind("req", requirements, below=along(criteria, "requirement", present=True))
    kinds["criterion"] = Kind("crit", criteria, above=along(requirements, "criteria"))
