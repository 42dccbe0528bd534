"""A text that a person typed into a form of a page."""

import re
from collections.abc import Sequence

from specflow.specs.changes.lines import changed
from specflow.specs.formats.lines import BOM

_PIECES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def typed(text: str, like: str) -> str:
    """What a person wrote into a form that held `like`: browsers send every line end as CRLF, so lines that were left
    alone get back their own, and new ones get the ends that `like` has most."""
    like = like.removeprefix(mark := BOM if like.startswith(BOM) else "")
    was, now = (_PIECES.findall(one) for one in (like, text.removeprefix(BOM)))
    lines, ends = _bare(was), [line[len(line.rstrip("\r\n")) :] for line in was]
    newline = "\r\n" if 2 * ends.count("\r\n") > sum(map(bool, ends)) else "\n"
    made = [newline if line.endswith(("\r", "\n")) else "" for line in now]
    at = to = 0
    for start, stop, _, end in [*changed(lines, _bare(now)), (len(was), 0, 0, 0)]:
        for place in range(start - at):
            made[to + place] = made[to + place] and (ends[at + place] or newline)
        at, to = stop, end
    return mark + "".join(line + end for line, end in zip(_bare(now), made, strict=True))


def _bare(lines: Sequence[str]) -> list[str]:
    return [line.rstrip("\r\n") for line in lines]
