"""`manage.py spec_lint PATH`: says what is to mend in the specs of a folder, or of a project (CONTRACT, Commands)."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from specflow.accounts import actors
from specflow.accounts.queries import visible_project
from specflow.errors import DomainError
from specflow.specs import lint
from specflow.specs.imports import exported
from specflow.specs.workspace import read_folder
from specflow.text import checked

_FORMS = {"text": lint.as_text, "json": lint.as_json, "sarif": lint.as_sarif}
_BAD_USE = 2


class Command(BaseCommand):
    help = (
        "Says what is to mend in the specs of a folder (PATH holds .spec-workflow/, .kiro/, openspec/ …), or in those "
        "of a project. Exit code 1 where something at or above --fail-on was found, 2 where nothing could be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, nargs="?", help="the folder that holds the specs' folders")
        parser.add_argument("--project", help="the slug of the project whose documents are read, instead of PATH")
        parser.add_argument("--format", choices=list(_FORMS), default="text")
        parser.add_argument("--fail-on", choices=["error", "warning", "never"], default="error")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = lint.lint(self._texts(options["path"], options["project"]))
        self.stdout.write(_FORMS[options["format"]](findings), ending="" if options["format"] == "text" else "\n")
        if options["format"] == "text":
            counts = lint.payload(findings)["counts"]
            self.stderr.write(", ".join(f"{counts[one]} {one}" for one in lint.SEVERITIES))
        if options["fail_on"] != "never" and lint.at_least(findings, options["fail_on"]):
            sys.exit(1)

    def _texts(self, path: Path | None, project: str | None) -> dict[str, str]:
        if (path is None) == (project is None):
            raise CommandError("Name either a folder or --project.", returncode=_BAD_USE)
        try:
            if project is not None:
                return exported(visible_project(actors.system(door="cli"), checked(project, field="project")))
            folder = read_folder(path or Path())
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}", returncode=_BAD_USE) from error
        for warning in folder.warnings:
            self.stderr.write(f"warning: {warning}")
        return folder.texts
