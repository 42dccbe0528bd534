"""Reads a specification: concepts and entities, and the constraint groups that stand under them (SpecMan Core)."""

import functools
import re
from dataclasses import dataclass, field

from specflow.specs.formats.ears import pattern
from specflow.specs.formats.front_matter import front_matter
from specflow.specs.formats.items import CriterionItem, RequirementItem
from specflow.specs.formats.lines import BULLET, HEADING, RULE, Page, dedented, fenced, indent, is_blank
from specflow.specs.formats.specman.headings import own_title, plain, slug
from specflow.specs.formats.values import unquoted

_NAMED = re.compile(r"(?:concept|entity)[ \t]*[:：][ \t]*\S", re.IGNORECASE)  # noqa: RUF001 - as in real documents
# "A group set MUST be two or more groups delimited by a period" ("Constraint Groups"); the colon may be forgotten.
_MARKER = re.compile(r"^ {0,3}!([\w-]+(?:\.[\w-]+)+):?[ \t]*$")
# "Constraints MUST use requirement levels as defined in RFC 2119" (the founding specification).
_LEVEL = re.compile(r"\b(?:MUST|SHALL|SHOULD|MAY|REQUIRED|RECOMMENDED|OPTIONAL)\b")
_NO_PARAGRAPH = re.compile(r"^\s*(?:[-*+]\s|\d+[.)]\s|>|\||<!--)")


@dataclass(slots=True)
class Constraint:
    """A constraint group: its marker's line, and the lines up to the next marker or heading.

    Without a key, a statement that stands in no group: a bullet with the lines indented under it by `width`.
    """

    key: str
    start: int
    end: int
    lines: list[str] = field(default_factory=list)
    width: int = 0

    def goes_on(self, line: str, *, apart: bool) -> bool:
        """Whether the line belongs to it still; `apart` is after a blank line."""
        return bool(self.key) or indent(line) >= 2 or is_blank(line) or not (apart or _NO_PARAGRAPH.match(line))

    def add(self, line: str, number: int) -> None:
        """One more line."""
        self.lines.append(dedented(line, self.width))
        self.end = number

    @property
    def value(self) -> str:
        """What the group says."""
        return unquoted("\n".join(self.lines))


@dataclass(slots=True)
class Draft:
    """A concept or an entity as it is being read.

    `head` is the last line before its first group or heading, `groups_end` that of its last group.
    """

    key: str
    title: str
    start: int
    level: int
    end: int
    head: int
    in_head: bool = True
    said: list[str] = field(default_factory=list)
    said_all: bool = False
    constraints: list[Constraint] = field(default_factory=list)
    groups_end: int = 0

    def hear(self, line: str, code: bool) -> None:
        """One more line of the head: its first paragraph is what the concept says."""
        ends = is_blank(line) or code or bool(_NO_PARAGRAPH.match(line)) or bool(RULE.match(line))
        if not ends and not self.said_all:
            self.said.append(line.strip())
        self.said_all = self.said_all or (ends and bool(self.said))


