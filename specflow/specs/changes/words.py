"""The difference of two texts by line and by word, for views side by side and inline.

Nothing of the texts is left out of a hunk, line ends included: the parts put together again are its lines.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from specflow.specs.changes.likeness import UNSPACED
from specflow.specs.changes.lines import changed, lines_of
from specflow.specs.differences import shared

CONTEXT = 3
# After so many changed lines the others are told by line alone, and after so many rows by ranges of lines alone.
MAX_PAIRED = 4_000
MAX_ROWS = 50_000
MAX_COUNTED = 500_000  # lines of both texts; texts with more are told as replaced whole
MAX_LINE = 4_000  # characters of both lines whose words are compared
MAX_PAIRINGS = 400  # pairs of lines of one changed stretch that are tried as the same line; else one by one

_PIECES = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+|\r?\n|[^\S\r\n]+|[^\w\s]|\s")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a changed line: what is on both sides, or on one of them."""

    kind: Literal["equal", "deleted", "inserted"]
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the same, removed, added, or changed. Numbers are 1-based, None on a side without it.

    Side by side, the old line is the segments that are not inserted, the new one those that are not deleted; inline,
    they stand one after the other as they are.
    """

    kind: Literal["same", "removed", "added", "changed"]
    old: int | None
    new: int | None
    segments: tuple[Segment, ...]

    def side(self, without: Literal["deleted", "inserted"]) -> str:
        """The line on the side that has not what was deleted, or inserted."""
        return "".join(one.text for one in self.segments if one.kind != without)


@dataclass(frozen=True, slots=True)
class Hunk:
    """A changed stretch with the lines around it. Starts are 1-based; a side without lines starts after the line
    before it. `whole` where the stretch is too long to be shown by line: then there are no rows."""

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    rows: tuple[Row, ...]
    whole: bool = False

    def as_dict(self) -> dict[str, Any]:
        """`{old_start, old_lines, new_start, new_lines, whole, rows: [{kind, old, new, segments: [{kind, text}]}]}`."""
        names = ("old_start", "old_lines", "new_start", "new_lines", "whole")
        return {name: getattr(self, name) for name in names} | {
            "rows": [
                {
                    "kind": row.kind,
                    "old": row.old,
                    "new": row.new,
                    "segments": [{"kind": one.kind, "text": one.text} for one in row.segments],
                }
                for row in self.rows
            ]
        }


Stretch = tuple[int, int, int, int]


def diff_words(before: str, after: str, *, context: int = CONTEXT) -> list[Hunk]:
    """What changed, with `context` lines around; empty for equal texts. Bounded time for texts of any kind."""
    if before == after:
        return []
    counts = [text.count("\n") + (not text.endswith("\n") and text != "") for text in (before, after)]
    if sum(counts) > MAX_COUNTED:
        return [Hunk(min(counts[0], 1), counts[0], min(counts[1], 1), counts[1], rows=(), whole=True)]
    old, new = lines_of(before), lines_of(after)
    found: list[Hunk] = []
    rows, paired = MAX_ROWS, MAX_PAIRED
    for stretches in _near(list(changed(old, new)), context):
        paired -= sum(one[1] - one[0] + one[3] - one[2] for one in stretches)
        hunk = _hunk(old, new, stretches, context, rows=rows, paired=paired >= 0)
        rows -= len(hunk.rows)
        found.append(hunk)
    return found


def _near(stretches: Sequence[Stretch], context: int) -> list[list[Stretch]]:
    """The stretches in groups whose lines around them touch."""
    groups: list[list[Stretch]] = []
    for one in stretches:
        if groups and one[0] - groups[-1][-1][1] <= 2 * context:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _hunk(old: list[str], new: list[str], stretches: list[Stretch], context: int, *, rows: int, paired: bool) -> Hunk:
    first, last = stretches[0], stretches[-1]
    above = min(context, first[0], first[2])
    below = min(context, len(old) - last[1], len(new) - last[3])
    start, stop = first[0] - above, last[1] + below
    to, end = first[2] - above, last[3] + below
    lines = (start + 1 if stop > start else start, stop - start, to + 1 if end > to else to, end - to)
    if stop - start + end - to > rows:
        return Hunk(*lines, rows=(), whole=True)
    found: list[Row] = []
    at, there = start, to
    for one in (*stretches, (stop, stop, end, end)):
        found += [_same(old[at + step], at + step, there + step) for step in range(one[0] - at)]
        found += _changed(old, new, one, paired=paired)
        at, there = one[1], one[3]
    return Hunk(*lines, rows=tuple(found))


def _same(line: str, old: int, new: int) -> Row:
    return Row("same", old + 1, new + 1, (Segment("equal", line),))


def _changed(old: list[str], new: list[str], stretch: Stretch, *, paired: bool) -> Iterator[Row]:
    """The rows of a changed stretch: lines that became others beside them, the others where they stood."""
    at, stop, to, end = stretch
    pairs = _pairs(old[at:stop], new[to:end]) if paired else []
    for left, right, segments in [*pairs, (stop - at, end - to, ())]:
        for number in range(at, stretch[0] + left):
            yield Row("removed", number + 1, None, (Segment("deleted", old[number]),))
        for number in range(to, stretch[2] + right):
            yield Row("added", None, number + 1, (Segment("inserted", new[number]),))
        at, to = stretch[0] + left, stretch[2] + right
        if segments:
            yield Row("changed", at + 1, to + 1, segments)
            at, to = at + 1, to + 1


def _pairs(old: list[str], new: list[str]) -> list[tuple[int, int, tuple[Segment, ...]]]:
    """Which line became which, in order, with what changed in it: those that have most in common."""
    pieces = ([_pieces(line) for line in old], [_pieces(line) for line in new])
    if len(old) * len(new) > MAX_PAIRINGS:
        chosen = [(at, at) for at in range(min(len(old), len(new)))]
    else:
        chosen = _best(*pieces)
    found = []
    for left, right in chosen:
        segments = _segments(pieces[0][left], pieces[1][right], old[left], new[right])
        if segments:
            found.append((left, right, segments))
    return found


def _best(old: list[list[str]], new: list[list[str]]) -> list[tuple[int, int]]:
    """The growing pairs with the greatest sum of likeness (the share of words that both lines have)."""
    words = [[{piece for piece in line if _WORD.match(piece)} for line in side] for side in (old, new)]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for left in range(len(old) - 1, -1, -1):
        for right in range(len(new) - 1, -1, -1):
            one, other = words[0][left], words[1][right]
            alike = 2 * len(one & other) / (len(one) + len(other) or 1)
            best[left][right] = max(best[left + 1][right], best[left][right + 1], best[left + 1][right + 1] + alike)
    found = []
    left = right = 0
    while left < len(old) and right < len(new):
        if best[left][right] == best[left + 1][right]:
            left += 1
        elif best[left][right] == best[left][right + 1]:
            right += 1
        else:
            found.append((left, right))
            left, right = left + 1, right + 1
    return found


def _pieces(line: str) -> list[str]:
    """A line's words, signs and blanks; signs of scripts without blanks one by one, an accent with what bears it."""
    if len(line) > MAX_LINE:
        return []
    pieces = _PIECES.findall(line)
    if line.isascii():
        return pieces
    joined: list[str] = []
    for piece in pieces:
        if joined and (unicodedata.category(piece[0])[0] == "M" or "\u200d" in (piece, joined[-1][-1])):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _segments(old: list[str], new: list[str], line: str, other: str) -> tuple[Segment, ...]:
    """What changed from a line to another, in the order of both; nothing where they have too little in common."""
    if not (old and new) or len(line) + len(other) > MAX_LINE:
        return ()
    pairs = shared(old, new, effort=40)
    if 3 * sum(len(old[left].strip()) for left, _ in pairs) < max(len(line.strip()), len(other.strip())):
        return ()
    parts: list[tuple[Literal["equal", "deleted", "inserted"], str]] = []
    at = to = 0
    for left, right in [*pairs, (len(old), len(new))]:
        parts += [("deleted", "".join(old[at:left])), ("inserted", "".join(new[to:right]))]
        if left < len(old):
            parts.append(("equal", old[left]))
        at, to = left + 1, right + 1
    full = [part for part in parts if part[1]]
    return tuple(
        Segment(kind, "".join(text for _, text in group)) for kind, group in groupby(full, key=lambda part: part[0])
    )
