"""A change of a document that waits for people: which text is proposed, and what must be asked before it can be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from specflow.errors import Conflict, Invalid
from specflow.specs import hooks
from specflow.specs.formats import registry
from specflow.specs.formats.items import Items
from specflow.specs.models import Criterion, Document, Item, Requirement, Revision

if TYPE_CHECKING:  # a server starts sooner without it
    from specflow.specs.changes.items import ItemDiff
    from specflow.specs.changes.merge import Merged

MAX_EDITS = 200
_MAX_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Question:
    """Which items of the new text the `rows` are cannot be told; each of `items`, or none, may be it."""

    kind: str
    rows: tuple[Item, ...]
    items: tuple[Mapping[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """`{kind, before: [{id, key, title, line}], after: [{key, title, line}]}`; `line` is an item's first one."""
        before = [{"id": row.public_id, "key": row.key, "title": _said(row), "line": row.start} for row in self.rows]
        return {"kind": self.kind, "before": before, "after": list(self.items)}


def edited(text: str, edits: Sequence[tuple[str, str]]) -> str:
    """The text with each (old, new) put in place, one after the other; an old one stands in it exactly once. Raises
    Conflict `edit_not_found`, `edit_not_unique`, Invalid `too_many_edits`."""
    if len(edits) > MAX_EDITS:
        raise Invalid("too_many_edits", f"At most {MAX_EDITS} edits at once.", {"edits": len(edits)})
    for place, (old, new) in enumerate(edits):
        found = text.count(old) if old else 0
        if found != 1:
            raise Conflict(
                "edit_not_found" if not found else "edit_not_unique",
                f"The old text of edit {place + 1} stands {found} times in the document, not once.",
                {"edit": place, "found": found},
                ("Read the document again, and give enough of the lines around the place.",),
            )
        text = text.replace(old, new)
    return text


def merged(document: Document, base: Revision, text: str) -> "Merged":
    """What was written on `base`, brought together with what the document says by now; where only marks of progress,
    which are no text, stand in the way, they stand on no side."""
    from specflow.specs.changes.merge import merge

    dialect, kind = registry.of(document.path), document.kind
    texts = (base.text, document.current.text if document.current else "", text)
    found = merge(*texts, read=lambda one: dialect.read(kind, one))
    if found.conflicts and kind in hooks.keepers:
        before, now, then = (dialect.neutral(kind, one) for one in texts)
        found = merge(before, now, then, read=lambda one: dialect.read(kind, one))
    return found


def merged_text(document: Document, base: Revision, text: str) -> str:
    """The same as a text. Raises Conflict `merge_conflict` with each place that both sides changed, by item."""
    found = merged(document, base, text)
    if found.text is not None:
        return found.text
    shown = [one.as_dict() for one in found.conflicts[:_MAX_SHOWN]]
    now = document.current.number if document.current else 0
    raise Conflict(
        "merge_conflict",
        f"Since revision {base.number} the document was changed in the same places as here.",
        {"base": base.number, "current": now, "total": len(found.conflicts), "conflicts": shown},
        (f"Read revision {now}, and send a text that says what is right in these places, with base_revision {now}.",),
    )


def checked_answers(document: Document, diff: "ItemDiff", answers: Mapping[str, int]) -> dict[str, int]:
    """The answers to what the difference cannot tell, as `following.Answers`. Raises Conflict `ambiguous_match` with
    the questions that are open, Invalid `unknown_match` for an answer that fits no item."""
    rows = dict(_rows(document, diff.before))
    kinds = {row.public_id: kind for kind, row in rows.values()}
    starts = {kind: {_item(one).start for one in items} for kind, items in _items(diff.after)}
    taken: set[tuple[str, int]] = set()
    for name, line in answers.items():
        place = (kinds.get(name, ""), line)
        if not place[0] or (line and (line not in starts[place[0]] or place in taken)):
            raise Invalid(
                "unknown_match",
                "A match names a row of this document and the first line of one item of its kind in the new text.",
                {"id": name[:100], "line": line},
                ("Line 0 says that the item is gone.",),
            )
        taken.add(place)
    asked = [one for one in _questions(diff, rows) if any(row.public_id not in answers for row in one.rows)]
    if asked:
        raise Conflict(
            "ambiguous_match",
            "Some items cannot be told apart, and which of them is which is not guessed.",
            {"total": len(asked), "questions": [one.as_dict() for one in asked[:_MAX_SHOWN]]},
            ("Send the same again with matches: for each id the line of its item in the new text, 0 if it is gone.",),
        )
    return dict(answers)


def _questions(diff: "ItemDiff", rows: Mapping[int, tuple[str, Item]]) -> Iterator[Question]:
    for kind, changes in (("requirement", diff.requirements), ("criterion", diff.criteria), ("task", diff.tasks)):
        for group in changes.ambiguous:
            known = tuple(rows[id(_item(one))][1] for one in group.before if id(_item(one)) in rows)
            after = [_item(one) for one in group.after]
            if known:
                shown = ({"key": one.key, "title": _said(one), "line": one.start} for one in after)
                yield Question(kind, known, tuple(shown))


def _rows(document: Document, items: Items) -> Iterator[tuple[int, tuple[str, Item]]]:
    """By identity of each item of the text that stands its kind and its row."""
    if document.spec_id is None:
        return
    criteria = Criterion.objects.filter(document=document, present=True)
    found: dict[str, Iterable[Item]] = {
        "requirement": Requirement.objects.filter(document=document, present=True).order_by("position"),
        "criterion": criteria.order_by("requirement__position", "position"),
    }
    if keeper := hooks.keepers.get(document.kind):
        found["task"] = keeper.items(document)
    for kind, some in _items(items):
        for item, row in zip(some, found[kind], strict=True) if kind in found else ():
            yield id(item), (kind, row)


def _items(items: Items) -> list[tuple[str, list[Any]]]:
    criteria = [one for above in items.requirements for one in above.criteria]
    return [("requirement", list(items.requirements)), ("criterion", criteria), ("task", list(items.tasks))]


def _item(one: Any) -> Any:
    """The item itself, also of a criterion that is told with its requirement."""
    return getattr(one, "criterion", one)


def _said(one: Any) -> str:
    return str(getattr(one, "title", "") or getattr(one, "text", ""))[:300]
