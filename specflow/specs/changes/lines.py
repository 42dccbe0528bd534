"""Two texts as lines and the stretches that differ: what the view of a difference and a merge are made from."""

from collections.abc import Iterator, Sequence

from specflow.specs.differences import shared

# More lines than any document may have; a longer changed stretch counts as replaced whole.
MAX_LINES = 100_000


def lines_of(text: str) -> list[str]:
    """The lines with their ends; a line ends at a line feed alone, what stands before it is part of it."""
    parts = text.split("\n")
    last = parts.pop()
    return [f"{part}\n" for part in parts] + ([last] if last else [])


def changed(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """The stretches that differ: (start, stop) in `before`, then in `after`, from 0, `stop` not included."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    pairs = shared(old, new) if max(len(old), len(new)) <= MAX_LINES else []
    at = to = 0
    for left, right in [*pairs, (len(old), len(new))]:
        if at < left or to < right:
            yield head + at, head + left, head + to, head + right
        at, to = left + 1, right + 1


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many pieces are equal at the beginning; halved down, because comparing slices is fast."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
