"""Asking for runs, by people and agents: request, cancel, retry. What a worker writes is in leases.py."""

import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.policy import policy_of
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid
from tasks import providers
from tasks.models import ENDED, RUN_TRANSITIONS, Run, RunStatus, Status, Task
from tasks.queries import locked_task
from tasks.rules import require_released

logger = logging.getLogger("specflow.tasks")


@action
def request_run(
    task: Task,
    *,
    actor: Actor,
    provider: str = "",
    options: Mapping[str, Any] | None = None,
    timeout: float = 0,
) -> Run:
    """Queues a run of a released task by the project's runner (its policy); a maintainer may name another provider.

    What a worker executes is the project's choice and never an agent's: an argument list from an agent would be a
    shell on the server. Raises Conflict `not_released`, `stale_approval`, `run_open`, `task_completed`, `no_runner`,
    Invalid `unknown_provider`, `invalid_provider_options`.
    """
    require(actor, Verb.RUN_TASKS, task.project)
    task = locked_task(task)
    require_released(task)
    if task.status == Status.COMPLETED:
        raise Conflict("task_completed", "The task is completed.", {"task": task.public_id})
    open_run = Run.objects.filter(task=task).exclude(status__in=ENDED).first()
    if open_run:
        raise Conflict("run_open", "The task has a run that has not ended.", {"run": open_run.public_id})
    name, chosen, seconds = _runner(task, actor, provider, options, timeout)
    providers.get(name).check(chosen)
    run = Run.objects.create(
        project=task.project, task=task, provider=name, options=dict(chosen), timeout=seconds, requested_by=actor.user
    )
    log.entry("run.queued", run, project=task.project, task=task.public_id, spec=task.spec.public_id, provider=name)
    transaction.on_commit(wake)
    return run


@action
def cancel_run(run: Run, *, actor: Actor) -> Run:
    """Ends a queued run; asks the worker of a live one to stop it (within 2 s). Raises Conflict `wrong_state`."""
    require(actor, Verb.RUN_TASKS, run.project)
    run = _locked(run)
    if run.status in ENDED:
        raise Conflict("wrong_state", f"The run has ended: {run.status}.", {"status": run.status, "allowed": []})
    if run.status == RunStatus.QUEUED:
        move(run, RunStatus.CANCELLED)
        run.ended_at = timezone.now()
        run.save(update_fields=("status", "ended_at"))
        log.entry("run.cancelled", run, project=run.project, task=run.task.public_id)
    elif not run.cancel_requested:
        run.cancel_requested = True
        run.save(update_fields=("cancel_requested",))
        log.entry("run.cancel_requested", run, project=run.project, task=run.task.public_id)
    return run


@action
def retry_run(run: Run, *, actor: Actor) -> Run:
    """A new run of the same task by the same provider, after one that failed or was cancelled."""
    require(actor, Verb.RUN_TASKS, run.project)
    run = _locked(run)
    if run.status not in (RunStatus.FAILED, RunStatus.CANCELLED):
        raise Conflict("wrong_state", f"A run that is {run.status} is not tried again.", {"status": run.status})
    require_released(run.task)
    open_run = Run.objects.filter(task=run.task).exclude(status__in=ENDED).first()
    if open_run:
        raise Conflict("run_open", "The task has a run that has not ended.", {"run": open_run.public_id})
    again = Run.objects.create(
        project=run.project,
        task=run.task,
        provider=run.provider,
        options=run.options,
        timeout=run.timeout,
        requested_by=actor.user,
    )
    log.entry("run.retried", again, project=run.project, task=run.task.public_id, after=run.public_id)
    transaction.on_commit(wake)
    return again


def move(run: Run, to: RunStatus) -> None:
    """The one writer of a run's status. Raises Conflict `wrong_state` with the allowed moves."""
    if to not in RUN_TRANSITIONS[run.status]:
        raise Conflict(
            "wrong_state",
            f"A run that is {run.status} does not become {to}.",
            {"status": run.status, "allowed": list(RUN_TRANSITIONS[run.status])},
        )
    run.status = to


def wake() -> None:
    """Tells a worker that there is work. A message that is lost is made up for by the sweep within a second."""
    from kombu.exceptions import OperationalError

    try:
        import_string(settings.SPECFLOW_CELERY).send_task("tasks.jobs.work", ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning("The broker took no message; the sweep will: %s", error)


def _locked(run: Run) -> Run:
    return (
        Run.objects.select_for_update(of=("self",))
        .select_related("project", "task__document", "task__spec")
        .get(pk=run.pk)
    )


def _runner(
    task: Task, actor: Actor, provider: str, options: Mapping[str, Any] | None, timeout: float
) -> tuple[str, Mapping[str, Any], float]:
    """(provider, options, seconds) from the project's policy, or from a maintainer's request."""
    if provider or options:
        require(actor, Verb.MANAGE, task.project)
        return provider, options or {}, _seconds(timeout or 600)
    runner = policy_of(task.project.policy).runner
    if not runner:
        raise Conflict(
            "no_runner",
            "The project's policy names no runner, so nothing can carry out the task here.",
            {"project": task.project.slug, "who": "a maintainer of the project"},
            ("A maintainer sets `runner` in the project's policy.",),
        )
    return runner["provider"], runner.get("options", {}), _seconds(timeout or runner.get("timeout", 600))


def _seconds(timeout: float) -> float:
    if not 1 <= timeout <= 86_400:
        raise Invalid("invalid_timeout", "A run's timeout is 1 to 86,400 seconds.", {"field": "timeout"})
    return timeout
