"""The difference of two texts as a page draws it: by line and word, inline or side by side, what is the same folded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from specflow.specs.changes.lines import lines_of
from specflow.specs.changes.words import Hunk, Row, diff_words

MAX_ROWS: Final = 6_000
_RETURN = '<span class="sf-end" title="ends with a carriage return">␍</span>'
_NO_FEED = '<span class="sf-end" title="no line break at the end">⌁</span>'
_TAGS = {"deleted": ("<del>", "</del>"), "inserted": ("<ins>", "</ins>"), "equal": ("", "")}
_OTHER: dict[str, Literal["deleted", "inserted"]] = {"left": "inserted", "right": "deleted"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the page: `kind` is same, removed, added, changed or folded; numbers are 1-based, None for none.

    `html` is the line with its words marked, of both sides at once, or for folded ones a sentence; `left` and `right`
    are the line on either side, None on a side without it.
    """

    kind: str
    old: int | None
    new: int | None
    html: SafeString
    left: SafeString | None = None
    right: SafeString | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """The rows, and how many lines are on one side alone or say something else."""

    lines: list[Line]
    added: int
    removed: int


def draw(before: str, after: str) -> Drawing:
    """What changed, with three lines around each change; at most 6,000 rows, the last then says what is left out."""
    hunks = diff_words(before, after)
    lines = list(_lines(hunks, len(lines_of(before))))
    if len(lines) > MAX_ROWS:
        rest = format_html("{} more lines of this difference are not shown", len(lines) - MAX_ROWS)
        lines = [*lines[:MAX_ROWS], Line("folded", None, None, rest)]
    same = sum(row.kind == "same" for hunk in hunks for row in hunk.rows)
    added, removed = sum(one.new_lines for one in hunks) - same, sum(one.old_lines for one in hunks) - same
    return Drawing(lines, added, removed)


def _lines(hunks: Sequence[Hunk], length: int) -> Iterator[Line]:
    at = 1  # the first line before that is not drawn yet
    for hunk in hunks:
        start = hunk.old_start + (hunk.old_lines == 0)
        yield from _folded(start - at)
        if hunk.whole:
            words = "{} lines became {} others: too many to be shown one by one"
            yield Line("folded", None, None, format_html(words, hunk.old_lines, hunk.new_lines))
        yield from map(_line, hunk.rows)
        at = start + hunk.old_lines
    if hunks:
        yield from _folded(length + 1 - at)


def _folded(count: int) -> Iterator[Line]:
    if count > 0:
        words = format_html("{} unchanged line{}", count, "" if count == 1 else "s")
        yield Line("folded", None, None, words)


def _line(row: Row) -> Line:
    left, right = (_side(row, side) for side in ("left", "right"))
    if row.kind != "changed":
        return Line(row.kind, row.old, row.new, left or right or SafeString(""), left, right)
    marked = "".join(_marked(one.kind, one.text) for one in row.segments)
    return Line("changed", row.old, row.new, _safe(marked + _end(row)), left, right)


def _side(row: Row, side: str) -> SafeString | None:
    if (row.old if side == "left" else row.new) is None:
        return None
    parts = [one for one in row.segments if one.kind != _OTHER[side]]
    if row.kind == "changed":
        html = "".join(_marked(one.kind, one.text) for one in parts)
    else:
        html = "".join(_marked("equal", one.text, ends=row.kind != "same") for one in parts)
    return _safe(html + _end(row, _OTHER[side]))


def _end(row: Row, without: Literal["deleted", "inserted"] = "deleted") -> str:
    """What is odd about a changed line's end, which cannot be seen otherwise."""
    return "" if row.kind == "same" or row.side(without).endswith("\n") else _NO_FEED


def _marked(kind: str, text: str, *, ends: bool = True) -> str:
    begin, end = _TAGS[kind]
    line = text.removesuffix("\n")
    said = escape(line.removesuffix("\r")) if line != text else escape(line)
    odd = _RETURN if ends and line != text and line.endswith("\r") else ""
    return f"{begin}{said}{odd}{end}" if said or odd else ""


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 - each part of a line is escaped
