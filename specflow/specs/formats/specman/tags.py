"""Finds the validation tags in any text: `[ENSURES: concept-x.group:TEST]` (SpecMan Core, "Entity: Validation Tag")."""

import re
from dataclasses import dataclass

_BLANKS = r"[^\S\n]*"
_TAG = re.compile(
    rf"\[{_BLANKS}ENSURES{_BLANKS}:{_BLANKS}([\w-]+(?:\.[\w-]+)*){_BLANKS}"
    rf"(?::{_BLANKS}(TEST|CHECK|MANUAL){_BLANKS})?\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ValidationTag:
    """A place that vouches for a constraint group; `kind` is test (also where none is said), check or manual.

    `line` and `column` are of the opening bracket, both from 1, the column in characters.
    """

    constraint: str
    kind: str
    line: int
    column: int


def validation_tags(text: str) -> tuple[ValidationTag, ...]:
    """Every tag, in the order of the text, wherever it stands: prose, comment or code; reads any text."""
    tags, line, begin = [], 1, 0
    for found in _TAG.finditer(text):
        line += text.count("\n", begin, found.start())
        begin = found.start()
        column = begin - text.rfind("\n", 0, begin) - text.startswith("\ufeff") * (line == 1)
        tags.append(ValidationTag(found[1], (found[2] or "test").lower(), line, column))
    return tuple(tags)
