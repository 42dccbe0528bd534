"""Rules on requirements and their criteria."""

import re
from collections.abc import Iterator

from specflow.specs.formats.ears import modals, parse
from specflow.specs.formats.items import CriterionItem, RequirementItem, TaskItem
from specflow.specs.lint.findings import Found
from specflow.specs.lint.workspace import Document, Workspace

_LISTED = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s")
_STEP = re.compile(r"^[ \t]*[-*+][ \t]+\*\*(?:GIVEN|WHEN|THEN|AND)\b", re.IGNORECASE | re.MULTILINE)  # of a scenario
_WRITTEN_ID = re.compile(r"\s*[-*+]\s+\*{0,2}([A-Z]+-?\d+(?:[.\-]\d+)*[a-z]?)\*{0,2}\s*:")
_ID = re.compile(r"[A-Za-z]+-?\d+(?:[.\-]\d+)*[a-z]?")


def no_criterion(workspace: Workspace) -> Iterator[Found]:
    """A requirement that says nothing to check it by. One that is a single point of a list is a criterion itself."""
    for document in workspace.documents:
        if document.place.kind not in ("requirements", "delta", "source"):
            continue
        for item in document.items.requirements:
            if item.criteria or item.change in ("removed", "renamed") or _is_a_point(document, item):
                continue
            yield Found(document, f"{_named(item)} has no criterion.", item.start, end_line=item.end, key=item.key)


def _is_a_point(document: Document, item: RequirementItem) -> bool:
    return document.is_prose and bool(_LISTED.match(document.lines[item.start - 1]))


def several_shalls(workspace: Workspace) -> Iterator[Found]:
    """A criterion that asks for more than one thing: it cannot be met by half."""
    for document in workspace.documents:
        if not document.asks:
            continue
        for _, criterion in document.criteria():
            yield from _further(document, criterion)


def _further(document: Document, criterion: CriterionItem) -> Iterator[Found]:
    if criterion.pattern == "given_when_then":
        return
    text = "\n".join(document.lines[criterion.start - 1 : criterion.end])
    if len(_STEP.findall(text)) > 1:
        return
    found = modals(text)
    if len(found) < 2:
        return
    first = parse(text).modal
    if first is None:
        return
    loud = first.text.isupper()
    further = [one for one in found if one.start > first.start and one.text.isupper() == loud]
    if further:
        before = text[: further[0].start]
        line = criterion.start + before.count("\n")
        column = further[0].start - (before.rfind("\n") + 1) + 1
        message = f"{criterion.key} asks for {len(further) + 1} things: {first.text} stands in it again."
        yield Found(document, message, line, column, criterion.end, criterion.key)


def not_ears(workspace: Workspace) -> Iterator[Found]:
    """A criterion in no pattern of EARS, nor Given/When/Then."""
    for document in workspace.documents:
        if not document.asks:
            continue
        for _, one in document.criteria():
            if one.pattern == "free":
                message = f"{one.key} follows no pattern of EARS."
                yield Found(document, message, one.start, end_line=one.end, key=one.key)


def duplicate_id(workspace: Workspace) -> Iterator[Found]:
    """Two items of a document with one id: nobody can say which is meant."""
    for document in workspace.documents:
        if document.is_source:
            continue
        yield from _twice(document, ((item.key, item.change, item.start) for item in document.items.requirements))
        yield from _twice(document, _criterion_keys(document))
        if document.place.kind == "tasks":
            yield from _twice(document, _task_keys(document))
    yield from _tasks_of_a_folder(workspace)


def _criterion_keys(document: Document) -> Iterator[tuple[str, str, int]]:
    """Criteria by their ids; what is counted or named below its requirement counts there alone."""
    for item, one in document.criteria():
        # A reader that met the id before counts on instead: what is written is what two have in common.
        written = _WRITTEN_ID.match(document.lines[one.start - 1]) if document.is_prose else None
        key = written[1] if written else one.key
        own = not _ID.fullmatch(key) or (not written and key.startswith(item.key + "."))
        yield key, str(item.start) if own else "", one.start


def _task_keys(document: Document) -> Iterator[tuple[str, str, int]]:
    """Tasks by their ids; a bare number of a sub-item counts below its own task alone, an entry in its own list."""
    for task in document.items.tasks:
        own = task.parent is not None and task.key.isdecimal()
        yield task.key, str(task.parent) if own else among(task), task.start


def among(task: TaskItem) -> str:
    """The list that a task's id counts in: entries of data have one for each phase."""
    return "" if task.box else task.phase


def _tasks_of_a_folder(workspace: Workspace) -> Iterator[Found]:
    """Documents that are one task each: two with one id."""
    for spec in workspace.specs:
        seen: dict[str, str] = {}
        for document, task in spec.tasks:
            if document.place.kind == "task" and not task.box and task.key:
                first = seen.setdefault(task.key.casefold(), document.path)
                if first != document.path:
                    yield Found(document, f"The id {task.key} is that of {first} as well.", task.start, key=task.key)


def _twice(document: Document, keys: Iterator[tuple[str, str, int]]) -> Iterator[Found]:
    seen: dict[tuple[str, str], int] = {}
    for key, listed, line in keys:
        first = seen.setdefault((key.casefold(), listed), line)
        if key and first != line:
            yield Found(document, f"The id {key} stands on line {first} as well.", line, key=key)


def _named(item: RequirementItem) -> str:
    return f"Requirement {item.key}" + (f" ({item.title[:60]})" if item.title and item.title != item.key else "")
