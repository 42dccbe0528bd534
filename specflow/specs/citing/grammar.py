"""Where a text cites what changed in a document of another spec, by grammar and never by likeness.

An item is cited by the spec's name and a reference (`login-lock/1.2`, `login-lock#FR-3`, `login-lock 1.2`, `login-lock:
Requirement 1`, `Requirement 1 of login-lock`), by a path or link to the document with an anchor, or by its outside id.
A path or link without an anchor that names an item cites the document as a whole. The spec's name alone cites nothing
that changed, nor does an item that means the same as before. What a reference names, `lint/references.py` says.
"""

# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from posixpath import dirname, join, normpath
from typing import NamedTuple
from urllib.parse import quote, unquote

from specflow.specs.citing.names import Meaning, Names

MAX_HITS = 2_000  # places of one text that are looked at
_REACH = 200  # characters of a line after a name, or before it
_TOKEN = 500  # characters of a path
_SHOWN = 200  # characters of a line that are shown
_WORDS = 8  # of a reference

# What may not stand right before a name, or before a file.
_NAME_BEFORE = re.compile(r"[A-Za-z0-9][-_]?\Z")
_FILE_BEFORE = re.compile(r"[\w.%-]\Z")
_ID = re.compile(r"(?<![\w-])(?:req|crit|task)-[0-9a-z]{16}(?![\w-])")
_MARKS = "`*_\"'”’)\\]}"
_AFTER = re.compile(
    rf"(?:(?!['’]s\b)[{_MARKS}]){{0,6}}(?P<own>['’]s\b|[ \t]?[の的])?"
    r"(?P<sep>[ \t]{0,4}(?:[/#:：§>→|–—,(\[-]{1,3}[ \t]{0,4})?)"
    r"(?:(?:requirements?|criteria|spec)[/#])?[`*_\"'“‘(\[]{0,6}"
)
_STRONG = re.compile(r"[/#:：§>→]")
_END = re.compile(r"[\n\r\\|<>\"“”;)\]}`]|[.!?:](?=\s|$)")
_STOP = re.compile(r"[\s,]|$")
_FURTHER = re.compile(r"[ \t]*(?:,|&|\+|\band\b)[ \t]*")
_OF = re.compile(r"\s+(?:of|in|from|by|per)\s+(?:the\s+)?(?:spec(?:ification)?\s+|capability\s+)?[`*_\"'“\[(]{0,4}$")
_DOTTED = re.compile(r"\d\w*\.\d")
_OUTSIDE = re.compile(r"[\s()\[\]<>\"'`|,;]")


@dataclass(frozen=True, slots=True)
class Cited:
    """A line that cites: its number from 1, its words, and the keys of what changed that it names; none where it cites
    the document as a whole."""

    line: int
    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What may be cited: a document at `path`, by the `names` of its spec, the items of both sides of its change, and
    `ids`, the outside ids of what changed with their keys. `handle` is such as `spec://`, "" for none. `short` says
    whether a path may begin anywhere below the project, since no other document's ends in the same folder and file."""

    path: str
    names: tuple[str, ...]
    sides: Sequence[Names]
    ids: Mapping[str, str]
    handle: str = ""
    short: bool = True


class _Hit(NamedTuple):
    at: int
    keys: tuple[str, ...]


class _Bound(NamedTuple):
    """How the words after a spec's name are bound to it, and so what they may be: by a sign, a title as all that is
    said; `bare`, a number alone; `dotted`, such as `1.2`. A number with a word may stand anywhere."""

    sign: bool = False
    bare: bool = False
    dotted: bool = True

    def lets(self, reference: str, *, whole: bool) -> bool:
        """Whether the words may be a reference; `whole` where they are all that is said."""
        if not any(one.isdigit() for one in reference):
            return self.sign and whole
        if not reference[0].isdigit():
            return True
        return self.dotted if _DOTTED.match(reference) else self.bare


