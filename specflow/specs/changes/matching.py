"""Which item of a document is which item of its next revision.

What is the same in key and title is found first, then the same title, then what reads alike, then the bare key: ids
are numbered anew more often than sentences are. Where two candidates are about as alike a person is asked.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from specflow.specs.changes.likeness import Scale, words

LIKE_ENOUGH = 0.5
ABOUT_AS_ALIKE = 0.1
# What the same key, and the same place (under the same parent), add to a likeness. The key outweighs a near tie.
SAME_KEY = 0.2
SAME_PLACE = 0.1
# By how many of its rarest marks an item's candidates are looked for, and how many items may share such a mark.
RARE = 6
CROWD = 16
# How many of all items at least tell how rare a word is, beside those that are compared.
SAMPLE = 300


@dataclass(frozen=True, slots=True)
class Piece:
    """What an item is known by: `key` and `title` (empty for none), what else it says, and what it stands in."""

    key: Hashable
    title: str
    body: str = ""
    within: Hashable = None


@dataclass(slots=True)
class Matching:
    """Positions (from 0): pairs of the same item in the order of `after`, those of one side alone, and what may be
    the same but cannot be told: groups of positions before and after."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    ambiguous: list[tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=list)


def matched(before: Sequence[Piece], after: Sequence[Piece]) -> Matching:
    """Matches the items of two revisions, each at most once. Deterministic; near linear in their number."""
    matcher = _Matcher(before, after)
    matcher.by_name(_whole, twins=True)
    matcher.by_name(_between)
    for name in (
        lambda one: (one.within, one.key, one.title) if one.title else None,
        lambda one: (one.key, one.title) if one.title else None,
        lambda one: (one.within, one.title) if one.title else None,
        lambda one: one.title or None,
    ):
        matcher.by_name(_each(name))
    matcher.by_likeness()
    matcher.by_name(_each(lambda one: one.key or None))
    return matcher.result()


Name = Callable[[Sequence[Piece], int], Hashable | None]


def _each(name: Callable[[Piece], Hashable | None]) -> Name:
    return lambda pieces, at: name(pieces[at])


def _whole(pieces: Sequence[Piece], at: int) -> Hashable:
    return pieces[at]


def _between(pieces: Sequence[Piece], at: int) -> Hashable:
    """A piece with its neighbours: which of several that say the same it is."""
    return pieces[at - 1] if at else None, pieces[at], pieces[at + 1] if at + 1 < len(pieces) else None


class _Matcher:
    """Takes pairs out of what is free on both sides, one way of matching after the other."""

    def __init__(self, before: Sequence[Piece], after: Sequence[Piece]) -> None:
        self._before, self._after = before, after
        self._old, self._new = dict.fromkeys(range(len(before))), dict.fromkeys(range(len(after)))
        self._pairs: list[tuple[int, int]] = []
        self._ambiguous: list[tuple[tuple[int, ...], tuple[int, ...]]] = []

    def by_name(self, name: Name, *, twins: bool = False) -> None:
        """Pairs those that alone have a name on their side; with `twins`, as many on both sides, in their order."""
        if not (self._old and self._new):
            return
        named = _grouped(self._before, self._old, name)
        for one, new in _grouped(self._after, self._new, name).items():
            old = named.get(one, [])
            if len(old) == len(new) and (twins or len(new) == 1):
                for pair in zip(old, new, strict=True):
                    self._take(*pair)

    def by_likeness(self) -> None:
        """Pairs those that read alike and are each other's clear choice; sets apart those that are not clear."""
        if not (self._old and self._new):
            return
        chart = _Chart(self._before, self._after, self._old, self._new)
        for score, old, new in chart.edges():
            if old not in self._old or new not in self._new:
                continue
            olds, news = chart.about_as_alike(score, old, new, (self._old, self._new))
            if len(olds) == len(news) == 1:
                self._take(old, new)
            else:
                self._ambiguous.append((tuple(sorted(olds)), tuple(sorted(news))))
                for one in olds:
                    del self._old[one]
                for one in news:
                    del self._new[one]

    def result(self) -> Matching:
        """What was found, and what is left."""
        pairs = sorted(self._pairs, key=lambda pair: pair[1])
        return Matching(pairs, list(self._old), list(self._new), sorted(self._ambiguous))

    def _take(self, old: int, new: int) -> None:
        del self._old[old]
        del self._new[new]
        self._pairs.append((old, new))


