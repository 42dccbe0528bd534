"""`manage.py vectors run|list`: a spec's test vectors, and what came of running them (docs/vectors.md)."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from specflow.accounts import actors
from specflow.accounts.queries import visible_project
from specflow.errors import DomainError
from specflow.specs.queries import spec_named
from specflow.text import checked
from tasks.vectors import payloads
from tasks.vectors.queries import vectors_of
from tasks.vectors.running import run_vectors

_BAD_USE = 2


class Command(BaseCommand):
    help = (
        "Lists a spec's test vectors, or runs them against the project's command or an address that it allows. "
        "Exit code 1 where something failed, could not be tried or was left, 2 where nothing could be run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["run", "list"])
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--spec", required=True, help="the spec's slug or id")
        parser.add_argument("--address", default="", help="an address that the project's policy lists")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actors.system(door="cli")
        try:
            project = visible_project(actor, checked(options["project"], field="project"))
            spec = spec_named(project, checked(options["spec"], field="spec"))
            if options["what"] == "list":
                self._list([payloads.vector(one) for one in vectors_of(spec)], options["format"])
                return
            said = payloads.report(run_vectors(spec, actor=actor, address=options["address"]))
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}", returncode=_BAD_USE) from error
        self.stdout.write(
            json.dumps(said, ensure_ascii=False) if options["format"] == "json" else payloads.as_text(said)
        )
        if not said["good"]:
            sys.exit(1)

    def _list(self, vectors: list[dict[str, Any]], form: str) -> None:
        if form == "json":
            self.stdout.write(json.dumps({"vectors": vectors}, ensure_ascii=False))
        for one in vectors if form == "text" else ():
            self.stdout.write(f"{one['state']:8} {one['path']}:{one['lines'][0]} {one['title']}")
