"""The OpenSpec dialect: capabilities, the changes to them as deltas, and the archive of what was done.

A capability is a spec with requirements; a change is a spec with proposal, design, tasks and one delta for each
capability that it touches (`deltas.apply_delta` carries one out).
"""

from collections.abc import Mapping

from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Items, Place, Progress
from specflow.specs.formats.openspec import places
from specflow.specs.formats.openspec.groups import grouped
from specflow.specs.formats.openspec.outline import Sheet, title_of
from specflow.specs.formats.openspec.requirements import read_requirements
from specflow.specs.formats.spec_workflow.design import read_design
from specflow.specs.formats.spec_workflow.progress import neutral, write_progress
from specflow.specs.formats.spec_workflow.tasks import read_tasks

_AROUND = {
    "requirements": "specification|spec|capability|requirements",
    "delta": "changes?|deltas?|specification|spec|capability|requirements",
    "proposal": "change proposal|proposal|change",
    "design": "technical design|design document|design",
    "tasks": "implementation tasks|implementation plan|tasks?",
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
