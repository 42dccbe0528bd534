"""The Backlog.md dialect: a folder of tasks, each a document with its state in front matter and boxes to tick."""

from collections.abc import Mapping

from specflow.specs.formats import task_document
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Items, Place, Progress

_WORDS = {"pending": "To Do", "in_progress": "In Progress", "completed": "Done", "blocked": "Blocked"}


class BacklogMd(Dialect):
    """The folder `backlog/` (or `.backlog/`). All its tasks are of one spec, those that are done or archived too."""

    name, title, roots = "backlog-md", "Backlog.md", ("backlog", ".backlog")

    def place(self, path: str) -> Place | None:
        parts = path.removeprefix("./").split("/")
        if parts[0] not in self.roots or any(part in {"", ".", ".."} for part in parts):
            return None
        # `backlog` is an everyday name: nothing is taken but what stands where Backlog.md puts it.
        match parts[1:]:
            case ["config.yml"]:
                return Place("", "other")
            case ["tasks" | "completed" | "drafts", name] | ["archive", "tasks" | "drafts", name]:
                return Place("backlog", "task", folder=parts[0]) if name.endswith(".md") else None
            case ["docs" | "decisions" | "milestones", *rest] | ["archive", "milestones", *rest] if rest:
                return Place("", "other") if rest[-1].endswith(".md") else None
        return None

    def read(self, kind: str, text: str) -> Items:
        return task_document.read_task_document(text) if kind == "task" else Items()

    def neutral(self, kind: str, text: str) -> str:
        return task_document.neutral(text) if kind == "task" else text

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        return task_document.write_progress(text, progress, _WORDS) if kind == "task" else text
