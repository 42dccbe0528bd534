"""Progress is not text: a task's status is its row, and a tasks document shows it (DESIGN, Rules for documents)."""

from collections.abc import Sequence
from operator import attrgetter

from specflow.accounts.actors import Actor
from specflow.errors import DomainError
from specflow.specs.formats import spec_workflow as dialect
from specflow.specs.formats.items import Progress, TaskItem
from specflow.specs.indexing import match
from specflow.specs.models import Document, Revision
from tasks.models import Status, Task


class TasksKeeper:
    """Keeps Task rows in step with tasks documents (specs.hooks.Keeper)."""

    def with_progress(self, document: Document, text: str) -> str:
        """The text with each marker and `_Blocked:` line as its row has it; unchanged where they agree."""
        rows = Task.objects.filter(document=document, present=True)
        progress = {row.position: Progress(row.status, row.blocked_reason) for row in rows}
        return dialect.write_progress(text, progress)

    def index(self, revision: Revision, *, actor: Actor, first: bool) -> None:
        """Brings rows in step with the text. New tasks are pending; in an import they are as their markers say."""
        if revision.document.spec_id is not None:
            _index(revision, dialect.read_tasks(revision.text), adopt=first)

    def absorb(self, document: Document, text: str, *, actor: Actor) -> list[str]:
        """Changed markers as changes of status, through the gates of `set_status`; a sentence for each refusal."""
        from tasks.actions import set_status

        rows = {row.position: row for row in Task.objects.filter(document=document, present=True)}
        refusals = []
        for item in dialect.read_tasks(text):
            row = rows.get(item.index)
            if row is None or (row.status, row.blocked_reason) == (item.status, item.blocked_reason):
                continue
            try:
                set_status(row, actor=actor, status=item.status, reason=item.blocked_reason)
            except DomainError as error:
                refusals.append(f"{row.key or row.title}: {error.code}: {error.message}")
        return refusals


_FIELDS = (
    "key",
    "ordinal",
    "position",
    "start",
    "end",
    "present",
    "level",
    "title",
    "description",
    "phase",
    "priority",
    "prompt",
    "requirements",
    "files",
    "parent",
)


def _index(revision: Revision, items: Sequence[TaskItem], *, adopt: bool) -> None:
    document = revision.document
    rows = list(Task.objects.filter(document=document).order_by("position"))
    found = match(rows, [(item.key, item.ordinal, item.title) for item in items], {id(row): row.title for row in rows})
    placed: list[Task] = []
    for item, known in zip(items, found, strict=True):
        row = known or Task(
            document=document, project_id=document.project_id, spec=document.spec, **_state(item, adopt)
        )
        _fill(row, item)
        placed.append(row)
    gone = {row.pk for row in rows} - {row.pk for row in placed}
    Task.objects.filter(pk__in=gone, present=True).update(present=False)
    _store(placed, items)


def _state(item: TaskItem, adopt: bool) -> dict[str, str]:
    return {"status": item.status, "blocked_reason": item.blocked_reason} if adopt else {"status": Status.PENDING}


def _fill(row: Task, item: TaskItem) -> None:
    row.key, row.ordinal, row.position = item.key[:100], item.ordinal, item.index
    row.start, row.end, row.present, row.level = item.start, item.end, True, item.level
    row.title, row.description, row.phase, row.priority = item.title, item.description, item.phase, item.priority
    row.prompt, row.requirements, row.files = item.prompt, list(item.requirements), list(item.files)


def _store(placed: Sequence[Task], items: Sequence[TaskItem]) -> None:
    """Writes the rows, then their parents, which need the others' keys."""
    fresh = [row for row in placed if row.pk is None]
    Task.objects.bulk_create(fresh, batch_size=200)
    for row, item in zip(placed, items, strict=True):
        row.parent = placed[item.parent] if item.parent is not None else None
    Task.objects.bulk_update(sorted(placed, key=attrgetter("pk")), _FIELDS, batch_size=200)
