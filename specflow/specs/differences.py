"""Which pieces two sequences share: what a diff is made of, in bounded time for any input.

Anchored on the pieces that occur once in both (patience diff, as Bazaar and git's `--patience`), then Myers, "An O(ND)
Difference Algorithm and Its Variations" (1986), between the anchors. difflib is not used: it is quadratic and worse on
texts of many equal lines, which specs with their blank lines are.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from math import isqrt

# How many changed pieces a stretch between two anchors may have before it counts as replaced whole (steps: its square).
EFFORT = 700


def shared(before: Sequence[str], after: Sequence[str], *, effort: int = EFFORT) -> list[tuple[int, int]]:
    """Pairs (index in `before`, index in `after`) of equal pieces, both growing; what is not in a pair was changed.

    A stretch with more than `effort` changes is given up as changed whole, so the time is bounded: linear in the
    lengths plus the square of `effort`, which all the stretches share.
    """
    pairs: list[tuple[int, int]] = []
    at, to, left = 0, 0, effort * effort
    for old, new in [*_anchors(before, after), (len(before), len(after))]:
        stretch, cost = _stretch(before[at:old], after[to:new], left)
        left -= cost
        pairs += [(at + i, to + j) for i, j in stretch]
        if old < len(before):
            pairs.append((old, new))
        at, to = old + 1, new + 1
    return pairs


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """The longest growing run of pairs whose piece occurs once on each side."""
    once_before = {piece for piece, count in Counter(before).items() if count == 1}
    once_after = {piece for piece, count in Counter(after).items() if count == 1}
    places = {piece: j for j, piece in enumerate(after) if piece in once_after}
    pairs = [(i, places[piece]) for i, piece in enumerate(before) if piece in once_before and piece in places]
    tails: list[int] = []  # the smallest last `after` index of a run of each length
    ends: list[int] = []  # which pair stands there
    links = [-1] * len(pairs)
    for index, (_, new) in enumerate(pairs):
        length = bisect_left(tails, new)
        links[index] = ends[length - 1] if length else -1
        tails[length : length + 1] = [new]
        ends[length : length + 1] = [index]
    run, index = [], ends[-1] if ends else -1
    while index >= 0:
        run.append(pairs[index])
        index = links[index]
    return run[::-1]


def _stretch(before: Sequence[str], after: Sequence[str], budget: int) -> tuple[list[tuple[int, int]], int]:
    """The shared pairs of a stretch without anchors, and the steps that it took."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    inner_before, inner_after = before[head : len(before) - tail], after[head : len(after) - tail]
    pairs = [(i, i) for i in range(head)]
    cost = 0
    if inner_before and inner_after:
        trace = _walk(inner_before, inner_after, budget)
        cost = len(trace) ** 2
        pairs += [(head + i, head + j) for i, j in _steps_back(trace, len(inner_before), len(inner_after))]
    pairs += [(len(before) - tail + i, len(after) - tail + i) for i in range(tail)]
    return pairs, cost


def _walk(before: Sequence[str], after: Sequence[str], budget: int) -> list[dict[int, int]]:
    """Myers' furthest points, one dict (diagonal → place in `before`) for each number of changes; stops on budget."""
    trace: list[dict[int, int]] = []
    reach = {1: 0}
    for changes in range(min(len(before) + len(after), isqrt(max(budget, 0))) + 1):
        trace.append(reach)
        reach = dict(reach)
        for diagonal in range(-changes, changes + 1, 2):
            down = diagonal == -changes or (diagonal != changes and reach[diagonal - 1] < reach[diagonal + 1])
            x = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            y = x - diagonal
            while x < len(before) and y < len(after) and before[x] == after[y]:
                x, y = x + 1, y + 1
            reach[diagonal] = x
            if x >= len(before) and y >= len(after):
                return trace
    return []


def _steps_back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    return list(_backwards(trace, x, y))[::-1]


def _backwards(trace: list[dict[int, int]], x: int, y: int) -> Iterator[tuple[int, int]]:
    """The equal pairs on the way that `_walk` found, from its end to its beginning."""
    for changes in range(len(trace) - 1, -1, -1):
        reach = trace[changes]
        diagonal = x - y
        down = diagonal == -changes or (diagonal != changes and reach[diagonal - 1] < reach[diagonal + 1])
        from_diagonal = diagonal + 1 if down else diagonal - 1
        from_x = reach[from_diagonal]
        from_y = from_x - from_diagonal
        while x > max(from_x, 0) and y > max(from_y, 0):
            x, y = x - 1, y - 1
            yield x, y
        x, y = from_x, from_y
