"""Which item the lines of a text lie in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from specflow.specs.formats.items import Items


@dataclass(frozen=True, slots=True)
class Within:
    """An item that lines lie in; a criterion's `title` is what it says, `requirement` the key that it stands under."""

    kind: Literal["requirement", "criterion", "task"]
    key: str
    title: str
    requirement: str = ""

    def as_dict(self) -> dict[str, str]:
        """`{kind, key, title, requirement}`."""
        return {"kind": self.kind, "key": self.key, "title": self.title, "requirement": self.requirement}


class Whereabouts:
    """The innermost item of every line, worked out once for a text."""

    def __init__(self, items: Items) -> None:
        spans = [(one.start, -one.end, Within("task", one.key, one.title)) for one in items.tasks]
        for above in items.requirements:
            spans.append((above.start, -above.end, Within("requirement", above.key, above.title)))
            spans += [
                (one.start, -one.end, Within("criterion", one.key, one.text, above.key)) for one in above.criteria
            ]
        # A wide item stands before the narrow ones in it, and each takes over the lines from its first one on.
        spans.sort(key=lambda span: span[:2])
        self._at: dict[int, Within] = {}
        inside: list[tuple[int, Within]] = []  # the open items, each with its last line
        for place, (start, end, one) in enumerate(spans):
            inside.append((-end, one))
            below = spans[place + 1][0] if place + 1 < len(spans) else max(-last for _, last, _ in spans) + 1
            self._fill(inside, start, below)

    def _fill(self, inside: list[tuple[int, Within]], start: int, below: int) -> None:
        """Gives the lines from `start` up to `below` to the items that are open there."""
        for line in range(start, below):
            while inside and inside[-1][0] < line:
                inside.pop()
            if inside:
                self._at[line] = inside[-1][1]

    def of(self, start: int, end: int) -> tuple[Within, ...]:
        """The items that lines `start` to `end` (from 1, inclusive) lie in; for no lines, that of the line above."""
        lines = range(start, end + 1) if start <= end else (end,)
        return tuple(dict.fromkeys(self._at[line] for line in lines if line in self._at))


def union(found: Iterable[tuple[Within, ...]]) -> tuple[Within, ...]:
    """The items of several texts, each kind and key once, as the first text that has it calls it."""
    items: dict[tuple[str, str, str], Within] = {}
    for one in (one for some in found for one in some):
        # Items without a key are known by what they say.
        items.setdefault((one.kind, one.key, "" if one.key else one.title), one)
    return tuple(items.values())
