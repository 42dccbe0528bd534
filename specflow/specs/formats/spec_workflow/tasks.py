"""Reads tasks.md: every checkbox outside code fences is a task, whatever its bullet, its indent or its id."""

# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents

import re
from dataclasses import dataclass, field

from specflow.specs.formats.items import TaskItem
from specflow.specs.formats.lines import BULLET, HEADING, RULE, Page, indent, is_blank, switched
from specflow.specs.formats.spec_workflow import words
from specflow.specs.formats.spec_workflow.task_fields import Entry, fields
from specflow.specs.formats.values import unquoted

# An asterisk after the box (`- [ ]* 2.3 Tests`) or the id (`2.3*`) says that the task may be left out.
CHECKBOX = re.compile(r"^(\s*)([-*+]|\d+[.)])(\s+)\[([ xX~\-])\]\*?\s(.*)$")
BLOCKED = re.compile(r"^\s*(?:[-*+]\s+)?_(?:Blocked|blocked)(_?)[ \t]*[:：](.*)$")
STATUS = {" ": "pending", "-": "in_progress", "x": "completed", "X": "completed", "~": "blocked"}

_DOTTED = r"\d+(?:\.\d+)*"
_LETTERED = r"\d+[A-Za-z]?(?:\.\d+[A-Za-z]?)+|\d+[A-Za-z](?=[.:)])"
_PREFIXED = r"T\d+|[A-Z]{1,4}\d+(?:\.\d+)+[a-z]?|(?:TASK|TSK|T)-\d+(?:\.\d+)*|[A-Z]{1,5}-?\d+(?:\.\d+)*(?=[.:])"
_ID = rf"(?:{_LETTERED}|{_DOTTED}|{_PREFIXED})"
_END = r"(?:[ \t]*\\?[.:)：](?=\s|$)|(?=\s|$))"
_PLAIN_KEY = re.compile(rf"({_ID})\*?{_END}(.*)$")
_BOLD_KEY = re.compile(rf"\*\*({_ID})[ \t]*[.:)]?\*\*[.:]?(?=\s|$)(.*)$")
_BOLD_TITLE = re.compile(rf"\*\*({_ID}){_END}([^*]*)\*\*(.*)$")
_TASK_KEY = re.compile(rf"\*{{0,2}}(?:{words.either(words.TASK)})[ \t]*#?({_ID}){_END}(.*)$", re.IGNORECASE)


@dataclass(slots=True)
class Draft:
    """A task as it is being read; `start` is its checkbox's line number."""

    start: int
    column: int
    mark: str
    rest: str
    parent: int | None
    level: int
    end: int
    entries: list[Entry] = field(default_factory=list)
    blocked: list[tuple[int, str]] = field(default_factory=list)  # its `_Blocked:` lines: number and reason
    bullets: int | None = None  # the column of its bullets, once there is one
    blanks: int = 0

    def says_blocked(self, line: str) -> re.Match[str] | None:
        """The match of a `_Blocked:` line of the task itself, not of one nested in another entry's text."""
        found = BLOCKED.match(line)
        return found if found and (self.bullets is None or indent(line) <= self.bullets) else None

    def take(self, line: str, number: int, *, code: bool) -> None:
        """One line that belongs to the task."""
        column = indent(line)
        bullet = not code and BULLET.match(line) and (self.bullets is None or column <= self.bullets)
        apart = self.blanks and self.bullets is not None and column <= self.bullets and not code
        if bullet or apart or not self.entries:
            self.entries.append(Entry(bool(bullet), column))
        else:
            self.entries[-1].lines += [""] * self.blanks
        if bullet:
            self.bullets = column
        self.entries[-1].lines.append(line)
        self.blanks, self.end = 0, number


