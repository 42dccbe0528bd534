"""What a review of a task is held against: the task's text, the criteria that it is for, and the work itself.

All of it has one digest. A review keeps the digest of what it saw, so that whether it still counts is worked out and
never stored: another digest now means another text or other work than the reviewer saw.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from specflow.specs.models import Criterion
from specflow.specs.tracing.rows import Reading, Rows
from tasks.models import ImplementationLog, Output, Reference, Task

_LOG = Subquery(ImplementationLog.objects.filter(task=OuterRef("pk")).order_by("-id").values("pk")[:1])
_OUTPUT = Subquery(Output.objects.filter(run__task=OuterRef("pk")).order_by("-id").values("pk")[:1])
_CITED = Reference.objects.filter(task=OuterRef("pk")).exclude(requirement=None).order_by("requirement__document_id")
_REVISION = Subquery(_CITED.values("requirement__document__current")[:1])
_tasks = Reading(
    Rows(
        lambda: Task.objects.order_by("id"),
        ("title", "description", "prompt", "requirements", "files", _LOG, _OUTPUT, _REVISION),
        lambda *columns: columns,
    ),
    "pk",
)
_REQUIREMENT = ("title", "user_story", "condition", "action", "statement")
_whole = Reading(
    Rows(
        lambda: Reference.objects.filter(criterion=None).exclude(requirement=None).order_by("requirement_id"),
        ("requirement", *(f"requirement__{name}" for name in _REQUIREMENT)),
        lambda *columns: columns,
    ),
    "task",
)
_CRITERION = Rows(
    lambda: Criterion.objects.order_by("id"), ("pk", "public_id", "key", "text"), lambda *columns: columns
)
_named = Reading(_CRITERION, "references__task")
_of_whole = Reading(_CRITERION, "requirement__references__task", requirement__references__criterion=None, present=True)


@dataclass(frozen=True, slots=True)
class Aim:
    """A criterion that a task's work is held against; `named` where the task names it, and not only its requirement."""

    pk: int
    public_id: str
    key: str
    text: str
    named: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to review of a task: row ids of its latest log and output and of the requirements' revision (None
    for none), and its aims."""

    digest: str
    log: int | None
    output: int | None
    revision: int | None
    aims: tuple[Aim, ...]


def work_of(task: Task) -> Work:
    """The work of one task, as it stands."""
    return works_of([task.pk])[task.pk]


def works_of(tasks: Sequence[int]) -> dict[int, Work]:
    """The work of tasks by their row ids, in four queries however many there are."""
    aims: dict[int, dict[int, Aim]] = {}
    for reading, named in ((_of_whole, False), (_named, True)):
        for task, (pk, name, key, text) in reading.at(tasks):
            aims.setdefault(task, {})[pk] = Aim(pk, name, key, text, named)
    whole: dict[int, dict[int, Any]] = {}
    for task, (requirement, *said) in _whole.at(tasks):
        whole.setdefault(task, {})[requirement] = said
    return {task: _work(columns, aims.get(task, {}), whole.get(task, {})) for task, columns in _tasks.at(tasks)}


def _work(columns: Sequence[Any], aims: dict[int, Aim], whole: dict[int, Any]) -> Work:
    *said, log, output, revision = columns
    texts = [sorted([one.pk, one.text] for one in aims.values()), sorted([pk, *words] for pk, words in whole.items())]
    seen = json.dumps([said, texts, log, output], ensure_ascii=False)
    return Work(hashlib.sha256(seen.encode()).hexdigest(), log, output, revision, tuple(aims.values()))
