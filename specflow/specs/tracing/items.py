"""Requirements and criteria in a trace (tracing/__init__.py)."""

from typing import Any

from django.db.models.functions import Substr

from specflow.specs.models import Criterion, Requirement
from specflow.specs.tracing import Kind, Node, along, kinds
from specflow.specs.tracing.rows import Rows

LONGEST = 300  # characters of a title
# The columns of an item of a document, after those that are its kind's own.
ITEM = ("pk", "public_id", "key", "present", "document__path", "document__current__number", "start", "end")


def item(kind: str, title: str, state: str, spec: str, *columns: Any) -> Node:
    """The node of an item from its columns (`ITEM`). One whose text is gone has no place any more."""
    pk, name, key, present, path, number, start, end = columns
    if not present:
        return Node(kind, pk, name, title, key, "removed", spec, path)
    return Node(kind, pk, name, title, key, state, spec, path, number, (start, end))


def _agreed(kind: str, title: str, approved: int | None, current: int | None, spec: str, *columns: Any) -> Node:
    """Its state says whether people agreed on the text that it stands in."""
    state = "approved" if approved is not None and approved == current else "draft"
    return item(kind, title, state, spec, *columns)


_TEXT = ("document__approved", "document__current")
requirements = Rows(
    lambda: Requirement.objects.order_by("document_id", "position"),
    (Substr("title", 1, LONGEST), *_TEXT, "spec__slug", *ITEM),
    lambda *columns: _agreed("requirement", *columns),
)
criteria = Rows(
    lambda: Criterion.objects.order_by("document_id", "position"),
    (Substr("text", 1, LONGEST), *_TEXT, "requirement__spec__slug", *ITEM),
    lambda *columns: _agreed("criterion", *columns),
)


def register() -> None:
    """Called once, when the apps are ready. What a text has no more is found by its id, and above what came of it; it
    stands below nothing."""
    kinds["requirement"] = Kind("req", requirements, below=along(criteria, "requirement", present=True))
    kinds["criterion"] = Kind("crit", criteria, above=along(requirements, "criteria"))
