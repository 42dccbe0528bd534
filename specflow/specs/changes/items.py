"""What changed between two revisions by item: which requirements, criteria and tasks came, went, or say otherwise."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Generic, TypeVar

from specflow.specs.changes.matching import Matching, Piece, matched
from specflow.specs.differences import shared
from specflow.specs.formats.items import CriterionItem, Items, RequirementItem, TaskItem

_NAMES = ("key", "title")
_REQUIREMENT = ("key", "title", "user_story", "condition", "action", "statement", "change")
_CRITERION = ("key", "text")
# How far a task is (status, why it is blocked) is not text and so no change.
_TASK = (
    *("key", "title", "description", "details", "files", "purpose", "leverage", "requirements", "prompt", "phase"),
    *("priority", "dependencies"),
)


@dataclass(frozen=True, slots=True)
class PlacedCriterion:
    """A criterion and the requirement that it stands under."""

    requirement: RequirementItem
    criterion: CriterionItem


T = TypeVar("T", RequirementItem, PlacedCriterion, TaskItem)


@dataclass(frozen=True, slots=True)
class Pair(Generic[T]):
    """The same item before and after; `changed` names the fields that say something else, line breaks aside."""

    before: T
    after: T
    changed: tuple[str, ...] = ()
    moved: bool = False

    @property
    def renamed(self) -> bool:
        """Whether its key or its title is another."""
        return any(name in _NAMES for name in self.changed)

    @property
    def reworded(self) -> bool:
        """Whether it says something else below its title."""
        return any(name not in _NAMES for name in self.changed)

    def as_dict(self) -> dict[str, Any]:
        """`{before, after, changed, moved}`."""
        return {
            "before": _shown(self.before),
            "after": _shown(self.after),
            "changed": list(self.changed),
            "moved": self.moved,
        }


@dataclass(frozen=True, slots=True)
class Ambiguous(Generic[T]):
    """Items that are about as alike: which of those after is which of those before, a person says."""

    before: tuple[T, ...]
    after: tuple[T, ...]

    def as_dict(self) -> dict[str, Any]:
        """`{before: […], after: […]}`."""
        return {"before": [_shown(one) for one in self.before], "after": [_shown(one) for one in self.after]}


@dataclass(frozen=True, slots=True)
class Changes(Generic[T]):
    """What became of the items of one kind. `kept` has every item that is in both, changed or not, in today's order."""

    kept: tuple[Pair[T], ...] = ()
    added: tuple[T, ...] = ()
    removed: tuple[T, ...] = ()
    ambiguous: tuple[Ambiguous[T], ...] = ()

    @property
    def renamed(self) -> tuple[Pair[T], ...]:
        """Those with another key or title."""
        return tuple(one for one in self.kept if one.renamed)

    @property
    def reworded(self) -> tuple[Pair[T], ...]:
        """Those that say something else."""
        return tuple(one for one in self.kept if one.reworded)

    @property
    def moved(self) -> tuple[Pair[T], ...]:
        """Those that stand elsewhere among the kept ones, or under another parent."""
        return tuple(one for one in self.kept if one.moved)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.ambiguous) or any(one.changed or one.moved for one in self.kept)

    def as_dict(self) -> dict[str, Any]:
        """`{added, removed, renamed, reworded, moved, ambiguous}`, each a list; an item may be in several."""
        shown: dict[str, Any] = {name: [_shown(one) for one in getattr(self, name)] for name in ("added", "removed")}
        for name in ("renamed", "reworded", "moved", "ambiguous"):
            shown[name] = [one.as_dict() for one in getattr(self, name)]
        return shown


@dataclass(frozen=True, slots=True)
class ItemDiff:
    """What changed by item from `before` to `after`; false where nothing did."""

    before: Items
    after: Items
    requirements: Changes[RequirementItem]
    criteria: Changes[PlacedCriterion]
    tasks: Changes[TaskItem]

    def __bool__(self) -> bool:
        return bool(self.requirements or self.criteria or self.tasks)

    def as_dict(self) -> dict[str, Any]:
        """`{requirements, criteria, tasks}`, each as `Changes.as_dict`: JSON values."""
        return {name: getattr(self, name).as_dict() for name in ("requirements", "criteria", "tasks")}


def item_diff(before: Items, after: Items) -> ItemDiff:
    """What became of each requirement, criterion and task from one revision to the next. Deterministic, near linear."""
    requirements, found = _requirements(before.requirements, after.requirements)
    criteria = _criteria(before.requirements, after.requirements, found)
    return ItemDiff(before, after, requirements, criteria, _tasks(before.tasks, after.tasks))


def _requirements(
    before: Sequence[RequirementItem], after: Sequence[RequirementItem]
) -> tuple[Changes[RequirementItem], Matching]:
    found = matched([_of_requirement(one) for one in before], [_of_requirement(one) for one in after])
    moved = _out_of_order(found.pairs)
    return _changes(
        before, after, found, lambda old, new: _differing(before[old], after[new], _REQUIREMENT), moved
    ), found


