"""Tasks in groups: the heading above them is their phase, and a new task goes to the end of its group."""

import re
from collections.abc import Sequence
from dataclasses import replace

from specflow.specs.formats.items import TaskItem
from specflow.specs.formats.openspec.outline import Heading, Sheet

# A heading of this kind is the phase of all that stands below it, whatever further headings are between.
_PHASE = re.compile(
    r"\W*(?:phase|stage|milestone|sprint|fase|etapa|étape|этап|フェーズ|阶段|階段|단계)\b", re.IGNORECASE
)


def grouped(sheet: Sheet, tasks: Sequence[TaskItem]) -> tuple[TaskItem, ...]:
    """The tasks with the heading that they stand under as phase, where they name none themselves."""
    return tuple(
        replace(task, phase=phase) if phase and not task.phase else task
        for task, phase in zip(tasks, phases(sheet, tasks), strict=True)
    )


def groups(sheet: Sheet) -> list[Heading]:
    """The headings below the document's own title."""
    return [one for one in sheet.headings if one.level > 1]


def phases(sheet: Sheet, tasks: Sequence[TaskItem]) -> list[str]:
    """For each of the tasks the heading that it stands under: the innermost one of a phase, or the innermost."""
    headings = groups(sheet)
    found, open_, at, phase = [], list[Heading](), 0, ""
    for task in tasks:
        if at < len(headings) and headings[at].line < task.start:
            while at < len(headings) and headings[at].line < task.start:
                while open_ and open_[-1].level >= headings[at].level:
                    open_.pop()
                open_.append(headings[at])
                at += 1
            phase = next((one for one in reversed(open_) if _PHASE.match(one.text)), open_[-1]).text
        found.append(phase)
    return found
