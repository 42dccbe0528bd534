"""Adds requirements and criteria to a requirements.md: written as the document writes, read back, compared."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from specflow.errors import Invalid, NotFound
from specflow.specs.formats.items import RequirementItem
from specflow.specs.formats.lines import BULLET, HEADING, Page, fenced, indented, is_blank, last_full
from specflow.specs.formats.spec_workflow import words
from specflow.specs.formats.spec_workflow.requirements import Draft, drafts, read_requirements
from specflow.specs.formats.values import first_fit, one_line_ways, unrepresentable, ways

_SECTION = frozenset({"requirements", "functional requirements", "要件", "機能要件", "需求", "功能需求"})
_TAIL = re.compile(r"(\d+)$")
Lines = tuple[str, ...]


def add_requirement(text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
    """The text with one more requirement after the last one, and its key, which goes on from the keys there.

    An empty `condition` or `action` is not written. Raises `unrepresentable_text` where no way of writing reads back.
    """
    page = Page(text)
    there = drafts(page)
    values = (title, condition, action)
    for level, style, key in _headings(there):
        for rendering in _renderings(f"{'#' * level} {style}", values):
            new, place = _with_requirement(text, there, f"{'#' * level} {style}", rendering)
            if _only_adds(text, new, place, (key, *values)):
                return new, key
    raise unrepresentable("requirement")


def _headings(there: Sequence[Draft]) -> list[tuple[int, str, str]]:
    """Level, heading without title, and key, first in the document's own style, then in ours."""
    numbers = [int(draft.key) for draft in there if draft.key.isdecimal() and len(draft.key) < 10]
    key = str(max(numbers, default=0) + 1)
    plain = (3, f"Requirement {key}: ", key)
    last = next((draft for draft in reversed(there) if draft.style != "bullet"), None)
    if last is None:
        return [plain]
    tail = _TAIL.search(last.key)
    if last.style == "id" and tail and "." not in last.key:
        named = _next_key(last.key[: tail.start()], tail[1], [draft.key for draft in there])
        return [(last.level, f"{named}: ", named), plain]
    if last.style == "number":
        return [(last.level, f"{key}. ", key), plain]
    return [(last.level, f"Requirement {key}: ", key), plain]


def _next_key(prefix: str, sample: str, keys: Sequence[str]) -> str:
    tails = [key[len(prefix) :] for key in keys if key.startswith(prefix)]
    highest = max((int(tail) for tail in tails if tail.isdecimal() and len(tail) < 10), default=0)
    return f"{prefix}{highest + 1:0{len(sample)}d}"


def _renderings(heading: str, values: Sequence[str]) -> Iterator[tuple[Lines, ...]]:
    """The first way of each value, which nearly always reads back; each in the way that does alone; all quoted."""
    options = [_options(place, value) for place, value in enumerate(values)]
    yield tuple(each[0] for each in options)
    yield _chosen(heading, values)
    yield tuple(each[-1] for each in options)


def _options(place: int, value: str) -> Sequence[Lines]:
    return [(line,) for line in one_line_ways(value)] if place == 0 else ways(value)


def _chosen(heading: str, values: Sequence[str]) -> tuple[Lines, ...]:
    """For each of title, condition and action the first way that reads back in a document of its own."""
    chosen = []
    for place, value in enumerate(values):
        options = _options(place, value)
        fit = first_fit(options, lambda way, place=place, value=value: _reads_alone(heading, place, way, value))  # type: ignore[misc]
        chosen.append(fit or options[-1])
    return tuple(chosen)


def _reads_alone(heading: str, place: int, way: Lines, value: str) -> bool:
    rendering: list[Lines] = [("Title",), ("x",), ("x",)]
    rendering[place] = way
    read = read_requirements("\n".join([*_requirement(heading, rendering), "", "### Requirement 9999: Next"]))
    return len(read) == 2 and (read[0].title, read[0].condition, read[0].action)[place] == value


def _requirement(heading: str, rendering: Sequence[Lines]) -> list[str]:
    title, condition, action = rendering
    lines = [heading + title[0]]
    said = [("- **WHEN** ", condition), ("- **THE SYSTEM SHALL** ", action)]
    body = [line for marker, way in said if way != ('""',) for line in _marked(marker, way, "  ")]
    return [*lines, "", *body] if body else lines


def _marked(marker: str, way: Lines, by: str) -> list[str]:
    return [marker + way[0], *indented(way[1:], by)]


def _with_requirement(text: str, there: Sequence[Draft], heading: str, rendering: Sequence[Lines]) -> tuple[str, int]:
    """The new text, and the new requirement's place among the requirements."""
    page, new = Page(text), _requirement(heading, rendering)
    if there:
        at = max(there, key=lambda draft: draft.end).end
    else:
        at, found = _section_end(page)
        new = new if found else ["## Requirements", "", *new]
    if at and not is_blank(page.lines[at - 1]):
        new = ["", *new]
    if at < len(page.lines) and not is_blank(page.lines[at]):
        new = [*new, ""]
    page.insert(at, new)
    return page.text, sum(draft.start <= at for draft in there)


