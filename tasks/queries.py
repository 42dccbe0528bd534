"""Reads of tasks and runs."""

from datetime import UTC
from typing import Any

from django.db.models import Count, Q, QuerySet

from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.accounts.queries import visible, visible_to
from specflow.errors import NotFound
from specflow.rows import Select
from specflow.specs.models import Spec
from tasks.models import ImplementationLog, Run, RunEvent, Status, Task, Ticket

_OF_SPEC = Select(
    lambda given: (
        Task.objects.filter(Q(key=given("key")) | Q(public_id=given("key")), spec=given("spec"), present=True)
        .select_related("spec", "project", "document")
        .order_by("position")
    )
)
_LOCKED = Select(
    lambda given: (
        Task.objects.filter(pk=given("id"))
        .select_related("project", "spec", "document")
        .select_for_update(of=("self",))
        .order_by()
    )
)


def task_for(actor: Actor, public_id: str) -> Task:
    """The visible task, or NotFound `task_not_found`."""
    return visible(Task.objects.select_related("spec", "document"), actor, public_id)


def task_of_spec(spec: Spec, key: str) -> Task:
    """The task that a person or agent calls by its number in the document or by its id, or `task_not_found`."""
    row = _OF_SPEC.first(spec=spec.pk, key=key)
    if row is None:
        raise NotFound.of("task", key)
    return row


def locked_task(task: Task) -> Task:
    """The task as it is now, locked until the transaction ends, with its project, spec and document."""
    (row,) = _LOCKED.all(id=task.pk)
    return row


def tasks_visible_to(actor: Actor) -> QuerySet[Task]:
    """Present tasks of the actor's projects."""
    return visible_to(actor, Task.objects.filter(present=True).select_related("spec", "project"))


def run_for(actor: Actor, public_id: str) -> Run:
    """The visible run, or NotFound `run_not_found`."""
    return visible(Run.objects.select_related("task__spec", "requested_by"), actor, public_id)


def runs_visible_to(actor: Actor) -> QuerySet[Run]:
    """Runs of the actor's projects, newest first."""
    return visible_to(actor, Run.objects.select_related("task__spec", "project", "requested_by"))


def ticket_for(actor: Actor, public_id: str) -> Ticket:
    """The visible ticket, or NotFound `ticket_not_found`."""
    return visible(Ticket.objects.all(), actor, public_id)


def tickets_visible_to(actor: Actor) -> QuerySet[Ticket]:
    """Tickets of the actor's projects, newest first."""
    return visible_to(actor, Ticket.objects.select_related("project"))


def logs_of(task: Task) -> QuerySet[ImplementationLog]:
    """What the task implemented, newest first."""
    return ImplementationLog.objects.filter(task=task).select_related("task", "author", "document").order_by("-id")


def events_of(run: Run, after: int = 0) -> QuerySet[RunEvent]:
    """The run's events after a sequence, in order."""
    return RunEvent.objects.filter(run=run, sequence__gt=after).order_by("sequence")


def progress_of(spec: Spec) -> dict[str, int]:
    """How many tasks (without steps) the spec has, by status, with `total` and `percent`."""
    own = Task.objects.filter(spec=spec, present=True).exclude(Q(key="") & Q(level__gt=0))
    counted = own.aggregate(
        total=Count("id"), **{status: Count("id", filter=Q(status=status)) for status in Status.values}
    )
    counted["percent"] = round(100 * counted["completed"] / counted["total"]) if counted["total"] else 0
    return counted


def completed_without_log(spec: Spec) -> QuerySet[Task]:
    """Completed tasks of the spec (without steps) that nobody logged, in the order of their document."""
    own = Task.objects.filter(spec=spec, present=True, status=Status.COMPLETED).exclude(Q(key="") & Q(level__gt=0))
    return own.filter(logs=None).order_by("document_id", "position")


def run_events_after(run_id: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Events of a run after a sequence, in order, in the shape of the live feed (audit.feed.sources)."""
    rows = RunEvent.objects.filter(run__public_id=run_id, sequence__gt=after).order_by("sequence")[:limit]
    return [run_event(row) for row in rows]


def project_of_run(run_id: str) -> str | None:
    """The outside id of the run's project, None for an unknown run (audit.feed.Source)."""
    return Run.objects.filter(public_id=run_id).values_list("project__public_id", flat=True).first()


def run_event(row: RunEvent) -> dict[str, Any]:
    """One event of a run as doors send it."""
    return {
        "type": "run_event",
        "seq": row.sequence,
        "attempt": row.attempt,
        "kind": row.kind,
        "data": row.data,
        "at": row.at.astimezone(UTC).isoformat(timespec="milliseconds"),
    }


def runs_of(project: Project) -> QuerySet[Run]:
    """The project's runs, newest first, with what a list shows."""
    return Run.objects.filter(project=project).select_related("task__spec", "requested_by")
