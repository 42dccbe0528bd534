"""A Celery worker and its beat as threads of this process, without Celery's signal handlers."""

import logging
import os
import threading
from typing import Any

from celery import Celery, signals
from celery.beat import Service
from celery.worker import WorkController
from django.conf import settings
from django.utils.module_loading import import_string

log = logging.getLogger("specflow.serve")
THREADS = 4
START_SECONDS = 15.0
RESTART_SECONDS = 1.0
DRAIN_SECONDS = 5.0


class _Controller(WorkController):  # type: ignore[misc]  # celery has no types
    def __init__(self, **options: Any) -> None:
        self.ready = threading.Event()
        super().__init__(**options)

    def on_consumer_ready(self, consumer: Any) -> None:
        self.ready.set()


class Worker:
    """A worker with four threads, and the beat that wakes it. One per process."""

    def __init__(self) -> None:
        os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # they load every page and the admin, for a worker
        self._app: Celery = import_string(settings.SPECFLOW_CELERY)
        self._worker = self._new_worker()
        self._beat = Service(self._app, scheduler_cls="celery.beat:Scheduler")  # in memory: the sweep has no past
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name="specflow-worker", daemon=True),
            threading.Thread(target=self._beat.start, name="specflow-beat", daemon=True),
        ]

    def start(self) -> None:
        """Starts both; comes back when jobs are taken, or after 15 s without a broker."""
        for thread in self._threads:
            thread.start()
        if not self._worker.ready.wait(START_SECONDS):
            log.warning("The worker still waits for its broker; jobs start when it answers.")

    def stop(self) -> None:
        """Ends both within some seconds: runs in hand are given back, and another worker goes on with them."""
        self._stopping.set()
        self._beat.stop(wait=False)
        # What Celery's own program sends; runs end by it.
        signals.worker_shutting_down.send(sender=self._worker.hostname, sig="SIGTERM", how="Warm", exitcode=0)
        ending = threading.Thread(target=self._worker.stop, name="specflow-worker-stop", daemon=True)
        ending.start()
        ending.join(DRAIN_SECONDS)
        if ending.is_alive():
            log.warning("A job did not end within %s s; its lease runs out and another worker takes it.", DRAIN_SECONDS)

    def _work(self) -> None:
        """Works until the end; a worker that broke down (Celery logs why) is followed by a new one."""
        self._worker.start()
        while not self._stopping.wait(RESTART_SECONDS):
            log.warning("The worker broke down, and a new one starts.")
            self._worker = self._new_worker()
            self._worker.start()

    def _new_worker(self) -> _Controller:
        return _Controller(
            app=self._app,
            pool="threads",
            concurrency=THREADS,
            # Talk among workers: the database already says what is due, and who has it.
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
