"""Which requirements and criteria tasks are for, as rows: kept in step with the texts of a spec's documents.

What a reference names is decided by specs/lint/references.py; what it cannot name stays a row without a target.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specflow.accounts.actors import Actor
from specflow.rows import Select
from specflow.specs.models import Criterion, Requirement, Revision
from tasks.models import Reference, Task

if TYPE_CHECKING:
    from specflow.specs.lint.references import Index

_TASKS = Select(
    lambda given: Task.objects.filter(spec=given("spec"), present=True).exclude(requirements=[]).order_by("id")
)
_KNOWN = Select(lambda given: Reference.objects.filter(task__spec=given("spec")).order_by()[:1])
Target = tuple[str, int | None, int | None]  # the reference's text, a requirement's row id, a criterion's


@dataclass(frozen=True, slots=True)
class _Named:
    """A stored requirement as `Index` looks at one."""

    key: str
    title: str
    criteria: Sequence[Criterion]


def text_changed(revision: Revision, actor: Actor) -> None:
    """Called in the transaction of each new revision (specs.hooks): either side of a reference may be another now."""
    if revision.document.spec_id is not None:
        _resolve(revision.document.spec_id)


def _resolve(spec: int) -> None:
    """Brings the references of a spec's tasks in step; writes only what changed."""
    tasks = _TASKS.all(spec=spec)
    if not tasks and _KNOWN.first(spec=spec) is None:
        return
    from specflow.specs.lint.references import Index  # the linter is loaded where tasks name something

    requirements = list(Requirement.objects.filter(spec=spec, present=True).order_by("document_id", "position"))
    criteria = _criteria(spec)
    index = Index([_Named(one.key, one.title, criteria.get(one.pk, ())) for one in requirements])  # type: ignore[misc]
    wanted: dict[int, set[Target]] = {}
    for task in tasks:
        wanted[task.pk] = set(_targets(index, task, requirements, criteria))
    _store(spec, wanted)


def _criteria(spec: int) -> dict[int, list[Criterion]]:
    rows = Criterion.objects.filter(requirement__spec=spec, present=True).only("key", "requirement")
    found: dict[int, list[Criterion]] = {}
    for row in rows.order_by("requirement_id", "position"):
        found.setdefault(row.requirement_id, []).append(row)
    return found


def _targets(
    index: "Index", task: Task, requirements: Sequence[Requirement], criteria: dict[int, list[Criterion]]
) -> Iterable[Target]:
    found = index.resolve(task.requirements)
    for one in found.resolved:
        for place, at in one.targets:
            requirement = requirements[place].pk
            yield one.reference, requirement, None if at is None else criteria[requirement][at].pk
    for text in (*found.unresolved, *found.free):
        yield text, None, None


def _store(spec: int, wanted: dict[int, set[Target]]) -> None:
    known: dict[tuple[int, Target], int] = {}
    for row in Reference.objects.filter(task__spec=spec).order_by():
        known[row.task_id, (row.text, row.requirement_id, row.criterion_id)] = row.pk
    new = [
        (task, one) for task, targets in wanted.items() for one in sorted(targets, key=str) if (task, one) not in known
    ]
    gone = [pk for (task, one), pk in known.items() if one not in wanted.get(task, ())]
    if gone:
        Reference.objects.filter(pk__in=gone).delete()
    Reference.objects.bulk_create(
        (Reference(task_id=task, text=one[0], requirement_id=one[1], criterion_id=one[2]) for task, one in new),
        batch_size=200,
    )
