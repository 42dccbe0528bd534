"""Approvals in a trace (specs/tracing.py): they stand below what their document says."""

from typing import Any

from approvals.models import Approval
from specflow.specs.traced import requirements
from specflow.specs.tracing import PAIRS, Found, Kind, Node, along, join, kinds, more_below
from tasks.traced import tasks


def _approvals(by: str, **which: Any) -> Found:
    rows = Approval.objects.filter(**which).order_by("id")
    columns = ("title", "state", "document__spec__slug", "document__path", "revision__number")
    found = rows.values_list(by, "pk", "public_id", *columns)[: PAIRS + 1]
    return [
        (row[0], Node("approval", row[1], row[2], row[3], "", row[4], row[5] or "", row[6], row[7])) for row in found
    ]


def register() -> None:
    """Called once, when the apps are ready."""
    more_below.setdefault("requirement", []).append(along(_approvals, "document__requirements"))
    more_below.setdefault("task", []).append(along(_approvals, "document__tasks"))
    said = (along(requirements, "document__approvals", present=True), along(tasks, "document__approvals", present=True))
    kinds["approval"] = Kind("apr", _approvals, above=join(*said))
