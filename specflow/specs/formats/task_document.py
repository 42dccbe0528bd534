"""A document that is one task: its front matter says what it is and how far, its checkboxes are its parts.

Backlog.md and OmoiOS keep a task so. Progress is not text (DESIGN, "Rules for documents"): `status` and our own
`blocked_reason` are written from rows, and they and the dates that go with them are neutral in a digest.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from specflow.errors import Invalid
from specflow.specs.formats.front_matter import front_matter
from specflow.specs.formats.items import Items, Progress, TaskItem
from specflow.specs.formats.lines import HEADING, Page, fenced, is_blank
from specflow.specs.formats.spec_workflow import progress as boxes
from specflow.specs.formats.spec_workflow.tasks import BLOCKED, CHECKBOX, read_tasks
from specflow.specs.formats.titles import title_of
from specflow.specs.formats.values import quoted, unquoted, unrepresentable

STATUSES = {
    "in progress": "in_progress", "doing": "in_progress", "started": "in_progress", "active": "in_progress",
    "wip": "in_progress", "building": "in_progress", "analyzing": "in_progress", "testing": "in_progress",
    "review": "in_progress", "in review": "in_progress", "under review": "in_progress",
    "done": "completed", "complete": "completed", "completed": "completed", "closed": "completed",
    "finished": "completed", "resolved": "completed", "merged": "completed", "shipped": "completed",
    "blocked": "blocked", "on hold": "blocked", "waiting": "blocked",
}  # fmt: skip

_REASON = "blocked_reason"
_NEUTRAL = ("status", _REASON, "updated_date", "updated", "updated_at")
_KEY = re.compile(r"^([A-Za-z0-9_.-]+)[ \t]*:(?=[ \t]|$)[ \t]*")
_QUOTED = re.compile(r"""\"(?:[^"\\]|\\.)*\"|'(?:[^']|'')*'""")
_NUMBERED = re.compile(r"(#\d+)[.:)]?\s+(.*)$")
_REMARK = re.compile(r"(?:^|[ \t])#")
_NOT_PLAIN = tuple("|>&*!%@`[{")
_DESCRIBES = frozenset({"description", "objective", "summary"})
_COMMENT = re.compile(r"^\s*<!--[^>]*-->\s*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of front matter with one plain value: what stands before, the value as it is written, what comes after."""

    number: int
    before: str
    value: str
    after: str

    @property
    def said(self) -> str:
        """The value without its quotes."""
        if self.value.startswith("'"):
            return self.value[1:-1].replace("''", "'")
        own = unquoted(self.value)
        return own if own != self.value or not own.startswith('"') else own[1:-1]


class Head:
    """The front matter of a page, and its lines of one plain value each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.front = front_matter(page)

    @property
    def is_task(self) -> bool:
        """Whether it names a task."""
        return bool(self.text("id") or self.text("title"))

    def text(self, key: str) -> str:
        """A value on one line, "" where there is none; read from its line where the YAML as a whole cannot be read."""
        value = self.front.text(key)
        line = None if value or self.front.values else self.line(key)
        return " ".join((line.said if line else value).split())

    def line(self, key: str) -> Line | None:
        """The line of a key; None where it is missing or its value is not plain or goes on below."""
        number = self.front.lines.get(key)
        if number is None or number >= self.front.end:
            return None
        below = self.page.lines[number]
        return None if below[:1].isspace() and not is_blank(below) else _line(self.page.lines[number - 1], number)


def _line(text: str, number: int) -> Line | None:
    key = _KEY.match(text)
    if key is None:
        return None
    rest = text[key.end() :]
    if rest.startswith(_NOT_PLAIN):
        return None
    literal = _QUOTED.match(rest)
    remark = _REMARK.search(rest, literal.end() if literal else 0)
    value = (rest[: remark.start()] if remark else rest).rstrip()
    if rest[:1] in {'"', "'"} and (literal is None or value != literal[0]):
        return None
    return Line(number, key[0], value, rest[len(value) :])


def status_of(word: str) -> str:
    """The status that a document's word means; pending for a word that is not known."""
    return STATUSES.get(" ".join(re.findall(r"[^\W_]+", word.casefold())), "pending")


def read_task_document(text: str) -> Items:
    """The document's own task and below it every checkbox; only the checkboxes where its head names no task."""
    page = Page(text)
    head, parts = Head(page), read_tasks(text)
    if not head.is_task:
        return Items(title=title_of("task", text), tasks=parts)
    own = _own(head)
    return Items(title=own.title, tasks=(own, *_parts(own, parts)))


def _parts(own: TaskItem, items: Sequence[TaskItem]) -> Iterator[TaskItem]:
    """The checkboxes below the document's own task. `#1` is the key of one that is numbered so."""
    seen = {(own.key, own.title): 0}
    for item in items:
        numbered = _NUMBERED.match(item.title) if not item.key else None
        key, title = (numbered[1], numbered[2]) if numbered else (item.key, item.title)
        ordinal = seen[key, title] = seen.get((key, title), -1) + 1
        parent = 0 if item.parent is None else item.parent + 1
        yield replace(
            item, index=item.index + 1, key=key, title=title, ordinal=ordinal, level=item.level + 1, parent=parent
        )


def _own(head: Head) -> TaskItem:
    reason = head.line(_REASON)
    return TaskItem(
        index=0, key=head.text("id"), ordinal=0, title=_title(head), status=status_of(_word(head)),
        blocked_reason=reason.said if reason else "", level=0, parent=None, start=1, end=len(head.page.lines),
        description=_description(head.page, head.front.end), files=head.front.texts("modified_files"),
        requirements=head.front.texts("requirements"), phase=head.text("phase"), priority=head.text("priority"),
        dependencies=tuple(_dependencies(head.front.values)), box=False,
    )  # fmt: skip


def _title(head: Head) -> str:
    key = head.text("id")
    said = head.text("title") or title_of("task", head.page.text)
    tail = said.removeprefix(key) if key else said
    return tail.lstrip(" \t:-–—") if tail != said and tail[:1] in {":", " "} else said  # noqa: RUF001


def _word(head: Head) -> str:
    line = head.line("status")
    return line.said if line else head.front.text("status")


def _dependencies(values: Mapping[str, Any]) -> Iterator[str]:
    """`dependencies` as a list, as text with commas, or as a mapping of what comes first (and what comes after)."""
    given = values.get("dependencies")
    first = [given.get("depends_on"), given.get("blocked_by")] if isinstance(given, dict) else [given]
    for value in (*first, values.get("depends_on"), values.get("blocked_by")):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int | float) and not isinstance(one, bool):
                yield from (part.strip() for part in str(one).split(",") if part.strip())


