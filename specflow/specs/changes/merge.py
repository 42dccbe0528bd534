"""Three-way merge of texts: what one side alone changed is taken, what both changed differently a person settles.

Lines are compared without their ends, and the ends on their own, so that a side that turned every line end does not
stand against each change of the other. A line that a side changed is taken with the end that it has there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from specflow.counting import counted
from specflow.errors import Conflict, Invalid
from specflow.specs.changes.lines import changed, lines_of
from specflow.specs.changes.whereabouts import Whereabouts, Within, union
from specflow.specs.formats.items import Items

Side = Literal["base", "ours", "theirs"]
SIDES: tuple[Side, ...] = ("base", "ours", "theirs")


@dataclass(frozen=True, slots=True)
class Lines:
    """A range of lines of one text, 1-based and inclusive; an empty one ends before it starts."""

    start: int
    end: int
    text: str

    def as_dict(self) -> dict[str, Any]:
        """`{start, end, text}`."""
        return {"start": self.start, "end": self.end, "text": self.text}


@dataclass(frozen=True, slots=True)
class MergeConflict:
    """Where both sides changed the same lines differently, and the items that these lines lie in."""

    base: Lines
    ours: Lines
    theirs: Lines
    items: tuple[Within, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """`{base, ours, theirs, items: [{kind, key, title, requirement}]}`, each side `{start, end, text}`."""
        sides = {"base": self.base, "ours": self.ours, "theirs": self.theirs}
        return {name: one.as_dict() for name, one in sides.items()} | {"items": [one.as_dict() for one in self.items]}


@dataclass(frozen=True, slots=True)
class Given:
    """A text that a person put in the place of a conflict."""

    text: str


Choice = Side | Given


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge: stretches of text and conflicts in their order. `newline` ends a line that has lost its end."""

    parts: tuple[str | MergeConflict, ...]
    newline: str = "\n"

    @property
    def conflicts(self) -> tuple[MergeConflict, ...]:
        """What is to be settled, in the order of the text."""
        return tuple(part for part in self.parts if isinstance(part, MergeConflict))

    @property
    def text(self) -> str | None:
        """The merged text; None while there are conflicts."""
        return None if self.conflicts else resolved(self, ())


def merge(base: str, ours: str, theirs: str, *, read: Callable[[str], Items] | None = None) -> Merged:
    """Brings two texts together that were made from one. Changes of lines side by side go together; what is put where
    the other side changed the line above or below is a conflict. `read` tells the items that a conflict lies in."""
    texts = tuple(_Text(text) for text in (base, ours, theirs))
    merged = Merged(tuple(_Merge(texts).parts()), _newline(texts))
    if read is None or not merged.conflicts:
        return merged
    where = [Whereabouts(read(text)) for text in (base, ours, theirs)]
    return Merged(
        tuple(_located(part, where) if isinstance(part, MergeConflict) else part for part in merged.parts),
        merged.newline,
    )


def resolved(merged: Merged, choices: Sequence[Choice]) -> str:
    """The text with each conflict settled by a side's name or a text. Raises Conflict `merge_unsettled` where there are
    not as many choices as conflicts, Invalid `unknown_choice` for another word than base, ours and theirs."""
    conflicts = merged.conflicts
    if len(choices) != len(conflicts):
        raise Conflict(
            "merge_unsettled",
            f"Choices must settle {counted(len(conflicts), 'conflict')}; {len(choices)} given.",
            {"conflicts": len(conflicts), "choices": len(choices)},
            ("Settle each conflict, in the order of the text, by base, ours, theirs or a text of your own.",),
        )
    left = iter(choices)
    texts = [part if isinstance(part, str) else _chosen(part, next(left)) for part in merged.parts]
    return "".join(_joined(texts, merged.newline))


def _chosen(conflict: MergeConflict, choice: Choice) -> str:
    if isinstance(choice, Given):
        return choice.text
    if choice not in SIDES:
        raise Invalid("unknown_choice", f"'{choice!s:.50}' settles no conflict.", {"known": [*SIDES]})
    lines: Lines = getattr(conflict, choice)
    return lines.text


def _joined(texts: Sequence[str], newline: str) -> Iterator[str]:
    """The texts; one that lost its last line end gets one where another text follows."""
    full = [text for text in texts if text]
    for text in full[:-1]:
        yield text if text.endswith("\n") else text + newline
    yield from full[-1:]


