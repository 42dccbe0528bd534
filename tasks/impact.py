"""The work that a change of a document touches: tasks that cite what changed or changed themselves, what came of them,
and the test vectors of what changed (specs.hooks)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, QuerySet, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Substr

from specflow.rows import Select
from specflow.specs.hooks import MOST, Group
from specflow.specs.models import MAX_KEY_CHARACTERS, Document
from tasks.models import ImplementationLog, Output, Run, Task
from tasks.vector_models import TestVector

if TYPE_CHECKING:
    from specflow.specs.changes.impact import Tasks, Touched

_AT_ONCE = 5_000  # ids in a statement
_LONGEST = 300  # characters of a title
_TASKS = Select(
    lambda given: (
        Task.objects.filter(spec=given("spec"))
        .only("public_id", "key", "ordinal", "title", "status", "requirements", "document", "present")
        .order_by("document_id", "position")
    )
)


class _Kind(NamedTuple):
    """Where the rows of a kind have what was asked for, and the fields that doors send."""

    rows: QuerySet[Any]
    by: str
    fields: Mapping[str, str | Combinable]


_LOGS = _Kind(
    ImplementationLog.objects.all(),
    "task",
    {"id": "public_id", "task": "task__public_id", "summary": Substr("summary", 1, _LONGEST)},
)
_RUNS = _Kind(
    Run.objects.all(),
    "task",
    {"id": "public_id", "task": "task__public_id", "status": "status", "provider": "provider", "attempt": "attempt"},
)
_OUTPUTS = _Kind(Output.objects.all(), "run__task", {"id": "public_id", "run": "run__public_id", "name": "name"})
_VECTOR: Mapping[str, str | Combinable] = {"id": "public_id", "title": Substr("title", 1, _LONGEST), "state": "state"}


def touched_work(document: Document, what: "Touched") -> dict[str, Group]:
    """`{tasks, logs, runs, outputs, vectors}`, the newest first but for tasks; a constant number of queries.

    A task says `why`: it `cites` what changed, or its own text is `changed` or `removed`. Rows are found by what they
    say, since they may stand at neither of the two texts.
    """
    tasks = _tasks(document, what) if what and document.spec_id is not None else []
    ids = [row.pk for row, _ in tasks]
    return {
        "tasks": Group([_task(row, why) for row, why in tasks[:MOST]], len(tasks)),
        "logs": _group(_LOGS, ids),
        "runs": _group(_RUNS, ids),
        "outputs": _group(_OUTPUTS, ids),
        "vectors": _vectors(document, what),
    }


def _tasks(document: Document, what: "Touched") -> list[tuple[Task, str]]:
    """The tasks of the spec that are touched, each with why, in the order of their documents."""
    from specflow.specs.changes.impact import citing  # the linter is loaded where something is compared

    rows = _TASKS.all(spec=document.spec_id)
    why = {row.pk: "cites" for row in citing([row for row in rows if row.present], what)}
    why |= _reworked([row for row in rows if row.document_id == document.pk], what.task_sides)
    return [(row, why[row.pk]) for row in rows if row.pk in why]


def _reworked(rows: Sequence[Task], sides: "tuple[Tasks, Tasks]") -> dict[int, str]:
    """By row id whether the task that it is was changed or removed."""
    if not any(found for _, found in sides):
        return {}
    named = {(row.key, row.ordinal, row.title): row for row in sorted(rows, key=lambda row: row.present)}
    found: dict[int, str] = {}
    for items, changed in sides:
        for at in changed:
            row = named.get((items[at].key[:MAX_KEY_CHARACTERS], items[at].ordinal, items[at].title))
            if row is not None:
                found[row.pk] = "changed" if row.present else "removed"
    return found


def _task(row: Task, why: str) -> dict[str, Any]:
    return {"id": row.public_id, "key": row.key, "title": row.title, "status": row.status, "why": why}


def _vectors(document: Document, what: "Touched") -> Group:
    """Those of the criteria that changed, and of the requirements as a whole."""
    rows = TestVector.objects.filter(present=True)
    whole = rows.filter(requirement__document=document, criterion=None)
    parts = _group(_Kind(rows.filter(criterion__document=document), "criterion__key", _VECTOR), what.criteria)
    above = _group(_Kind(whole, "requirement__key", _VECTOR), what.requirements)
    return Group([*parts.rows, *above.rows][:MOST], parts.total + above.total)


def _group(kind: _Kind, values: Sequence[Any]) -> Group:
    """The newest rows that have one of the values, and how many there are; a query for each 5,000 values."""
    found: list[dict[str, Any]] = []
    total = 0
    for at in range(0, len(values), _AT_ONCE):
        rows = kind.rows.filter(**{f"{kind.by}__in": values[at : at + _AT_ONCE]}).order_by("-pk")
        some = list(rows.annotate(total=Window(Count("pk"))).values_list("total", *kind.fields.values())[:MOST])
        found += [dict(zip(kind.fields, columns, strict=True)) for _, *columns in some]
        total += some[0][0] if some else 0
    return Group(found[:MOST], total)