class Reader:
    """One pass over the lines. `top` is what stands under no concept and names none."""

    def __init__(self, page: Page) -> None:
        self.title = ""
        self.top = Draft("", "", 0, 0, 0, 0)
        self.drafts: list[Draft] = []
        self._around: list[Draft] = []  # the sections that the line stands in, the innermost last
        self._open: Constraint | None = None
        self._slugs: dict[str, int] = {}
        self._last = self._begin = front_matter(page).end
        flags = fenced(page.lines)
        for at in range(self._begin, len(page.lines)):
            self._line(page.lines[at], at + 1, flags[at])
            if not (is_blank(page.lines[at]) or RULE.match(page.lines[at])):
                self._last = at + 1
        self._close(0)
        self._home()

    def _line(self, line: str, number: int, code: bool) -> None:
        heading = HEADING.match(line) if line[:1] == "#" and not code else None
        marker = _MARKER.match(line) if "!" in line[:4] and not code else None
        if heading:
            self._heading(len(heading[1]), heading[2], number)
        elif marker:
            self._behead()
            self._open = Constraint(marker[1], number, number)
            (self._around[-1] if self._around else self.top).constraints.append(self._open)
        elif self._open and self._open.goes_on(line, apart=self._last < number - 1):
            self._open.add(line, number)
        elif self._around:
            self._text(self._around[-1], line, number, code)

    def _text(self, draft: Draft, line: str, number: int, code: bool) -> None:
        point = None if code else BULLET.match(line)
        self._open = None
        if draft.in_head:
            draft.hear(line, code)
        if point and indent(line) < 2:
            self._open = Constraint("", number, number, [line[point.end() :]], point.end())
            draft.constraints.append(self._open)

    def _heading(self, level: int, text: str, number: int) -> None:
        self._open = None
        self._close(level)
        self._behead()
        title = plain(text)
        base = slug(title)
        seen = self._slugs[base] = self._slugs.get(base, -1) + 1
        if level == 1 and not self.title:
            self.title, self.top.start = own_title(text), number
        if _NAMED.match(title):
            draft = Draft(f"{base}-{seen}" if seen else base, title, number, level, number, number)
            self._around.append(draft)
            self.drafts.append(draft)

    def _behead(self) -> None:
        """The innermost section's head ends with the last line that was read."""
        if self._around and self._around[-1].in_head:
            self._around[-1].in_head, self._around[-1].head = False, self._last

    def _close(self, level: int) -> None:
        """Ends the sections that a heading of this level ends."""
        while self._around and self._around[-1].level >= level:
            self._behead()
            self._around.pop().end = self._last

    def _home(self) -> None:
        """Gives a group that stands under no concept to the one that its first name names ("Constraint Content")."""
        by_key = {draft.key: draft for draft in self.drafts}
        kept: list[Constraint] = []
        for one in self.top.constraints:
            home = by_key.get(slug(one.key.split(".")[0]))
            (home.constraints if home else kept).append(one)
        self.top.constraints, self.top.title = kept, self.title
        if kept:
            self.top.start = min(self.top.start or kept[0].start, kept[0].start)
            self.drafts = sorted([self.top, *self.drafts], key=lambda draft: draft.start)
        for draft in self.drafts:
            _settle(draft)
        self.top.end = max((one.end for one in kept), default=0)


def _settle(draft: Draft) -> None:
    """Its constraints in the order of the text; of the bullets in no group those that say a level, by number."""
    for one in draft.constraints:
        _trim(one)
    kept = [one for one in draft.constraints if one.key or _LEVEL.search(one.value)]
    draft.constraints = sorted(kept, key=lambda one: one.start)
    draft.groups_end = max((one.end for one in kept if one.key), default=0)
    for number, one in enumerate((one for one in draft.constraints if not one.key), 1):
        one.key = f"{draft.key}.{number}"


def _trim(one: Constraint) -> None:
    """Without blank lines at its edges, and without the rule that parts the document below it."""
    while one.lines and (is_blank(one.lines[-1]) or RULE.match(one.lines[-1])):
        one.lines.pop()
        one.end -= 1
    one.end = one.end if one.lines else one.start
    while one.lines and is_blank(one.lines[0]):
        one.lines.pop(0)


# An edit reads the text before and after it, and the rows are brought in step with what it read.
@functools.lru_cache(maxsize=4)
def read_concepts(text: str) -> tuple[str, tuple[RequirementItem, ...]]:
    """The document's own title, and its concepts and entities in the order of the text; reads any text.

    Each heading `Concept: …` or `Entity: …` is a requirement: its key is the heading's slug, its statement the first
    paragraph, its lines the whole section. Each line `!group.set:` begins a criterion of the innermost concept around
    it, or of the one that its first group names, or of a requirement with the key "" that is the document itself.
    A bullet of a concept that stands in no group and says MUST, SHOULD or the like is a criterion by its number.
    """
    read = Reader(Page(text))
    seen: dict[str, int] = {}
    items = []
    for draft in read.drafts:
        ordinal = seen[draft.key] = seen.get(draft.key, -1) + 1
        items.append(_item(draft, ordinal))
    return read.title, tuple(items)


def _item(draft: Draft, ordinal: int) -> RequirementItem:
    criteria = tuple(
        CriterionItem(one.key, one.value, one.start, one.end, pattern(one.value)) for one in draft.constraints
    )
    return RequirementItem(
        key=draft.key, ordinal=ordinal, title=draft.title, user_story="", condition="", action="", criteria=criteria,
        start=draft.start, end=draft.end, statement="\n".join(draft.said),
    )  # fmt: skip
