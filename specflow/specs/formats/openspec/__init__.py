"""The OpenSpec dialect: capabilities, the changes to them as deltas, and the archive of what was done.

A capability is a spec with requirements; a change is a spec with proposal, design, tasks and one delta for each
capability that it touches (`deltas.apply_delta` carries one out).
"""

from collections.abc import Mapping, Sequence

from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import EndpointItem, Items, Place, Progress, TaskItem
from specflow.specs.formats.openspec import places
from specflow.specs.formats.openspec.groups import add_task, grouped
from specflow.specs.formats.openspec.outline import Sheet, title_of
from specflow.specs.formats.openspec.requirements import read_requirements
from specflow.specs.formats.openspec.requirements_edit import add_criterion, add_requirement
from specflow.specs.formats.openspec.skeletons import begun
from specflow.specs.formats.spec_workflow.design import read_design, write_design
from specflow.specs.formats.spec_workflow.progress import neutral, write_progress
from specflow.specs.formats.spec_workflow.tasks import read_tasks

_AROUND = {
    "requirements": "specification|spec|capability|requirements",
    "delta": "changes?|deltas?|specification|spec|capability|requirements",
    "proposal": "change proposal|proposal|change",
    "design": "technical design|design document|design",
    "tasks": "implementation tasks|implementation plan|tasks?",
}
# Of each first text: its heading, the heading above what is said of it, and the sections that wait to be filled.
_BEGUN = {
    "requirements": ("# {} Specification", "## Purpose", "## Requirements"),
    "proposal": ("# Proposal: {}", "## Why", "## What Changes\n\n## Impact"),
    "design": ("# Design: {}", "## Context", "## Architecture"),
    "tasks": ("# Tasks: {}", "", ""),
}


class OpenSpec(Dialect):
    """The dialect of OpenSpec."""

    name, title, roots = "openspec", "OpenSpec", (places.ROOT,)

    def place(self, path: str) -> Place | None:
        return places.place(path)

    def read(self, kind: str, text: str) -> Items:
        if kind not in _AROUND:
            return Items()
        sheet = Sheet(text)
        title = title_of(sheet.headings, _AROUND[kind])
        if kind in {"requirements", "delta"}:
            return Items(title, requirements=read_requirements(sheet))
        if kind == "design":
            return Items(title, design=read_design(text))
        if kind == "tasks":
            return Items(title, tasks=grouped(sheet, read_tasks(text)))
        return Items(title)

    def neutral(self, kind: str, text: str) -> str:
        return neutral(text) if kind == "tasks" else text

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        return write_progress(text, progress) if kind == "tasks" else text

    def folder_for(self, spec: str) -> str:
        return places.folder_for(spec)

    def path_in(self, folder: str, kind: str) -> str:
        return places.path_in(folder, kind)

    def skeleton(self, kind: str, *, title: str, description: str = "") -> str:
        if kind not in _BEGUN:
            return super().skeleton(kind, title=title, description=description)
        return begun(*_BEGUN[kind], lambda text: self.read(kind, text), title=title, description=description)

    def add_requirement(self, text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
        return add_requirement(text, title=title, condition=condition, action=action)

    def add_criterion(self, text: str, *, requirement_key: str, ordinal: int, value: str) -> tuple[str, str]:
        return add_criterion(text, requirement_key=requirement_key, ordinal=ordinal, value=value)

    def add_task(
        self,
        text: str,
        *,
        title: str,
        description: str = "",
        phase: str = "",
        priority: str = "",
        requirements: Sequence[str] = (),
    ) -> tuple[str, str]:
        return add_task(
            text, self._tasks, title=title, description=description, phase=phase, priority=priority,
            requirements=requirements,
        )  # fmt: skip

    def _tasks(self, text: str) -> Sequence[TaskItem]:
        return self.read("tasks", text).tasks

    def write_design(
        self,
        text: str,
        *,
        architecture: str | None = None,
        data_model: str | None = None,
        api_spec: Sequence[EndpointItem] | None = None,
    ) -> str:
        return write_design(text, architecture=architecture, data_model=data_model, api_spec=api_spec)