def _of_requirement(item: RequirementItem) -> Piece:
    said = (item.user_story, item.condition, item.action, item.statement, *(one.text for one in item.criteria))
    return Piece(item.key, item.title, "\n".join(said))


def _criteria(
    before: Sequence[RequirementItem], after: Sequence[RequirementItem], requirements: Matching
) -> Changes[PlacedCriterion]:
    # A requirement is named by its position before on both sides; one that is new, by its own below zero.
    position = {new: old for old, new in requirements.pairs}
    old_places = [(place, one) for place, item in enumerate(before) for one in item.criteria]
    new_places = [(position.get(place, -1 - place), one) for place, item in enumerate(after) for one in item.criteria]
    olds = [PlacedCriterion(item, one) for item in before for one in item.criteria]
    news = [PlacedCriterion(item, one) for item in after for one in item.criteria]
    found = matched(
        [_of_criterion(place, one) for (place, _), one in zip(old_places, olds, strict=True)],
        [_of_criterion(place, one) for (place, _), one in zip(new_places, news, strict=True)],
    )
    by_requirement: dict[int, list[tuple[int, int]]] = {}
    moved = set()
    for old, new in found.pairs:
        if old_places[old][0] == new_places[new][0]:
            by_requirement.setdefault(old_places[old][0], []).append((old, new))
        else:
            moved.add(new)
    for pairs in by_requirement.values():
        moved |= _out_of_order(pairs)
    return _changes(
        olds, news, found, lambda old, new: _differing(olds[old].criterion, news[new].criterion, _CRITERION), moved
    )


def _of_criterion(place: int, item: PlacedCriterion) -> Piece:
    # Its number counts under its requirement, so that a requirement with a new number takes its criteria along.
    own = item.criterion.key.removeprefix(f"{item.requirement.key}.")
    return Piece((place, own), item.criterion.text, within=place)


def _tasks(before: Sequence[TaskItem], after: Sequence[TaskItem]) -> Changes[TaskItem]:
    found = matched(_of_tasks(before), _of_tasks(after))
    moved = _out_of_order(found.pairs)
    today = dict(found.pairs)
    for old, new in found.pairs:
        parent = before[old].parent
        if (None if parent is None else today.get(parent, -1)) != after[new].parent:
            moved.add(new)
    return _changes(before, after, found, lambda old, new: _differing(before[old], after[new], _TASK), moved)


def _of_tasks(items: Sequence[TaskItem]) -> list[Piece]:
    pieces = []
    for item in items:
        said = (item.description, *item.details, item.purpose, *item.files, *item.requirements, item.prompt, item.phase)
        parent = items[item.parent] if item.parent is not None else None
        pieces.append(Piece(item.key, item.title, "\n".join(said), parent and (parent.title or parent.key)))
    return pieces


def _changes(
    before: Sequence[T],
    after: Sequence[T],
    found: Matching,
    differing: Callable[[int, int], tuple[str, ...]],
    moved: set[int],
) -> Changes[T]:
    return Changes(
        tuple(Pair(before[old], after[new], differing(old, new), new in moved) for old, new in found.pairs),
        tuple(after[new] for new in found.added),
        tuple(before[old] for old in found.removed),
        tuple(
            Ambiguous(tuple(before[old] for old in olds), tuple(after[new] for new in news))
            for olds, news in found.ambiguous
        ),
    )


def _out_of_order(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """The positions after of the fewest pairs that must move for the others to stand in their order before."""
    old = [str(one) for one, _ in sorted(pairs)]
    new = [str(one) for one, _ in pairs]
    in_order = {place for _, place in shared(old, new)} if old != new else range(len(pairs))
    return {pairs[place][1] for place in range(len(pairs)) if place not in in_order}


def _differing(before: object, after: object, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if _plain(getattr(before, name)) != _plain(getattr(after, name)))


def _plain(value: str | tuple[str, ...]) -> Hashable:
    """What is said, whichever way its lines are broken."""
    return " ".join(value.split()) if isinstance(value, str) else tuple(" ".join(one.split()) for one in value)


@singledispatch
def _shown(item: object) -> Mapping[str, Any]:
    raise TypeError(f"{type(item).__name__} is no item")


@_shown.register
def _(item: RequirementItem) -> Mapping[str, Any]:
    names = (*_REQUIREMENT, "ordinal", "start", "end")
    return {name: getattr(item, name) for name in names}


@_shown.register
def _(item: PlacedCriterion) -> Mapping[str, Any]:
    names = (*_CRITERION, "start", "end")
    above = item.requirement
    return {name: getattr(item.criterion, name) for name in names} | {
        "requirement": {"key": above.key, "ordinal": above.ordinal, "title": above.title}
    }


@_shown.register
def _(item: TaskItem) -> Mapping[str, Any]:
    names = ("index", "key", "ordinal", "title", "start", "end")
    return {name: getattr(item, name) for name in names}
