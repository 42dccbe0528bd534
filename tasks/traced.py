"""Tasks, their logs, runs and outputs in a trace (specs/tracing.py)."""

from typing import Any

from django.db.models.functions import Substr

from specflow.specs.traced import LONGEST, criteria, item_nodes, requirements
from specflow.specs.tracing import PAIRS, Found, Kind, Node, along, join, kinds, more_below
from tasks.models import ImplementationLog, Output, Run, Task


def tasks(by: str, **which: Any) -> Found:
    """Tasks with their status."""
    return item_nodes(Task.objects.filter(**which), "task", by, title="title", spec="spec", state="status")


def _runs(by: str, **which: Any) -> Found:
    rows = Run.objects.filter(**which).order_by("id")
    found = rows.values_list(by, "pk", "public_id", "provider", "attempt", "status", "task__spec__slug")[: PAIRS + 1]
    return [(row[0], Node("run", row[1], row[2], f"{row[3]}, attempt {row[4]}", "", row[5], row[6])) for row in found]


def _logs(by: str, **which: Any) -> Found:
    rows = ImplementationLog.objects.filter(**which).order_by("id")
    found = rows.values_list(by, "pk", "public_id", Substr("summary", 1, LONGEST), "task__spec__slug")[: PAIRS + 1]
    return [(row[0], Node("log", row[1], row[2], row[3], spec=row[4])) for row in found]


def _outputs(by: str, **which: Any) -> Found:
    rows = Output.objects.filter(**which).order_by("id")
    found = rows.values_list(by, "pk", "public_id", "name", "run__task__spec__slug")[: PAIRS + 1]
    return [(row[0], Node("output", row[1], row[2], row[3], spec=row[4])) for row in found]


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
