"""`manage.py spec_export PATH`: writes a project's documents to a folder (CONTRACT, Commands)."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from specflow.accounts import actors
from specflow.accounts.queries import visible_project
from specflow.counting import counted
from specflow.errors import DomainError
from specflow.specs.formats import registry
from specflow.specs.imports import exported
from specflow.specs.workspace import write_folder
from specflow.text import checked


class Command(BaseCommand):
    help = "Writes the documents of a project to a folder, byte for byte, with today's progress in the tasks' markers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--dialect", choices=registry.names(), help="only documents of this dialect")
        parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = visible_project(actors.system(door="cli"), checked(options["project"], field="project"))
            texts = exported(project, options["dialect"])
            changed = 0 if options["dry_run"] else write_folder(options["path"], texts)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        if options["format"] == "json":
            self.stdout.write(json.dumps({"documents": len(texts), "changed": changed, "paths": sorted(texts)}))
        else:
            self.stdout.write(f"{counted(len(texts), 'document')}, {counted(changed, 'file')} changed.")