def _section_end(page: Page) -> tuple[int, bool]:
    """Where a first requirement goes: the end of the section of requirements (True), or of the text (False)."""
    inside = False
    flags = fenced(page.lines)
    start = 0
    for at, line in enumerate(page.lines):
        heading = None if flags[at] else HEADING.match(line)
        if heading and len(heading[1]) <= 2:
            if inside:
                return last_full(page.lines, start, at), True
            inside, start = words.name(heading[2]) in _SECTION, at + 1
    return last_full(page.lines, start if inside else 0, len(page.lines)), inside


def _only_adds(old: str, new: str, place: int, given: tuple[str, str, str, str]) -> bool:
    before, after = _bare(read_requirements(old)), _bare(read_requirements(new))
    if len(after) != len(before) + 1:
        return False
    item = after.pop(place)
    said = (item.key, item.title, item.condition, item.action)
    return after == before and said == given and not item.criteria and not item.user_story and not item.ordinal


def _bare(items: Sequence[RequirementItem]) -> list[RequirementItem]:
    """The items without their line numbers, to be compared across an edit."""
    return [
        replace(item, start=0, end=0, criteria=tuple(replace(one, start=0, end=0) for one in item.criteria))
        for item in items
    ]


def add_criterion(text: str, *, requirement_key: str, ordinal: int = 0, value: str) -> tuple[str, str]:
    """The text with one more criterion after the last one of that requirement, and the criterion's key.

    Raises `requirement_not_found`, `criterion_has_no_place` (a requirement that is only a bullet), and
    `unrepresentable_text` where no way of writing reads back.
    """
    same = [draft for draft in drafts(Page(text)) if draft.key == requirement_key]
    if not 0 <= ordinal < len(same):
        raise NotFound.of("requirement", requirement_key)
    draft = same[ordinal]
    if draft.style == "bullet":
        raise Invalid(
            "criterion_has_no_place",
            f"Requirement {requirement_key} is one line of a list; give it a heading to add criteria below it.",
            {"requirement": requirement_key},
        )
    for way in ways(value):
        new, key = _with_criterion(text, draft, way)
        if _adds_criterion(text, new, (draft.start, key, value)):
            return new, key
    raise unrepresentable("criterion")


def _with_criterion(text: str, draft: Draft, way: Lines) -> tuple[str, str]:
    page = Page(text)
    last = next((one for one in reversed(draft.criteria) if one.start > draft.criteria_line), None)
    if draft.criteria_line and last:
        marker, key = _next_marker(draft, page.lines[last.start - 1], last.style)
        apart = last.start >= 2 and len(draft.criteria) > 1 and is_blank(page.lines[last.start - 2])
        new = [*([""] if apart else []), *_marked(marker, way, " " * len(marker))]
        at = last.end
    else:
        number = draft.next_number()
        marker, key = f"{number}. ", f"{draft.key}.{number}"
        new = ["", *_marked(marker, way, " " * len(marker))]
        at = draft.criteria_line or draft.end
        if not draft.criteria_line:
            new = ["", f"{'#' * min(draft.level + 1, 6)} Acceptance Criteria", *new]
        if at < len(page.lines) and not is_blank(page.lines[at]):
            new.append("")
    page.insert(at, new)
    return page.text, key


def _next_marker(draft: Draft, line: str, style: str) -> tuple[str, str]:
    """The marker of the criterion after the one that begins with `line`, and its key."""
    bullet = BULLET.match(line)
    column = line[: len(line) - len(line.lstrip(" "))]
    number = draft.next_number()
    if style == "number" or bullet is None:
        return f"{column}{number}. ", f"{draft.key}.{number}"
    sign = f"{column}{bullet[2]} "
    named = re.match(r"(\*\*)?([A-Z]+-?(?:\d+[.-])*)(\d+)", line[bullet.end() :]) if style == "id" else None
    if named is None:
        return sign, f"{draft.key}.{number}"
    key = _next_key(named[2], named[3], sorted(draft.keys))
    return f"{sign}{named[1] or ''}{key}{named[1] or ''}: ", key


def _adds_criterion(old: str, new: str, given: tuple[int, str, str]) -> bool:
    """Whether the requirement that starts at a line has one criterion more, as given, and nothing else changed."""
    start, key, value = given
    before, after = read_requirements(old), read_requirements(new)
    place = next(place for place, item in enumerate(before) if item.start == start)
    if len(after) != len(before):
        return False
    kept = tuple(one for one in after[place].criteria if one.key != key)
    added = [one.text for one in after[place].criteria if one.key == key]
    trimmed = (*after[:place], replace(after[place], criteria=kept), *after[place + 1 :])
    return added == [value] and _bare(trimmed) == _bare(before)
