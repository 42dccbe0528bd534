"""Reads a feature's spec.md: user stories with their acceptance scenarios, and all that has an id such as FR-001."""

import re
from dataclasses import dataclass, field

from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import CriterionItem, RequirementItem
from specflow.specs.formats.lines import dedented, indent, is_blank
from specflow.specs.formats.markdown.outline import Heading, Sheet
from specflow.specs.formats.openspec.requirements import ears_lines
from specflow.specs.formats.spec_kit import words
from specflow.specs.formats.values import unquoted

_STANDS_ALONE = re.compile(r"^\s*(?:[-*+]\s|\d+[.)]\s|\*\*|\||>|---|___)")
_LATER = {"given": {"when", "then", "and", "but"}, "when": {"then", "and", "but"}, "then": {"and", "but"}}


@dataclass(slots=True)
class Taken:
    """Lines that say one thing; further ones are those indented under the first or right below it."""

    start: int
    column: int
    width: int
    lines: list[str]
    end: int
    number: str = ""
    step: str = ""  # the furthest step of a scenario so far: given, when or then
    blanks: int = 0

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
    """A story or a requirement as it is being read; `level` is its heading's, 7 for a line of a list or a table."""

    key: str
    title: str
    start: int
    end: int
    level: int
    story: bool = False
    table: bool = False
    said: list[Taken] = field(default_factory=list)
    criteria: list[Taken] = field(default_factory=list)


class Reader:
    """One pass over the lines. `part` is what the lines of a story say now: story, criteria, other, or statement."""

    def __init__(self, sheet: Sheet) -> None:
        self.drafts: list[Draft] = []
        self._now: Draft | None = None
        self._open: Taken | None = None
        self._part = ""
        self._aside = 0  # the level of the heading of a section that has no requirements
        self._blank = False
        headings = {one.line: one for one in sheet.headings}
        for number, (line, unseen) in enumerate(zip(sheet.page.lines, sheet.unseen, strict=True), 1):
            self._line(line, number, headings.get(number), unseen=unseen)

    def _line(self, line: str, number: int, heading: Heading | None, *, unseen: bool) -> None:
        if is_blank(line) and not unseen:
            self._blank = True
            if self._open:
                self._open.blanks += 1
            return
        if unseen:
            self._code(line, number)
        elif heading:
            self._heading(heading)
        elif not self._continues(line, number):
            self._text(line, number)
        self._blank = False

    def _code(self, line: str, number: int) -> None:
        if self._open and (indent(line) > self._open.column or self._open.end == number - 1):
            self._open.add(line, number)
        else:
            self._open = None

    def _continues(self, line: str, number: int) -> bool:
        taken = self._open
        if taken is None:
            return False
        nested = indent(line) >= taken.column + 2 and not words.BOLD_ID.match(line)
        if nested or self._is_next_step(taken, line) or not (self._blank or _STANDS_ALONE.match(line)):
            taken.add(line, number)
            return True
        self._open = None
        return False

    def _is_next_step(self, taken: Taken, line: str) -> bool:
        """Whether the line goes on with a scenario that is written one step a line."""
        listed = words.LISTED.match(line)
        said = "" if listed and listed[2] else words.step(listed[4] if listed else line)
        if said not in _LATER.get(taken.step, ()):
            return False
        taken.step = taken.step if said in {"and", "but"} else said
        return True

    def _heading(self, heading: Heading) -> None:
        self._open = None
        if self._aside and heading.level <= self._aside:
            self._aside = 0
        story = words.STORY.match(heading.text)
        named = None if story else words.ID_HEADING.match(heading.text)
        if words.is_criteria(heading.text):
            self._criteria(heading)
        elif story or words.PRIMARY_STORY.match(heading.text):
            self._story(heading, story)
        elif named and heading.level > 1 and not self._aside:
            self._begin(Draft(named[1], unquoted(named[2]), heading.line, heading.end, heading.level), "statement")
        elif self._now and heading.level > self._now.level:
            self._part = "other"
        else:
            self._now, self._part = None, ""
            if not self._aside and words.ASIDE.search(heading.text):
                self._aside = heading.level

    def _criteria(self, heading: Heading) -> None:
        """Scenarios under a heading: of the story that they stand below or right after, or else of no story."""
        if self._now is None:
            self._begin(Draft(heading.text, heading.text, heading.line, heading.end, heading.level, True), "criteria")
        elif self._now.end < heading.end:
            self._now.end = heading.end
        self._part = "criteria"

    def _story(self, heading: Heading, found: re.Match[str] | None) -> None:
        key = (found[2] or f"US{found[1]}") if found else heading.text
        title = found[3].lstrip(" \t-\u2013\u2014:\uff1a.") if found else heading.text
        title = words.PRIORITY.sub("", title).rstrip() or heading.text
        self._begin(Draft(key, unquoted(title), heading.line, heading.end, heading.level, True), "story")

    def _begin(self, draft: Draft, part: str) -> None:
        self._now, self._part = draft, part
        self.drafts.append(draft)

    def _text(self, line: str, number: int) -> None:
        if not self._aside and self._identified(line, number):
            return
        if self._now is None:
            return
        label = words.LABEL.match(line) or words.PLAIN_LABEL.match(line)
        if label and not words.step(label[1]):
            self._part = "criteria" if words.is_criteria(label[1]) else self._after(self._part)
            return
        listed = words.LISTED.match(line)
        begins = words.step(listed[4] if listed else line) == "given"
        if begins or (listed and self._part == "criteria"):
            self._criterion(self._now, line, number, listed)
        elif self._part in {"story", "statement"}:
            self._says(self._now, line.strip(), number)

    def _says(self, draft: Draft, line: str, number: int) -> None:
        """One line of running text; those right below each other are one paragraph."""
        if draft.said and draft.said[-1].end == number - 1:
            draft.said[-1].add(line, number)
        else:
            draft.said.append(Taken(number, 0, 0, [line], number))
        self._open = draft.said[-1]

    @staticmethod
    def _after(part: str) -> str:
        return "statement" if part == "statement" else "other"

    def _identified(self, line: str, number: int) -> bool:
        """A line that begins with an id of its own."""
        row = line.lstrip().startswith("|")
        bold = words.BOLD_ID.match(line) if "**" in line and not row else None
        found = bold or (words.ROW_ID if row else words.PLAIN_ID).match(line)
        if found is None:
            return False
        text = next(iter(_cells(found[2])), "") if row else found[3] if bold else found[2]
        title = found[2].strip(" \t:\uff1a.-\u2013\u2014") if bold else ""
        draft = Draft(found[1], "" if title.startswith(("(", "[")) else title, number, number, 7, table=row)
        column = indent(line)
        self._open = None if row else Taken(number, column, column + 2, [text], number)
        draft.said.append(self._open or Taken(number, column, 0, [text], number))
        self.drafts.append(draft)
        return True

    def _criterion(self, draft: Draft, line: str, number: int, listed: re.Match[str] | None) -> None:
        text = listed[4] if listed else line.strip()
        column = indent(line)
        width = indent(" " * listed.start(4)) if listed else column
        taken = Taken(number, column, width, [text], number, (listed[2] or "") if listed else "", _furthest(text))
        draft.criteria.append(taken)
        self._open = taken


