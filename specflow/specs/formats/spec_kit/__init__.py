"""The spec-kit dialect: `spec.md`, `plan.md` and `tasks.md` in a numbered folder for each feature, and `.specify`."""

from collections.abc import Sequence

from specflow.specs.formats.items import Place, RequirementItem, TaskItem
from specflow.specs.formats.markdown import MarkdownDialect
from specflow.specs.formats.markdown.outline import Sheet
from specflow.specs.formats.spec_kit import places
from specflow.specs.formats.spec_kit.requirements import read_requirements
from specflow.specs.formats.spec_kit.requirements_edit import add_criterion, add_requirement
from specflow.specs.formats.spec_kit.tasks import tasks_of


class SpecKit(MarkdownDialect):
    """The dialect of GitHub's spec-kit."""

    name, title, roots = "spec-kit", "spec-kit", (places.SPECS, places.OWN)
    around = {
        "requirements": "feature specification|feature spec|specification|spec|feature",
        "design": "implementation plan|technical plan|plan",
        "tasks": "implementation tasks|task list|tasks?",
        "product": "constitution",
    }
    begun = {
        "requirements": (
            "# Feature Specification: {}",
            "## Overview",
            "## User Scenarios & Testing\n\n## Requirements\n\n### Functional Requirements\n\n## Success Criteria",
        ),
        "design": ("# Implementation Plan: {}", "## Summary", "## Architecture"),
        "tasks": ("# Tasks: {}", "", ""),
    }

    def place(self, path: str) -> Place | None:
        return places.place(path)

    def requirements_in(self, sheet: Sheet) -> tuple[RequirementItem, ...]:
        return read_requirements(sheet)

    def tasks_in(self, sheet: Sheet, tasks: Sequence[TaskItem]) -> tuple[TaskItem, ...]:
        return tasks_of(sheet, tasks)

    def folder_for(self, spec: str) -> str:
        return places.folder_for(spec)

    def path_in(self, folder: str, kind: str) -> str:
        return places.path_in(folder, kind)

    def add_requirement(self, text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
        return add_requirement(text, title=title, condition=condition, action=action)

    def add_criterion(self, text: str, *, requirement_key: str, ordinal: int, value: str) -> tuple[str, str]:
        return add_criterion(text, requirement_key=requirement_key, ordinal=ordinal, value=value)
