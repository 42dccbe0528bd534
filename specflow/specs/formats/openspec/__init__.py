"""The OpenSpec dialect: capabilities, the changes to them as deltas, and the archive of what was done.

A capability is a spec with requirements; a change is a spec with proposal, design, tasks and one delta for each
capability that it touches (`deltas.apply_delta` carries one out, when the change is archived).
"""

from collections.abc import Mapping
from datetime import date

from specflow.specs.formats.items import Place, RequirementItem
from specflow.specs.formats.markdown import MarkdownDialect
from specflow.specs.formats.markdown.outline import Sheet
from specflow.specs.formats.openspec import deltas, places
from specflow.specs.formats.openspec.requirements import read_requirements
from specflow.specs.formats.openspec.requirements_edit import add_criterion, add_requirement


class OpenSpec(MarkdownDialect):
    """The dialect of OpenSpec."""

    name, title, roots = "openspec", "OpenSpec", (places.ROOT,)
    around = {
        "requirements": "specification|spec|capability|requirements",
        "delta": "changes?|deltas?|specification|spec|capability|requirements",
        "proposal": "change proposal|proposal|change",
        "design": "technical design|design document|design",
        "tasks": "implementation tasks|implementation plan|tasks?",
    }
    begun = {
        "requirements": ("# {} Specification", "## Purpose", "## Requirements"),
        "proposal": ("# Proposal: {}", "## Why", "## What Changes\n\n## Impact"),
        "design": ("# Design: {}", "## Context", "## Architecture"),
        "tasks": ("# Tasks: {}", "", ""),
    }

    def place(self, path: str) -> Place | None:
        return places.place(path)

    def requirements_in(self, sheet: Sheet) -> tuple[RequirementItem, ...]:
        return read_requirements(sheet)

    def folder_for(self, spec: str) -> str:
        return places.folder_for(spec)

    def path_in(self, folder: str, kind: str) -> str:
        return places.path_in(folder, kind)

    def add_requirement(self, text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
        return add_requirement(text, title=title, condition=condition, action=action)

    def add_criterion(self, text: str, *, requirement_key: str, ordinal: int, value: str) -> tuple[str, str]:
        return add_criterion(text, requirement_key=requirement_key, ordinal=ordinal, value=value)

    def archive_of(self, folder: str, day: date) -> str:
        return places.archive_of(folder, day) or super().archive_of(folder, day)

    def changed_by(self, path: str) -> str:
        return places.changed_by(path)

    def apply_delta(self, text: str, delta: str) -> str:
        return deltas.apply_delta(text, delta)

    def renamed_by(self, delta: str) -> Mapping[str, str]:
        return deltas.renamed_by(delta)
