"""Answers that an agent can hold: under 20,000 tokens by default (CONTRACT, MCP tools); what is cut is said."""

import json
from collections.abc import Mapping
from typing import Any

LIMIT = 52_000  # bytes of JSON; with the text beside it about 60 KB, at 3 to 4 bytes a token
TEXT_LIMIT = 20_000
_STEPS = ((8_000, 400), (2_000, 200), (1_000, 100), (400, 50), (200, 25), (80, 10), (40, 3))


def size_of(value: Any) -> int:
    """Bytes of the value as JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def bounded(value: Mapping[str, Any], *, rest: str, limit: int = LIMIT) -> dict[str, Any]:
    """`value`, or where it is over `limit` bytes the most of it that fits: long texts and lists are cut.

    Each cut text ends with a marker; `shortened` counts what is missing and `rest` says how to get it.
    """
    if size_of(value) <= limit:
        return dict(value)
    shorter: dict[str, Any] = {}
    for characters, items in _STEPS:
        cut: dict[str, int] = {"texts": 0, "items": 0}
        shorter = {key: _cut(one, characters, items, cut) for key, one in value.items()}
        shorter["shortened"] = {"texts_cut": cut["texts"], "items_left_out": cut["items"], "rest": rest}
        if size_of(shorter) <= limit:
            break
    return shorter


def bounded_text(text: str, *, rest: str, limit: int = TEXT_LIMIT) -> str:
    """The text, or its first `limit` characters up to a line's end with a last line that says how to get the rest."""
    if len(text) <= limit:
        return text
    kept = text[:limit].rpartition("\n")[0] or text[:limit]
    return f"{kept}\n[Shortened: {len(text) - len(kept):,} of {len(text):,} characters are not shown. {rest}]"


def _cut(value: Any, characters: int, items: int, cut: dict[str, int]) -> Any:
    if isinstance(value, str) and len(value) > characters:
        cut["texts"] += 1
        return f"{value[:characters]}… [shortened: {len(value):,} characters in all]"
    if isinstance(value, Mapping):
        return {key: _cut(one, characters, items, cut) for key, one in value.items()}
    if isinstance(value, list):
        cut["items"] += max(0, len(value) - items)
        return [_cut(one, characters, items, cut) for one in value[:items]]
    return value
