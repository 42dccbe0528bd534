"""Tasks, their logs, runs and outputs in a trace (specs/tracing)."""

from django.db.models.functions import Substr

from specflow.specs.tracing import Kind, Node, along, join, kinds, more_below
from specflow.specs.tracing.items import ITEM, LONGEST, criteria, item, requirements
from specflow.specs.tracing.rows import Rows
from tasks.models import ImplementationLog, Output, Run, Task

tasks = Rows(
    lambda: Task.objects.order_by("document_id", "position"),
    (Substr("title", 1, LONGEST), "status", "spec__slug", *ITEM),
    lambda *columns: item("task", *columns),
)
_runs = Rows(
    lambda: Run.objects.order_by("id"),
    ("pk", "public_id", "provider", "attempt", "status", "task__spec__slug"),
    lambda pk, name, provider, attempt, status, spec: Node(
        "run", pk, name, f"{provider}, attempt {attempt}", state=status, spec=spec
    ),
)
_logs = Rows(
    lambda: ImplementationLog.objects.order_by("id"),
    ("pk", "public_id", Substr("summary", 1, LONGEST), "task__spec__slug", "document__path"),
    lambda pk, name, summary, spec, path: Node("log", pk, name, summary, spec=spec, path=path or ""),
)
_outputs = Rows(
    lambda: Output.objects.order_by("id"),
    ("pk", "public_id", "name", "run__task__spec__slug"),
    lambda pk, name, title, spec: Node("output", pk, name, title, spec=spec),
)


def register() -> None:
    """Called once, when the apps are ready. A task is for the criteria that it names, else for the requirement."""
    whole = {"references__criterion": None}
    more_below.setdefault("requirement", []).append(along(tasks, "references__requirement", present=True, **whole))
    more_below.setdefault("criterion", []).append(along(tasks, "references__criterion", present=True))
    kinds["task"] = Kind(
        "task",
        tasks,
        above=join(along(requirements, "references__task", **whole), along(criteria, "references__task")),
        below=join(along(_logs, "task"), along(_runs, "task")),
    )
    kinds["log"] = Kind("log", _logs, above=along(tasks, "logs"))
    kinds["run"] = Kind("run", _runs, above=along(tasks, "runs"), below=along(_outputs, "run"))
    kinds["output"] = Kind("out", _outputs, above=along(_runs, "outputs"), project="run__project")
