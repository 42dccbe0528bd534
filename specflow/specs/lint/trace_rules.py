"""Rules on what tasks say of requirements, and requirements of tasks."""

import re
from collections.abc import Iterator

from specflow.specs.formats.items import TaskItem
from specflow.specs.lint.findings import Found
from specflow.specs.lint.workspace import Document, Spec, Workspace

_ID_IN_TEXT = re.compile(r"\b[A-Z]{1,6}-?\d+[a-z]?(?:\.\d+[a-z]?)*")


def unresolved_reference(workspace: Workspace) -> Iterator[Found]:
    """A task's reference that names no requirement or criterion of its spec; free text is told, never guessed at."""
    for spec in _traced(workspace):
        stands = _ids_in_text(spec)
        for document, task in spec.tasks:
            if not task.requirements or document.is_source:
                continue
            read = spec.index.resolve(task.requirements)
            for one in read.unresolved:
                line, column = _where(document, task, one)
                written = _ID_IN_TEXT.match(one)
                if written and written[0] in stands:
                    message = f"'{one[:80]}' stands in the requirements' text, but as no requirement or criterion."
                    yield Found(document, message, line, column, key=task.key, severity="info")
                else:
                    message = f"'{one[:80]}' names no requirement or criterion of {spec.name}, or more than one."
                    severity = "" if spec.index.says_which(one) else "warning"
                    yield Found(document, message, line, column, key=task.key, severity=severity)
            for one in read.free:
                line, column = _where(document, task, one)
                message = f"'{one[:80]}' is free text: it names no requirement."
                yield Found(document, message, line, column, key=task.key, severity="info")


def task_without_requirement(workspace: Workspace) -> Iterator[Found]:
    """A task that names no requirement, nor do those above and below it. Told once, at the outermost."""
    for spec in _traced(workspace):
        for document in spec.documents:
            tasks = document.items.tasks
            refers = [bool(task.requirements) for task in tasks]
            for task in reversed(tasks):
                if task.parent is not None:
                    refers[task.parent] = refers[task.parent] or refers[task.index]
            for task in tasks:
                if task.parent is None and not refers[task.index]:
                    yield Found(document, f"{_named(task)} names no requirement.", task.start, key=task.key)


def requirement_without_task(workspace: Workspace) -> Iterator[Found]:
    """A requirement that no task names, nor any of its criteria."""
    for spec in _traced(workspace):
        touched = {place for place, _ in spec.targets}
        words = {spec.index.word_of(place) for place in touched}
        for place, (document, item) in enumerate(spec.requirements):
            # Where tasks name user stories alone, that is how this spec is traced: its FR-1 is named by none.
            if place not in touched and (not words or spec.index.word_of(place) in words):
                message = f"No task names requirement {item.key}, nor any of its criteria."
                yield Found(document, message, item.start, end_line=item.end, key=item.key)


def unreferenced_criterion(workspace: Workspace) -> Iterator[Found]:
    """A criterion that no task names, where tasks name others of its requirement."""
    for spec in _traced(workspace):
        targets = spec.targets
        touched = {place for place, _ in targets}
        for place, (document, item) in enumerate(spec.requirements):
            if place not in touched or (place, None) in targets:
                continue
            for at, one in enumerate(item.criteria):
                if (place, at) not in targets:
                    message = f"No task names criterion {one.key}."
                    yield Found(document, message, one.start, end_line=one.end, key=one.key)


def _traced(workspace: Workspace) -> Iterator[Spec]:
    """The specs that have both requirements and tasks. Tasks that change the requirements of another spec (a delta)
    need not say which: only where they do, they are held to it."""
    for spec in workspace.specs:
        kinds = {document.place.kind for document, _ in spec.requirements} if spec.tasks else set()
        if kinds & {"requirements", "source"} or (kinds and any(task.requirements for _, task in spec.tasks)):
            yield spec


def _ids_in_text(spec: Spec) -> frozenset[str]:
    documents = {id(document): document for document, _ in spec.requirements}
    return frozenset(found for one in documents.values() for found in _ID_IN_TEXT.findall(one.text))


def _where(document: Document, task: TaskItem, reference: str) -> tuple[int, int]:
    """Where the reference stands in the task's own lines."""
    for number in range(task.start, min(task.end, len(document.lines)) + 1):
        line = document.lines[number - 1]
        at = line.find(reference)
        if at >= 0 and (":" in line[:at] or "：" in line[:at] or number > task.start):  # noqa: RUF001
            return number, at + 1
    return task.start, 1


def _named(task: TaskItem) -> str:
    return f"Task {task.key}" if task.key else f"The task '{task.title[:60]}'"
