"""Before a change of code goes in: which specs it touches, and whether they allow it (000, "Preflight checks").

A changed file belongs to the tasks that name it (their `File:` lines: a path, a folder, a pattern), and through them to
requirements and specs. It is refused where every task that names it waits for people; a file that no task names is only
pointed out, because specs rarely name all files.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from approvals.deferrals import deferrals_touched
from approvals.models import Approval, State
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.rules import require
from specflow.errors import DomainError, Invalid, TooLarge
from specflow.specs.models import Document
from specflow.text import checked
from tasks.models import Reference, Task
from tasks.rules import require_released

MAX_FILES = 10_000
_HEADER = re.compile(r"^(?:---|\+\+\+) (?:\"(?:[ab]/)?(.*)\"|(?:[ab]/)?([^\t\n]*))(?:\t.*)?$")
_MOVED = re.compile(r"^(?:rename|copy) (?:from|to) \"?([^\"\n]*)\"?$")
_HUNK = re.compile(r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_ESCAPED = re.compile(r"\\([0-7]{3}|.)")
_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class FileReport:
    """A changed file: the tasks that name it, what they are for, and why it may not go in (None where it may)."""

    path: str
    tasks: list[dict[str, Any]] = field(default_factory=list)
    requirements: list[dict[str, Any]] = field(default_factory=list)
    document: dict[str, Any] | None = None
    refusal: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a change touches. `allowed` is False where at least one file is refused."""

    files: list[FileReport]
    approvals: list[dict[str, Any]]
    deferrals: list[dict[str, Any]]
    unclaimed: list[str]

    @property
    def allowed(self) -> bool:
        """Whether the specs allow the change."""
        return not any(one.refusal for one in self.files)

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"allowed": self.allowed, **asdict(self)}

    def as_text(self) -> str:
        """A line for each file, what waits for a decision, what was put off, and the verdict."""
        waiting = [f"waits for a decision: {one['title']} ({one['id']}, {one['spec']})" for one in self.approvals]
        deferred = [f"put off: {one['title'] or one['id']} ({one['path']})" for one in self.deferrals]
        verdict = "The specs allow this change." if self.allowed else "The specs refuse this change."
        return "\n".join((*map(_line, self.files), *waiting, *deferred, verdict))


def changed_in(diff: str) -> list[str]:
    """The paths that a unified diff (`git diff`) changes, old and new names of what was moved, each once."""
    found: dict[str, None] = {}
    old = new = 0  # lines of a hunk that are still to come: one of them may look like a header
    for line in diff.split("\n"):
        if old > 0 or new > 0:
            old -= line[:1] in ("-", " ", "")
            new -= line[:1] in ("+", " ", "")
        elif hunk := _HUNK.match(line):
            old, new = int(hunk[1] or 1), int(hunk[2] or 1)
        elif match := _HEADER.match(line) or _MOVED.match(line):
            found[_plain(next((one for one in match.groups() if one is not None), ""))] = None
    return [one for one in found if one and one != "/dev/null"]


def preflight(project: Project, *, actor: Actor, files: Sequence[str]) -> Preflight:
    """What a change of these files (paths from the project's root) touches. Writes nothing.

    Raises NotFound or PermissionDenied for who may not view the project, Invalid `invalid_text`, TooLarge `too_large`
    over 10,000 files.
    """
    require(actor, Verb.VIEW, project)
    if len(files) > MAX_FILES:
        raise TooLarge("too_large", f"At most {MAX_FILES} files are looked at.", {"limit": MAX_FILES})
    paths = list(dict.fromkeys(_path(one) for one in files))
    tasks = [*_open_tasks(project)]
    changed = Document.objects.filter(project=project, path__in=paths).select_related("spec")
    documents = {row.path: row for row in changed}
    named = _Named(tasks)
    touching = {path: named.by(path) for path in paths}
    references = _references({task.pk for found in touching.values() for task in found})
    reports = [_report(path, touching[path], references, documents.get(path)) for path in paths]
    specs = {task.spec_id for found in touching.values() for task in found}
    specs |= {row.spec_id for path in paths if (row := documents.get(path)) is not None and row.spec_id is not None}
    return Preflight(
        reports,
        _waiting(specs),
        deferrals_touched(project, specs=specs, paths=paths),
        [one.path for one in reports if not one.tasks and one.document is None],
    )


