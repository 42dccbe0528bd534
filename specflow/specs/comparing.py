"""Two revisions of a document beside each other: what changed by item, and what that touches."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from specflow.specs import diffs, hooks
from specflow.specs.changes.impact import Touched, touched
from specflow.specs.changes.items import ItemDiff, item_diff
from specflow.specs.changes.telling import Told, summary, told
from specflow.specs.citing import Citing, citing
from specflow.specs.formats import registry
from specflow.specs.formats.items import Items, Progress
from specflow.specs.hooks import MOST, Group
from specflow.specs.indexing import read
from specflow.specs.models import Document, Revision
from specflow.specs.queries import revision_of


@dataclass(frozen=True)
class Comparison:
    """A document's change from one revision to another; `before` and `after` are None for no text at all."""

    document: Document
    before: Revision | None
    after: Revision | None

    @cached_property
    def texts(self) -> tuple[str, str]:
        """Both texts; "" for none. Progress is no text: the second has the marks of the first on tasks that are in
        both."""
        before, after = self.before.text if self.before else "", self.after.text if self.after else ""
        if self.document.kind not in hooks.keepers or not (before and after):
            return before, after
        progress = {
            one.after.index: Progress(one.before.status, one.before.blocked_reason) for one in self.items.tasks.kept
        }
        dialect = registry.of(self.document.path)
        return before, dialect.write_progress(self.document.kind, after, progress)

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
    def work(self) -> dict[str, Group]:
        """The work that the change touches, by kind: tasks, and what came of them (hooks.touching)."""
        return {kind: group for find in hooks.touching for kind, group in find(self.document, self.touched).items()}

    @cached_property
    def cited(self) -> Citing:
        """What cites what changed elsewhere in the project."""
        if self.texts[0] == self.texts[1]:
            return Citing()
        rows = self._tasks.rows if self.touched.tasks else ()
        tasks = {one["id"]: one["key"] for one in rows if one["why"] != "cites"}
        return citing(self.document, self.texts, self.touched, tasks)

    @property
    def summary(self) -> str:
        """What changed in one sentence, and what cites it; empty where no item did."""
        own = sum(one["why"] != "cites" for one in self._tasks.rows)
        runs = self.work.get("runs", Group()).total
        counts = {"task": self._tasks.total - own, "run": runs}
        others = {"other spec": len(self.cited.specs), "other document": len(self.cited.alone)}
        return summary(self.told, counts | others)

    @cached_property
    def hunks(self) -> list[dict[str, Any]]:
        """What changed by line (diffs.hunks)."""
        return diffs.hunks(*self.texts)

    def as_dict(self) -> dict[str, Any]:
        """`{document, from, to, summary, items, impact, unified}`: JSON values, the shape at every door."""
        return {
            "document": self.document.public_id,
            "from": self.numbers[0],
            "to": self.numbers[1],
            "summary": self.summary,
            "items": self.items.as_dict(),
            "impact": self.impact(),
            "unified": diffs.unified(self.hunks, self.document.path),
        }

    def impact(self) -> dict[str, Any]:
        """What is touched: `{requirements: [key], criteria: [key]}`, the work by kind, `citations`, and `totals`, since
        of each kind at most 100 are listed; `complete` where all that could cite it was read."""
        shown = {kind: list(group.rows) for kind, group in self.work.items()}
        totals = {kind: group.total for kind, group in self.work.items()}
        found = self.cited.citations
        return {
            **self.touched.as_dict(),
            **shown,
            "citations": [one.as_dict() for one in found[:MOST]],
            "totals": {**totals, "citations": len(found)},
            "complete": self.cited.complete,
        }

    @property
    def _tasks(self) -> Group:
        return self.work.get("tasks", Group())

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
