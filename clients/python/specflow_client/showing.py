"""Text for a terminal. What comes from a server or a file is data: nothing in it may write to the terminal."""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from specflow_client.errors import ApiError, ClientError

_MOST = 20  # of what an error's details list
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def plain(value: object) -> str:
    """One line: whatever is not printable is shown escaped."""
    return "".join(one if one.isprintable() else _escaped(one) for one in str(value))


def lines(text: str) -> list[str]:
    """Lines of a text, each as `plain` with its tabs; a carriage return is only left out where it ends a line."""
    rows = text.split("\n")
    if rows[-1] == "":
        rows.pop()
    return [
        "".join(one if one.isprintable() or one == "\t" else _escaped(one) for one in row.removesuffix("\r"))
        for row in rows
    ]


def table(rows: Iterable[Sequence[object]]) -> list[str]:
    """Rows as lines with aligned columns."""
    cells = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]  # fmt: skip


def as_json(value: Any) -> str:
    """JSON in ASCII, so that no character of it reaches a terminal as more than text."""
    return json.dumps(value, ensure_ascii=True, indent=2)


def difference(unified: str) -> Iterator[tuple[str, str | None]]:
    """The lines of a unified diff, each with its colour."""
    for line in lines(unified):
        yield line, None if line.startswith(("+++", "---")) else _COLOURS.get(line[:1])


def refusal(error: ClientError) -> list[str]:
    """An error as lines: its code, sentence and next steps in the first; what its details list in those after it."""
    steps = f" Next: {' '.join(map(plain, error.next_steps))}" if error.next_steps else ""
    told = [f"error: {plain(error.code)}: {plain(error.detail)}{steps}"]
    if isinstance(error, ApiError):
        told += [f"  {plain(one)}" for one in _details(error.errors)]
    return told


def _details(errors: dict[str, Any]) -> Iterator[str]:
    """What the details list: names in a line, objects in a line each. The sentence has their other members already."""
    for name, value in errors.items():
        listed = value if isinstance(value, list) else []
        rows = [_one(one) for one in listed[:_MOST]]
        if not any(isinstance(one, dict) for one in listed):
            rows = [", ".join(rows)] if rows else []
        yield from (f"{name}: {row}" for row in rows)
        if len(listed) > _MOST:
            yield f"{name}: {len(listed) - _MOST} more"


def _one(said: Any) -> str:
    if isinstance(said, dict) and "message" in said and "line" in said:
        return f"line {said['line']}, column {said.get('column', 1)}: {said['message']}"
    return ", ".join(f"{name} {_short(one)}" for name, one in said.items()) if isinstance(said, dict) else str(said)


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")


def _width(text: str) -> int:
    """Columns of a terminal: wide characters take two, those that join the one before them none."""
    return sum(0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF") for one in text)
