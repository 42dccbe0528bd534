"""What a dialect is: where its files stand, what they say, and how they are edited (DESIGN, "The text is the truth").

A dialect is one object with the methods of `Dialect`. Ours are named in `registry.py`; a third party's package adds one
by an entry point of the group `specflow.dialects`. Nothing here knows of Django or of rows.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar, NoReturn

from specflow.errors import Invalid
from specflow.specs.formats.items import EndpointItem, Items, Place, Progress


class Dialect:
    """One way to write specs in files. Reading never fails, whatever the text (QUALITY 40); an edit changes only the
    lines that it must, reads its own result back, and is refused where what was given does not come back exactly.

    `name` is its id, `title` what people call it, `roots` the names in a workspace's top folder that may be its own.
    `tasks_alone` where its specs are tasks and nothing else: people agree on these without requirements and design.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    roots: ClassVar[tuple[str, ...]]
    tasks_alone: ClassVar[bool] = False

    def place(self, path: str) -> Place | None:
        """What stands at `path` (from the workspace's root, with `/`); None where it is none of this dialect's."""
        raise NotImplementedError

    def read(self, kind: str, text: str) -> Items:
        """What a document of this kind says, with line ranges."""
        return Items()

    def neutral(self, kind: str, text: str) -> str:
        """The text with its marks of progress made neutral: what the digest of an approval is taken over."""
        return text

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        """The text with the progress of its tasks, by `TaskItem.index`; what says the same already keeps its bytes."""
        return text

    def folder_for(self, spec: str) -> str:
        """The folder of a spec of this name, for one that is begun here."""
        raise Invalid("unknown_document_kind", f"No spec is begun in {self.title}.", {"dialect": self.name})

    def path_in(self, folder: str, kind: str) -> str:
        """Where a document of this kind stands in a spec's folder. Raises Invalid `unknown_document_kind`."""
        raise Invalid("unknown_document_kind", f"A {kind} document has no place in {self.title}.", {"kind": kind})

    def skeleton(self, kind: str, *, title: str, description: str = "") -> str:
        """A first text without any item. Raises Invalid `unknown_document_kind`."""
        raise Invalid("unknown_document_kind", f"There is no first text for a {kind} document.", {"kind": kind})

    def add_requirement(self, text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
        """The text with one more requirement, and its key. Raises Invalid `unrepresentable_text`, `not_editable`."""
        self._refuse("requirement")

    def add_criterion(self, text: str, *, requirement_key: str, ordinal: int, value: str) -> tuple[str, str]:
        """The text with one more criterion under a requirement, and its key. Raises as `add_requirement`."""
        self._refuse("criterion")

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
        """The text with one more task, and its key. Raises as `add_requirement`."""
        self._refuse("task")

    def write_design(
        self,
        text: str,
        *,
        architecture: str | None = None,
        data_model: str | None = None,
        api_spec: Sequence[EndpointItem] | None = None,
    ) -> str:
        """The text with the sections that are given. Raises as `add_requirement`."""
        self._refuse("design")

    def archive_of(self, folder: str, day: date) -> str:
        """The folder into which a finished spec's folder goes on this day. Raises Invalid `not_archivable`."""
        raise Invalid(
            "not_archivable", f"In {self.title} nothing is archived that stands here.", {"folder": folder[:200]}
        )

    def changed_by(self, path: str) -> str:
        """The path of the document that the delta at `path` changes."""
        raise NotImplementedError

    def apply_delta(self, text: str, delta: str) -> str:
        """That document's text ("" for none yet) after the delta. Raises Invalid or Conflict that name what in it does
        not fit."""
        raise NotImplementedError

    def renamed_by(self, delta: str) -> Mapping[str, str]:
        """The new keys of the requirements that a delta renames, by their old ones."""
        return {}

    def _refuse(self, what: str) -> NoReturn:
        raise Invalid(
            "not_editable",
            f"A {what} is not added to a {self.title} document by a tool.",
            {"dialect": self.name, "item": what},
            ("Change the document's text and save it.",),
        )
