"""Adds functional requirements and acceptance scenarios to a spec.md: written, read back, compared."""

import re

from specflow.errors import NotFound
from specflow.specs.formats.lines import Page, indented, is_blank, last_full
from specflow.specs.formats.markdown.outline import Heading, Sheet
from specflow.specs.formats.openspec.requirements_edit import no_place, one_criterion_more, one_more, ways_of, written
from specflow.specs.formats.spec_kit.requirements import Draft, drafts, read_requirements
from specflow.specs.formats.spec_workflow import words
from specflow.specs.formats.values import unrepresentable

_FUNCTIONAL = re.compile(r"FR-(\d{1,9})$")
_SECTIONS = ("functional requirements", "requirements")


def add_requirement(text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
    """The text with one more functional requirement after the last one, and its key, `FR-004` after `FR-003`.

    Raises `unrepresentable_text` where no way of writing reads back.
    """
    sheet = Sheet(text)
    before = read_requirements(sheet)
    numbers = [found[1] for item in before if (found := _FUNCTIONAL.match(item.key))]
    key = f"FR-{max(map(int, numbers), default=0) + 1:03d}"
    listed = [draft for draft in drafts(sheet) if draft.level == 7 and not draft.table and _FUNCTIONAL.match(draft.key)]
    for lines in written(f"- **{key}**: ", title, condition, action, by="  "):
        new, at = _with_requirement(sheet, text, listed[-1] if listed else None, lines)
        if one_more(before, read_requirements(Sheet(new)), at, (key, title, condition, action)):
            return new, key
    raise unrepresentable("requirement")


def _with_requirement(sheet: Sheet, text: str, last: Draft | None, lines: list[str]) -> tuple[str, int]:
    """The new text, and the position after which the new requirement stands: right below the last one of its list, or
    at the end of their section, which is made where there is none."""
    page = Page(text)
    section = _section(sheet)
    if last:
        at = max([last.end, *(taken.end for taken in last.said)])
    elif section:
        at, lines = section.end, ["", *lines]
    else:
        at = last_full(page.lines, 0, len(page.lines))
        lines = [*([""] if at else []), "## Requirements", "", "### Functional Requirements", "", *lines]
    after = [""] if not last and at < len(page.lines) and not is_blank(page.lines[at]) else []
    page.insert(at, [*lines, *after])
    return page.text, at


def _section(sheet: Sheet) -> Heading | None:
    named = {words.name(one.text.split("*")[0]): one for one in reversed(sheet.headings) if one.level > 1}
    return next((named[name] for name in _SECTIONS if name in named), None)


def add_criterion(text: str, *, requirement_key: str, ordinal: int = 0, value: str) -> tuple[str, str]:
    """The text with one more acceptance scenario after the last one of that story, and its key.

    Raises `requirement_not_found`, `criterion_has_no_place` (a requirement that is one line of a list), and
    `unrepresentable_text` where no way of writing reads back.
    """
    sheet = Sheet(text)
    before = read_requirements(sheet)
    same = [item for item in before if item.key == requirement_key]
    if not 0 <= ordinal < len(same):
        raise NotFound.of("requirement", requirement_key)
    start = same[ordinal].start
    draft = next(one for one in drafts(sheet) if one.start == start)
    if draft.level == 7:
        raise no_place(requirement_key)
    number = max((int(one.number) for one in draft.criteria if one.number), default=len(draft.criteria)) + 1
    key = f"{draft.key}.{number}"
    for way in ways_of(value):
        new = _with_criterion(text, draft, f"{number}. ", way)
        if one_criterion_more(before, read_requirements(Sheet(new)), start, (key, value)):
            return new, key
    raise unrepresentable("criterion")


def _with_criterion(text: str, draft: Draft, marker: str, way: tuple[str, ...]) -> str:
    page = Page(text)
    lines = [marker + way[0], *indented(way[1:], " " * len(marker))]
    if draft.criteria:
        at = draft.criteria[-1].end
        column = draft.criteria[-1].column
        page.insert(at, indented(lines, " " * column))
        return page.text
    at = draft.end
    after = [""] if at < len(page.lines) and not is_blank(page.lines[at]) else []
    page.insert(at, ["", "**Acceptance Scenarios**:", "", *lines, *after])
    return page.text
