"""Adds a constraint group under a concept or an entity of a specification: written, read back, compared."""

from dataclasses import replace

from specflow.errors import NotFound
from specflow.specs.formats.items import RequirementItem
from specflow.specs.formats.lines import Page, is_blank
from specflow.specs.formats.specman.concepts import Draft, Reader, read_concepts
from specflow.specs.formats.specman.headings import slug
from specflow.specs.formats.values import unrepresentable, ways

_CATEGORY = "requirements"


def add_criterion(text: str, *, requirement_key: str, ordinal: int = 0, value: str) -> tuple[str, str]:
    """The text with one more constraint group, after the last one of that concept, and the group's name.

    It is `<concept>.requirements`, or with the next free number behind it. Raises `requirement_not_found`, and
    `unrepresentable_text` where no way of writing reads back.
    """
    page = Page(text)
    read = Reader(page)
    same = [draft for draft in read.drafts if draft.key == requirement_key]
    if not 0 <= ordinal < len(same):
        raise NotFound.of("requirement", requirement_key)
    draft = same[ordinal]
    taken = {one.key for each in read.drafts for one in each.constraints}
    key = _free(f"{draft.key or slug(read.title) or 'document'}.{_CATEGORY}", taken)
    for way in ways(value):
        new = _with_group(text, draft, [f"!{key}:", "", *way])
        if _only_adds(text, new, (draft.key, ordinal, key, value)):
            return new, key
    raise unrepresentable("criterion")


def _free(key: str, taken: set[str]) -> str:
    if key not in taken:
        return key
    return next(name for name in (f"{key}-{number}" for number in range(2, len(taken) + 3)) if name not in taken)


def _with_group(text: str, draft: Draft, group: list[str]) -> str:
    page = Page(text)
    at = draft.groups_end or draft.head
    after = [""] if at < len(page.lines) and not is_blank(page.lines[at]) else []
    page.insert(at, ["", *group, *after])
    return page.text


def _only_adds(old: str, new: str, given: tuple[str, int, str, str]) -> bool:
    """Whether one concept has one group more, as given, and nothing else changed."""
    concept, ordinal, key, value = given
    before, after = read_concepts(old), read_concepts(new)
    kept, added = [], []
    for item in after[1]:
        is_its = (item.key, item.ordinal) == (concept, ordinal)
        added += [one.text for one in item.criteria if is_its and one.key == key]
        kept.append(replace(item, criteria=tuple(one for one in item.criteria if not is_its or one.key != key)))
    return added == [value] and before[0] == after[0] and _bare(kept) == _bare(before[1])


def _bare(items: list[RequirementItem] | tuple[RequirementItem, ...]) -> list[RequirementItem]:
    """The items without their line numbers, to be compared across an edit."""
    return [
        replace(item, start=0, end=0, criteria=tuple(replace(one, start=0, end=0) for one in item.criteria))
        for item in items
    ]
