"""Workers and what they find to do: queued runs, and worker processes on the database of the test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.utils import timezone

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.actors import Actor
from tasks import actions as tasks
from tasks import leases, runs
from tasks.models import Run, RunStatus, Task
from tests.factories import Team, approve, make_released_task

# Carries out what is due until all runs have ended, as a worker does that is woken by the sweep.
WORKER = """
import time, django
django.setup()
from tasks.jobs import work
from tasks.models import ENDED, Run
while Run.objects.exclude(status__in=ENDED).exists():
    work() or time.sleep(0.05)
"""


def worker() -> Actor:
    return actors.system(door="job")


def use_runner(team: Team, provider: str, options: dict[str, Any], timeout: float = 30) -> None:
    """Makes this the project's runner."""
    policy = {"runner": {"provider": provider, "options": options, "timeout": timeout}}
    accounts.change_policy(team.project, actor=team.maintainer, policy=policy)


def released(team: Team, count: int = 1) -> list[Task]:
    """Released tasks of one spec."""
    first = make_released_task(team)
    for n in range(1, count):
        tasks.add_task(first.spec, actor=team.agent, title=f"Task {n}")
    if count > 1:
        approve(team, first.document)
    return list(Task.objects.select_related("project", "spec", "document").filter(spec=first.spec, present=True))


def queued(team: Team, count: int = 1) -> list[Run]:
    """Queued runs, each of a task of its own."""
    return [runs.request_run(task, actor=team.agent) for task in released(team, count)]


def claimed(team: Team) -> Run:
    """A run that a worker has claimed and begun."""
    queued(team)
    run = leases.claim_next(actor=worker(), worker="first")
    assert run is not None
    return leases.start(run, actor=worker())


def let_the_lease_end(run: Run) -> None:
    """As if the worker had been silent for longer than its lease."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def taken_over(run: Run) -> Run:
    """The run as the next worker holds it."""
    let_the_lease_end(run)
    again = leases.claim_next(actor=worker(), worker="second")
    assert again is not None
    assert (again.pk, again.status) == (run.pk, RunStatus.LEASED)
    return again


@contextmanager
def worker_process(lease: float = 1) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own; killed at the end if it is still there."""
    environment = {**os.environ, "DATABASE_URL": _database_url(), "SPECFLOW_LEASE_SECONDS": str(lease)}
    environment["DJANGO_SETTINGS_MODULE"] = "specflow.settings"
    process = subprocess.Popen([sys.executable, "-c", WORKER], cwd=settings.BASE_DIR, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def _database_url() -> str:
    """The address of the database that this test is on."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{Path(database['NAME']).resolve()}"
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    return f"postgres://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
