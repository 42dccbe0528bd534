"""What a change touches: what means something else now, and the tasks that cite it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from specflow.specs.changes.items import ItemDiff
from specflow.specs.formats.items import RequirementItem, TaskItem
from specflow.specs.lint.references import Index, Target

Requirements = tuple[Sequence[RequirementItem], frozenset[Target]]
Tasks = tuple[Sequence[TaskItem], frozenset[int]]


@dataclass(frozen=True, slots=True)
class Touched:
    """What means something else: what came, went, was reworded or renamed, or cannot be told, before and after.

    `requirements` and `criteria` are keys; a requirement with a touched criterion is touched: who cites it cites its
    criteria. `sides` has the requirements of both revisions, each with the positions in it of what is touched, and
    `task_sides` the tasks likewise; a task that is new touches nothing.
    """

    requirements: tuple[str, ...]
    criteria: tuple[str, ...]
    sides: tuple[Requirements, Requirements]
    task_sides: tuple[Tasks, Tasks]

    def __bool__(self) -> bool:
        return bool(self.requirements) or self.tasks

    @property
    def tasks(self) -> bool:
        """Whether a task means something else."""
        return any(found for _, found in self.task_sides)

    def as_dict(self) -> dict[str, Any]:
        """`{requirements: [key], criteria: [key]}`."""
        return {"requirements": list(self.requirements), "criteria": list(self.criteria)}


class Referring(Protocol):
    """A task, as an item or as a row."""

    @property
    def requirements(self) -> Sequence[str]: ...


R = TypeVar("R", bound=Referring)


def touched(diff: ItemDiff) -> Touched:
    """Which requirements, criteria and tasks mean something else than before; what only moved means the same."""
    before, after = _changed(diff)
    sides = tuple(
        (side.requirements, _targets(side.requirements, {id(one) for one in found}))
        for side, found in ((diff.before, before), (diff.after, after))
    )
    requirements: dict[str, None] = {}
    criteria: dict[str, None] = {}
    for items, found in sides:
        # A requirement's own place is named by None; its criteria follow it.
        for place, at in sorted(found, key=lambda target: (target[0], -1 if target[1] is None else target[1])):
            if at is None:
                requirements[items[place].key] = None
            else:
                criteria[items[place].criteria[at].key] = None
    return Touched(tuple(requirements), tuple(criteria), (sides[0], sides[1]), _reworked(diff))


def _reworked(diff: ItemDiff) -> tuple[Tasks, Tasks]:
    kept = [one for one in diff.tasks.kept if one.changed]
    before = [
        *(one.before for one in kept),
        *diff.tasks.removed,
        *(it for one in diff.tasks.ambiguous for it in one.before),
    ]
    after = [*(one.after for one in kept), *(it for one in diff.tasks.ambiguous for it in one.after)]
    return (
        (diff.before.tasks, frozenset(one.index for one in before)),
        (diff.after.tasks, frozenset(one.index for one in after)),
    )


def citing(tasks: Sequence[R], what: Touched) -> list[R]:
    """The tasks whose references name what is touched, as the requirements were before or as they are after."""
    names = [(Index(items), found) for items, found in what.sides if found]
    return [
        task
        for task in tasks
        if task.requirements and any(found & index.resolve(task.requirements).targets for index, found in names)
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
