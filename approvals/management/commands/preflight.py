"""`manage.py preflight FILE…`: which specs a change touches, and whether they allow it; exit code 1 where not."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from approvals.preflight import changed_in, preflight
from specflow.accounts import actors
from specflow.accounts.queries import visible_project
from specflow.errors import DomainError
from specflow.text import checked


class Command(BaseCommand):
    help = "Says which specs a change touches and whether they allow it. Exit code 1 where they do not, 2 for bad use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", help="changed paths, from the project's root")
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--diff", help="a file with a unified diff; - reads it from the standard input")
        parser.add_argument("--base", help="what git compares the work tree of the current folder with, such as main")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actors.system(door="cli")
        try:
            project = visible_project(actor, checked(options["project"], field="project"))
            found = preflight(project, actor=actor, files=[*options["files"], *_changed(options)])
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}", returncode=2) from error
        text = json.dumps(found.as_dict(), ensure_ascii=False) if options["format"] == "json" else found.as_text()
        self.stdout.write(text)
        if not found.allowed:
            sys.exit(1)


def _changed(options: dict[str, Any]) -> list[str]:
    if options["base"]:
        command = ["git", "diff", "--no-ext-diff", "--no-color", "--end-of-options", options["base"], "--"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise CommandError(f"git says: {done.stderr.decode(errors='replace').strip()[:300]}", returncode=2)
        return changed_in(done.stdout.decode(errors="replace"))
    if options["diff"] == "-":
        return changed_in(sys.stdin.buffer.read().decode(errors="replace"))
    if options["diff"]:
        try:
            return changed_in(Path(options["diff"]).read_bytes().decode(errors="replace"))
        except OSError as error:
            raise CommandError(f"The diff cannot be read: {error.strerror}.", returncode=2) from error
    return []