def _description(page: Page, start: int) -> str:
    """The section that describes the task, without its checkboxes (which are items) and the marks around it."""
    inside, found = False, []
    for line, code in zip(page.lines[start:], fenced(page.lines)[start:], strict=True):
        heading = None if code else HEADING.match(line)
        if heading and len(heading[1]) <= 2:
            if inside:
                break
            inside = heading[2].strip(" \t:*#").casefold() in _DESCRIBES
        elif inside and (code or not (_COMMENT.match(line) or CHECKBOX.match(line) or BLOCKED.match(line))):
            found.append(line)
    return "\n".join(found).strip()


def neutral(text: str) -> str:
    """The text with its checkboxes empty and what its head says of progress taken out.

    A line that says nothing more is taken out with its value; a remark after the value stays.
    """
    page = Page(boxes.neutral(text))
    head = Head(page)
    if not head.is_task:
        return page.text
    lines = [line for line in map(head.line, _NEUTRAL) if line]
    for line in sorted(lines, key=lambda one: one.number, reverse=True):
        if is_blank(line.after):
            page.remove(line.number - 1, line.number)
        else:
            page.lines[line.number - 1] = f"{line.before.rstrip()} {line.after.strip()}"
    return page.text


def write_progress(text: str, progress: Mapping[int, Progress], words: Mapping[str, str]) -> str:
    """The text with the progress of its tasks, by `TaskItem.index`; `words` has what is written for each status.

    A word that means the same already stays. A head without a status gets one; the reason why the task is blocked
    stands in `blocked_reason`. Raises `task_not_found`, `unknown_task_status` and `unrepresentable_text`.
    """
    shift = int(any(not one.box for one in read_task_document(text).tasks[:1]))
    own = progress.get(0) if shift else None
    if own and own.status not in words:
        raise Invalid("unknown_task_status", f"'{own.status}' is no task status.", {"status": own.status})
    new = boxes.write_progress(text, {index - shift: one for index, one in progress.items() if index or not shift})
    if own:
        new = _with_own(new, own, words)
    if new != text and not _says(new, text, progress):
        raise unrepresentable("progress")
    return new


def _with_own(text: str, wanted: Progress, words: Mapping[str, str]) -> str:
    page = Page(text)
    head = Head(page)
    line, reason = head.line("status"), head.line(_REASON)
    stands, kept = status_of(_word(head)), reason.said if reason else ""  # before lines move
    said = wanted.blocked_reason if wanted.status == "blocked" or wanted.blocked_reason == kept else ""
    if said != kept:
        _put(page, _REASON, reason, quoted(said) if said else "")
    if stands != wanted.status:
        _put(page, "status", line, _like(line.value if line else "", words[wanted.status]))
    return page.text


def _put(page: Page, key: str, line: Line | None, value: str) -> None:
    """Writes the value on its line, at the end of the head where it has none; without a value the line goes."""
    at = Head(page).line(key) if line else None
    if at is None and value:
        page.insert(front_matter(page).end - 1, [f"{key}: {value}"])
    elif at is not None and not value:
        page.remove(at.number - 1, at.number)
    elif at is not None:
        gap = " " if at.after.startswith("#") else ""
        page.lines[at.number - 1] = f"{at.before.rstrip()} {value}{gap}{at.after}"


def _like(old: str, word: str) -> str:
    return f"{old[0]}{word}{old[0]}" if old[:1] in {'"', "'"} else word


def _says(new: str, old: str, progress: Mapping[int, Progress]) -> bool:
    before, after = read_task_document(old).tasks, read_task_document(new).tasks
    if len(before) != len(after) or neutral(new) != neutral(old):
        return False
    wanted = [progress.get(one.index, Progress(one.status, one.blocked_reason)) for one in before]
    for one, made in zip(wanted, after, strict=True):
        reason = one.blocked_reason if one.status == "blocked" else made.blocked_reason
        if (made.status, made.blocked_reason) != (one.status, reason):
            return False
    return _bare(before) == _bare(after)


def _bare(items: Sequence[TaskItem]) -> list[TaskItem]:
    """The items without their progress and lines, to be compared across a change of progress."""
    return [replace(one, status="", blocked_reason="", start=0, end=0) for one in items]
