"""How a value given by a tool stands in a text, so that it reads back exactly.

Three ways, tried in this order: plain (one line as it is), block (its further lines indented under the first), quoted
(a JSON string on one line: visible, because reviewers must see what they approve). The editor reads what it wrote and
takes the first way that comes back as given (DESIGN, "Rules for documents").
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from specflow.errors import Invalid
from specflow.specs.formats.lines import leaves_open
from specflow.text import checked

T = TypeVar("T")

# What some reader takes for a line end although "\n" is the only one here; next to it, a value is quoted.
_SEPARATORS = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def quoted(value: str) -> str:
    """The value as a JSON string on one line."""
    return _escaped(json.dumps(value, ensure_ascii=False))


def quoted_list(values: Sequence[str]) -> str:
    """The values as a JSON list of strings on one line."""
    return _escaped(json.dumps(list(values), ensure_ascii=False))


def unquoted(text: str) -> str:
    """The value that `quoted` wrote as `text`; any other text is its own value."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    value = _loaded(text)
    return value if isinstance(value, str) and quoted(value) == text and _takes(value) else text


def unquoted_list(text: str) -> tuple[str, ...] | None:
    """The values that `quoted_list` wrote as `text`, or None for any other text."""
    if not (text.startswith('["') and text.endswith('"]')):
        return None
    values = _loaded(text)
    if not isinstance(values, list) or not all(isinstance(value, str) and _takes(value) for value in values):
        return None
    return tuple(values) if quoted_list(values) == text else None


def is_simple(value: str) -> bool:
    """Whether the value may stand unquoted: no blanks at its edges, no odd line ends, not itself like a quoted one."""
    return bool(value) and value == value.strip() and not _SEPARATORS.search(value) and unquoted(value) == value


def ways(value: str) -> tuple[tuple[str, ...], ...]:
    """The ways to write a value after a marker, each as its lines: plain or block where it can be, then quoted."""
    lines = tuple(value.split("\n"))
    simple = (lines,) if is_simple(value) and not leaves_open(lines) else ()
    return (*simple, (quoted(value),))


def one_line_ways(value: str) -> tuple[str, ...]:
    """The ways to write a value on one line: plain where it can be, then quoted."""
    return (value, quoted(value)) if is_simple(value) and "\n" not in value else (quoted(value),)


def first_fit(options: Iterable[T], fits: Callable[[T], bool]) -> T | None:
    """The first option that fits, or None."""
    return next((option for option in options if fits(option)), None)


def unrepresentable(what: str) -> Invalid:
    """The refusal of a value that no way of writing brings back as it was given; code `unrepresentable_text`."""
    return Invalid(
        "unrepresentable_text",
        f"This {what} cannot be written into the document so that it reads back exactly as given.",
        {"item": what},
        ("Mend the document around it (an unclosed code fence is the usual cause), or send simpler text.",),
    )


def _escaped(literal: str) -> str:
    return _SEPARATORS.sub(lambda found: f"\\u{ord(found[0]):04x}", literal)


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # not a literal, only like one: it is plain text then
        return None


def _takes(value: str) -> bool:
    """Whether a decoded value is text that the system takes: an escape can spell what `checked` refuses raw."""
    try:
        checked(value, field="value", limit=8 * len(value) + 1)
    except Invalid:
        return False
    return True