def _line(one: FileReport) -> str:
    verdict = f"refused: {one.refusal['code']}: {one.refusal['message']}" if one.refusal else "allowed"
    if one.document:
        return f"{one.path}: {verdict}; {one.document['kind']} of {one.document['spec'] or 'the project'}"
    tasks = ", ".join(f"{task['spec']} {task['key'] or task['id']}" for task in one.tasks)
    keys = ", ".join(each["key"] or each["id"] for each in one.requirements)
    return f"{one.path}: {verdict}; {tasks or 'no task names it'}{f' (requirements {keys})' if keys else ''}"


class _Named:
    """Tasks by what they name: whole paths and folders at hand, patterns one after the other."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._whole: dict[str, list[Task]] = {}
        self._patterns: list[tuple[str, Task]] = []
        for task in tasks:
            for name in task.files:
                path = str(name).strip().strip("`").removeprefix("./")
                if _PATTERN.search(path):
                    self._patterns.append((path, task))
                else:
                    self._whole.setdefault(path.rstrip("/"), []).append(task)

    def by(self, path: str) -> list[Task]:
        """The tasks that name the path, or a folder above it, or a pattern that it fits."""
        parts = path.split("/")
        above = ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
        found = [task for name in above for task in self._whole.get(name, ())]
        found += [task for pattern, task in self._patterns if fnmatchcase(path, pattern)]
        return list({task.pk: task for task in found}.values())


def _open_tasks(project: Project) -> Iterable[Task]:
    rows = Task.objects.filter(project=project, present=True, spec__archived=False).exclude(files=[])
    return rows.select_related("spec", "document").order_by("spec_id", "position")


def _references(tasks: set[int]) -> dict[int, list[Reference]]:
    rows = Reference.objects.filter(task__in=tasks).exclude(requirement=None).select_related("requirement", "criterion")
    found: dict[int, list[Reference]] = {}
    for row in rows:
        found.setdefault(row.task_id, []).append(row)
    return found


def _report(
    path: str, tasks: Sequence[Task], references: dict[int, list[Reference]], document: Document | None
) -> FileReport:
    meant = {row.requirement_id: row.requirement for task in tasks for row in references.get(task.pk, ())}
    refusals = [refusal for task in tasks for refusal in [_refusal(task)]]
    return FileReport(
        path,
        [_task(one) for one in tasks],
        [{"id": one.public_id, "key": one.key, "title": one.title[:300]} for one in meant.values() if one],
        _document(document) if document else None,
        refusals[0] if refusals and all(refusals) else None,
    )


def _refusal(task: Task) -> dict[str, Any] | None:
    try:
        require_released(task)
    except DomainError as error:
        return {"code": error.code, "message": error.message, "spec": task.spec.slug, **error.details}
    return None


def _task(row: Task) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "key": row.key,
        "title": row.title[:300],
        "status": row.status,
        "spec": row.spec.slug,
        "released": row.released_at is not None,
    }


def _document(row: Document) -> dict[str, Any]:
    """A document of ours that changes: what was agreed on is no longer what stands there."""
    return {
        "id": row.public_id,
        "kind": row.kind,
        "spec": row.spec.slug if row.spec else None,
        "needs_approval": row.approved_id is not None,
    }


def _waiting(specs: set[int]) -> list[dict[str, Any]]:
    rows = Approval.objects.filter(document__spec__in=specs, state=State.PENDING).select_related("document__spec")
    return [
        {"id": one.public_id, "title": one.title, "kind": one.document.kind, "spec": one.document.spec.slug}
        for one in rows.order_by("id")
        if one.document.spec
    ]


def _path(name: str) -> str:
    path = checked(name, field="files", limit=4_000).removeprefix("./")
    if not path:
        raise Invalid("missing_value", "A changed file has a path.", {"field": "files"})
    return path


def _plain(path: str) -> str:
    """The name as it is: git writes other bytes than ASCII as octal numbers, in quotes."""
    if "\\" not in path:
        return path
    data = _ESCAPED.sub(lambda found: _unescaped(found[1]), path.encode().decode("latin-1"))
    return data.encode("latin-1").decode(errors="replace")


def _unescaped(what: str) -> str:
    if len(what) == 3:
        return chr(int(what, 8) & 0xFF)
    return {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}.get(what, what)
