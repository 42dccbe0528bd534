"""The difference of two texts by line, as programs take it: hunks, and the text that `diff -u` writes."""

from dataclasses import dataclass
from typing import Any, Literal

from specflow.specs.differences import shared

CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number on each side, 1-based, None where it is not."""

    kind: Literal["same", "removed", "added"]
    old: int | None
    new: int | None
    text: str


def hunks(before: str, after: str) -> list[dict[str, Any]]:
    """What changed, with 3 lines around: `[{old_start, old_lines, new_start, new_lines, lines}]`."""
    lines = _lines(_by_feed(before), _by_feed(after))
    changed = [index for index, line in enumerate(lines) if line.kind != "same"]
    groups: list[list[int]] = []
    for index in changed:
        if groups and index - groups[-1][1] <= 2 * CONTEXT + 1:
            groups[-1][1] = index
        else:
            groups.append([index, index])
    return [_hunk(lines, max(0, first - CONTEXT), last + CONTEXT + 1) for first, last in groups]


def unified(found: list[dict[str, Any]], path: str) -> str:
    """The hunks as `diff -u` writes them; empty where nothing changed."""
    if not found:
        return ""
    parts = [f"--- a/{path}\n", f"+++ b/{path}\n"]
    for hunk in found:
        old, new = (f"{hunk[f'{side}_start']},{hunk[f'{side}_lines']}" for side in ("old", "new"))
        parts.append(f"@@ -{old} +{new} @@\n")
        for line in hunk["lines"]:
            mark = {"same": " ", "removed": "-", "added": "+"}[line["kind"]]
            end = "" if line["text"].endswith("\n") else "\n\\ No newline at end of file\n"
            parts.append(f"{mark}{line['text']}{end}")
    return "".join(parts)


def _by_feed(text: str) -> list[str]:
    """Lines with their line feeds; a carriage return is part of its line."""
    parts = text.split("\n")
    return [*(f"{part}\n" for part in parts[:-1]), *([parts[-1]] if parts[-1] else ())]


def _lines(before: list[str], after: list[str]) -> list[Line]:
    lines: list[Line] = []
    old = new = 0
    for left, right in [*shared(before, after), (len(before), len(after))]:
        lines += [Line("removed", index + 1, None, before[index]) for index in range(old, left)]
        lines += [Line("added", None, index + 1, after[index]) for index in range(new, right)]
        if left < len(before):
            lines.append(Line("same", left + 1, right + 1, before[left]))
        old, new = left + 1, right + 1
    return lines


def _hunk(lines: list[Line], first: int, end: int) -> dict[str, Any]:
    part = lines[first:end]
    old, new = ([one for one in (getattr(line, side) for line in part) if one] for side in ("old", "new"))
    # A side without lines begins after the line before it, as `diff -u` counts.
    return {
        "old_start": old[0] if old else sum(line.old is not None for line in lines[:first]),
        "old_lines": len(old),
        "new_start": new[0] if new else sum(line.new is not None for line in lines[:first]),
        "new_lines": len(new),
        "lines": [{"kind": line.kind, "old": line.old, "new": line.new, "text": line.text} for line in part],
    }
