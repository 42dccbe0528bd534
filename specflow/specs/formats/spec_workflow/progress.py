"""Progress is not text: markers and `_Blocked:` lines are written from rows, and made neutral for a digest."""

from collections.abc import Mapping

from specflow.errors import Invalid, NotFound
from specflow.specs.formats.items import Progress
from specflow.specs.formats.lines import Page
from specflow.specs.formats.spec_workflow.tasks import CHECKBOX, STATUS, Draft, drafts, read_tasks
from specflow.specs.formats.values import is_simple, quoted, unrepresentable

_MARKS = {"pending": " ", "in_progress": "-", "completed": "x", "blocked": "~"}


def neutral(text: str) -> str:
    """The text with every checkbox made `[ ]` and the tasks' `_Blocked:` lines taken out: what a digest is taken over.

    Ticking a box or blocking a task changes nothing in it (DESIGN, "Progress is not text").
    """
    page = Page(text)
    for draft in reversed(drafts(page)):
        for number, _ in sorted(draft.blocked, reverse=True):
            page.remove(number - 1, number)
        _mark(page, draft.start - 1, " ")
    return page.text


def write_progress(text: str, progress: Mapping[int, Progress]) -> str:
    """The text with the progress of its tasks, by `TaskItem.index`; what says the same already keeps its bytes.

    A blocked task gets the line `- _Blocked: reason_` right below its own; any other status has none, unless the text
    had that very reason. Raises `task_not_found`, `unknown_task_status`, and `unrepresentable_text`.
    """
    page = Page(text)
    read = drafts(page)
    for index, wanted in progress.items():
        if not 0 <= index < len(read):
            raise NotFound.of("task", index)
        if wanted.status not in _MARKS:
            raise Invalid("unknown_task_status", f"'{wanted.status}' is no task status.", {"status": wanted.status})
    for index in sorted(progress, reverse=True):
        _write(page, read[index], progress[index])
    new = page.text
    if not _says(new, text, progress):
        raise unrepresentable("progress")
    return new


def _write(page: Page, draft: Draft, wanted: Progress) -> None:
    reason = _reason(draft, wanted)
    if reason != (draft.blocked[0][1] if draft.blocked else ""):
        _block(page, draft, reason)
    if STATUS[draft.mark] != wanted.status:
        _mark(page, draft.start - 1, _MARKS[wanted.status])


def _reason(draft: Draft, wanted: Progress) -> str:
    kept = bool(draft.blocked) and draft.blocked[0][1] == wanted.blocked_reason
    return wanted.blocked_reason if wanted.status == "blocked" or kept else ""


def _block(page: Page, draft: Draft, reason: str) -> None:
    lines = sorted(number for number, _ in draft.blocked)
    line = page.lines[draft.start - 1]
    said = reason if is_simple(reason) and "\n" not in reason else quoted(reason)
    new = f"{line[: len(line) - len(line.lstrip())]}  - _Blocked: {said}_"
    if reason and lines:
        page.replace(lines[0] - 1, lines[0], [new])
        return
    for number in reversed(lines):
        page.remove(number - 1, number)
    if reason:
        page.insert(draft.start, [new])


def _mark(page: Page, at: int, mark: str) -> None:
    line = page.lines[at]
    found = CHECKBOX.match(line)
    if found and found[4] != mark:
        page.lines[at] = line[: found.start(4)] + mark + line[found.end(4) :]


def _says(new: str, old: str, progress: Mapping[int, Progress]) -> bool:
    before, after = read_tasks(old), read_tasks(new)
    if len(before) != len(after) or neutral(new) != neutral(old):
        return False
    for index, task in enumerate(before):
        wanted = progress.get(index, Progress(task.status, task.blocked_reason))
        reason = wanted.blocked_reason if wanted.status == "blocked" else after[index].blocked_reason
        if (after[index].status, after[index].blocked_reason) != (wanted.status, reason):
            return False
    return True
