"""The SpecMan dialect: `spec/<name>/spec.md`, `impl/<name>/impl.md` and the scratch pads below `.specman/`.

A specification's concepts and entities are requirements, its constraint groups (`!group.set:`) their criteria. Also
here, as pure functions: what a document's front matter says (`artifact`), and the tags in code and prose that vouch
for a constraint (`validation_tags`).
"""

from collections.abc import Mapping, Sequence

from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Items, Place, Progress
from specflow.specs.formats.spec_workflow.progress import neutral, write_progress
from specflow.specs.formats.spec_workflow.skeletons import skeleton as tasks_skeleton
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.formats.spec_workflow.tasks_edit import add_task
from specflow.specs.formats.specman import places, skeletons
from specflow.specs.formats.specman.artifact import Artifact, Language, Reference, artifact
from specflow.specs.formats.specman.concepts import read_concepts
from specflow.specs.formats.specman.concepts_edit import add_criterion
from specflow.specs.formats.specman.tags import ValidationTag, validation_tags
from specflow.specs.formats.titles import title_of

__all__ = ["Artifact", "Language", "Reference", "SpecMan", "ValidationTag", "artifact", "validation_tags"]


class SpecMan(Dialect):
    """The dialect of SpecMan: specifications, implementations and scratch pads."""

    name, title, roots = "specman", "SpecMan", places.ROOTS

    def place(self, path: str) -> Place | None:
        return places.place(path)

    def read(self, kind: str, text: str) -> Items:
        if kind == "tasks":
            return Items(title=title_of(kind, text), tasks=read_tasks(text))
        if kind not in ("specification", "implementation", "scratch"):
            return Items()
        title, concepts = read_concepts(text)
        # An implementation has headings of the same names: they say how, not what, and are no requirements again.
        return Items(title=title, requirements=concepts if kind == "specification" else ())

    def neutral(self, kind: str, text: str) -> str:
        return neutral(text) if kind == "tasks" else text

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        return write_progress(text, progress) if kind == "tasks" else text

    def folder_for(self, spec: str) -> str:
        return places.folder_for(spec)

    def path_in(self, folder: str, kind: str) -> str:
        return places.path_in(folder, kind)

    def skeleton(self, kind: str, *, title: str, description: str = "") -> str:
        first = tasks_skeleton if kind == "tasks" else skeletons.skeleton
        return first(kind, title=title, description=description)

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
