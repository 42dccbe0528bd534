"""Reads requirements.md: headings and bold bullets that name a requirement, its user story, EARS lines and criteria."""

# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents

import functools
import re
from dataclasses import dataclass, field

from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import CriterionItem, RequirementItem
from specflow.specs.formats.lines import HEADING, Page, dedented, fenced, indent, is_blank
from specflow.specs.formats.spec_workflow import words
from specflow.specs.formats.values import unquoted

_ID = r"(?:REQ|FR|NFR|R|US|UR|BR|SR|TR)(?:-[A-Z][A-Z0-9]{0,15})*-?\d+(?:[.-]\d+)*"
_NAMED = re.compile(rf"({_ID})(?:\s*[:：.．\-–—]|\s|$)(.*)$")
_WORDED = re.compile(
    rf"(?:{words.either(words.REQUIREMENT)})[ \t]*#?({_ID}|\d+(?:\.\d+)*)[ \t]*[:：.．\-–—]?(.*)$", re.IGNORECASE
)
_NUMBERED = re.compile(r"(\d+(?:\.\d+)*)(?:[.)、:：](.*)|$)$|(\d+(?:\.\d+)+)[ \t]+(.*)$")
_BOLD_BULLET = re.compile(rf"^[-*+][ \t]+\*\*({_ID})(?:[ \t]*[:：.][ \t]*([^*]*))?\*\*[ \t]*[:：.\-–—]?(.*)$")
_BOLD_ID = re.compile(rf"^\*\*({_ID})[ \t]*[:：.–—-][ \t]*([^*]*[^*\s])\*\*[ \t]*$")

_STORY = re.compile(rf"^\*\*(?:{words.either(words.STORY)})[ \t]*[:：]?\*\*[ \t]*[:：]?(.*)$", re.IGNORECASE)
_EARS_LINE = re.compile(r"^[-*+] \*\*(WHEN|THE SYSTEM SHALL)\*\* ?(.*)$")
_NUMBER = re.compile(r"^( {0,3})(\d+[a-z]?(?:\.\d+[a-z]?)*)[.)]?([ \t]+)(.*)$")
_LISTED = re.compile(r"^ {0,3}\d+[a-z]?(?:[.)]|\.\d)")
_POINT = re.compile(r"^( {0,3})[-*+]([ \t]+)(.*)$")
_POINT_ID = re.compile(r"^(\*{0,2})((?:AC|FR|NFR|REQ|R)-?\d+(?:[.-]\d+)*[a-z]?)\*{0,2}[ \t]*[:：]\*{0,2}(.*)$")
_LABEL = re.compile(r"^\*\*([^*]+)\*\*[ \t]*[:：]?[ \t]*$|^([^\s*#|>].{0,40})[:：][ \t]*$")
_STANDS_ALONE = re.compile(r"^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\*\*|\||>|```|~~~|---|___)")


@dataclass(slots=True)
class Taken:
    """Lines that say one thing: a criterion, a story, an EARS line; further ones are those indented under the first."""

    kind: str
    start: int
    column: int
    width: int
    lines: list[str]
    end: int = 0
    blanks: int = 0
    key: str = ""
    style: str = ""

    def add(self, line: str, number: int) -> None:
        """One more line, and the blank ones before it."""
        self.lines += [""] * self.blanks
        self.lines.append(dedented(line, self.width))
        self.blanks, self.end = 0, number

    @property
    def value(self) -> str:
        """What the lines say."""
        return unquoted("\n".join(self.lines).strip())


