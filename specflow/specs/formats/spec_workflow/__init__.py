"""The `.spec-workflow` dialect: `requirements.md`, `design.md`, `tasks.md` and the folders that they stand in.

The text is the truth: reading gives items with line ranges and never fails; an edit changes only the lines that it
must, reads its own result back, and is refused (`unrepresentable_text`) if what was given does not come back exactly.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import EndpointItem, Items, Place, Progress
from specflow.specs.formats.spec_workflow import places, skeletons
from specflow.specs.formats.spec_workflow.design import read_design, write_design
from specflow.specs.formats.spec_workflow.progress import neutral, write_progress
from specflow.specs.formats.spec_workflow.requirements import read_requirements
from specflow.specs.formats.spec_workflow.requirements_edit import add_criterion, add_requirement
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.formats.spec_workflow.tasks_edit import add_task
from specflow.specs.formats.titles import title_of


class SpecWorkflow(Dialect):
    """The dialect of Spec Workflow MCP and its forks, and the one that our own tools begin specs in."""

    name, title, roots = "spec-workflow", "Spec Workflow", (places.ROOT,)

    def place(self, path: str) -> Place | None:
        return places.place(path)

    def read(self, kind: str, text: str) -> Items:
        title = title_of(kind, text)
        if kind == "requirements":
            return Items(title, requirements=read_requirements(text))
        if kind == "design":
            return Items(title, design=read_design(text))
        if kind == "tasks":
            return Items(title, tasks=read_tasks(text))
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
        return skeletons.skeleton(kind, title=title, description=description)

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
            text, title=title, description=description, phase=phase, priority=priority, requirements=requirements
        )

    def write_design(
        self,
        text: str,
        *,
        architecture: str | None = None,
        data_model: str | None = None,
        api_spec: Sequence[EndpointItem] | None = None,
    ) -> str:
        return write_design(text, architecture=architecture, data_model=data_model, api_spec=api_spec)

    def archive_of(self, folder: str, day: date) -> str:
        return places.archive_of(folder) or super().archive_of(folder, day)
