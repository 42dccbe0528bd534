"""What apps above keep in step with documents. They register in `AppConfig.ready()`; the only inversion here.

- A *keeper* holds state that a kind of document shows but that is not text: the progress of tasks.
- `revision_saved` is called in the action's transaction after each new revision (an approval becomes stale).
- `spec_sections` adds to what a spec shows at every door (its tasks, its approvals).
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from specflow.accounts.actors import Actor
from specflow.specs.models import Document, Item, Revision, Spec


class Keeper(Protocol):
    """State beside the text of one kind of document."""

    def with_progress(self, document: Document, text: str) -> str:
        """The text as it is written out: its markers say what the rows say."""

    def index(self, revision: Revision, *, actor: Actor, first: bool) -> Sequence[Item]:
        """Brings rows in step with a new revision's text; in an import, adopts what the markers say. Gives the new
        rows."""

    def absorb(self, document: Document, text: str, *, actor: Actor) -> list[str]:
        """Takes the changes of markers in `text` as changes of state, through the gates; gives the refusals."""


keepers: dict[str, Keeper] = {}
revision_saved: list[Callable[[Revision, Actor], None]] = []
spec_sections: dict[str, Callable[[Spec], Any]] = {}


def full_text(document: Document) -> str:
    """The document as people read it and as it is exported: its current text with the progress of today."""
    text = document.current.text if document.current else ""
    keeper = keepers.get(document.kind)
    return keeper.with_progress(document, text) if keeper else text
