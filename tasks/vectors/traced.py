"""Test vectors in a trace: below the criterion that they test, else below their requirement (specs/tracing)."""

from typing import Any

from django.db.models.functions import Substr

from specflow.specs.tracing import Kind, Node, along, join, kinds, more_below
from specflow.specs.tracing.items import ITEM, LONGEST, criteria, item, requirements
from specflow.specs.tracing.matrix import evidence
from specflow.specs.tracing.rows import Rows
from tasks.vector_models import TestVector, VectorState


def _node(title: str, state: str, spec: str, pk: int, name: str, _key: str, *place: Any) -> Node:
    """A vector's stable id says nothing to a reader, so it stands without a number."""
    return item("vector", title, state, spec, pk, name, "", *place)


_vectors = Rows(
    lambda: TestVector.objects.order_by("document_id", "position"),
    (Substr("title", 1, LONGEST), "state", "spec__slug", *ITEM),
    _node,
)


def register() -> None:
    """Called once, when the apps are ready. A vector that passes shows that its criterion is met."""
    more_below.setdefault("requirement", []).append(along(_vectors, "requirement", present=True))
    more_below.setdefault("criterion", []).append(along(_vectors, "criterion", present=True))
    kinds["vector"] = Kind("vec", _vectors, above=join(along(requirements, "vectors"), along(criteria, "vectors")))
    evidence.add(("vector", VectorState.PASSED.value))
