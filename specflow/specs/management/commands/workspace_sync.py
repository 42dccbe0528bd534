"""`manage.py workspace_sync`: keeps a folder and a project's documents in step, until it is stopped."""

import json
import signal
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from specflow.accounts import actors
from specflow.accounts.actions import create_agent
from specflow.accounts.queries import visible_project
from specflow.errors import DomainError
from specflow.specs.sync.actions import Outcome, attach
from specflow.text import checked

_SAID = {
    "taken": "taken: the file became a new revision",
    "write": "written: the document was changed elsewhere",
    "remove": "removed: the document was moved to the archive",
    "conflict": "CONFLICT: both were changed; a person settles it on the project's page of conflicts",
    "refused": "left alone",
}


class Command(BaseCommand):
    help = (
        "Keeps the folder of a project in step with its documents, both ways: a changed file becomes a revision, a new "
        "revision is written to its file. Where both changed nothing is overwritten, and a person settles it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, nargs="?", help="the folder; the project's own where it is left out")
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--agent", default="workspace", help="who the revisions are by (made if missing)")
        parser.add_argument("--once", action="store_true", help="one look at everything, then end")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        from specflow.specs.sync.watching import Watch

        self._format = options["format"]
        owner = actors.system(door="cli")
        try:
            project = visible_project(owner, checked(options["project"], field="project"))
            if options["path"]:
                project = attach(project, actor=owner, folder=str(options["path"].resolve()))
            if not project.workspace or not Path(project.workspace).is_dir():
                raise CommandError("folder_not_found: say which folder, and that it is there.")
            agent = create_agent(options["agent"], actor=owner, project=project)
            watch = Watch(
                project, Path(project.workspace), actor=lambda: actors.local_agent(agent, project), say=self._say
            )
            if options["once"]:
                watch.step_all()
            else:
                self._run(watch.run)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error

    def _run(self, run: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("Watching; Ctrl-C ends it.")
        self.stdout.flush()
        run(stop)

    def _say(self, outcome: Outcome) -> None:
        if self._format == "json":
            shape = {"path": outcome.path, "step": outcome.step, "refusals": list(outcome.refusals)}
            self.stdout.write(json.dumps(shape, ensure_ascii=False))
        else:
            self.stdout.write(f"{outcome.path}: {_SAID.get(outcome.step, outcome.step)}")
            for one in outcome.refusals:
                self.stdout.write(f"  {one}")
        self.stdout.flush()