@dataclass(slots=True)
class Draft:
    """A requirement as it is being read, with what an editor must know of how it is written."""

    key: str
    title: str
    start: int
    level: int  # of its heading; 7 for a bullet
    style: str  # "word", "id", "number" or "bullet"
    end: int = 0
    part: str = "head"  # which part of it the reader is in: head, criteria, other
    criteria_line: int = 0  # where its criteria's heading stands
    said: dict[str, Taken] = field(default_factory=dict)
    criteria: list[Taken] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    highest: int = 0

    def free_key(self, written: str) -> str:
        """`1.2` for the number 2 under requirement 1; the next free number where that one is taken already."""
        key = written if written.startswith(self.key + ".") else f"{self.key}.{written}"
        return key if written and key not in self.keys else f"{self.key}.{self.next_number()}"

    def next_number(self) -> int:
        """The number after the highest one that its criteria have."""
        return self.highest + 1

    def add(self, taken: Taken) -> None:
        """One more criterion."""
        tail = taken.key.removeprefix(self.key + ".")
        if tail.isdecimal() and len(tail) < 10:
            self.highest = max(self.highest, int(tail))
        self.keys.add(taken.key)
        self.criteria.append(taken)


class Reader:
    """One pass over the lines."""

    def __init__(self, page: Page) -> None:
        self.drafts: list[Draft] = []
        self._now: Draft | None = None
        self._open: Taken | None = None
        self._section = ""
        self._blank = False
        for number, (line, code) in enumerate(zip(page.lines, fenced(page.lines), strict=True), 1):
            self._line(line, number, code)

    def _line(self, line: str, number: int, code: bool) -> None:
        if is_blank(line) and not code:
            self._blank = True
            if self._open:
                self._open.blanks += 1
            return
        if self._now is None:
            if not code:
                self._outside(line, number)
        elif code:
            self._code(line, number)
        else:
            self._inside(line, number, self._now)
        if self._now:
            self._now.end = number
        self._blank = False

    def _outside(self, line: str, number: int) -> None:
        heading = HEADING.match(line)
        if heading:
            self._heading(heading, number)
        else:
            self._bullet(line, number)

    def _code(self, line: str, number: int) -> None:
        taken = self._open
        if taken and (indent(line) > taken.column or taken.end == number - 1):
            taken.add(line, number)
        else:
            self._open = None

    def _inside(self, line: str, number: int, draft: Draft) -> None:
        heading = HEADING.match(line)
        if heading:
            self._heading(heading, number)
        elif self._continues(line, number):
            return
        elif draft.style == "bullet":
            self._after_bullet(line, number)
        elif not (self._story(line, number, draft) or self._ears(line, number, draft)):
            self._listed(line, number, draft)

    def _continues(self, line: str, number: int) -> bool:
        taken = self._open
        if taken is None:
            return False
        nested = indent(line) >= taken.column + 2 and not (self._blank and taken.kind == "story")
        if nested or not (self._blank or _STANDS_ALONE.match(line)):
            taken.add(line, number)
            return True
        self._open = None
        return False

    def _heading(self, heading: re.Match[str], number: int) -> None:
        level, text = len(heading[1]), heading[2]
        self._open = None
        named = self._named(level, text)
        if named:
            self._now = Draft(named[0], named[1], number, level, named[2], number)
            self.drafts.append(self._now)
            return
        if level <= 2:
            self._section = text
        if self._now and level > self._now.level:
            self._part(text, number, self._now)
        else:
            self._now = None

    def _named(self, level: int, text: str) -> tuple[str, str, str] | None:
        if level < 2:
            return None
        for style, form in (("word", _WORDED), ("id", _NAMED)):
            found = form.match(text)
            if found:
                return found[1], unquoted(found[2].strip()), style
        found = _NUMBERED.match(text)
        if level != 3 or not found or words.NOT_REQUIREMENTS.search(self._section):
            return None
        return found[1] or found[3], unquoted((found[2] or found[4] or "").strip()), "number"

    def _bullet(self, line: str, number: int) -> bool:
        found = _BOLD_BULLET.match(line)
        if not found:
            return False
        title = " ".join(part.strip() for part in (found[2] or "", found[3]) if part.strip())
        self._now = Draft(found[1], unquoted(title), number, 7, "bullet", number)
        self._open = Taken("title", number, 0, 2, [], number)
        self.drafts.append(self._now)
        return True

    def _after_bullet(self, line: str, number: int) -> None:
        self._now = None
        self._bullet(line, number)

    def _part(self, label: str, number: int, draft: Draft) -> None:
        criteria = words.name(label) in words.CRITERIA
        draft.part = "criteria" if criteria else "other"
        if criteria:
            draft.criteria_line = number

    def _story(self, line: str, number: int, draft: Draft) -> bool:
        found = _STORY.match(line)
        if found and "story" not in draft.said:
            self._open = draft.said["story"] = Taken("story", number, 0, 0, [found[1].strip()], number)
            return True
        named = _BOLD_ID.match(line)
        if named:
            self._criterion(draft, number, (0, 0, named[2]), ("id", named[1]))
            return True
        label = _LABEL.match(line)
        if label and (label[1] or words.name(label[2]) in words.CRITERIA):
            self._part(label[1] or label[2], number, draft)
            return True
        return False

    def _ears(self, line: str, number: int, draft: Draft) -> bool:
        found = _EARS_LINE.match(line) if draft.part == "head" else None
        if not found or found[1] in draft.said:
            return False
        self._open = draft.said[found[1]] = Taken("ears", number, 0, 2, [found[2]], number)
        return True

    def _listed(self, line: str, number: int, draft: Draft) -> None:
        found = _NUMBER.match(line) if _LISTED.match(line) else None
        if found:
            if draft.part == "criteria" or pattern(found[4]) != "free":
                self._criterion(draft, number, (len(found[1]), found.start(4), found[4]), ("number", found[2]))
            return
        point = _POINT.match(line)
        if not point:
            return
        named = _POINT_ID.match(point[3])
        if named:
            self._criterion(draft, number, (len(point[1]), point.start(3), named[3]), ("id", named[2]))
        elif draft.part == "criteria":
            self._criterion(draft, number, (len(point[1]), point.start(3), point[3]), ("point", ""))

    def _criterion(self, draft: Draft, number: int, at: tuple[int, int, str], written: tuple[str, str]) -> None:
        style, name = written
        taken = Taken("criterion", number, at[0], at[1], [at[2]], number, style=style)
        own = style == "id" and name not in draft.keys
        taken.key = name if own else draft.free_key("" if style == "id" else name)
        draft.add(taken)
        self._open = taken


