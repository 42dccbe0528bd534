"""`manage.py spec_import PATH`: takes a folder's documents into a project (CONTRACT, Commands)."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from specflow.accounts import actors
from specflow.accounts.actions import create_project
from specflow.accounts.models import Project
from specflow.counting import counted
from specflow.errors import DomainError
from specflow.specs.formats import registry
from specflow.specs.imports import ImportReport, import_folder
from specflow.specs.workspace import read_folder
from specflow.text import checked


class Command(BaseCommand):
    help = "Imports the documents of a folder (PATH holds .spec-workflow/, .kiro/, openspec/ …) into a project."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--create-project", action="store_true", help="make the project if it is missing")
        parser.add_argument("--dialect", choices=registry.names(), help="only documents of this dialect")
        parser.add_argument("--dry-run", action="store_true", help="say what would be taken, and take nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actors.system(door="cli")
        try:
            chosen = options["dialect"] and [registry.named(options["dialect"])]
            folder = read_folder(options["path"], chosen)
            with transaction.atomic():  # a refused folder leaves no empty project behind
                project = _project(options["project"], actor, make=options["create_project"])
                report = import_folder(project, actor=actor, files=folder.texts)
                transaction.set_rollback(options["dry_run"])
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        report.warnings[:0] = folder.warnings
        self._show(report, options["format"])

    def _show(self, report: ImportReport, form: str) -> None:
        if form == "json":
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
            return
        self.stdout.write(
            f"{counted(report.documents, 'document')} of {counted(report.specs, 'spec')}: "
            f"{counted(report.requirements, 'requirement')}, {counted(report.criteria, 'criterion', 'criteria')}, "
            f"{counted(report.tasks, 'task')} ({counted(report.checkboxes, 'checkbox', 'checkboxes')}); "
            f"{report.revised} revised."
        )
        for warning in report.warnings:
            self.stderr.write(f"warning: {warning}")


def _project(slug: str, actor: actors.Actor, *, make: bool) -> Project:
    found = Project.objects.filter(slug=checked(slug, field="project")).first()
    if found is not None:
        return found
    if not make:
        raise CommandError(f"project_not_found: there is no project '{slug}'; --create-project makes it.")
    return create_project(slug, actor=actor)