def _located(conflict: MergeConflict, where: Sequence[Whereabouts]) -> MergeConflict:
    sides = (conflict.base, conflict.ours, conflict.theirs)
    found = union(one.of(side.start, side.end) for one, side in zip(where, sides, strict=True))
    return MergeConflict(conflict.base, conflict.ours, conflict.theirs, found)


class _Text:
    """A text's lines and their ends."""

    def __init__(self, text: str) -> None:
        self.bytes = lines_of(text)
        self.ends = [_end(line) for line in self.bytes]
        self.lines = [line[: len(line) - len(end)] for line, end in zip(self.bytes, self.ends, strict=True)]


def _lines(start: int, lines: Sequence[str]) -> Lines:
    return Lines(start + 1, start + len(lines), "".join(lines))


def _end(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""


def _newline(texts: Sequence[_Text]) -> str:
    return next((end for text in texts for end in text.ends if end), "\n")


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines of the base (from 0, `stop` not included) and the lines that stand for them on a side."""

    start: int
    stop: int
    to: int
    end: int

    def touches(self, start: int, stop: int) -> bool:
        """Whether it changes what a range of the base does. What is only put in touches what is beside it."""
        if self.start == self.stop or start == stop:
            return self.start <= stop and start <= self.stop
        return self.start < stop and start < self.stop


class _Merge:
    """Walks over the base with the edits of both sides."""

    def __init__(self, texts: Sequence[_Text]) -> None:
        self._base, self._sides = texts[0], texts[1:]
        self._edits = [[_Edit(*one) for one in changed(texts[0].lines, side.lines)] for side in self._sides]
        self._shifts = [0, 0]  # how much further on a side a line stands than in the base

    def parts(self) -> Iterator[str | MergeConflict]:
        """The stretches of the merge."""
        newline, settled, at = _newline((self._base, *self._sides)), [], 0
        for start, stop, edits in self._groups():
            settled += [self._kept(place) for place in range(at, start)]
            found = self._group(start, stop, edits)
            if isinstance(found, MergeConflict):
                yield "".join(_joined(settled, newline))
                yield found
                settled = []
            else:
                settled += found
            at = stop
        settled += [self._kept(place) for place in range(at, len(self._base.lines))]
        yield "".join(_joined(settled, newline))

    def _groups(self) -> Iterator[tuple[int, int, tuple[list[_Edit], list[_Edit]]]]:
        """The edits that touch each other, with the range of the base that they change together."""
        edits = sorted(
            ((edit, side) for side, edits in enumerate(self._edits) for edit in edits),
            key=lambda one: (one[0].start, one[0].stop, one[1]),
        )
        at = 0
        while at < len(edits):
            start, stop = edits[at][0].start, edits[at][0].stop
            group: tuple[list[_Edit], list[_Edit]] = ([], [])
            first = at
            while at < len(edits) and (at == first or edits[at][0].touches(start, stop)):
                edit, side = edits[at]
                stop = max(stop, edit.stop)
                group[side].append(edit)
                at += 1
            yield start, stop, group

    def _group(self, start: int, stop: int, edits: tuple[list[_Edit], list[_Edit]]) -> list[str] | MergeConflict:
        """What stands for lines of the base that at least one side changed."""
        found = []
        for side, some in enumerate(edits):
            to = start + self._shifts[side]
            self._shifts[side] += sum(one.end - one.to - one.stop + one.start for one in some)
            found.append((to, self._sides[side].bytes[to : stop + self._shifts[side]]))
        (_, ours), (_, theirs) = found
        if ours == theirs or not edits[1]:
            return ours
        if not edits[0]:
            return theirs
        base = _lines(start, self._base.bytes[start:stop])
        return MergeConflict(base, _lines(*found[0]), _lines(*found[1]))

    def _kept(self, place: int) -> str:
        """A line of the base that no side changed, with the end of the side that changed that."""
        end = self._base.ends[place]
        ours, theirs = (one.ends[place + shift] for one, shift in zip(self._sides, self._shifts, strict=True))
        if ours in (end, theirs):
            end = theirs
        elif theirs == end:
            end = ours
        else:  # both changed it: one that can be seen, the plain one first
            end = min(filter(None, (ours, theirs)), key=len)
        return self._base.lines[place] + end
