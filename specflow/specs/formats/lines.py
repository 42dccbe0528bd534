"""A text as lines, and back byte for byte: the line ends, the byte order mark and a missing last end are kept.

Lines end at "\\n" alone; a "\\r" before it is part of the end. Other separators (U+2028, a lone "\\r") are text, so
`str.splitlines` is never used on a document.
"""

import re
from collections.abc import Sequence

BOM = "\ufeff"
HEADING = re.compile(r"^(#{1,6})[ \t]+(.*)$")
BULLET = re.compile(r"^(\s*)([-*+]|\d+[.)])(\s+)")
RULE = re.compile(r"^ {0,3}(?:-[ \t]*){3,}$|^ {0,3}(?:\*[ \t]*){3,}$|^ {0,3}(?:_[ \t]*){3,}$")

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})(.*)$")
_ANY_FENCE = re.compile(r"^\s*(?:```|~~~)")
_TAB = 4
_OPEN = ("", "\r")  # how a text ends that has no last line end; a "\r" there is half of one


class Page:
    """The lines of a text, without their ends; editing it leaves every other line's bytes alone."""

    def __init__(self, text: str) -> None:
        self._bom = BOM if text.startswith(BOM) else ""
        parts = text[len(self._bom) :].split("\n")
        last = parts.pop()
        self.lines = [part.removesuffix("\r") for part in parts]
        self._ends = ["\r\n" if part.endswith("\r") else "\n" for part in parts]
        if last:
            self.lines.append(last.removesuffix("\r"))
            self._ends.append("\r" if last.endswith("\r") else "")
        crlf = self._ends.count("\r\n")
        self.newline = "\r\n" if crlf * 2 > sum(end not in _OPEN for end in self._ends) else "\n"

    @property
    def text(self) -> str:
        """The text again."""
        return self._bom + "".join(line + end for line, end in zip(self.lines, self._ends, strict=True))

    def insert(self, at: int, new: Sequence[str]) -> None:
        """Puts lines before position `at` (0-based); a text without a last line end stays without one."""
        if not new:
            return
        ends = [self.newline] * len(new)
        if at and at == len(self.lines) and self._ends[-1] in _OPEN:
            open_end = self._ends[-1]
            self._ends[-1], ends[-1] = (f"{open_end}\n" if open_end else self.newline), open_end
        self.lines[at:at] = new
        self._ends[at:at] = ends

    def remove(self, start: int, stop: int) -> None:
        """Takes out the lines from `start` up to but without `stop` (0-based)."""
        if start >= stop:
            return
        last = self._ends[stop - 1]
        del self.lines[start:stop]
        del self._ends[start:stop]
        if last in _OPEN and self._ends:
            self._ends[-1] = last

    def replace(self, start: int, stop: int, new: Sequence[str]) -> None:
        """Puts `new` where the lines from `start` up to `stop` stand; equal lines at both edges keep their bytes."""
        old, fresh = self.lines[start:stop], list(new)
        while old and fresh and old[0] == fresh[0]:
            old, fresh, start = old[1:], fresh[1:], start + 1
        while old and fresh and old[-1] == fresh[-1]:
            old, fresh, stop = old[:-1], fresh[:-1], stop - 1
        self.insert(stop, fresh)
        self.remove(start, stop)


def is_blank(line: str) -> bool:
    """Whether nothing but blanks stands on the line."""
    return not line or line.isspace()


def indent(line: str) -> int:
    """How many columns of blanks a line begins with; a tab counts as four."""
    blanks = line[: len(line) - len(line.lstrip())]
    return len(blanks) + (_TAB - 1) * blanks.count("\t")


def dedented(line: str, columns: int) -> str:
    """The line without its first `columns` columns of blanks, or without as many of them as it has."""
    at = width = 0
    while width < columns and at < len(line) and line[at].isspace():
        width += _TAB if line[at] == "\t" else 1
        at += 1
    return line[at:]


def indented(lines: Sequence[str], by: str) -> list[str]:
    """The lines with `by` before each; an empty line stays empty."""
    return [by + line if line else "" for line in lines]


def fenced(lines: Sequence[str]) -> list[bool]:
    """Which lines stand in a code fence, its own two lines included; a fence ends at one of its kind and length.

    A fence that nothing closes hides nothing: it is more often a stray end than the begin of code.
    """
    marks = _marks(lines)
    closers = _longest_after(marks)
    flags, mark = [], ""
    for at, found in enumerate(marks):
        opens = found is not None and not mark and _opens(found) and closers[at][found[1][0]] >= len(found[1])
        flags.append(bool(mark) or opens)
        if found is not None and mark and found[1].startswith(mark) and is_blank(found[2]):
            mark = ""
        elif found is not None and opens:
            mark = found[1]
    return flags


def leaves_open(lines: Sequence[str]) -> bool:
    """Whether a fence begins in the lines that does not end in them, by either way of counting."""
    flags = fenced(lines)
    stray = any(found and not inside for found, inside in zip(_marks(lines), flags, strict=True))
    return stray or sum(bool(_ANY_FENCE.match(line)) for line in lines) % 2 == 1


def _marks(lines: Sequence[str]) -> list[re.Match[str] | None]:
    return [_FENCE.match(line) if "```" in line or "~~~" in line else None for line in lines]


def _longest_after(marks: Sequence[re.Match[str] | None]) -> list[dict[str, int]]:
    """For each line how long the longest closing mark of either kind is that stands below it."""
    longest = {"`": 0, "~": 0}
    after = []
    for found in reversed(marks):
        after.append(longest)
        if found and is_blank(found[2]) and len(found[1]) > longest[found[1][0]]:
            longest = longest | {found[1][0]: len(found[1])}
    return after[::-1]


def _opens(found: re.Match[str]) -> bool:
    return found[1][0] == "~" or "`" not in found[2]


def switched(lines: Sequence[str]) -> list[str]:
    """For each line "" outside a fence, "open" where one begins, "in" inside and at its end.

    Every line that begins with ``` or ~~~ switches, whatever its length or kind: the way that the readers of
    `.spec-workflow` task lists count, so that they and we see the same checkboxes.
    """
    flags, inside = [], False
    for line in lines:
        if _ANY_FENCE.match(line):
            flags.append("in" if inside else "open")
            inside = not inside
        else:
            flags.append("in" if inside else "")
    return flags


def last_full(lines: Sequence[str], start: int, stop: int) -> int:
    """The position after the last line with something on it between `start` and `stop` (0-based), or `start`."""
    while stop > start and is_blank(lines[stop - 1]):
        stop -= 1
    return stop
