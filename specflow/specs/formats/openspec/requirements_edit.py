"""Adds requirements and scenarios to a spec.md or a delta: written, read back, compared."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from specflow.errors import Conflict, Invalid, NotFound
from specflow.specs.formats.items import RequirementItem
from specflow.specs.formats.lines import Page, indented, is_blank, last_full
from specflow.specs.formats.markdown.outline import Sheet
from specflow.specs.formats.openspec.requirements import Block, blocks, is_section, read_requirements
from specflow.specs.formats.values import one_line_ways, unrepresentable, ways

_WORDS = re.compile(r"[^\W_][\w'\u2019/-]*")


def add_requirement(text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
    """The text with one more requirement after the last that stands or is added here; its key is its title.

    Raises `requirement_exists` for a name that is taken, and `unrepresentable_text` where no way of writing reads back.
    """
    sheet = Sheet(text)
    there, before = blocks(sheet), read_requirements(sheet)
    if any(block.key == title for block in there):
        raise Conflict(
            "requirement_exists",
            f"There is a requirement '{title[:100]}' already; here requirements are told apart by their names.",
            {"requirement": title[:100]},
        )
    for lines in written("### Requirement: ", title, condition, action):
        new, at = _with_requirement(text, sheet, there, lines)
        if _only_adds(before, new, at, (title, title, condition, action)):
            return new, title
    raise unrepresentable("requirement")


def written(head: str, title: str, condition: str, action: str, by: str = "") -> Iterator[list[str]]:
    """The ways to write a requirement, natural ones first: `head` and title, then its two lines, indented by `by`."""
    for name, *rest in product(one_line_ways(title), ways_of(condition), ways_of(action)):
        said = [
            line
            for marker, way in zip(("- **WHEN** ", "- **THE SYSTEM SHALL** "), rest, strict=True)
            for line in ([marker + way[0], *indented(way[1:], "  ")] if way else [])
        ]
        yield [head + name, *([""] if said and not by else []), *indented(said, by)]


def ways_of(value: str) -> Sequence[tuple[str, ...]]:
    """The ways to write a value, none of which begins a comment: what comes later could end it, and all between would
    be unseen. An empty value is not written."""
    if not value:
        return [()]
    comment = any(line.lstrip().startswith("<!--") for line in value.split("\n"))
    return ways(value)[-1:] if comment else ways(value)


def _with_requirement(text: str, sheet: Sheet, there: Sequence[Block], lines: list[str]) -> tuple[str, int]:
    """The new text, and the position after which the new requirement stands."""
    page = Page(text)
    standing = [block.end for block in there if block.level and block.change in {"", "added"}]
    section = next((one for one in sheet.headings if is_section(one)), None)
    end = last_full(page.lines, 0, len(page.lines))
    if standing or section:
        at, new = max(standing) if standing else section.end if section else 0, lines
    else:
        at, new = end, ["## Requirements", "", *lines]
    return put(page, at, new), at


def put(page: Page, at: int, lines: Sequence[str]) -> str:
    """The page's text with the lines at a position (0-based), a blank line on either side."""
    before = [""] if at and not is_blank(page.lines[at - 1]) else []
    after = [""] if at < len(page.lines) and not is_blank(page.lines[at]) else []
    page.insert(at, [*before, *lines, *after])
    return page.text


def _only_adds(before: Sequence[RequirementItem], new: str, at: int, given: tuple[str, str, str, str]) -> bool:
    return one_more(before, read_requirements(Sheet(new)), at, given)


def one_more(
    before: Sequence[RequirementItem], after: Sequence[RequirementItem], at: int, given: tuple[str, str, str, str]
) -> bool:
    """Whether there is one requirement more after position `at`, with this key, title, condition and action, and no
    other says anything else."""
    place = sum(item.start <= at for item in before)
    if len(after) != len(before) + 1:
        return False
    item = after[place]
    said = (item.key, item.title, item.condition, item.action)
    rest = (*after[:place], *after[place + 1 :])
    same = [bare(one) for one in rest] == [bare(one) for one in before]
    return same and said == given and not item.criteria and item.change in {"", "added"}


def bare(item: RequirementItem) -> RequirementItem:
    """The item without its line numbers, to be compared across an edit."""
    criteria = tuple(replace(one, start=0, end=0) for one in item.criteria)
    return replace(item, start=0, end=0, criteria=criteria)


def add_criterion(text: str, *, requirement_key: str, ordinal: int = 0, value: str) -> tuple[str, str]:
    """The text with one more scenario after the last one of that requirement, and its name, made of its first words.

    Raises `requirement_not_found`, `criterion_has_no_place` (a requirement without a heading of its own), and
    `unrepresentable_text` where no way of writing reads back.
    """
    sheet = Sheet(text)
    same = [block for block in blocks(sheet) if block.key == requirement_key]
    if not 0 <= ordinal < len(same):
        raise NotFound.of("requirement", requirement_key)
    block = same[ordinal]
    if not block.level:
        raise no_place(requirement_key)
    name = _name(value, {one for one, _, _ in block.scenarios})
    at = max((end for _, _, end in block.scenarios), default=block.end)
    for way in ways_of(value):
        new = put(Page(text), at, [f"{'#' * min(block.level + 1, 6)} Scenario: {name}", *way])
        after = read_requirements(Sheet(new))
        if one_criterion_more(read_requirements(sheet), after, block.start, (name, value)):
            return new, name
    raise unrepresentable("criterion")


def no_place(key: str) -> Invalid:
    """The refusal of a criterion under a requirement that is one line of a list."""
    return Invalid(
        "criterion_has_no_place",
        f"Requirement {key[:100]} is one line of a list; give it a heading to add criteria below it.",
        {"requirement": key[:100]},
    )


def _name(value: str, taken: set[str]) -> str:
    said = " ".join(_WORDS.findall(value)[:8])[:60].strip() or "Case"
    return next(name for name in (said, *(f"{said} {n}" for n in range(2, len(taken) + 3))) if name not in taken)


def one_criterion_more(
    before: Sequence[RequirementItem], after: Sequence[RequirementItem], start: int, given: tuple[str, str]
) -> bool:
    """Whether the requirement that starts at a line has one criterion more at its end, with this key and text, and
    nothing else changed."""
    place = next(place for place, item in enumerate(before) if item.start == start)
    if len(after) != len(before) or not after[place].criteria:
        return False
    *kept, added = after[place].criteria
    trimmed = (*after[:place], replace(after[place], criteria=tuple(kept)), *after[place + 1 :])
    return (added.key, added.text) == given and [bare(one) for one in trimmed] == [bare(one) for one in before]
