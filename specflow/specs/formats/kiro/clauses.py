"""Requirements that are numbered clauses below a plain heading, as in a bugfix.md: `2.1 WHEN … THEN … SHALL …`.

The number before the point is the requirement's key, the heading above is its title.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from specflow.errors import NotFound
from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import CriterionItem, RequirementItem
from specflow.specs.formats.lines import HEADING, Page, fenced, is_blank
from specflow.specs.formats.spec_workflow.requirements import read_requirements
from specflow.specs.formats.spec_workflow.requirements_edit import add_criterion, add_requirement
from specflow.specs.formats.values import one_line_ways, unquoted, unrepresentable

_CLAUSE = re.compile(r"^( {0,3}(?:[-*+][ \t]+)?(?:\*\*)?)(\d{1,9})\.(\d{1,9})(\.?(?:\*\*)?[.:]?[ \t]+)(.*)$")


@dataclass(slots=True)
class Draft:
    """One group of clauses as it is being read, with the line of its heading."""

    key: str
    title: str
    start: int
    clauses: list[tuple[str, int, list[str]]] = field(default_factory=list)  # key, line, lines

    def item(self) -> RequirementItem:
        """The group as a requirement; its ordinal is counted later."""
        criteria = tuple(_criterion(key, start, lines) for key, start, lines in self.clauses)
        return RequirementItem(self.key, 0, self.title, "", "", "", criteria, self.start, criteria[-1].end)


def _criterion(key: str, start: int, lines: Sequence[str]) -> CriterionItem:
    said = unquoted("\n".join(line.strip() for line in lines))
    return CriterionItem(key, said, start, start + len(lines) - 1, pattern(said))


class Reader:
    """One pass over the lines that no other requirement has."""

    def __init__(self, lines: Sequence[str], taken: Sequence[RequirementItem]) -> None:
        self.drafts: list[Draft] = []
        self._now: Draft | None = None
        self._heading: tuple[str, int] | None = None
        self._open = False
        skip = {number for one in taken for number in range(one.start, one.end + 1)}
        for number, (line, code) in enumerate(zip(lines, fenced(lines), strict=True), 1):
            self._line(line, number, code or number in skip)

    def _line(self, line: str, number: int, foreign: bool) -> None:
        heading = None if foreign else HEADING.match(line)
        clause = None if foreign else _CLAUSE.match(line)
        if heading or foreign:
            self._heading = (heading[2].strip(" \t#"), number) if heading and len(heading[1]) > 1 else None
            self._now, self._open = None, False
        elif clause and self._starts(clause, number):
            self._open = True
        elif is_blank(line) or clause:
            self._open = False
        elif self._open and self._now:
            self._now.clauses[-1][2].append(line)

    def _starts(self, clause: re.Match[str], number: int) -> bool:
        """Takes a clause; the first of a group must be a sentence in EARS form, others are whatever they say."""
        if self._now is None or self._now.key != clause[2]:
            if pattern(clause[5]) == "free":
                return False
            title, start = self._heading or ("", number)
            self._now, self._heading = Draft(clause[2], title, start), None
            self.drafts.append(self._now)
        self._now.clauses.append((f"{clause[2]}.{clause[3]}", number, [clause[5]]))
        return True


def read_all(text: str) -> tuple[RequirementItem, ...]:
    """The requirements that have names of their own and those that are clauses, in the order of the text."""
    named = read_requirements(text)
    clauses = [draft.item() for draft in Reader(Page(text).lines, named).drafts]
    if not clauses:
        return named
    seen: dict[str, int] = {}
    items = []
    for item in sorted((*named, *clauses), key=lambda one: one.start):
        seen[item.key] = seen.get(item.key, -1) + 1
        items.append(replace(item, ordinal=seen[item.key]))
    return tuple(items)


def add_named(text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
    """The text with one more requirement below a heading of its own, numbered after the clauses. Raises as
    `requirements_edit.add_requirement`."""
    new, key = add_requirement(text, title=title, condition=condition, action=action)
    numbers = {int(one.key) for one in read_all(text) if one.key.isdecimal()}
    if not key.isdecimal() or int(key) not in numbers:
        return new, key
    free, page = str(max(numbers) + 1), Page(new)
    added = next(one for one in reversed(read_requirements(new)) if one.key == key)
    at, written = added.start - 1, f"Requirement {key}: "
    page.lines[at] = page.lines[at].replace(written, f"Requirement {free}: ", 1)
    wanted = [replace(one, key=free if one.start == added.start else one.key) for one in read_requirements(new)]
    if [_said(one) for one in read_requirements(page.text)] != [_said(one) for one in wanted]:
        raise unrepresentable("requirement")
    return page.text, free


def add_below(text: str, *, requirement_key: str, ordinal: int, value: str) -> tuple[str, str]:
    """The text with one more criterion of a requirement of either sort, and its key. Raises `requirement_not_found` and
    as `requirements_edit.add_criterion`."""
    same = [one for one in read_all(text) if one.key == requirement_key]
    if not 0 <= ordinal < len(same):
        raise NotFound.of("requirement", requirement_key)
    named = [one.start for one in read_requirements(text) if one.key == requirement_key]
    item = same[ordinal]
    if item.start in named:
        return add_criterion(text, requirement_key=requirement_key, ordinal=named.index(item.start), value=value)
    for way in one_line_ways(value):
        new, key = _with_clause(text, item, way)
        if _adds(text, new, (item.start, key, value)):
            return new, key
    raise unrepresentable("criterion")


def _with_clause(text: str, item: RequirementItem, way: str) -> tuple[str, str]:
    page = Page(text)
    last = item.criteria[-1]
    found = _CLAUSE.match(page.lines[last.start - 1])
    assert found is not None  # noqa: S101  # its line was found by this
    number = max(int(one.key.rpartition(".")[2]) for one in item.criteria) + 1
    key = f"{item.key}.{number}"
    apart = last.start >= 2 and is_blank(page.lines[last.start - 2])
    page.insert(last.end, [*([""] if apart else []), f"{found[1]}{key}{found[4]}{way}"])
    return page.text, key


def _adds(old: str, new: str, given: tuple[int, str, str]) -> bool:
    """Whether the requirement that starts at a line has one criterion more, as given, and nothing else changed."""
    start, key, value = given
    before, after = read_all(old), read_all(new)
    if [one.start for one in after if one.start <= start] != [one.start for one in before if one.start <= start]:
        return False
    added = next(one for one in after if one.start == start)
    kept = tuple(one for one in added.criteria if one.key != key)
    said = [one.text for one in added.criteria if one.key == key]
    trimmed = [replace(one, criteria=kept) if one.start == start else one for one in after]
    return said == [value] and [_said(one) for one in trimmed] == [_said(one) for one in before]


def _said(item: RequirementItem) -> RequirementItem:
    """The requirement without lines and ordinal, to be compared across an edit."""
    criteria = tuple(replace(one, start=0, end=0) for one in item.criteria)
    return replace(item, ordinal=0, start=0, end=0, criteria=criteria)