class Reader:
    """One pass over the lines; `open` are the tasks that the next line may belong to, the innermost last."""

    def __init__(self, page: Page) -> None:
        self.drafts: list[Draft] = []
        self._open: list[tuple[int, Draft]] = []
        self._blank = False
        self._owner: Draft | None = None  # of the fence that is open
        for number, (line, fence) in enumerate(zip(page.lines, switched(page.lines), strict=True), 1):
            self._line(line, number, fence)

    def _line(self, line: str, number: int, fence: str) -> None:
        if fence == "in":
            if self._owner:
                self._owner.take(line, number, code=True)
            return
        if is_blank(line):
            self._blank = True
            if self._open:
                self._open[-1][1].blanks += 1
            return
        found = None if fence else CHECKBOX.match(line)
        if found:
            self._checkbox(found, number)
        elif not self._blocked(line, number, fence):
            self._owner = self._owner_of(line)
            if self._owner:
                self._owner.take(line, number, code=bool(fence))
        else:
            return
        self._blank = False

    def _checkbox(self, found: re.Match[str], number: int) -> None:
        column = indent(found[0])
        while self._open and column < self._open[-1][1].column + 2:
            self._open.pop()
        parent = self._open[-1][0] if self._open else None
        draft = Draft(number, column, found[4], found[5], parent, len(self._open), number)
        self._open.append((len(self.drafts), draft))
        self.drafts.append(draft)

    def _blocked(self, line: str, number: int, fence: str) -> bool:
        """Takes a `_Blocked:` line; for every other line it is as if it were not there."""
        if fence or not self._open or "locked" not in line:
            return False
        owner = next((draft for _, draft in reversed(self._open) if indent(line) >= draft.column + 2), None)
        found = owner.says_blocked(line) if owner else None
        if owner is None or found is None:
            return False
        value = found[2].strip()
        value = value[:-1] if value.endswith("_") and not found[1] else value
        owner.blocked.append((number, unquoted(value.strip())))
        owner.end = max(owner.end, number)
        return True

    def _owner_of(self, line: str) -> Draft | None:
        """The task that the line belongs to: by its indent, or because it goes on right below."""
        if not self._open:
            return None
        column, last = indent(line), self._open[-1][1]
        if column < self._open[0][1].column + 2:
            if self._blank or HEADING.match(line) or RULE.match(line) or line.lstrip().startswith("<!--"):
                self._open.clear()
                return None
            return last
        while column < self._open[-1][1].column + 2:
            self._open.pop()
        return self._open[-1][1]


def drafts(page: Page) -> list[Draft]:
    """The tasks of a page, in the order of the text."""
    return Reader(page).drafts


def read_tasks(text: str) -> tuple[TaskItem, ...]:
    """Every checkbox outside code fences, in order, as a task; reads any text.

    A line belongs to the innermost task that it is indented under (two columns or more), or to the task right above
    it. Known labels (`_Requirements: 1.1_`, `File:`, `**Purpose**:` …) fill the fields; other bullets are details.
    """
    read = drafts(Page(text))
    ends = [draft.end for draft in read]
    for place in range(len(read) - 1, -1, -1):
        parent = read[place].parent
        if parent is not None:
            ends[parent] = max(ends[parent], ends[place])
    seen: dict[tuple[str, str], int] = {}
    items = []
    for place, draft in enumerate(read):
        name = split_key(draft.rest)
        ordinal = seen[name] = seen.get(name, -1) + 1
        items.append(_item(draft, place, name, (ordinal, ends[place])))
    return tuple(items)


def split_key(rest: str) -> tuple[str, str]:
    """The id and the title of what stands after a checkbox: `1.2 Title`, `**1.1** Title`, `T001 …`, `Task 3: …`."""
    text = rest.strip()
    for form in (_BOLD_KEY, _TASK_KEY, _PLAIN_KEY):
        found = form.match(text)
        if found:
            return found[1], unquoted(found[2].strip())
    found = _BOLD_TITLE.match(text)
    if found:
        return found[1], unquoted((found[2].strip() + found[3]).strip())
    return "", unquoted(text)


def _item(draft: Draft, place: int, name: tuple[str, str], counted: tuple[int, int]) -> TaskItem:
    said = fields(draft.entries)
    return TaskItem(
        index=place, key=name[0], ordinal=counted[0], title=name[1], status=STATUS[draft.mark],
        blocked_reason=draft.blocked[0][1] if draft.blocked else "", level=draft.level, parent=draft.parent,
        start=draft.start, end=counted[1], description=said.description, details=tuple(said.details),
        files=tuple(said.files), purpose=said.purpose, leverage=said.leverage,
        requirements=tuple(said.requirements), prompt=said.prompt, phase=said.phase, priority=said.priority,
        dependencies=tuple(said.dependencies),
    )  # fmt: skip
