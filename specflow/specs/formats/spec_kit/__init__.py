"""The spec-kit dialect: `spec.md`, `plan.md` and `tasks.md` in a numbered folder for each feature, and `.specify`."""

from collections.abc import Mapping

from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Items, Place, Progress
from specflow.specs.formats.openspec.outline import Sheet, title_of
from specflow.specs.formats.spec_kit import places
from specflow.specs.formats.spec_kit.requirements import read_requirements
from specflow.specs.formats.spec_kit.tasks import tasks_of
from specflow.specs.formats.spec_workflow.design import read_design
from specflow.specs.formats.spec_workflow.progress import neutral, write_progress
from specflow.specs.formats.spec_workflow.tasks import read_tasks

_AROUND = {
    "requirements": "feature specification|feature spec|specification|spec|feature",
    "design": "implementation plan|technical plan|plan",
    "tasks": "implementation tasks|task list|tasks?",
    "product": "constitution",
}


class SpecKit(Dialect):
    """The dialect of GitHub's spec-kit."""

    name, title, roots = "spec-kit", "spec-kit", (places.SPECS, places.OWN)

    def place(self, path: str) -> Place | None:
        return places.place(path)

    def read(self, kind: str, text: str) -> Items:
        if kind not in _AROUND:
            return Items()
        sheet = Sheet(text)
        title = title_of(sheet.headings, _AROUND[kind])
        if kind == "requirements":
            return Items(title, requirements=read_requirements(sheet))
        if kind == "design":
            return Items(title, design=read_design(text))
        if kind == "tasks":
            return Items(title, tasks=tasks_of(sheet, read_tasks(text)))
        return Items(title)

    def neutral(self, kind: str, text: str) -> str:
        return neutral(text) if kind == "tasks" else text

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        return write_progress(text, progress) if kind == "tasks" else text

    def folder_for(self, spec: str) -> str:
        return places.folder_for(spec)

    def path_in(self, folder: str, kind: str) -> str:
        return places.path_in(folder, kind)
