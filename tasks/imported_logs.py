"""Implementation logs that come as files: each becomes a log of the task that it names, and stays a document as well.

A file is read once: a log is never rewritten, whatever its file says later. One that cannot be taken is said, and tried
again with the next import.
"""

import re
from collections.abc import Iterable, Sequence

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.errors import Conflict, DomainError, Invalid, NotFound
from specflow.specs.formats.spec_workflow.places import record
from specflow.specs.models import Document, DocumentKind, Revision
from specflow.text import checked, checked_json
from tasks.models import ImplementationLog, Task

_RECORD = "implementation_log"


def text_changed(revision: Revision, actor: Actor) -> None:
    """Takes a log as soon as its file is saved, so that a box that is ticked with it finds it (hooks.revision_saved).
    What is refused is said by `files_came`."""
    if _is_log(revision.document):
        _take([revision.document], actor)


def files_came(documents: Sequence[Document], actor: Actor) -> list[tuple[str, str]]:
    """Takes the logs among documents, and those that waited for their tasks; gives (path, sentence) for each that
    is a document only, or says something else than the log that was made of it (hooks.files_came)."""
    specs = {one.spec_id for one in documents if one.kind == DocumentKind.TASKS}
    waiting = Document.objects.filter(spec__in=specs, kind=DocumentKind.OTHER, log=None)
    found = {one.pk: one for one in (*waiting.select_related("spec", "project", "current"), *documents)}
    return _take(sorted(filter(_is_log, found.values()), key=lambda one: one.path), actor)


def _is_log(document: Document) -> bool:
    return document.kind == DocumentKind.OTHER and record(document.path) == _RECORD


def _take(documents: Sequence[Document], actor: Actor) -> list[tuple[str, str]]:
    rows = ImplementationLog.objects.filter(document__in=documents).values_list("document", "document_sha256")
    known, keys, told = dict(rows), _keys_in({one.spec_id for one in documents}), []
    for one in documents:
        if one.current is None or known.get(one.pk) == one.current.sha256:
            continue
        if one.pk in known:
            told.append((one.path, "log_changed: The file was changed; the log that was made of it stays as it is."))
            continue
        try:
            _record(one, keys, actor)
        except DomainError as error:
            told.append((one.path, f"{error.code}: {error.message} The file is kept as a document."))
    return told


Keys = dict[tuple[int | None, str], list[int]]


def _keys_in(specs: Iterable[int | None]) -> Keys:
    """The row ids of tasks by their spec and the key that a file's name could have of it."""
    found: Keys = {}
    rows = Task.objects.filter(spec__in=set(specs) - {None}, present=True).exclude(key="").order_by("id")
    for spec, key, pk in rows.values_list("spec", "key", "pk"):
        found.setdefault((spec, _folded(key)), []).append(pk)
    return found


def _folded(key: str) -> str:
    return re.sub(r"[./\s_-]+", "-", key.casefold()).strip("-")


def _record(document: Document, keys: Keys, actor: Actor) -> None:
    """Makes the log's row. Raises what says why there is none."""
    from specflow.specs.formats.spec_workflow.logs import LogName, log_name, read_log

    assert document.current is not None  # noqa: S101  # asked above
    item, name = read_log(document.current.text), log_name(document.path) or LogName("", "", "")
    task = _task(document, item.task or name.task, keys)
    require(actor, Verb.WRITE_TASKS, document.project)
    row = ImplementationLog(
        project=document.project, task=task, author=actor.user, document=document,
        document_sha256=document.current.sha256, summary=checked(item.summary, field="summary"),
        files_modified=list(item.files_modified), files_created=list(item.files_created),
        statistics=item.statistics, artifacts=item.artifacts,
        original_id=item.id or name.id, original_time=item.timestamp or name.timestamp,
    )  # fmt: skip
    _check(row)
    row.save()
    said = {"log": row.public_id, "summary": row.summary[:500], "spec": task.spec.public_id}
    log.entry("task.logged", task, project=document.project, **said, imported_from=document.path)


def _task(document: Document, said: str, keys: Keys) -> Task:
    """The only task of the document's spec that bears this key."""
    found = keys.get((document.spec_id, _folded(said)), [])
    if not found:
        raise NotFound("task_not_found", f"The spec has no task '{said[:80]}'.", {"task": said[:80]})
    if len(found) > 1:
        raise Conflict("ambiguous_task", f"The spec has {len(found)} tasks '{said[:80]}'.", {"task": said[:80]})
    return Task.objects.select_related("spec").get(pk=found[0])


def _check(row: ImplementationLog) -> None:
    """A log from a file says no less than one that is written here (actions.log_implementation), but that files which
    were changed are enough to show what was made."""
    made = {"artifacts": row.artifacts, "files_modified": row.files_modified, "files_created": row.files_created}
    for field, value in (*made.items(), ("statistics", row.statistics)):
        checked_json(value, field=field)
    if not row.summary.strip() or not any(made.values()):
        raise Invalid("empty_log", "The log says nothing of what was done, or names nothing that was made.")
    again = ImplementationLog.objects.filter(task=row.task, original_id=row.original_id).exclude(original_id="")
    if (same := again.select_related("document").first()) is not None:
        raise Conflict("log_known", f"It is the log of {same.imported_from} again.", {"log": same.public_id})
