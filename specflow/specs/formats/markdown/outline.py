"""A document's headings as an outline: where each section stands, outside of code and comments; and its own title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from specflow.specs.formats.lines import RULE, Page, fenced, is_blank

# "###Requirement: x" without the blank is written often enough; "#1280" and "#tag" are text.
_HEADING = re.compile(r"^ {0,3}(?:(#{1,6})[ \t]+|(#{2,6})(?=[^\W\d]))(.*)$")
_COMMENT = re.compile(r"^\s*<!--")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: its line, its level (1 to 6), its words, and the last line with something on it of its section.

    A section goes on to the next heading of its level or a higher one; blank lines and rules (`---`) before that one
    are between the two.
    """

    line: int
    level: int
    text: str
    end: int


def hidden(lines: Sequence[str]) -> list[bool]:
    """Which lines say nothing to a reader: code fences, and comments that begin a line (`<!-- … -->`)."""
    flags = fenced(lines)
    last = max((at for at, line in enumerate(lines) if "-->" in line), default=-1)
    inside = False
    for at, line in enumerate(lines):
        if not inside and not flags[at]:
            inside = at <= last and "<!--" in line and bool(_COMMENT.match(line))
        if inside:
            flags[at] = True
            inside = "-->" not in line
    return flags


class Sheet:
    """A text as a page, which of its lines are unseen (`hidden`), and its headings in their order."""

    def __init__(self, text: str) -> None:
        self.page = Page(text)
        self.unseen = hidden(self.page.lines)
        self.headings = _headings(self.page.lines, self.unseen)


def _headings(lines: Sequence[str], unseen: Sequence[bool]) -> list[Heading]:
    found = []
    for at, line in enumerate(lines):
        match = _HEADING.match(line) if "#" in line and not unseen[at] else None
        if match:
            found.append((at, len(match[1] or match[2]), _bare(match[3])))
    stops = [len(lines)] * len(found)
    waiting: list[int] = []
    for place, (at, level, _) in enumerate(found):
        while waiting and found[waiting[-1]][1] >= level:
            stops[waiting.pop()] = at
        waiting.append(place)
    return [
        Heading(at + 1, level, text, _last_said(lines, at + 1, stop))
        for (at, level, text), stop in zip(found, stops, strict=True)
    ]


def _bare(text: str) -> str:
    """The heading's words, without the marks that may close it."""
    words = text.strip()
    without = words.rstrip("#")
    return without.rstrip() if without != words and without[-1:] in {"", " ", "\t"} else words


def _last_said(lines: Sequence[str], start: int, stop: int) -> int:
    """The number of the last line before position `stop` that is neither blank nor a rule, `start` where none is."""
    while stop > start and (is_blank(lines[stop - 1]) or RULE.match(lines[stop - 1])):
        stop -= 1
    return stop


def title_of(headings: Sequence[Heading], around: str) -> str:
    """The document's own title: its first heading of level 1, without the words that say which document it is.

    `around` is a pattern of those words: `# Tasks: Lending`, `# Lending Specification` and `# Delta for Lending` are
    all "Lending". "" where nothing else is said.
    """
    first = next((one.text for one in headings if one.level == 1), "")
    before = re.match(rf"(?:{around})(?:\s*[:\uff1a\u2013\u2014-]\s*|\s+for\s+|$)", first, re.IGNORECASE)
    said = first[before.end() :] if before else first
    after = re.search(rf"(?:\s[:\u2013\u2014-])?\s(?:{around})$", said[-60:], re.IGNORECASE)
    return (said[: len(said) - len(said[-60:]) + after.start()] if after else said).strip()
