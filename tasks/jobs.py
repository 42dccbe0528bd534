"""Celery's door: a worker carries out runs. The database says what is due; a message only wakes a worker."""

import logging
import os
import socket
import threading
from pathlib import Path

from celery import shared_task, signals
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.errors import DomainError
from specflow.specs import hooks
from tasks import leases, providers
from tasks.leases import LeaseLost
from tasks.models import Run, RunStatus
from tasks.providers.base import Event, Outcome, Work
from tasks.runs import wake

log = logging.getLogger("specflow.tasks")
_EVENTS_WAIT = 0.15  # seconds that events are gathered before they are written together
_shutdown = threading.Event()


@signals.worker_init.connect  # type: ignore[untyped-decorator]
def _begin(**_: object) -> None:
    _shutdown.clear()


@signals.worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _end(**_: object) -> None:
    """Stops the runs of this process: they are given back, and another worker goes on with them (QUALITY 7)."""
    _shutdown.set()


@shared_task(name="tasks.jobs.work", acks_late=True)  # type: ignore[untyped-decorator]  # celery has no types
def work() -> int:
    """Carries out runs until none is due; gives how many."""
    actor, done = actors.system(door="job"), 0
    while not _shutdown.is_set() and (run := leases.claim_next(actor=actor, worker=worker_name())) is not None:
        if run.status == RunStatus.LEASED:
            carry_out(run, actor)
            done += 1
    return done


@shared_task(name="tasks.jobs.sweep", ignore_result=True)  # type: ignore[untyped-decorator]
def sweep() -> int:
    """Wakes a worker where runs are due: a message was lost, or a worker was."""
    due = Run.objects.filter(leases.due(timezone.now())).count()
    if due:
        wake()
    return due


def worker_name() -> str:
    """Host, process and thread: what the log and the run's page call this worker."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 10_000}"


def carry_out(run: Run, actor: Actor) -> None:
    """One run from its lease to its end. A lost lease ends it without a trace of ours; an error of ours fails it."""
    try:
        started = leases.start(run, actor=actor)
        with _Keeping(started) as keeping:
            outcome = _execute(started, keeping)
        if outcome.status == "cancelled" and keeping.should_stop() == "shutdown":
            leases.give_back(started)
            log.info("%s: given back, because this worker ends", run.public_id)
        else:
            leases.finish(started, actor=actor, outcome=outcome)
    except LeaseLost:
        log.warning("%s: the lease was lost to another worker", run.public_id)
    except DomainError as error:
        _fail(run, actor, f"{error.code}: {error.message}")
    except Exception as error:
        log.exception("%s: the worker failed", run.public_id)
        _fail(run, actor, f"The worker failed: {type(error).__name__}")


def _fail(run: Run, actor: Actor, summary: str) -> None:
    try:
        leases.finish(run, actor=actor, outcome=Outcome(status="failed", summary=summary, exit_code=None, outputs=()))
    except LeaseLost:
        log.warning("%s: the lease was lost to another worker", run.public_id)


def _execute(run: Run, keeping: "_Keeping") -> Outcome:
    folder = Path(settings.SPECFLOW_HOME) / "runs" / run.public_id / str(run.fence)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    task = run.task
    job = Work(
        run=run.public_id,
        task=task.public_id,
        title=task.title,
        prompt=task.prompt or "\n".join(_lines_of(run)),
        folder=folder,
        options=run.options,
        timeout=run.timeout,
        environment={"SPECFLOW_RUN": run.public_id, "SPECFLOW_TASK": task.public_id},
    )
    outcome = providers.get(run.provider).execute(job, keeping.emit, keeping.should_stop)
    keeping.flush()
    return outcome


def _lines_of(run: Run) -> list[str]:
    """The task's own lines of its tasks document."""
    text = hooks.full_text(run.task.document)
    return text.split("\n")[run.task.start - 1 : run.task.end]


class _Keeping:
    """Keeps the lease while a provider works: a thread beats, and writes the events that were gathered meanwhile."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._events: list[Event] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._reason: str | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._beat, name=f"keeping-{run.public_id}", daemon=True)

    def __enter__(self) -> "_Keeping":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        close_old_connections()

    def emit(self, event: Event) -> None:
        """Takes an event; it is written within a moment. Raises what writing raised."""
        if self._error is not None:
            raise self._error
        with self._lock:
            self._events.append(event)

    def should_stop(self) -> str | None:
        """Why the provider should stop, or None."""
        return self._reason

    def flush(self) -> None:
        """Writes what is left, and raises what the keeping thread met."""
        if self._error is not None:
            raise self._error
        self._write()

    def _beat(self) -> None:
        """Beats at least each fifth of the lease, and asks for a cancel about each half second."""
        every = min(0.5, leases.lease().total_seconds() / 5)
        last = 0.0
        try:
            while not self._stop.wait(_EVENTS_WAIT):
                self._write()
                if _shutdown.is_set():
                    self._reason = self._reason or "shutdown"
                last += _EVENTS_WAIT
                if last >= every:
                    last = 0.0
                    if leases.heartbeat(self._run):
                        self._reason = "cancelled"
        except Exception as error:  # told to the provider's thread, which raises it
            self._error, self._reason = error, "lease_lost"
        finally:
            connection.close()

    def _write(self) -> None:
        with self._lock:
            events, self._events = self._events, []
            if events:
                leases.append_events(self._run, events)