def _furthest(text: str) -> str:
    """The last of given, when and then that a line says."""
    said = re.findall(r"\b(given|when|then)\b", text.lower()) if words.step(text) == "given" else []
    return max(said, key=("given", "when", "then").index, default="")


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|") if cell.strip()]


def drafts(sheet: Sheet) -> list[Draft]:
    """What a spec.md has of stories, requirements and rows that cite them, in order, with how it is written."""
    return [draft for draft in Reader(sheet).drafts if not _is_empty(draft)]


def read_requirements(sheet: Sheet) -> tuple[RequirementItem, ...]:
    """Every story and every requirement of a spec.md, in order; reads any text.

    A story's key is `US1` for "User Story 1", as tasks refer to it; its criteria are its acceptance scenarios, `US1.1`
    and so on. Whatever else has an id (`- **FR-001**: …`, `- **SC-001**: …`) is a requirement with that id as key; a
    row of a table is one where its id stands nowhere else.
    """
    there = drafts(sheet)
    written = {draft.key for draft in there if not draft.table}
    seen: dict[str, int] = {}
    items = []
    for draft in there:
        if draft.table and (draft.key in written or draft.key in seen):
            continue
        ordinal = seen[draft.key] = seen.get(draft.key, -1) + 1
        items.append(_item(draft, ordinal))
    return tuple(items)


def _is_empty(draft: Draft) -> bool:
    """A heading over scenarios that has none and belongs to no story."""
    return draft.story and words.is_criteria(draft.key) and not draft.criteria


def _first_line(draft: Draft) -> str:
    return unquoted(draft.said[0].lines[0].strip()) if draft.said else ""


def _item(draft: Draft, ordinal: int) -> RequirementItem:
    said = "\n\n".join(taken.value for taken in draft.said)
    criteria = []
    for count, taken in enumerate(draft.criteria, 1):
        value = taken.value
        key = f"{draft.key}.{taken.number or count}"
        kind = "given_when_then" if taken.step == "then" else pattern(value)
        criteria.append(CriterionItem(key, value, taken.start, taken.end, kind))
    ears = ears_lines(said.split("\n")) if "- **" in said and not draft.story else {}
    end = max([draft.end, *(taken.end for taken in draft.said), *(taken.end for taken in draft.criteria)])
    return RequirementItem(
        key=draft.key, ordinal=ordinal, title=draft.title or _first_line(draft),
        condition=ears.get("WHEN", ""), action=ears.get("THE SYSTEM SHALL", ""),
        user_story=said if draft.story else "", criteria=tuple(criteria), start=draft.start, end=end,
        statement="" if draft.story else said,
    )  # fmt: skip
