"""Two revisions of a document beside each other: what changed by item, and which tasks cite what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from specflow.specs import hooks
from specflow.specs.changes.impact import Touched, citing, touched
from specflow.specs.changes.items import ItemDiff, item_diff
from specflow.specs.changes.telling import Told, summary, told
from specflow.specs.formats.items import Items, TaskItem
from specflow.specs.indexing import read
from specflow.specs.models import Document, Revision
from specflow.specs.queries import revision_of


@dataclass(frozen=True)
class Comparison:
    """A document's change from one revision to another; `before` and `after` are None for no text at all."""

    document: Document
    before: Revision | None
    after: Revision | None

    @property
    def texts(self) -> tuple[str, str]:
        """Both texts; "" for none."""
        return self.before.text if self.before else "", self.after.text if self.after else ""

    @property
    def numbers(self) -> tuple[int, int]:
        """The numbers of both revisions; 0 for none."""
        return self.before.number if self.before else 0, self.after.number if self.after else 0

    @cached_property
    def items(self) -> ItemDiff:
        """What changed by item."""
        before, after = (self._read(one) for one in (self.before, self.after))
        return item_diff(before, after)

    @cached_property
    def told(self) -> list[Told]:
        """What became of each item that changed."""
        return told(self.items)

    @cached_property
    def touched(self) -> Touched:
        """The requirements and criteria that mean something else."""
        return touched(self.items)

    @cached_property
    def citing(self) -> list[Mapping[str, Any]]:
        """The tasks of the spec that cite what changed, in the shape in which a spec shows its tasks."""
        section = hooks.spec_sections.get("tasks")
        if section is None or self.document.spec is None or not self.touched:
            return []
        rows = section(self.document.spec)
        return [rows[one.index] for one in citing([_item(at, row) for at, row in enumerate(rows)], self.touched)]

    @property
    def summary(self) -> str:
        """What changed in one sentence; empty where no item did."""
        return summary(self.told, citing=len(self.citing))

    def impact(self) -> dict[str, Any]:
        """What is touched and cited: `{requirements: [key], criteria: [key], tasks: [{id, key, title, status}]}`."""
        names = ("id", "key", "title", "status")
        return {**self.touched.as_dict(), "tasks": [{name: row[name] for name in names} for row in self.citing]}

    def _read(self, revision: Revision | None) -> Items:
        if revision is not None:
            revision.document = self.document
        return read(revision)


def compare(document: Document, before: int | None = None, after: int | None = None) -> Comparison:
    """From revision `before` (the approved one where that is older, else the one before it) to `after` (the current
    one); 0 is no text at all. Raises NotFound `revision_not_found`."""
    to = _revision(document, after, document.current)
    return Comparison(document, _revision(document, before, _base(document, to)), to)


def _revision(document: Document, number: int | None, otherwise: Revision | None) -> Revision | None:
    if number is None:
        return otherwise
    return revision_of(document, number) if number else None


def _base(document: Document, after: Revision | None) -> Revision | None:
    """What a change is seen against."""
    if after is None:
        return None
    if document.approved is not None and document.approved.number < after.number:
        return document.approved
    return after.parent


def _item(at: int, row: Mapping[str, Any]) -> TaskItem:
    """A task as far as its references matter."""
    first, last = row["lines"]
    said = tuple(row["requirements"])
    return TaskItem(at, row["key"], 0, row["title"], row["status"], "", 0, None, first, last, requirements=said)
