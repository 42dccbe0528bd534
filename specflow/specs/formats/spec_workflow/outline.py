"""A page by its headings, its labels (`**Summary:** …`) and its tables: what a folder's smaller files are made of."""

# ruff: noqa: RUF001 - full-width colons stand in real documents

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from specflow.specs.formats.lines import HEADING, RULE, Page, fenced, is_blank

_LABEL = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?\*\*([^*]{1,60})\*\*[ \t]*(.*)$")
_PLAIN_LABEL = re.compile(r"^[ \t]*[-*+][ \t]+([^\W_][\w /()-]{0,40})[:：](?:[ \t]+(.*))?$")
_ROW_RULE = frozenset(" \t:|-")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the lines up to the next one; what stands before the first heading has level 0 and start 0.

    `lines` are those below the heading, the first of them on line `start + 1` of the text.
    """

    level: int
    title: str
    start: int
    lines: tuple[str, ...]

    @property
    def end(self) -> int:
        """The last line of the part that has something on it."""
        at = len(self.lines)
        while at and is_blank(self.lines[at - 1]):
            at -= 1
        return self.start + at

    @property
    def text(self) -> str:
        """The lines without blank ones at the edges."""
        lines = list(self.lines[: self.end - self.start])
        while lines and is_blank(lines[0]):
            lines.pop(0)
        return "\n".join(lines)


def parts(page: Page, *, after: int = 0, deepest: int = 6) -> tuple[Part, ...]:
    """The page as its parts from the line behind `after` on; headings below level `deepest` are text of their part."""
    found = [(0, "", after)]
    for at, code in enumerate(fenced(page.lines)):
        heading = None if code or at < after else HEADING.match(page.lines[at])
        if heading and len(heading[1]) <= deepest:
            found.append((len(heading[1]), heading[2].rstrip("# \t").strip(), at + 1))
    ends = [*(start - 1 for _, _, start in found[1:]), len(page.lines)]
    return tuple(
        Part(level, title, start, tuple(page.lines[start:end]))
        for (level, title, start), end in zip(found, ends, strict=True)
    )


def labels(lines: Iterable[str], only: Container[str] | None = None) -> dict[str, str]:
    """What stands behind each label, `**Purpose:** x` or `- Purpose: x`, by its name in small letters.

    The first of a name counts. A value goes on over the lines below it, up to the next label or rule; a label that is
    none of `only`, where that is given, is text.
    """
    found: dict[str, list[str]] = {}
    now: list[str] = []
    for line in lines:
        label = _label(line)
        if label and (only is None or label[0] in only):
            now = []
            found.setdefault(label[0], now).append(label[1])
        elif RULE.match(line):
            now = []
        else:
            now.append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def _label(line: str) -> tuple[str, str] | None:
    bold = _LABEL.match(line)
    if bold:
        name, rest = bold[1].strip(), bold[2].lstrip()
        if name.endswith((":", "：")) or rest.startswith((":", "：")):
            return name.rstrip(":： ").casefold(), rest.removeprefix(":").removeprefix("：").strip()
        return None
    plain = _PLAIN_LABEL.match(line)
    return (plain[1].strip().casefold(), (plain[2] or "").strip()) if plain else None


def tables(lines: Sequence[str]) -> tuple[tuple[int, dict[str, str]], ...]:
    """The rows of all tables among the lines: the position of each (0-based), and its cells by the names in the head.

    Names are in small letters; a cell loses the marks of code around it.
    """
    rows: list[tuple[int, dict[str, str]]] = []
    names: list[str] = []
    for at, line in enumerate(lines):
        if "|" not in line:
            names = []
        elif _is_rule(line):
            names = names or ([cell.casefold() for cell in cells(lines[at - 1])] if at else [])
        elif names:
            rows.append((at, dict(zip(names, cells(line), strict=False))))
    return tuple(rows)


def _is_rule(line: str) -> bool:
    return "-" in line and set(line) <= _ROW_RULE


def cells(line: str) -> list[str]:
    """The cells of a table's row."""
    row = line.strip().removeprefix("|")
    found = [part.strip().replace("\\|", "|") for part in _PIPE.split(row)]
    if found and not found[-1]:
        found.pop()
    return [
        cell[1:-1] if len(cell) > 2 and cell[0] == cell[-1] == "`" and "`" not in cell[1:-1] else cell for cell in found
    ]
