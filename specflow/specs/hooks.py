"""What apps above keep in step with documents. They register in `AppConfig.ready()`; the only inversion here.

- A *keeper* holds state that a kind of document shows but that is not text: the progress of tasks.
- `revision_saved` is called in the action's transaction after each new revision (an approval becomes stale).
- `files_came` is called with the documents that came from a folder, as they stand then; it gives (path,
  sentence) for what people should know of them (an implementation log that names no task).
- `touching` gives the work that a change of a document touches, by kind.
- `spec_sections` adds to what a spec shows at every door (its tasks, its approvals).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from specflow.accounts.actors import Actor
from specflow.specs.models import Document, Item, Revision, Spec

if TYPE_CHECKING:  # a server starts sooner without it
    from specflow.specs.changes.impact import Touched

MOST = 100  # of each kind of work that a change touches are told one by one


class Keeper(Protocol):
    """State beside the text of one kind of document."""

    def with_progress(self, documents: Sequence[Document]) -> dict[int, str]:
        """The documents' texts, by row id, as they are written out: their markers say what the rows say."""

    def index(self, revision: Revision, *, first: bool, answers: Mapping[str, int]) -> Sequence[Item]:
        """Brings rows in step with a new revision's text; in an import, adopts what the markers say. `answers` are
        those of `following.answered`. Gives the new rows."""

    def items(self, document: Document) -> Sequence[Item]:
        """The rows of what the document's text has now, in its order."""

    def absorb(self, document: Document, text: str, *, actor: Actor) -> list[str]:
        """Takes the changes of markers in `text` as changes of state, through the gates; gives the refusals."""


class Group(NamedTuple):
    """Work of one kind that a change touches: at most `MOST` of it as doors send it, and how much it is."""

    rows: Sequence[Mapping[str, Any]] = ()
    total: int = 0


keepers: dict[str, Keeper] = {}
revision_saved: list[Callable[[Revision, Actor], None]] = []
files_came: list[Callable[[Sequence[Document], Actor], list[tuple[str, str]]]] = []
touching: list[Callable[[Document, "Touched"], Mapping[str, Group]]] = []
spec_sections: dict[str, Callable[[Spec], Any]] = {}


def full_text(document: Document) -> str:
    """The document as people read it and as it is exported: its current text with the progress of today."""
    return full_texts([document]).get(document.pk, "")


def full_texts(documents: Sequence[Document]) -> dict[int, str]:
    """The same of many documents by row id, in one query for each kind of progress; without those without a text."""
    texts = {one.pk: one.current.text for one in documents if one.current}
    for keeper in dict.fromkeys(keepers.values()):
        kept = [one for one in documents if one.current and keepers.get(one.kind) is keeper]
        if kept:
            texts |= keeper.with_progress(kept)
    return texts
