"""Adds a task to a tasks.md: written the way that the document writes, read back, compared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from specflow.specs.formats.items import TaskItem
from specflow.specs.formats.lines import Page, indented, is_blank, last_full
from specflow.specs.formats.spec_workflow.tasks import Draft, drafts, read_tasks, split_key
from specflow.specs.formats.values import (
    first_fit,
    is_simple,
    one_line_ways,
    quoted,
    quoted_list,
    unquoted_list,
    unrepresentable,
    ways,
)

_PREFIXED = re.compile(r"([A-Z]+-?)(\d+)$")
_HEAD = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Given:
    """What a new task is to say; an empty value is not given."""

    title: str
    description: str = ""
    phase: str = ""
    priority: str = ""
    requirements: tuple[str, ...] = ()

    def is_said_by(self, item: TaskItem) -> bool:
        """Whether the item says exactly this and no more."""
        said = Given(item.title, item.description, item.phase, item.priority, item.requirements)
        rest = (item.status, item.blocked_reason, item.details, item.files, item.purpose, item.leverage, item.prompt)
        return said == self and rest == ("pending", "", (), (), "", "", "")


def add_task(
    text: str,
    *,
    title: str,
    description: str = "",
    phase: str = "",
    priority: str = "",
    requirements: Sequence[str] = (),
) -> tuple[str, str]:
    """The text with one more task after the last one, and its key, which goes on from the keys there.

    Raises `unrepresentable_text` where no way of writing reads back.
    """
    given = Given(title, description, phase, priority, tuple(requirements))
    there = drafts(Page(text))
    name, key = _next(there)
    for new_lines in (_chosen(name, given), _written(name, given, _last_ways(given))):
        new, place = _with_task(text, there, new_lines)
        if _only_adds(text, new, place, (key, given)):
            return new, key
    raise unrepresentable("task")


def _next(there: Sequence[Draft]) -> tuple[str, str]:
    """What stands between checkbox and title, and the key: `4. ` after 3 or 3.2, `T005 ` after T004."""
    keys = [split_key(draft.rest)[0] for draft in there]
    roots = [key for key, draft in zip(keys, there, strict=True) if key and draft.parent is None]
    last = _PREFIXED.match(roots[-1]) if roots else None
    if last:
        tails = [int(key[len(last[1]) :]) for key in keys if re.fullmatch(re.escape(last[1]) + r"\d{1,9}", key)]
        key = f"{last[1]}{max(tails, default=0) + 1:0{len(last[2])}d}"
        return f"{key} ", key
    numbers = [int(found[0]) for found in map(_HEAD.match, keys) if found and len(found[0]) < 10]
    key = str(max(numbers, default=0) + 1)
    return f"{key}. ", key


def _description_ways(value: str) -> list[list[str]]:
    """As a paragraph, as the block of a labelled bullet (what has bullets of its own), quoted."""
    if not value:
        return [[]]
    plain = [list(way) for way in ways(value)[:-1]]
    return [*plain, *(["- Description:", *indented(way, "  ")] for way in plain), [quoted(value)]]


def _reference_ways(values: Sequence[str]) -> list[str]:
    if not values:
        return [""]
    line = ", ".join(values)
    return [*([line] if is_simple(line) and unquoted_list(line) is None else []), quoted_list(values)]


def _labelled_ways(value: str) -> list[str]:
    return list(one_line_ways(value)) if value else [""]


Ways = tuple[str, list[str], str, str, str]


def _last_ways(given: Given) -> Ways:
    return (
        one_line_ways(given.title)[-1],
        _description_ways(given.description)[-1],
        _labelled_ways(given.phase)[-1],
        _labelled_ways(given.priority)[-1],
        _reference_ways(given.requirements)[-1],
    )


def _written(name: str, given: Given, ways: Ways) -> list[str]:
    title, description, phase, priority, references = ways
    labelled = [("Phase", phase), ("Priority", priority), ("Requirements", references)]
    body = [*description, *(f"- _{label}: {value}_" for label, value in labelled if value)]
    return [f"- [ ] {name}{title}", *indented(body, "  ")]


def _chosen(name: str, given: Given) -> list[str]:
    """The task's lines, each value in the first way that reads back in a document of its own."""
    plain: Ways = ("Title", [], "", "", "")

    def fit(place: int, options: Sequence[object], alone: Given) -> object:
        def fits(option: object) -> bool:
            ways: Ways = (*plain[:place], option, *plain[place + 1 :])  # type: ignore[assignment]
            read = read_tasks("\n".join([*_written(name, alone, ways), "", "- [ ] Next"]))
            return len(read) == 2 and alone.is_said_by(read[0])

        return first_fit(options, fits) or options[-1]

    chosen = (
        fit(0, one_line_ways(given.title), Given(given.title)),
        fit(1, _description_ways(given.description), Given("Title", description=given.description)),
        fit(2, _labelled_ways(given.phase), Given("Title", phase=given.phase)),
        fit(3, _labelled_ways(given.priority), Given("Title", priority=given.priority)),
        fit(4, _reference_ways(given.requirements), Given("Title", requirements=given.requirements)),
    )
    return _written(name, given, chosen)  # type: ignore[arg-type]


def _with_task(text: str, there: Sequence[Draft], new: list[str]) -> tuple[str, int]:
    """The new text, and the new task's index: after the last task and all that belongs to it."""
    page = Page(text)
    roots = [draft for draft in there if draft.parent is None]
    at = max((draft.end for draft in there), default=0)
    tight = len(roots) > 1 and not is_blank(page.lines[roots[-1].start - 2])
    if roots:
        line = page.lines[roots[-1].start - 1]
        new = indented(new, line[: len(line) - len(line.lstrip())])
    else:
        at = last_full(page.lines, 0, len(page.lines))
    if at and not tight and not is_blank(page.lines[at - 1]):
        new = ["", *new]
    if at < len(page.lines) and not is_blank(page.lines[at]):
        new = [*new, ""]
    page.insert(at, new)
    return page.text, len(there)


def _only_adds(old: str, new: str, place: int, given: tuple[str, Given]) -> bool:
    before, after = _bare(read_tasks(old)), _bare(read_tasks(new))
    if len(after) != len(before) + 1:
        return False
    item = after.pop(place)
    return after == before and item.key == given[0] and item.parent is None and given[1].is_said_by(item)


def _bare(items: Sequence[TaskItem]) -> list[TaskItem]:
    return [replace(item, start=0, end=0) for item in items]
