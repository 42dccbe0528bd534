"""What text the system takes: checked once, at the action, so that no door stores what another cannot show.

Source of the limits: the issue "The main job", bad input; QUALITY 40 (NUL, control bytes, lone surrogates, 10 MB).
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from specflow.errors import Invalid, TooLarge

MAX_DOCUMENT_BYTES = 2 * 1024 * 1024
MAX_DOCUMENT_LINES = 15_000
MAX_VALUE_BYTES = 200_000
MAX_TITLE_CHARACTERS = 300
MAX_JSON_DEPTH = 50

# C0 controls but tab, line feed and carriage return, then DEL; a lone surrogate cannot be encoded at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def checked(value: str, *, field: str, limit: int = MAX_VALUE_BYTES) -> str:
    """`value` as it came, or `invalid_text` for a character that cannot be kept, `too_large` over `limit` bytes."""
    found = _FORBIDDEN.search(value)
    if found:
        raise Invalid(
            "invalid_text",
            f"{field} holds the character U+{ord(found[0]):04X} at position {found.start()}, which cannot be kept.",
            {"field": field, "position": found.start(), "character": f"U+{ord(found[0]):04X}"},
        )
    size = len(value.encode())
    if size > limit:
        raise TooLarge(
            "too_large",
            f"{field} is {size} bytes, over the limit of {limit}.",
            {"field": field, "size": size, "limit": limit},
        )
    return value


def checked_title(value: str, *, field: str = "title", limit: int = MAX_TITLE_CHARACTERS) -> str:
    """A title: one line, something to see, at most `limit` characters; `invalid_title` otherwise."""
    checked(value, field=field)
    if not value.strip() or len(value) > limit or value.splitlines() != [value]:
        raise Invalid(
            "invalid_title",
            f"{field} must be one line of 1 to {limit} characters.",
            {"field": field, "limit": limit},
        )
    return value


def checked_json(value: Any, *, field: str, limit: int = MAX_VALUE_BYTES) -> Any:
    """JSON values as they came, each text in them as `checked`; `too_large` for all texts together over `limit` bytes,
    `invalid_json` for what JSON cannot hold or what is nested more than 50 deep."""
    room = limit
    waiting = [(value, 0)]
    while waiting:
        part, depth = waiting.pop()
        if isinstance(part, str):
            room -= len(checked(part, field=field, limit=limit).encode())
        elif isinstance(part, Mapping) and depth < MAX_JSON_DEPTH:
            waiting += [(inner, depth + 1) for pair in part.items() for inner in pair]
        elif isinstance(part, list | tuple) and depth < MAX_JSON_DEPTH:
            waiting += [(inner, depth + 1) for inner in part]
        elif not (part is None or isinstance(part, int) or (isinstance(part, float) and math.isfinite(part))):
            raise Invalid(
                "invalid_json",
                f"{field} must hold JSON values, nested at most {MAX_JSON_DEPTH} deep.",
                {"field": field},
            )
        if room < 0:
            raise TooLarge(
                "too_large", f"{field} is over the limit of {limit} bytes.", {"field": field, "limit": limit}
            )
    return value


def checked_document(value: str, *, field: str = "text") -> str:
    """A document's text: at most 2 MiB and 15,000 lines; `too_large` or `invalid_text` otherwise."""
    checked(value, field=field, limit=MAX_DOCUMENT_BYTES)
    lines = value.count("\n") + 1
    if lines > MAX_DOCUMENT_LINES:
        raise TooLarge(
            "too_large",
            f"{field} has {lines} lines, over the limit of {MAX_DOCUMENT_LINES}.",
            {"field": field, "lines": lines, "limit": MAX_DOCUMENT_LINES},
        )
    return value


def decoded(data: bytes, *, field: str = "file") -> str:
    """A document's bytes as text, byte order mark and line ends kept; `invalid_utf8` names the first bad byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(
            "invalid_utf8", f"{field} is not UTF-8 at byte {error.start}.", {"field": field, "position": error.start}
        ) from error
