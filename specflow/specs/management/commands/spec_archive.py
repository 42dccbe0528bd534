"""`manage.py spec_archive SPEC`: archives a finished spec, or shows what that would do."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from specflow.accounts import actors
from specflow.accounts.queries import visible_project
from specflow.errors import DomainError
from specflow.specs.archiving import Archiving, archive_change, archiving_of
from specflow.specs.queries import spec_named
from specflow.text import checked


class Command(BaseCommand):
    help = (
        "Archives a finished spec: the deltas of an OpenSpec change become the text of its capabilities, and the "
        "documents move to the dialect's archive. All of it, or nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("spec", help="the spec's slug or id")
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        parser.add_argument("--force", action="store_true", help="although tasks are open; say why with --reason")
        parser.add_argument("--reason", default="", help="why it is archived with open tasks")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = actors.system(door="cli")
        try:
            project = visible_project(owner, checked(options["project"], field="project"))
            spec = spec_named(project, checked(options["spec"], field="spec"))
            if options["dry_run"]:
                made = archiving_of(spec)
            else:
                made = archive_change(spec, actor=owner, force=options["force"], reason=options["reason"])
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self._show(made, options["format"], dry_run=options["dry_run"])

    def _show(self, made: Archiving, form: str, *, dry_run: bool) -> None:
        if form == "json":
            self.stdout.write(json.dumps({"dry_run": dry_run, **made.as_dict()}, ensure_ascii=False))
            return
        self.stdout.write(f"{made.folder} {'would go' if dry_run else 'went'} to {made.to}.")
        for one in made.capabilities:
            said = f"{one.refusal.code}: {one.refusal.message}" if one.refusal else one.summary or "says the same"
            self.stdout.write(f"{one.path}{' (new)' if one.is_new else ''}: {said}")
        for task in made.open_tasks:
            self.stdout.write(f"open: {task['key']} {task['title']}")
