"""The Kiro dialect, of Kiro and cc-sdd: the documents of a `.spec-workflow` spec, in `.kiro/specs/<feature>/`."""

from specflow.specs.formats.items import Items, Place
from specflow.specs.formats.kiro import clauses, places
from specflow.specs.formats.spec_workflow import SpecWorkflow
from specflow.specs.formats.statements import with_statements
from specflow.specs.formats.titles import title_of


class Kiro(SpecWorkflow):
    """The folder `.kiro/`; its three documents are read, edited and ticked as those of Spec Workflow are."""

    name, title, roots = "kiro", "Kiro", (places.ROOT,)

    def place(self, path: str) -> Place | None:
        return places.place(path)

    def read(self, kind: str, text: str) -> Items:
        if kind not in {"requirements", "design", "tasks"}:
            return Items()
        if kind == "requirements":
            return Items(title=title_of(kind, text), requirements=with_statements(text, clauses.read_all(text)))
        return super().read(kind, text)

    def folder_for(self, spec: str) -> str:
        return places.folder_for(spec)

    def path_in(self, folder: str, kind: str) -> str:
        return places.path_in(folder, kind)

    def add_requirement(self, text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
        return clauses.add_named(text, title=title, condition=condition, action=action)

    def add_criterion(self, text: str, *, requirement_key: str, ordinal: int, value: str) -> tuple[str, str]:
        return clauses.add_below(text, requirement_key=requirement_key, ordinal=ordinal, value=value)