class Grammar:
    """Reads texts for what they cite of one subject; time grows with the text alone."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        file = subject.path.rpartition("/")[2]
        self._names = _sought(subject.names, r"(?![A-Za-z0-9]|[-_][A-Za-z0-9])")
        self._files = _sought((file, quote(file)), r"(?![\w%-]|\.\w)")
        self._known: dict[tuple[str, _Bound], tuple[str, ...]] = {}

    def cited(self, path: str, text: str) -> list[Cited]:
        """The lines of a text at `path` that cite, by their numbers."""
        hits = [*self._by_name(text), *self._by_path(path, text), *self._by_id(text)]
        return list(_lines(text, sorted(hits))) if hits else []

    def _by_name(self, text: str) -> Iterator[_Hit]:
        for found in _places(self._names, text, _NAME_BEFORE):
            start, end = found.span()
            before = text[max(0, start - _REACH) : start].rpartition("\n")[2]
            token = _token_before(before)
            if "://" in token:
                if self._subject.handle and token.endswith(self._subject.handle) and text[end : end + 1] != "/":
                    yield _Hit(start, ())
                continue
            marked = "-" in found[0] or before[-1:] in ("`", "*", "[", '"', "'")
            keys = self._after(found[0], text[end : end + _REACH], marked=marked) or self._before(before)
            if keys:
                yield _Hit(start, keys)

    def _after(self, name: str, tail: str, *, marked: bool) -> tuple[str, ...]:
        """What is named after the spec's name. `SPEC-1/2` are two specs, and so no number alone follows a number."""
        begin = _AFTER.match(tail)
        if begin is None or not (begin["sep"] or begin["own"]):
            return ()
        strong = bool(_STRONG.search(begin["sep"]))
        end = _END.search(tail, begin.end())
        said = tail[begin.end() : end.start() if end else len(tail)].rstrip()
        bare = strong and begin["sep"].strip() not in (":", "：") and not name[-1].isdigit()
        known = (said, _Bound(strong, bare, strong or marked))
        if known not in self._known:
            self._known[known] = self._listed(*known)
        return self._known[known]

    def _listed(self, said: str, bound: _Bound) -> tuple[str, ...]:
        """The references with which the words begin, one after the other: `1.2, 1.3 and FR-4`."""
        keys: dict[str, None] = {}
        while said:
            length, found = self._first(said, bound)
            if not length:
                break
            keys |= dict.fromkeys(found)
            further = _FURTHER.match(said, length)
            said, bound = said[further.end() :] if further else "", bound._replace(bare=False)
        return tuple(keys)

    def _first(self, said: str, bound: _Bound) -> tuple[int, tuple[str, ...]]:
        """The longest reference with which the words begin: its length, and the keys of what changed that it names."""
        ends = [one.start() for one in islice(_STOP.finditer(said), _WORDS)]
        for end in (len(said), *(one for one in reversed(ends) if one < len(said))):
            reference = said[:end].strip(" \t,.:*_")
            if reference and bound.lets(reference, whole=end == len(said)):
                meaning = self._meant(reference)
                if meaning.known:
                    return said.index(reference) + len(reference), meaning.keys
        return 0, ()

    def _before(self, before: str) -> tuple[str, ...]:
        """What `Requirement 1 of` and the like name, before the spec's name."""
        found = _OF.search(before)
        words = before[: found.start()].split()[-4:] if found else []
        for first in range(len(words)):
            reference = " ".join(words[first:]).strip("(,;*_`")
            if reference and _Bound().lets(reference, whole=False):
                meaning = self._meant(reference)
                if meaning.known:
                    return meaning.keys
        return ()

    def _meant(self, reference: str) -> Meaning:
        return _both(side.meant(reference) for side in self._subject.sides)

    def _by_path(self, path: str, text: str) -> Iterator[_Hit]:
        for found in _places(self._files, text, _FILE_BEFORE):
            start = found.start()
            token = _token_before(text[max(0, start - _TOKEN) : start])
            if not self._leads_here(path, unquote(token + found[0])):
                continue
            anchor = text[found.end() : found.end() + _REACH]
            named = _OUTSIDE.split(anchor[1:], maxsplit=1)[0].rstrip(".:") if anchor.startswith("#") else ""
            meaning = _both(side.anchored(unquote(named)) for side in self._subject.sides) if named else Meaning()
            if meaning.keys or not meaning.known:
                yield _Hit(start, meaning.keys)

    def _leads_here(self, path: str, written: str) -> bool:
        """Whether a path in the document at `path` is that of the subject: from there, from the project, or a tail."""
        own, plain = self._subject.path, written.removeprefix("./").lstrip("/")
        if plain == own or written.endswith(f"/{own}"):
            return True
        if "://" in written:
            return False
        if normpath(join(dirname(path), written)) == own:
            return True
        return self._subject.short and plain.count("/") >= 1 and ".." not in plain and own.endswith(f"/{plain}")

    def _by_id(self, text: str) -> Iterator[_Hit]:
        for found in _ID.finditer(text) if self._subject.ids else ():
            key = self._subject.ids.get(found[0])
            if key is not None:
                yield _Hit(found.start(), (key or found[0],))


def _sought(words: Iterable[str], then: str) -> list[re.Pattern[str]]:
    """The words with what must follow; each alone and first in its pattern, where it is found by its letters."""
    return [re.compile(re.escape(one) + then) for one in dict.fromkeys(words)]


def _places(patterns: Iterable[re.Pattern[str]], text: str, before: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Where the words stand with an edge before them; at most 2,000 places."""
    for pattern in patterns:
        for found in islice(pattern.finditer(text), MAX_HITS):
            if not before.search(text, max(0, found.start() - 2), found.start()):
                yield found


def has_id(text: str) -> bool:
    """Whether the text has what looks like an outside id of an item."""
    return _ID.search(text) is not None


def _both(meanings: Iterable[Meaning]) -> Meaning:
    """What is meant before or after."""
    known, keys = False, dict[str, None]()
    for one in meanings:
        known |= one.known
        keys |= dict.fromkeys(one.keys)
    return Meaning(known, tuple(keys))


def _token_before(text: str) -> str:
    """What stands right before, without a blank or a bracket in between."""
    return _OUTSIDE.split(text)[-1]


def _lines(text: str, hits: Sequence[_Hit]) -> Iterator[Cited]:
    """The hits, in the order of the text, by line: each line once."""
    line, counted = 1, 0
    for start, group in groupby(_starts(text, hits), key=lambda pair: pair[0]):
        several = [hit for _, hit in group]
        line, counted = line + text.count("\n", counted, start), start
        end = text.find("\n", start)
        keys = dict.fromkeys(key for one in several for key in one.keys)
        words = text[start : end if end >= 0 else len(text)]
        yield Cited(line, _shown(words, several[0].at - start), tuple(keys))


def _starts(text: str, hits: Sequence[_Hit]) -> Iterator[tuple[int, _Hit]]:
    """The hits, each with where its line begins."""
    start = seen = 0
    for hit in hits:
        start = text.rfind("\n", seen, hit.at) + 1 or start
        seen = hit.at
        yield start, hit


def _shown(line: str, at: int) -> str:
    """The line, or of a long one the part around a place."""
    if len(line) > _SHOWN:
        start = max(0, min(at - _SHOWN // 4, len(line) - _SHOWN))
        part = line[start : start + _SHOWN].strip()
        return f"{'…' if start else ''}{part}{'…' if start + _SHOWN < len(line) else ''}"
    return line.strip()
