"""What a worker writes: claim, start, events, finish; each compare-and-set on the run's fence (QUALITY 4, 5, 7)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from specflow.accounts.actors import Actor
from specflow.audit import bell, log
from specflow.audit.log import action
from tasks.actions import set_status
from tasks.models import LIVE, Output, Run, RunEvent, RunStatus, Status
from tasks.providers.base import Event, Outcome
from tasks.rules import require_released
from tasks.runs import move

MAX_ATTEMPTS = 3
_ENDS = {
    "succeeded": (RunStatus.SUCCEEDED, "run.succeeded"),
    "failed": (RunStatus.FAILED, "run.failed"),
    "timed_out": (RunStatus.FAILED, "run.failed"),
    "cancelled": (RunStatus.CANCELLED, "run.cancelled"),
}


class LeaseLost(Exception):
    """Another worker has the run, or it ended: whoever gets this stops at once and writes nothing more."""


def due(now: datetime) -> Q:
    """Runs that wait for a worker: queued ones, and live ones whose lease has ended."""
    return Q(status=RunStatus.QUEUED) | Q(status__in=LIVE, lease_until__lt=now)


@action
def claim_next(*, actor: Actor, worker: str) -> Run | None:
    """Takes the oldest run that is due, under a new fence; None where none is.

    A run that three workers lost fails; one that was lost while it was to be cancelled, or whose task is complete, is
    cancelled. Those come back ended.
    """
    now = timezone.now()
    run = (
        Run.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("project", "task__document", "task__spec")
        .filter(due(now))
        .order_by("id")
        .first()
    )
    if run is None:
        return None
    taken_over, lost = run.status != RunStatus.QUEUED, run.worker
    if run.cancel_requested:
        _end(run, RunStatus.CANCELLED, "run.cancelled", "Its worker was lost after a cancel was asked for", None)
        return run
    if run.task.status == Status.COMPLETED:
        _end(run, RunStatus.CANCELLED, "run.cancelled", "The task was completed before a worker was free", None)
        return run
    if run.attempt >= MAX_ATTEMPTS:
        _end(run, RunStatus.FAILED, "run.failed", f"{run.attempt} workers were lost in this run", None)
        return run
    move(run, RunStatus.LEASED)
    run.fence += 1
    run.attempt += 1
    run.worker, run.heartbeat_at, run.lease_until = worker, now, now + lease()
    run.save(update_fields=("status", "fence", "attempt", "worker", "heartbeat_at", "lease_until"))
    verb = "run.taken_over" if taken_over else "run.leased"
    log.entry(verb, run, project=run.project, task=run.task.public_id, worker=worker, attempt=run.attempt, lost=lost)
    return run


@action
def start(run: Run, *, actor: Actor) -> Run:
    """The worker begins: the run is running and its task in progress. Raises LeaseLost, and Conflict `stale_approval`
    where the tasks document was changed since the run was asked for."""
    held = _held(run)
    require_released(held.task)
    move(held, RunStatus.RUNNING)
    held.started_at = held.started_at or timezone.now()
    held.save(update_fields=("status", "started_at"))
    log.entry("run.started", held, project=held.project, task=held.task.public_id, attempt=held.attempt)
    if held.task.status in (Status.PENDING, Status.BLOCKED):
        set_status(held.task, actor=actor, status=Status.IN_PROGRESS)
    return held


def heartbeat(run: Run) -> bool:
    """Extends the lease; gives whether the run is to be cancelled. Raises LeaseLost.

    No action: a lease is not state that people agree on, and a beat every few seconds is not for the log.
    """
    now = timezone.now()
    mine = Run.objects.filter(pk=run.pk, fence=run.fence, status__in=LIVE)
    if not mine.update(heartbeat_at=now, lease_until=now + lease()):
        raise LeaseLost(run.public_id)
    return mine.filter(cancel_requested=True).exists()


def give_back(run: Run) -> None:
    """Ends the lease now, without an end of the run: the next worker takes it at once, and no worker counts as lost.

    Raises LeaseLost.
    """
    mine = Run.objects.filter(pk=run.pk, fence=run.fence, status__in=LIVE)
    if not mine.update(lease_until=timezone.now(), attempt=F("attempt") - 1):
        raise LeaseLost(run.public_id)


def append_events(run: Run, events: Sequence[Event]) -> None:
    """Appends what the agent did, numbered without gaps, under the fence. Raises LeaseLost."""
    with transaction.atomic():
        if not Run.objects.select_for_update().filter(pk=run.pk, fence=run.fence, status__in=LIVE).exists():
            raise LeaseLost(run.public_id)
        last = RunEvent.objects.filter(run=run).aggregate(last=Max("sequence"))["last"] or 0
        now = timezone.now()
        RunEvent.objects.bulk_create(
            RunEvent(run=run, sequence=last + n, attempt=run.attempt, at=now, kind=event.kind, data=dict(event.data))
            for n, event in enumerate(events, start=1)
        )
        bell.ring_on_commit()


@action
def finish(run: Run, *, actor: Actor, outcome: Outcome) -> Run:
    """Ends the run once: its outputs, its status and the digest of its events in one transaction. Raises LeaseLost."""
    held = _held(run)
    for item in outcome.outputs:
        digest = hashlib.sha256(item.text.encode()).hexdigest()
        Output.objects.create(run=held, name=item.name[:300], text=item.text, sha256=digest)
    status, verb = _ENDS[outcome.status]
    _end(held, status, verb, outcome.summary, outcome.exit_code)
    return held


def lease() -> timedelta:
    """How long a worker holds a run without a heartbeat."""
    return timedelta(seconds=settings.SPECFLOW_LEASE_SECONDS)


def events_digest(run: Run) -> tuple[int, str]:
    """How many events the run has, and the SHA-256 over their canonical lines."""
    digest, count = hashlib.sha256(), 0
    for event in RunEvent.objects.filter(run=run).order_by("sequence").iterator(500):
        line = [event.sequence, event.attempt, event.at.isoformat(), event.kind, event.data]
        digest.update(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
        count += 1
    return count, digest.hexdigest()


def _held(run: Run) -> Run:
    """The locked run, if the caller still holds it under its fence."""
    held = (
        Run.objects.select_for_update(of=("self",))
        .select_related("project", "task__document", "task__spec", "task__project")
        .filter(pk=run.pk, fence=run.fence, status__in=LIVE)
        .first()
    )
    if held is None:
        raise LeaseLost(run.public_id)
    return held


def _end(run: Run, status: RunStatus, verb: str, summary: str, exit_code: int | None) -> None:
    move(run, status)
    run.summary, run.exit_code, run.ended_at, run.lease_until = summary[:2000], exit_code, timezone.now(), None
    run.save(update_fields=("status", "summary", "exit_code", "ended_at", "lease_until"))
    count, digest = events_digest(run)
    outputs = {one.name: one.sha256 for one in run.outputs.all()}
    log.entry(
        verb,
        run,
        project=run.project,
        task=run.task.public_id,
        spec=run.task.spec.public_id,
        summary=run.summary,
        exit_code=exit_code,
        events=count,
        events_sha256=digest,
        outputs=outputs,
    )
