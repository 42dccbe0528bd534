"""What the references of tasks name: `1.2`, `R1.2`, `FR-3`, `Requirement 3`, `R3-AC2`, `1.1-1.4`, `All`, a title.

A reference resolves to what bears its name, and to nothing else: what could mean two things, and free text, is listed
(DESIGN, "Rules for documents": never guessed).
"""

# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from specflow.specs.formats.items import RequirementItem
from specflow.specs.formats.spec_workflow import words

# A requirement's index and a criterion's index in it, or None for the requirement itself.
Target = tuple[int, int | None]

MAX_RANGE = 1000  # items between the two ends of a range
MAX_LENGTH = 300  # characters; no reference is longer

_GENERIC = frozenset({"", "r", "req", "reqs", "requirements", *words.REQUIREMENT})
_CRITERION = frozenset({"ac", "criterion", "criteria", "acceptance criteria", "acceptance criterion"})
_COUNTED = frozenset({"fr", "nfr"})  # said of what stands below a heading without ids, by its place there
_WORDED = rf"(?:{words.either(words.REQUIREMENT)}|acceptance criteri(?:on|a)|criteri(?:on|a)|user story)s?"
_ID = re.compile(
    rf"(?P<word>{_WORDED}|[a-z]{{1,12}}(?:-[a-z]{{1,12}}){{0,3}})?[ \t]*[-#.]?[ \t]*"
    r"(?P<numbers>\d+[a-z]?(?:\.\d+[a-z]?)*)",
    re.IGNORECASE,
)
_UNDER = re.compile(r"(.+?)[\s\-.:,/]*\bAC[\s\-]*(\d+[a-z]?)", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:[–—~〜～…]|\.{2,3}|\s-\s|\bto\b|\bthrough\b|から|至|到)\s*|-", re.IGNORECASE)
_PARTS = re.compile(r"\s*(?:[/&+;；]|\band\b|および|と|和|及)\s*", re.IGNORECASE)
_ALL = re.compile(
    rf"(?:all|every|any|全部?|全て|すべて|所有|모든|전체|todos?|todas?|tous|toutes|alle|все|جميع|كل)(?:\s*(?:the\s+)?"
    rf"(?:{words.either(words.REQUIREMENT)}|ac|criteria|acceptance criteria)s?)?(?:\s+above)?",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\s*(?:[:：]\s|[(（\[]|\s[-–—]\s).*$", re.DOTALL)
_CLEAN = " \t\r\n`*_.,;:，、。[]<>\"'"


class Name(NamedTuple):
    """An id in one spelling: `REQ-003` is ("req", ("3",)), `1.2b` is ("", ("1", "2b"))."""

    word: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference as it was written, and the requirements and criteria that it names, in the order of the text."""

    reference: str
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of references: `unresolved` are like an id but name nothing here, `free` are other text."""

    resolved: tuple[Resolved, ...] = ()
    unresolved: tuple[str, ...] = ()
    free: tuple[str, ...] = ()

    @property
    def targets(self) -> frozenset[Target]:
        """Everything that is named."""
        return frozenset(target for one in self.resolved for target in one.targets)


def resolve(references: Iterable[str], requirements: Sequence[RequirementItem]) -> Resolution:
    """What each reference names among the requirements of a spec; near linear in both."""
    return Index(requirements).resolve(references)


class Index:
    """The names in some requirements, made once for many references."""

    def __init__(self, requirements: Sequence[RequirementItem]) -> None:
        self._requirements = requirements
        self._exact: dict[str, list[Target]] = defaultdict(list)
        self._named: dict[Name, list[Target]] = defaultdict(list)
        self._titled: dict[str, list[Target]] = defaultdict(list)
        self._numbered: dict[tuple[str, ...], list[Target]] = defaultdict(list)
        self._all: dict[bool, list[Target]] = {False: [], True: []}  # requirements, and criteria
        self._at: dict[Target, int] = {}
        for place, item in enumerate(requirements):
            self._add(item.key, (place, None))
            self._titled[_plain(item.title)].append((place, None))
            for at, criterion in enumerate(item.criteria):
                self._add(criterion.key, (place, at))

    def _add(self, key: str, target: Target) -> None:
        among = self._all[target[1] is not None]
        self._at[target] = len(among)
        among.append(target)
        self._exact[_plain(key)].append(target)
        name = _name(key)
        if name:
            self._named[name].append(target)
            self._numbered[name.numbers].append(target)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words before the numbers of ids here: `fr`, `req-auth`, "" for bare numbers."""
        return frozenset(name.word for name in self._named)

    def word_of(self, place: int) -> str:
        """The word of a requirement's id, "" for a bare number or a name."""
        return self._word((place, None))

    def resolve(self, references: Iterable[str]) -> Resolution:
        """What each reference names; equal references are told once. In `AC-1.1, 1.2` the word counts on."""
        resolved, unresolved, free, word = [], [], [], ""
        for reference in dict.fromkeys(references):
            targets = self.targets(reference)
            name = _first_name(reference)
            if not targets and word and name and not name.word:
                targets = self.targets(f"{word}-{reference.strip(_CLEAN)}")
            word = (name.word or word) if name else ""
            if targets:
                resolved.append(Resolved(reference, targets))
            elif self.is_like_an_id(reference):
                unresolved.append(reference)
            else:
                free.append(reference)
        return Resolution(tuple(resolved), tuple(unresolved), tuple(free))

    def targets(self, reference: str) -> tuple[Target, ...]:
        """What one reference names, in the order of the text; () where it names nothing, or could mean two things."""
        text = reference.strip(_CLEAN)
        if not text or len(text) > MAX_LENGTH:
            return ()
        found = self._named_by(text) or self._parts(text)
        bare = _REMARK.sub("", text)
        if not found and bare != text:
            found = self._named_by(bare)
        return tuple(sorted(set(found), key=lambda target: (target[0], -1 if target[1] is None else target[1])))

    def _named_by(self, text: str) -> Sequence[Target]:
        if _ALL.fullmatch(text):
            return self._all[False]
        exact = self._exact.get(_plain(text))
        return exact or self._id(text) or self._under(text) or self._range(text) or self._title(text)

    def _title(self, text: str) -> Sequence[Target]:
        found = self._titled.get(_plain(text), ())
        return found if len(found) == 1 else ()

    def _id(self, text: str) -> Sequence[Target]:
        name = _name(text)
        return self._of(name) if name else ()

    def _of(self, name: Name) -> Sequence[Target]:
        """What bears the name; a bare number may be the one id with this number, whatever its word is."""
        exact = self._named.get(name)
        if exact or name.word not in {"", *_CRITERION}:
            return exact or ()
        plain = self._named.get(Name("", name.numbers), ())
        alike = [one for one in plain or self._numbered.get(name.numbers, ()) if not name.word or one[1] is not None]
        return alike if len({self._key(one) for one in alike}) == 1 else ()

    def _key(self, target: Target) -> str:
        item = self._requirements[target[0]]
        return item.key if target[1] is None else item.criteria[target[1]].key

    def _word(self, target: Target) -> str:
        name = _name(self._key(target))
        return name.word if name else ""

    def _under(self, text: str) -> Sequence[Target]:
        """`R3-AC2`: the second criterion of requirement 3, by the number that it bears."""
        found = _UNDER.fullmatch(text)
        if found is None:
            return ()
        above = [place for place, at in self._id(found[1].strip()) if at is None]
        wanted = _bare(found[2])
        return [
            (place, at)
            for place in above[:1]
            for at, criterion in enumerate(self._requirements[place].criteria)
            if (name := _name(criterion.key)) and name.numbers[-1] == wanted
        ]

    def _range(self, text: str) -> Sequence[Target]:
        """`1.1-1.4`, `FR-6.1〜6.4`, `R4-AC1〜AC6`, `1.1-4`: all between two that are there, ends included."""
        for sign in _RANGE.finditer(text):
            first, last = text[: sign.start()].strip(), text[sign.end() :].strip()
            start = (self._id(first) or self._under(first)) if last else ()
            if not start:
                continue
            for written in (last, *(f"{begin}{last}" for begin in _begins(first))):
                end = self._id(written) or self._under(written)
                between = self._between(start[0], end[-1]) if end else ()
                if between:
                    return between
        return ()

    def _between(self, start: Target, end: Target) -> Sequence[Target]:
        """Those between two of a kind, in the order of the text; ids of another word in between are not meant."""
        word = self._word(start)
        if (start[1] is None) != (end[1] is None) or self._word(end) != word:
            return ()
        among, first, last = self._all[start[1] is not None], self._at[start], self._at[end]
        if not first <= last < first + MAX_RANGE:
            return ()
        return [one for one in among[first : last + 1] if self._word(one) == word]

    def _parts(self, text: str) -> Sequence[Target]:
        """`1.1 and 1.2`, `FR-4 AC2/AC3`, where each part names something."""
        parts = [part for part in _PARTS.split(text) if part.strip()]
        if not 1 < len(parts) <= MAX_RANGE:
            return ()
        found: list[Target] = []
        above = _UNDER.fullmatch(parts[0].strip())
        for part in parts:
            one = self._named_by(part.strip(_CLEAN)) or (self._under(f"{above[1]} {part}") if above else ())
            if not one:
                return ()
            found += one
        return found

    def is_like_an_id(self, reference: str) -> bool:
        """Whether it is written as ids are here, so that it should name something."""
        text = reference.strip(_CLEAN)
        if len(text) > MAX_LENGTH:
            return False
        bare = _REMARK.sub("", text)
        name = _name(bare) or _name(_RANGE.split(bare, maxsplit=1)[0].strip())
        under = _UNDER.fullmatch(bare)
        return bool(under and _name(under[1].strip())) or (
            name is not None and name.word in self.words | _GENERIC | _CRITERION | _COUNTED
        )

    def says_which(self, reference: str) -> bool:
        """Whether an unresolved reference says which one it means, so that it is clearly not there.

        It is left open by `NFR-3` where no id has that word, `AC-1` of no requirement, `2.3b` below a 2.3, and a number
        that several bear with a word.
        """
        bare = _REMARK.sub("", reference.strip(_CLEAN))
        name = _name(bare)
        first = name or _first_name(bare)
        if _UNDER.fullmatch(bare) or first is None:
            return True
        if first.word in _COUNTED - self.words or (first.word in _CRITERION - self.words and len(first.numbers) == 1):
            return False
        if name is None:
            return True
        whole = Name(name.word, (*name.numbers[:-1], name.numbers[-1].rstrip(string.ascii_lowercase)))
        return not (name != whole and self._of(whole)) and not (name.word == "" and self._numbered.get(name.numbers))


def _first_name(reference: str) -> Name | None:
    """The id that a reference is, or that its range begins with."""
    if len(reference) > MAX_LENGTH:
        return None
    return _name(_RANGE.split(reference, maxsplit=1)[0].strip(_CLEAN)) or _name(reference)


def _begins(first: str) -> tuple[str, ...]:
    """What the end of a range may leave out of its begin: all but the last number, the word, or the requirement."""
    return (re.sub(r"\d+[A-Za-z]?$", "", first), re.sub(r"\d.*$", "", first), re.sub(r"(?i)AC[\s\-]*\d.*$", "", first))


def _plain(text: str) -> str:
    return " ".join(text.strip(_CLEAN).casefold().split())


def _name(text: str) -> Name | None:
    found = _ID.fullmatch(text.strip(_CLEAN)) if len(text) <= MAX_LENGTH else None
    if found is None:
        return None
    word = " ".join((found["word"] or "").casefold().split())
    word = word if word in _GENERIC or word not in {f"{one}s" for one in _GENERIC} else word[:-1]
    numbers = tuple(_bare(part) for part in found["numbers"].split("."))
    return Name("" if word in _GENERIC else word, numbers)


def _bare(number: str) -> str:
    return number.lstrip("0").lower() or "0"