def _grouped(pieces: Sequence[Piece], free: Iterable[int], name: Name) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for at in free:
        one = name(pieces, at)
        if one is not None:
            groups.setdefault(one, []).append(at)
    return groups


class _Side:
    """The free pieces of one side: their words, and by which marks they are found."""

    def __init__(self, pieces: Sequence[Piece], free: Iterable[int]) -> None:
        self.pieces = pieces
        said = {at: words(f"{pieces[at].title} {pieces[at].body}") for at in free}
        self.words = {at: frozenset(one) for at, one in said.items()}
        self.marks = {at: _marks(pieces[at], one, self.words[at]) for at, one in said.items()}
        self.having: dict[Hashable, list[int]] = {}
        for at, (own, rare) in self.marks.items():
            for mark in (*own, *rare):
                self.having.setdefault(mark, []).append(at)


def _marks(piece: Piece, said: Sequence[str], once: Iterable[str]) -> tuple[list[Hashable], set[str]]:
    """What a piece may be found by: its key and its place, and its words and each two words side by side."""
    own: list[Hashable] = [("key", piece.key)] if piece.key else []
    if piece.within is not None:
        own.append(("within", piece.within))
    return own, set(once).union(map("{} {}".format, said, said[1:]))


class _Chart:
    """How much alike the free pieces of both sides are, worked out only for those that share a rare mark."""

    def __init__(self, before: Sequence[Piece], after: Sequence[Piece], old: Iterable[int], new: Iterable[int]) -> None:
        self._old, self._new = _Side(before, old), _Side(after, new)
        others = (words(f"{one.title} {one.body}") for one in before[:: len(before) // SAMPLE + 1])
        compared = [*self._old.words.values(), *self._new.words.values()]
        self._scale = Scale([*compared, *map(frozenset, others)])
        self._weights = tuple(
            {at: self._scale.weight(one) for at, one in side.words.items()} for side in (self._old, self._new)
        )
        self._scores: dict[tuple[int, int], float] = {}
        self._partners: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
        pairs = {(at, other) for at in self._old.words for other in _candidates(at, self._old, self._new)}
        pairs |= {(other, at) for at in self._new.words for other in _candidates(at, self._new, self._old)}
        for one, other in sorted(pairs):
            score = self._score(one, other)
            if score:
                self._scores[one, other] = score
                self._partners[0].setdefault(one, []).append(other)
                self._partners[1].setdefault(other, []).append(one)

    def edges(self) -> list[tuple[float, int, int]]:
        """(how alike, old, new), the most alike first."""
        return sorted(((score, *pair) for pair, score in self._scores.items()), key=lambda edge: (-edge[0], *edge[1:]))

    def about_as_alike(
        self, score: float, old: int, new: int, free: tuple[dict[int, None], dict[int, None]]
    ) -> tuple[set[int], set[int]]:
        """All that hang together with a pair by likenesses not much below its own, the pair itself included."""
        found: tuple[set[int], set[int]] = ({old}, {new})
        waiting = [(0, old), (1, new)]
        while waiting:
            side, at = waiting.pop()
            for other in self._partners[side].get(at, ()):
                pair = (at, other) if side == 0 else (other, at)
                near = self._scores[pair] > score - ABOUT_AS_ALIKE
                if near and other in free[1 - side] and other not in found[1 - side]:
                    found[1 - side].add(other)
                    waiting.append((1 - side, other))
        return found

    def _score(self, old: int, new: int) -> float:
        """How alike two pieces are, with what their keys and places add; 0 for too little to be the same."""
        one, other = self._old, self._new
        alike = self._scale.alike(one.words[old], self._weights[0][old], other.words[new], self._weights[1][new])
        before, after = one.pieces[old], other.pieces[new]
        alike += SAME_KEY if before.key and before.key == after.key else 0.0
        if alike < LIKE_ENOUGH:
            return 0.0
        return alike + (SAME_PLACE if before.within is not None and before.within == after.within else 0.0)


def _candidates(at: int, here: _Side, there: _Side) -> set[int]:
    """The pieces of the other side that share a mark with this one: its key, its place, or one of its rarest."""
    own, rare = here.marks[at]
    counted = sorted((len(there.having[mark]), mark) for mark in rare if mark in there.having)
    found: set[int] = set()
    for mark in (*own, *(mark for _, mark in counted[:RARE])):
        having = there.having.get(mark, ())
        if len(having) <= CROWD:
            found.update(having)
    return found
