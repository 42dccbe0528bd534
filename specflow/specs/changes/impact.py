"""What a change touches: the requirements and criteria that mean something else now, and the tasks that cite them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from specflow.specs.changes.items import ItemDiff
from specflow.specs.formats.items import RequirementItem, TaskItem
from specflow.specs.lint.references import Index, Target


@dataclass(frozen=True, slots=True)
class Touched:
    """Keys whose meaning changed: of what came, went, was reworded or renamed, or cannot be told, before and after.

    A requirement with a touched criterion is touched: who cites it cites its criteria. `before` and `after` are the
    requirements of both revisions, each with the positions in it of what is touched.
    """

    requirements: tuple[str, ...]
    criteria: tuple[str, ...]
    before: tuple[tuple[RequirementItem, ...], frozenset[Target]]
    after: tuple[tuple[RequirementItem, ...], frozenset[Target]]

    def __bool__(self) -> bool:
        return bool(self.requirements)

    def as_dict(self) -> dict[str, Any]:
        """`{requirements: [key], criteria: [key]}`."""
        return {"requirements": list(self.requirements), "criteria": list(self.criteria)}


def touched(diff: ItemDiff) -> Touched:
    """Which requirements and criteria mean something else than before; what only moved means the same."""
    before, after = _changed(diff)
    sides = [
        (side.requirements, _targets(side.requirements, {id(one) for one in found}))
        for side, found in ((diff.before, before), (diff.after, after))
    ]
    requirements: dict[str, None] = {}
    criteria: dict[str, None] = {}
    for items, found in sides:
        # A requirement's own place is named by None; its criteria follow it.
        for place, at in sorted(found, key=lambda target: (target[0], -1 if target[1] is None else target[1])):
            if at is None:
                requirements[items[place].key] = None
            else:
                criteria[items[place].criteria[at].key] = None
    return Touched(tuple(requirements), tuple(criteria), *sides)


def citing(tasks: Sequence[TaskItem], what: Touched) -> list[TaskItem]:
    """The tasks whose references name what is touched, as the requirements were before or as they are after."""
    names = [(Index(items), found) for items, found in (what.before, what.after)]
    return [
        task
        for task in tasks
        if any(found & index.resolve(task.requirements).targets for index, found in names if found)
    ]


def _changed(diff: ItemDiff) -> tuple[list[object], list[object]]:
    """The requirements and criteria that changed, as they were and as they are."""
    before: list[object] = []
    after: list[object] = []
    named = diff.requirements
    for pair in named.kept:
        if pair.changed:
            before.append(pair.before)
            after.append(pair.after)
    before += [*named.removed, *(one for group in named.ambiguous for one in group.before)]
    after += [*named.added, *(one for group in named.ambiguous for one in group.after)]
    said = diff.criteria
    for one in said.kept:
        if one.changed or (one.moved and one.before.requirement.key != one.after.requirement.key):
            before.append(one.before.criterion)
            after.append(one.after.criterion)
    before += [it.criterion for it in (*said.removed, *(it for group in said.ambiguous for it in group.before))]
    after += [it.criterion for it in (*said.added, *(it for group in said.ambiguous for it in group.after))]
    return before, after


def _targets(requirements: Sequence[RequirementItem], changed: set[int]) -> frozenset[Target]:
    """The positions of what changed, by identity: equal items may stand in one document twice."""
    found: set[Target] = set()
    for place, item in enumerate(requirements):
        own = [at for at, one in enumerate(item.criteria) if id(one) in changed]
        found.update((place, at) for at in own)
        if own or id(item) in changed:
            found.add((place, None))
    return frozenset(found)
