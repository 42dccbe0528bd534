"""The names by which what changed may be cited: those of its items, before and after, and of their headings."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from specflow.specs.formats.items import TaskItem
from specflow.specs.formats.lines import Page
from specflow.specs.lint.references import Index, Target

_NO_ANCHOR = re.compile(r"[^\w\- ]")
_LETTER = re.compile(r"[^\W\d_]")


class Named(Protocol):
    """A requirement, or a task that is looked at as one."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def criteria(self) -> Sequence[Any]: ...

    @property
    def start(self) -> int: ...


class TaskName(NamedTuple):
    """A task by the names that references have for it: a bare number is `Task 3` elsewhere."""

    key: str
    title: str
    start: int
    criteria: tuple[()] = ()

    @classmethod
    def of(cls, item: TaskItem) -> "TaskName":
        """The task as it is named."""
        return cls(item.key if not item.key or _LETTER.search(item.key) else f"Task {item.key}", item.title, item.start)


class Meaning(NamedTuple):
    """What a reference means: whether it names anything at all, and the keys of what changed among that."""

    known: bool = False
    keys: tuple[str, ...] = ()


class Names:
    """The items of one side of a change, `changed` among them by position, and its text.

    `bare` says whether a number alone may name one of them.
    """

    def __init__(
        self, items: Sequence[Named], changed: frozenset[Target], text: str = "", *, bare: bool = True
    ) -> None:
        self._items, self._changed, self._text, self._bare = items, changed, text, bare

    def meant(self, reference: str) -> Meaning:
        """What the reference means here."""
        if not self._bare and not _LETTER.search(reference):
            return Meaning()
        return self._meaning(self._index.targets(reference))

    def anchored(self, anchor: str) -> Meaning:
        """What the part of a link after `#` means: a heading's name as pages have it, or a reference."""
        found = self._anchors.get(anchor.casefold())
        if found is not None:
            return self._meaning([found])
        here = self._index.targets(anchor) or self._index.targets(anchor.replace("-", " "))
        return self._meaning(here)

    def _meaning(self, targets: Iterable[Target]) -> Meaning:
        found = list(targets)
        return Meaning(bool(found), tuple(self._key(one) for one in found if one in self._changed))

    def _key(self, target: Target) -> str:
        item = self._items[target[0]]
        return item.key if target[1] is None else str(item.criteria[target[1]].key)

    @cached_property
    def _index(self) -> Index:
        return Index(self._items)  # type: ignore[arg-type]  # it looks at keys, titles and criteria alone

    @cached_property
    def _anchors(self) -> dict[str, Target]:
        found: dict[str, Target] = {}
        lines = Page(self._text).lines
        for place, item in enumerate(self._items):
            line = lines[item.start - 1] if 0 < item.start <= len(lines) else ""
            if line.startswith("#"):
                found.setdefault(_anchor(line.lstrip("#")), (place, None))
        return found


def _anchor(heading: str) -> str:
    return _NO_ANCHOR.sub("", heading.strip().casefold()).replace(" ", "-")
