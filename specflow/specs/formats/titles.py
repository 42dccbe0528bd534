"""A document's own title: its first heading without the words that only say which kind of document it is."""

# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents

import re

from specflow.specs.formats.lines import HEADING, Page, fenced
from specflow.specs.formats.values import unquoted

_MARK = r"[ \t]*(?::|：|[ \t][-–—])[ \t]*"
_KIND = (
    r"(?:(?:technical|bugfix|functional|implementation)[ \t]+)*"
    r"(?:requirements?|design|tasks?|bugfix|implementation)"
    r"(?:[ \t]+(?:document|documentation|specifications?|spec|plan|list|doc))*"
)
_BEFORE = re.compile(rf"{_KIND}(?:{_MARK}|$)", re.IGNORECASE)
_AFTER = re.compile(rf"(?:{_MARK}|[ \t]+){_KIND}$", re.IGNORECASE)
_HEAD = 20_000  # characters in which a title is looked for
_LONG = 500  # characters; a longer heading is nobody's title, and not worth the search


def title_of(text: str) -> str:
    """The title that the first `# ` heading gives, "" where there is none or it names only a kind of document."""
    lines = Page(text[:_HEAD]).lines
    flags = fenced(lines)
    heads = (HEADING.match(line) for line, code in zip(lines, flags, strict=True) if not code and line[:1] == "#")
    found = next((head for head in heads if head and len(head[1]) == 1), None)
    return without_kind(found[2]) if found else ""


def without_kind(heading: str) -> str:
    """`Login` of `Requirements: Login`, `Login Requirements` and `Login - Design Document`."""
    said = heading.strip()
    if len(said) > _LONG:
        return said
    before = _BEFORE.match(said)
    if before:
        return unquoted(said[before.end() :].strip())
    after = _AFTER.search(said)
    return unquoted(said[: after.start()].strip() if after else said)
