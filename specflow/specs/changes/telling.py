"""What changed by item in words: `Requirement 2 reworded; criterion 2.3 added; 3 tasks cite what changed`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from specflow.specs.changes.items import Changes, ItemDiff, Pair, PlacedCriterion
from specflow.specs.formats.items import RequirementItem, TaskItem

MAX_NAMED = 5  # so many are named one by one; more are counted
UNCLEAR = "not to be told apart"
_MANY = {"requirement": "requirements", "criterion": "criteria", "task": "tasks"}
_MANY_DO = {"cites": "cite", "rests on": "rest on"}
_TITLE = 80  # characters of what has no key, and so is called by its beginning


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one item. `was` is its key before where that is another one; `line` is its first line, before for
    what was removed and after for the others; `parts` are the fields that say something else."""

    kind: str
    key: str
    title: str
    what: str
    was: str = ""
    line: int = 0
    parts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`criterion 2.3`, or for one without a key its beginning."""
        title = self.title if len(self.title) <= _TITLE else f"{self.title[:_TITLE]}…"
        return f"{self.kind} {self.key or f'“{title}”'}"


def told(diff: ItemDiff) -> list[Told]:
    """What became of each item that changed, by their lines: requirements with their criteria, and tasks.

    Criteria that came or went with their requirement, or took its new number, are told with it.
    """
    found = [
        *_told("requirement", diff.requirements, ()),
        *_told("criterion", diff.criteria, _with_requirement(diff)),
        *_told("task", diff.tasks, ()),
    ]
    return sorted(found, key=lambda one: (one.line, one.kind != "requirement"))


def summary(found: Sequence[Told], touches: Mapping[str, int] | None = None) -> str:
    """One sentence without its full stop; `touches` counts what rests on what changed, by what one of it is called
    (`task`, `run`). Empty where no item changed and nothing is touched."""
    parts = []
    kinds = list(_MANY)
    in_order = sorted(found, key=lambda one: (kinds.index(one.kind), _ORDER.index(one.what.split(" and ")[0])))
    for (kind, what), group in groupby(in_order, key=lambda one: (one.kind, one.what)):
        parts.append(f"{_named(kind, list(group))} {what}")
    counted = {noun: count for noun, count in (touches or {}).items() if count}
    if counted:
        verb = "rests on" if set(counted) == {"run"} else "cites"
        one = sum(counted.values()) == 1
        parts.append(f"{_counted(counted)} {verb if one else _MANY_DO[verb]} what changed")
    said = "; ".join(parts)
    return said[:1].upper() + said[1:]


def _counted(counts: Mapping[str, int]) -> str:
    """`3 tasks, 1 run and 2 other specs`."""
    words = [f"{count} {noun}{'s' if count > 1 else ''}" for noun, count in counts.items()]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _named(kind: str, group: Sequence[Told]) -> str:
    if len(group) == 1:
        return group[0].name
    keys = [one.key for one in group]
    if len(group) > MAX_NAMED or not all(keys):
        return f"{len(group)} {_MANY[kind]}"
    return f"{_MANY[kind]} {', '.join(keys[:-1])} and {keys[-1]}"


_ORDER = ("reworded", "renamed", "numbered anew", "moved", "added", "removed", UNCLEAR)


def _told(kind: str, changes: Changes[Any], without: Iterable[object]) -> Iterator[Told]:
    left_out = set(map(id, without))
    for pair in changes.kept:
        what = _what(pair)
        if what:
            key, was = _key(pair.after), _key(pair.before)
            parts = tuple(name.replace("_", " ") for name in pair.changed if name != "key")
            yield Told(kind, key, _title(pair.after), what, was if was != key else "", _line(pair.after), parts)
    for what, items in (("added", changes.added), ("removed", changes.removed)):
        for one in items:
            if id(one) not in left_out:
                yield Told(kind, _key(one), _title(one), what, line=_line(one))
    for group in changes.ambiguous:
        for one in group.after:
            yield Told(kind, _key(one), _title(one), UNCLEAR, " or ".join(map(_key, group.before)), _line(one))


def _what(pair: Pair[Any]) -> str:
    renumbered = "key" in pair.changed and not _follows(pair) and _key(pair.after) != _title(pair.after)
    done = {
        "reworded": pair.reworded,
        "renamed": "title" in pair.changed,
        "numbered anew": renumbered,
        "moved": pair.moved,
    }
    return " and ".join(name for name, holds in done.items() if holds)


def _follows(pair: Pair[Any]) -> bool:
    """Whether a criterion bears another number because its requirement does."""
    if not isinstance(pair.before, PlacedCriterion):
        return False
    own, other = (one.criterion.key.removeprefix(one.requirement.key) for one in (pair.before, pair.after))
    return bool(own == other)


def _with_requirement(diff: ItemDiff) -> list[PlacedCriterion]:
    whole = {id(one) for one in (*diff.requirements.added, *diff.requirements.removed)}
    return [one for one in (*diff.criteria.added, *diff.criteria.removed) if id(one.requirement) in whole]


def _key(one: RequirementItem | PlacedCriterion | TaskItem) -> str:
    return one.criterion.key if isinstance(one, PlacedCriterion) else one.key


def _title(one: RequirementItem | PlacedCriterion | TaskItem) -> str:
    return one.criterion.text if isinstance(one, PlacedCriterion) else one.title


def _line(one: RequirementItem | PlacedCriterion | TaskItem) -> int:
    return one.criterion.start if isinstance(one, PlacedCriterion) else one.start
