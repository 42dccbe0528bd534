"""Progress is not text: a task's status is its row, and a tasks document shows it (DESIGN, Rules for documents)."""

from collections.abc import Sequence
from typing import Any

from specflow.accounts.actors import Actor
from specflow.errors import DomainError
from specflow.rows import Select
from specflow.specs import following
from specflow.specs.following import Answers
from specflow.specs.formats import registry
from specflow.specs.formats.items import Items, Progress, TaskItem
from specflow.specs.indexing import place_of, put, read, store
from specflow.specs.models import Document, Revision
from tasks.models import Status, Task

_TASKS = Select(lambda given: Task.objects.filter(document=given("document")).order_by("position"))


class TasksKeeper:
    """Keeps Task rows in step with tasks documents (specs.hooks.Keeper)."""

    def with_progress(self, documents: Sequence[Document]) -> dict[int, str]:
        """The texts with each marker and `_Blocked:` line as its row has it; unchanged where they agree."""
        alone = len(documents) == 1
        rows = _tasks_of(documents[0]) if alone else Task.objects.filter(document__in=documents, present=True)
        progress: dict[int, dict[int, Progress]] = {}
        for row in rows:
            progress.setdefault(row.document_id, {})[row.position] = Progress(row.status, row.blocked_reason)
        return {
            one.pk: registry.of(one.path).write_progress(one.kind, one.current.text, progress.get(one.pk, {}))
            for one in documents
            if one.current
        }

    def index(self, revision: Revision, *, first: bool, answers: Answers) -> list[Task]:
        """Brings rows in step with the text. New tasks are pending; in an import they are as their markers say."""
        if revision.document.spec_id is None:
            return []
        return _index(revision, _read(revision.document, revision.text), adopt=first, answers=answers)

    def items(self, document: Document) -> list[Task]:
        """The tasks that the text has now, in its order."""
        return _tasks_of(document)

    def absorb(self, document: Document, text: str, *, actor: Actor) -> list[str]:
        """Changed markers as changes of status, through the gates of `set_status`; a sentence for each refusal."""
        from tasks.actions import set_status

        rows = {row.position: row for row in _tasks_of(document)}
        refusals = []
        for item in _read(document, text):
            row = rows.get(item.index)
            # A reason that a file does not say is not taken back by it: some dialects have no place for one.
            if row is None or (row.status == item.status and item.blocked_reason in ("", row.blocked_reason)):
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


def _index(revision: Revision, items: tuple[TaskItem, ...], *, adopt: bool, answers: Answers) -> list[Task]:
    document = revision.document
    rows = _TASKS.all(document=document.pk) if revision.parent else []
    found = _followed(revision, rows, items, answers)
    placed = []
    for place, item in enumerate(items):
        row = found.get(place) or Task(
            document=document, project=document.project, spec=document.spec, **_state(item, adopt)
        )
        placed.append(put(row, **place_of(item, ordinal=item.ordinal, position=item.index), **_said(item)))
    new = store(Task, rows, placed)
    _store_parents([row for row, _ in placed], items)
    return new


def _followed(
    revision: Revision, rows: Sequence[Task], items: tuple[TaskItem, ...], answers: Answers
) -> dict[int, Task]:
    """The rows of the tasks of a text, by place; what is not there is new."""
    here, gone = ([row for row in rows if row.present is present] for present in (True, False))
    known, names = following.names_of(here), following.names_of(items)
    told = following.plainly(known, names)
    if told is not None:
        found = {place: here[at] for place, at in told.items()}
    else:
        from specflow.specs.changes.items import item_diff

        before = read(revision.parent).tasks
        olds, diff = following.names_of(before), item_diff(Items(tasks=before), Items(tasks=items))
        old_rows = following.rows_at(dict(enumerate(olds)), here, known)
        told = following.told(diff.tasks, (before, items), (olds, names))
        found = {new: old_rows[old] for new, old in told.items() if old in old_rows}
    found = following.answered(found, here, [one.start for one in items], answers)
    missing = {place: name for place, name in enumerate(names) if place not in found}
    return {**found, **following.returning(missing, gone, following.names_of(gone))}


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
