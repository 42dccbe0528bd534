"""Writes of tasks: their text, their progress, their logs; tickets."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid
from specflow.rows import update
from specflow.specs import documents
from specflow.specs.formats import registry
from specflow.specs.models import Document, DocumentKind, Phase, Spec
from specflow.specs.phases import move_phase, require_phase
from specflow.text import checked, checked_json, checked_title
from tasks import hooks
from tasks.models import TASK_TRANSITIONS, ImplementationLog, Status, Task, Ticket
from tasks.queries import locked_task
from tasks.rules import require_released

_PHASE_ID = re.compile(r"PHASE_[A-Z0-9_]+")
PRIORITIES = ("low", "medium", "high", "critical")


@action
def add_task(
    spec: Spec,
    *,
    actor: Actor,
    title: str,
    description: str = "",
    phase: str = "Implementation",
    priority: str = "medium",
    requirements: Sequence[str] = (),
) -> Task:
    """Writes a task at the end of the spec's tasks document, which is begun where there is none, and gives its row.

    Raises Conflict `phase_gate` while requirements or design are not approved, Invalid `unknown_priority`.
    """
    require(actor, Verb.WRITE_SPECS, spec.project)
    require_phase(spec, DocumentKind.TASKS)
    checked_title(title)
    checked_title(phase, field="phase")
    checked(description, field="description")
    if priority not in PRIORITIES:
        raise Invalid(
            "unknown_priority", f"A task's priority is one of {', '.join(PRIORITIES)}.", {"known": PRIORITIES}
        )
    document = documents.document_of(spec, "tasks")
    edited, _ = registry.of(document.path).add_task(
        documents.text_of(document),
        title=title,
        description=description,
        phase=phase,
        priority=priority,
        requirements=requirements,
    )
    return documents.write(document, edited, actor=actor).new(Task)


@action
def set_status(task: Task, *, actor: Actor, status: str, reason: str = "") -> Task:
    """Moves a task. Raises Conflict `wrong_state`, `not_released`, `stale_approval`, `log_missing`, those of
    hooks.completing (`review_missing`), or Invalid `unknown_status`, `reason_missing`.

    Source of the gates: QUALITY 31; 003, log-implementation ("a task without an implementation log is not complete").
    """
    require(actor, Verb.WRITE_TASKS, task.project)
    checked(reason, field="reason")
    task = locked_task(task)
    if status not in Status.values:
        raise Invalid("unknown_status", f"There is no status '{status[:40]}'.", {"known": list(Status.values)})
    if status not in TASK_TRANSITIONS[task.status] and not (status == task.status == Status.BLOCKED):
        raise Conflict(
            "wrong_state",
            f"A task that is {task.get_status_display().lower()} does not become {status.replace('_', ' ')}.",
            {"status": task.status, "allowed": list(TASK_TRANSITIONS[task.status])},
        )
    if status == Status.BLOCKED and not reason.strip():
        raise Invalid("reason_missing", "Say what blocks the task.", {"field": "reason"})
    if status == Status.IN_PROGRESS:
        require_released(task)
    if status == Status.COMPLETED:
        _require_done(task)
    before, task.status = task.status, status
    task.blocked_reason = reason if status == Status.BLOCKED else ""
    update(task, ("status", "blocked_reason"))
    log.entry(
        "task.status_changed",
        task,
        project=task.project,
        before=before,
        after=status,
        reason=task.blocked_reason,
        spec=task.spec.public_id,
    )
    _follow_in_spec(task)
    return task


@action
def log_implementation(
    task: Task,
    *,
    actor: Actor,
    summary: str,
    artifacts: Mapping[str, Any],
    files_modified: Sequence[str] = (),
    files_created: Sequence[str] = (),
    statistics: Mapping[str, Any] | None = None,
) -> ImplementationLog:
    """Records what a task implemented. Raises Invalid `artifacts_missing` where nothing was named, `missing_value`,
    `invalid_text`, TooLarge, Conflict `not_released`, `stale_approval`."""
    require(actor, Verb.WRITE_TASKS, task.project)
    _check_log(summary, artifacts)
    for field, value in (
        ("files_modified", list(files_modified)),
        ("files_created", list(files_created)),
        ("artifacts", dict(artifacts)),
        ("statistics", dict(statistics or {})),
    ):
        checked_json(value, field=field)
    task = locked_task(task)
    require_released(task)
    row = ImplementationLog.objects.create(
        project=task.project,
        task=task,
        summary=summary,
        artifacts=dict(artifacts),
        author=actor.user,
        files_modified=list(files_modified),
        files_created=list(files_created),
        statistics=dict(statistics or {}),
    )
    log.entry(
        "task.logged", task, project=task.project, log=row.public_id, summary=summary[:500], spec=task.spec.public_id
    )
    return row


@action
def create_ticket(
    project: Project,
    *,
    actor: Actor,
    title: str,
    description: str = "",
    priority: str = "MEDIUM",
    phase_id: str = "PHASE_REQUIREMENTS",
) -> Ticket:
    """A ticket (002). Raises Invalid `unknown_priority`, `invalid_phase_id`."""
    require(actor, Verb.WRITE_TASKS, project)
    if priority not in Ticket.Priority.values:
        raise Invalid(
            "unknown_priority",
            f"A ticket's priority is one of {', '.join(Ticket.Priority.values)}.",
            {"known": list(Ticket.Priority.values)},
        )
    if len(phase_id) > 60 or not _PHASE_ID.fullmatch(phase_id):
        raise Invalid(
            "invalid_phase_id", "A phase id is upper case and begins with PHASE_.", {"phase_id": phase_id[:80]}
        )
    ticket = Ticket.objects.create(
        project=project,
        title=checked_title(title),
        description=checked(description, field="description"),
        priority=priority,
        phase_id=phase_id,
        created_by=actor.user,
    )
    log.entry("ticket.created", ticket, project=project, title=title, priority=priority)
    return ticket


@action
def release_tasks(document: Document, *, actor: Actor) -> list[Task]:
    """Releases the tasks of a tasks document for work; called by the approval of that document."""
    tasks = list(
        Task.objects.select_for_update(of=("self",))
        .select_related("project", "spec", "document")
        .filter(document=document, present=True, released_at=None)
    )
    now = timezone.now()
    for task in tasks:
        task.released_at = now
        if not task.is_step:
            log.entry("task.released", task, project=task.project, spec=task.spec.public_id, key=task.key)
    Task.objects.bulk_update(tasks, ("released_at",), batch_size=200)
    return tasks


def _check_log(summary: str, artifacts: Mapping[str, Any]) -> None:
    """What a log must say."""
    if not checked(summary, field="summary").strip():
        raise Invalid("missing_value", "summary must not be empty.", {"field": "summary"})
    if not any(artifacts.values()):
        raise Invalid(
            "artifacts_missing",
            "Name what was made: an implementation log without artifacts helps nobody.",
            {"field": "artifacts"},
            ("Give at least one of apiEndpoints, components, functions, classes, integrations, dataModels.",),
        )


def _require_done(task: Task) -> None:
    """A task of its own needs a log, and what apps above ask for (hooks.completing), unless it only holds other tasks
    together and they are complete."""
    if task.is_step:
        return
    if task.logs.exists():
        for require_more in hooks.completing:
            require_more(task)
        return
    parts = [one for one in task.children.filter(present=True) if not one.is_step]
    if parts and all(one.status == Status.COMPLETED for one in parts):
        return
    raise Conflict(
        "log_missing",
        "A task is complete only with an implementation log.",
        {"task": task.public_id, "missing": ["implementation_log"]},
        ("Record what was implemented with log-implementation, then complete the task.",),
    )


def _follow_in_spec(task: Task) -> None:
    """A spec is completed with its last task, and in implementation again when one is reopened."""
    spec = Spec.objects.get(pk=task.spec_id)
    open_tasks = Task.objects.filter(spec=spec, present=True).exclude(status=Status.COMPLETED)
    if spec.phase == Phase.IMPLEMENTATION and not any(not one.is_step for one in open_tasks):
        move_phase(spec, Phase.COMPLETED)
    elif spec.phase == Phase.COMPLETED and task.status != Status.COMPLETED and not task.is_step:
        move_phase(spec, Phase.IMPLEMENTATION)
