"""Approvals in a trace (specs/tracing): they stand below what their document says."""

from approvals.models import Approval
from specflow.specs.tracing import Kind, Node, along, join, kinds, more_below
from specflow.specs.tracing.items import requirements
from specflow.specs.tracing.rows import Rows
from tasks.traced import tasks

_approvals = Rows(
    lambda: Approval.objects.order_by("id"),
    ("pk", "public_id", "title", "state", "document__spec__slug", "document__path", "revision__number"),
    lambda pk, name, title, state, spec, path, number: Node(
        "approval", pk, name, title, state=state, spec=spec or "", path=path, revision=number
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    more_below.setdefault("requirement", []).append(along(_approvals, "document__requirements"))
    more_below.setdefault("task", []).append(along(_approvals, "document__tasks"))
    said = (along(requirements, "document__approvals", present=True), along(tasks, "document__approvals", present=True))
    kinds["approval"] = Kind("apr", _approvals, above=join(*said))
