"""Which row an item of a new revision is: the same item keeps its row, and so its id, its state and what cites it.

Which item is the same the difference by item says (changes/items.py), here as on every page. What it cannot tell is not
guessed: such rows are gone, and the items are new ones.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from specflow.specs.formats.items import CriterionItem, RequirementItem, TaskItem
from specflow.specs.models import MAX_KEY_CHARACTERS, Criterion, Item, Requirement

if TYPE_CHECKING:  # most edits need no difference, and a server starts sooner without it
    from specflow.specs.changes.items import Changes, PlacedCriterion

I = TypeVar("I", bound=Item)  # noqa: E741
K = TypeVar("K", RequirementItem, "PlacedCriterion", TaskItem)


class Name(NamedTuple):
    """What an item is called: `within` is what it stands in, `ordinal` counts those that share the key there."""

    within: Hashable
    key: str
    ordinal: int
    title: str


Part = Callable[[Name], Hashable | None]
# What a person said of rows: by outside id the first line of their item in the new text, 0 where it is gone.
Answers = Mapping[str, int]
NO_ANSWERS: Answers = MappingProxyType({})


class Titled(Protocol):
    """A requirement or a task, as an item or as a row."""

    @property
    def key(self) -> str: ...

    @property
    def ordinal(self) -> int: ...

    @property
    def title(self) -> str: ...


def names_of(things: Sequence[Titled]) -> list[Name]:
    """The names of requirements or tasks, of rows and of items alike."""
    return [Name(None, one.key[:MAX_KEY_CHARACTERS], one.ordinal, one.title) for one in things]


def names_of_criteria(things: Sequence[tuple[Hashable, RequirementItem]]) -> list[Name]:
    """The names of the criteria under requirements; these come with what stands for each in `Name.within`."""
    return [
        Name(within, _own(one, above), ordinal, one.text)
        for within, above in things
        for one, ordinal in zip(above.criteria, ordinals(above.criteria), strict=True)
    ]


def ordinals(criteria: Sequence[CriterionItem]) -> list[int]:
    """How many before each one, under one requirement, have its key: real documents repeat numbers."""
    seen: dict[str, int] = {}
    counted = []
    for one in criteria:
        counted.append(seen.get(one.key, 0))
        seen[one.key] = counted[-1] + 1
    return counted


def names_of_rows(rows: Sequence[Criterion], above: Mapping[int, Requirement]) -> list[Name]:
    """The names of criteria that are rows, `within` the keys of their requirements' rows, which are `above`."""
    return [Name(one.requirement_id, _own(one, above[one.requirement_id]), one.ordinal, one.text) for one in rows]


def _own(one: CriterionItem | Criterion, above: RequirementItem | Requirement) -> str:
    """A criterion's number under its requirement, so that it stays where the requirement is numbered anew."""
    return one.key[:MAX_KEY_CHARACTERS].removeprefix(f"{above.key[:MAX_KEY_CHARACTERS]}.")


def plainly(known: Sequence[Name], wanted: Sequence[Name]) -> dict[int, int] | None:
    """By place in `wanted` the place in `known` of the same item, by key and title; None where these do not tell.

    The difference by item says the same: those that alone have their key and title are the same there, and where
    nothing is left on one side nothing has to be weighed. Most edits need no more.
    """
    once = _once(enumerate(known), _said)
    found = {place: once[name] for name, place in _once(enumerate(wanted), _said).items() if name in once}
    return found if len(found) == min(len(known), len(wanted)) else None


def told(
    changes: "Changes[K]",
    sides: tuple[Sequence[object], Sequence[object]],
    names: tuple[Sequence[Name], Sequence[Name]],
) -> dict[int, int]:
    """As `plainly`, from the difference between two sides (items, criteria as such): those that are kept, and of those
    that it cannot tell the ones whose key and ordinal say it. `names` are those of each side."""
    olds, news = ({id(one): place for place, one in enumerate(side)} for side in sides)
    found = {news[id(_item(one.after))]: olds[id(_item(one.before))] for one in changes.kept}
    for group in changes.ambiguous:
        before = [olds[id(_item(one))] for one in group.before]
        after = [news[id(_item(one))] for one in group.after]
        found |= _by_key(before, after, names)
    return found


def rows_at(places: Mapping[int, Name], rows: Sequence[I], names: Sequence[Name]) -> dict[int, I]:
    """By place the row of an item that a text has: that of its name, or else of its key and ordinal."""
    return _dealt(places, rows, names, (_whole, _key))


def returning(places: Mapping[int, Name], rows: Sequence[I], names: Sequence[Name]) -> dict[int, I]:
    """By place, of rows that were gone those whose item is back: that of its name, or else of its title."""
    return _dealt(places, rows, names, (_whole, _title))


def answered(found: dict[int, I], rows: Iterable[I], starts: Sequence[int], answers: Answers) -> dict[int, I]:
    """Which row an item is, by place, with the rows of which a person said it; `starts` are the items' first lines."""
    named = {name: row for row in rows if (name := row.public_id) in answers} if answers else {}
    if not named:
        return found
    places = {line: place for place, line in enumerate(starts)}
    said = {places[answers[name]]: row for name, row in named.items() if answers[name]}
    return {place: row for place, row in found.items() if row not in named.values()} | said


def _dealt(places: Mapping[int, Name], rows: Sequence[I], names: Sequence[Name], parts: Iterable[Part]) -> dict[int, I]:
    """Each row at most once, to the first place whose name has the same part, one part after the other."""
    found: dict[int, I] = {}
    for part in parts:
        free: dict[Hashable, list[I]] = {}
        taken = {row.pk for row in found.values()}
        for row, name in zip(rows, names, strict=True):
            if row.pk not in taken:
                free.setdefault(part(name), []).append(row)
        for place, name in places.items():
            known = part(name) if place not in found else None
            if known is not None and free.get(known):
                found[place] = free[known].pop(0)
    return found


def _once(names: Iterable[tuple[int, Name]], part: Part) -> dict[Hashable, int]:
    """By a part of a name the place that alone has it."""
    places: dict[Hashable, list[int]] = {}
    for place, name in names:
        places.setdefault(part(name), []).append(place)
    return {known: found[0] for known, found in places.items() if known is not None and len(found) == 1}


def _item(one: object) -> object:
    """The item itself, also of a criterion that is told with its requirement."""
    return getattr(one, "criterion", one)


def _by_key(
    before: Sequence[int], after: Sequence[int], names: tuple[Sequence[Name], Sequence[Name]]
) -> dict[int, int]:
    """Of a few places the pairs that alone have a name, and then those that alone have a key and ordinal."""
    found: dict[int, int] = {}
    for part in (_whole, _key):
        taken = set(found.values())
        old = _once(((one, names[0][one]) for one in before if one not in taken), part)
        new = _once(((one, names[1][one]) for one in after if one not in found), part)
        found |= {place: old[known] for known, place in new.items() if known in old}
    return found


def _whole(name: Name) -> Hashable | None:
    return name if name.key or name.title else None


def _key(name: Name) -> Hashable | None:
    return name[:3] if name.key else None


def _said(name: Name) -> Hashable | None:
    return (name.within, name.key, name.title) if name.title else None


def _title(name: Name) -> Hashable | None:
    return (name.within, name.title) if name.title else None
