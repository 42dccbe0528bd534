"""`manage.py serve`: the whole product in one process (CONTRACT, Commands)."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from specflow.accounts.models import Project
from specflow.dashboard.serving.agent import AgentProcess, manage
from specflow.dashboard.serving.first_start import DEMO, prepare
from specflow.dashboard.serving.greeting import greeting
from specflow.dashboard.serving.ports import address_of, bound_socket, write_address
from specflow.dashboard.serving.web import serve_web
from specflow.dashboard.serving.worker import Worker


class Command(BaseCommand):
    help = "Serves pages, REST, MCP and the live feed, and carries out jobs, in one process."
    # They load every page and the admin, and `make check` runs them; here they would only slow the start.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="the port; 0 takes a free one")
        parser.add_argument("--no-worker", action="store_true", help="leave jobs to Celery processes of their own")
        parser.add_argument("--no-demo", action="store_true", help="no example projects, and no agent at work in them")

    def handle(self, *args: Any, **options: Any) -> None:
        taken = bound_socket(options["host"], _port(options["port"]))
        address = address_of(taken, options["host"])
        password = prepare(demo=not options["no_demo"])
        write_address(Path(settings.SPECFLOW_HOME), address)
        if not os.environ.get("SPECFLOW_URL"):
            settings.SPECFLOW_URL = address  # was read before the port was known
        text = greeting(address, password=password, project=_shown_project())
        parts = _parts(worker=not options["no_worker"], demo=not options["no_demo"])
        for part in parts:
            part.start()

        def ready() -> None:
            self.stdout.write(text)
            self.stdout.flush()

        def stop() -> None:
            for part in parts:
                part.stop()

        serve_web(taken, on_ready=ready, on_stop=stop)


def _parts(*, worker: bool, demo: bool) -> list[AgentProcess | Worker]:
    """What runs beside the web server, in the order of its start and of its end."""
    parts: list[AgentProcess | Worker] = []
    if demo and Project.objects.filter(slug=DEMO).exists():
        parts.append(AgentProcess(manage("demo", "--agent-only")))
    if worker:
        parts.append(Worker())
    return parts


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65_535:
        raise CommandError(f"The port must be a number from 0 to 65535, not '{text[:20]}'.")
    return int(text)


def _shown_project() -> str:
    """The project in the printed configuration: the example, else the first there is, else none."""
    slugs = list(Project.objects.order_by("pk").values_list("slug", flat=True))
    return DEMO if DEMO in slugs else next(iter(slugs), "")
