"""Progress is not text: a task's status is its row, and a tasks document shows it (DESIGN, Rules for documents)."""

from collections.abc import Sequence
from typing import Any

from specflow.accounts.actors import Actor
from specflow.errors import DomainError
from specflow.rows import Select
from specflow.specs.formats import registry
from specflow.specs.formats.items import Progress, TaskItem
from specflow.specs.indexing import match, place_of, put, store
from specflow.specs.models import Document, Revision
from tasks.models import Status, Task

_TASKS = Select(lambda given: Task.objects.filter(document=given("document")).order_by("position"))


class TasksKeeper:
    """Keeps Task rows in step with tasks documents (specs.hooks.Keeper)."""

    def with_progress(self, document: Document, text: str) -> str:
        """The text with each marker and `_Blocked:` line as its row has it; unchanged where they agree."""
        progress = {row.position: Progress(row.status, row.blocked_reason) for row in _tasks_of(document)}
        return registry.of(document.path).write_progress(document.kind, text, progress)

    def index(self, revision: Revision, *, actor: Actor, first: bool) -> list[Task]:
        """Brings rows in step with the text. New tasks are pending; in an import they are as their markers say."""
        if revision.document.spec_id is None:
            return []
        return _index(revision, _read(revision.document, revision.text), adopt=first)

    def absorb(self, document: Document, text: str, *, actor: Actor) -> list[str]:
        """Changed markers as changes of status, through the gates of `set_status`; a sentence for each refusal."""
        from tasks.actions import set_status

        rows = {row.position: row for row in _tasks_of(document)}
        refusals = []
        for item in _read(document, text):
            row = rows.get(item.index)
            if row is None or (row.status, row.blocked_reason) == (item.status, item.blocked_reason):
                continue
            try:
                set_status(row, actor=actor, status=item.status, reason=item.blocked_reason)
            except DomainError as error:
                refusals.append(f"{row.key or row.title}: {error.code}: {error.message}")
        return refusals


def _tasks_of(document: Document) -> list[Task]:
    """The tasks that the text has now, in its order."""
    return [one for one in _TASKS.all(document=document.pk) if one.present]


def _read(document: Document, text: str) -> tuple[TaskItem, ...]:
    return registry.of(document.path).read(document.kind, text).tasks


def _index(revision: Revision, items: Sequence[TaskItem], *, adopt: bool) -> list[Task]:
    document = revision.document
    rows = _TASKS.all(document=document.pk) if revision.parent else []
    found = match(rows, [(item.key, item.ordinal, item.title) for item in items], {id(row): row.title for row in rows})
    placed = []
    for item, known in zip(items, found, strict=True):
        row = known or Task(document=document, project=document.project, spec=document.spec, **_state(item, adopt))
        placed.append(put(row, **place_of(item, ordinal=item.ordinal, position=item.index), **_said(item)))
    new = store(Task, rows, placed)
    _store_parents([row for row, _ in placed], items)
    return new


def _state(item: TaskItem, adopt: bool) -> dict[str, str]:
    return {"status": item.status, "blocked_reason": item.blocked_reason} if adopt else {"status": Status.PENDING}


def _said(item: TaskItem) -> dict[str, Any]:
    said = {name: getattr(item, name) for name in ("level", "title", "description", "phase", "priority", "prompt")}
    return {**said, **{name: list(getattr(item, name)) for name in ("requirements", "files", "dependencies")}}


def _store_parents(rows: Sequence[Task], items: Sequence[TaskItem]) -> None:
    """Parents come last: they need the others' keys."""
    moved = []
    for row, item in zip(rows, items, strict=True):
        parent = rows[item.parent] if item.parent is not None else None
        if row.parent_id != (parent.pk if parent else None):
            row.parent = parent
            moved.append(row)
    if moved:
        Task.objects.bulk_update(moved, ("parent",), batch_size=200)
