"""Tasks in groups: the heading above them is their phase, and a new task goes to the end of its group."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from specflow.specs.formats.items import TaskItem
from specflow.specs.formats.lines import Page, is_blank
from specflow.specs.formats.markdown.outline import Heading, Sheet
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.formats.spec_workflow.tasks_edit import add_task as add_plain_task
from specflow.specs.formats.values import unrepresentable

# A heading of this kind is the phase of all that stands below it, whatever further headings are between.
_PHASE = re.compile(
    r"\W*(?:phase|stage|milestone|sprint|fase|etapa|étape|этап|フェーズ|阶段|階段|단계)\b", re.IGNORECASE
)
_NUMBERED = re.compile(r"(\d{1,6})\.(\d{1,6})$")


def grouped(sheet: Sheet, tasks: Sequence[TaskItem]) -> tuple[TaskItem, ...]:
    """The tasks with the heading that they stand under as phase, where they name none themselves."""
    return tuple(
        replace(task, phase=phase) if phase and not task.phase else task
        for task, phase in zip(tasks, phases(sheet, tasks), strict=True)
    )


def phases(sheet: Sheet, tasks: Sequence[TaskItem]) -> list[str]:
    """For each of the tasks the heading that it stands under: the innermost one of a phase, or the innermost.

    The document's own title is no phase.
    """
    return [heading.text if heading else "" for heading in _above(sheet, tasks)]


def _above(sheet: Sheet, tasks: Sequence[TaskItem]) -> list[Heading | None]:
    headings = [one for one in sheet.headings if one.level > 1]
    found: list[Heading | None] = []
    open_: list[Heading] = []
    at, now = 0, None
    for task in tasks:
        if at < len(headings) and headings[at].line < task.start:
            while at < len(headings) and headings[at].line < task.start:
                while open_ and open_[-1].level >= headings[at].level:
                    open_.pop()
                open_.append(headings[at])
                at += 1
            now = next((one for one in reversed(open_) if _PHASE.match(one.text)), open_[-1])
        found.append(now)
    return found


def add_task(
    text: str,
    read: Callable[[str], Sequence[TaskItem]],
    *,
    title: str,
    description: str,
    phase: str,
    priority: str,
    requirements: Sequence[str],
) -> tuple[str, str]:
    """The text with one more task at the end of the group that `phase` names, or of the last one, and its key.

    `read` is how the dialect reads tasks; what a title says of references by itself comes on top of those given. A
    phase that is no heading here is written as a label. Raises `unrepresentable_text`.
    """
    sheet, before = Sheet(text), read(text)
    group = _group(sheet, before, phase)
    named = phase if group is None or group.text != phase else ""
    plain, key = add_plain_task(
        text, title=title, description=description, phase=named, priority=priority, requirements=requirements
    )
    added = read_tasks(plain)[-1]
    lines = Page(plain).lines[added.start - 1 : added.end]
    key = _renumbered(lines, key, _next_number(before, group))
    new, place = _with_task(text, before, group, lines)
    wanted = read_tasks("\n".join(lines))[0]
    if not _only_adds(before, read(new), place, replace(wanted, key=key, title=title)):
        raise unrepresentable("task")
    return new, key


def _group(sheet: Sheet, tasks: Sequence[TaskItem], phase: str) -> Heading | None:
    named = (one for one in sheet.headings if one.level > 1 and one.text == phase)
    return next(named, None) or next(reversed(_above(sheet, tasks)), None)


def _renumbered(lines: list[str], key: str, number: str) -> str:
    """The key of the task with these lines: the group's next number where it has one, put in the place of the other."""
    if not number or f"] {key}. " not in lines[0]:
        return key
    lines[0] = lines[0].replace(f"] {key}. ", f"] {number} ", 1)
    return number


def _next_number(tasks: Sequence[TaskItem], group: Heading | None) -> str:
    """`2.4` in a group whose tasks are 2.1 to 2.3; "" where they are not numbered so."""
    keys = [_NUMBERED.match(task.key) for task in tasks if group and group.line < task.start <= group.end]
    found = [one for one in keys if one]
    if not found:
        return ""
    head = found[-1][1]
    tails = [int(one[2]) for task in tasks if (one := _NUMBERED.match(task.key)) and one[1] == head]
    return f"{head}.{max(tails) + 1}"


def _with_task(text: str, tasks: Sequence[TaskItem], group: Heading | None, lines: list[str]) -> tuple[str, int]:
    """The new text, and the new task's place among the tasks."""
    page = Page(text)
    inside = [task for task in tasks if group is None or group.line < task.start <= group.end]
    at = max((task.end for task in inside), default=group.end if group else len(page.lines))
    roots = [task for task in inside if task.parent is None]
    apart = not roots or (len(roots) > 1 and is_blank(page.lines[roots[-1].start - 2]))
    before = [""] if at and apart and not is_blank(page.lines[at - 1]) else []
    after = [""] if at < len(page.lines) and not is_blank(page.lines[at]) else []
    page.insert(at, [*before, *lines, *after])
    return page.text, sum(task.start <= at for task in tasks)


def _only_adds(before: Sequence[TaskItem], after: Sequence[TaskItem], place: int, wanted: TaskItem) -> bool:
    """Whether there is one task more, at its place, that says what is wanted, and no other says anything else."""
    if len(after) != len(before) + 1:
        return False
    rest = [_bare(one) for one in (*after[:place], *after[place + 1 :])]
    made = after[place]
    told = replace(
        _bare(made), ordinal=0, files=wanted.files, phase=wanted.phase or made.phase, requirements=wanted.requirements
    )
    return (
        rest == [_bare(one) for one in before]
        and told == replace(_bare(wanted), phase=wanted.phase or made.phase)
        and set(wanted.requirements) <= set(made.requirements)
        and (not wanted.phase or made.phase == wanted.phase)
    )


def _bare(task: TaskItem) -> TaskItem:
    return replace(task, index=0, parent=None, start=0, end=0)
