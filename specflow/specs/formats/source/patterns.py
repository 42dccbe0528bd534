"""Patterns that are simple enough to make a text for: a row of characters and classes, each with how often it stands.

A pattern comes from a spec, so it may be made to run forever; what is not simple is neither run nor guessed at.
"""

import functools
import re
from dataclasses import dataclass

_ATOM = re.compile(r"\[(?P<set>\^?(?:\\.|[^\]\\])+)\]|\\(?P<escape>.)|(?P<plain>[^\\^$.|?*+()\[\]{}])|(?P<any>\.)")
_TIMES = re.compile(r"\{(\d{1,4})(?:(,)(\d{1,4})?)?\}|[?*+]")
_ODD_IN_A_SET = re.compile(r"\[|--|&&|~~|\|\||\\[^dws\W]")  # what other languages, or later ones, read otherwise
_CLASSES = {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz0123456789_", "s": " "}
_LITERALS = frozenset(".\\/-^$|?*+()[]{}@:,;#!\"'&%=<>~` _")
_FIRST = "aA0_-. bcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ123456789/@:"
_MANY = 8  # so often stands what has no upper bound, unless more is asked for
_MAX_LOOSE = 2  # more parts of a loose length would make the search slow
_MAX_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """One of these characters, from `least` to `most` times (None without bound)."""

    letters: str
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Simple:
    """A pattern as its parts."""

    parts: tuple[Part, ...]
    source: str

    def text(self, least: int, number: int = 0) -> str | None:
        """A text that the pattern takes, of at least so many characters where it can be; `number` chooses another."""
        counts = [part.least for part in self.parts]
        for at, part in enumerate(self.parts):
            room = max(0, min(least, _MAX_LENGTH) - sum(counts))
            counts[at] += room if part.most is None else min(room, part.most - part.least)
        if not any(counts):
            counts = [1 if part.most != 0 else 0 for part in self.parts]
        if sum(counts) > _MAX_LENGTH:
            return None
        letters = [part.letters[0] for part, count in zip(self.parts, counts, strict=True) for _ in range(count)]
        owners = [part.letters for part, count in zip(self.parts, counts, strict=True) for _ in range(count)]
        for at in range(len(letters) - 1, -1, -1):
            if not number:
                break
            number, digit = divmod(number, len(owners[at]))
            letters[at] = owners[at][digit]
        return "".join(letters)

    def steps(self, value: str) -> int:
        """About how many steps a search in the text may take."""
        loose = sum(part.most != part.least for part in self.parts)
        least = sum(part.least for part in self.parts)
        starts = 0 if self.source.startswith("^") else 1
        return int((len(value) + 1) ** (loose + starts)) * (least + 1)

    def takes(self, value: str) -> bool:
        """Whether the pattern is found in the text, as ECMA-262 has it: `$` is the very end."""
        return re.search(self.source, value) is not None


@functools.lru_cache(maxsize=1_000)
def simple(pattern: str) -> Simple | None:
    """The pattern, or None where it has groups, choices, or anything else that is not simple."""
    at = 1 if pattern.startswith("^") else 0
    closed = pattern.endswith("$") and not pattern.endswith("\\$")
    stop = len(pattern) - closed
    parts: list[Part] = []
    while at < stop:
        atom = _ATOM.match(pattern, at, stop)
        letters = _letters(atom) if atom else ""
        if atom is None or not letters:
            return None
        least, most, at = _times(pattern, atom.end(), stop)
        parts.append(Part(letters, least, most))
    loose = sum(part.most != part.least for part in parts)
    if loose > _MAX_LOOSE or any(part.most is not None and part.most < part.least for part in parts):
        return None
    source = pattern[:stop] + (r"\Z" if closed else "")
    try:
        re.compile(source)
    except (re.error, OverflowError):
        return None
    return Simple(tuple(parts), source)


def _times(pattern: str, at: int, stop: int) -> tuple[int, int | None, int]:
    """How often, and where the pattern goes on; a `?` or `+` behind that again is no plain character and stops it."""
    found = _TIMES.match(pattern, at, stop)
    if found is None:
        return 1, 1, at
    if found[0] in ("?", "*", "+"):
        return {"?": (0, 1), "*": (0, None), "+": (1, None)}[found[0]] + (found.end(),)
    least = int(found[1])
    most = (int(found[3]) if found[3] else None) if found[2] else least
    return least, most, found.end()


def _letters(atom: re.Match[str]) -> str:
    """The characters that an atom takes, or some of them; "" for what is not read here."""
    if atom["plain"]:
        return atom["plain"]
    if atom["any"]:
        return _FIRST
    if atom["escape"]:
        return _CLASSES.get(atom["escape"]) or (atom["escape"] if atom["escape"] in _LITERALS else "")
    inside = atom["set"]
    if _ODD_IN_A_SET.search(inside):
        return ""
    try:
        taken = re.compile(f"[{inside}]")
    except re.error:
        return ""
    named = "".join(letter for letter in inside if letter.isprintable() and taken.fullmatch(letter))
    return "".join(dict.fromkeys([*(one for one in _FIRST if taken.fullmatch(one)), *named]))