def drafts(page: Page) -> list[Draft]:
    """The requirements of a page, in the order of the text."""
    return Reader(page).drafts


# An edit reads the text before and after it, and the rows are brought in step with what it read.
@functools.lru_cache(maxsize=4)
def read_requirements(text: str) -> tuple[RequirementItem, ...]:
    """Every requirement of a requirements.md, in order; reads any text.

    A requirement is a heading such as `### Requirement 1: Title`, `### 1. Title` or `#### FR-1`, or a bullet
    `- **FR-1**: title` outside of those. Its criteria are the list below "Acceptance Criteria", numbered sentences in
    EARS form, and points or bold lines with an id of their own (`- AC-1.2: …`, `**FR-3: …**`). A criterion's key is the
    requirement's key and its number as written; where two would share it, the next free number.
    """
    seen: dict[str, int] = {}
    items = []
    for draft in drafts(Page(text)):
        ordinal = seen[draft.key] = seen.get(draft.key, -1) + 1
        items.append(_item(draft, ordinal))
    return tuple(items)


def _item(draft: Draft, ordinal: int) -> RequirementItem:
    said = {kind: taken.value for kind, taken in draft.said.items()}
    criteria = tuple(
        CriterionItem(taken.key, taken.value, taken.start, taken.end, pattern(taken.value)) for taken in draft.criteria
    )
    return RequirementItem(
        key=draft.key, ordinal=ordinal, title=draft.title, user_story=said.get("story", ""),
        condition=said.get("WHEN", ""), action=said.get("THE SYSTEM SHALL", ""), criteria=criteria,
        start=draft.start, end=draft.end,
    )  # fmt: skip
