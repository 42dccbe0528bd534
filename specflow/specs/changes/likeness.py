"""How much alike two texts are: by the words that they share, each weighed by how rare it is in the documents."""

import re
from collections import Counter
from collections.abc import Iterable
from math import log

# Scripts that put no blanks between words: Thai to Burmese, Khmer, kana, Han. A word is any two signs side by side.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORDS = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")
_ASCII_WORDS = re.compile(r"[a-z0-9]+")
_SIGN = re.compile(f"[{UNSPACED}]")
_FULL, _QUARTER = 4000, 1000


def words(text: str) -> list[str]:
    """The words of a text in their order, in small letters; for scripts without blanks each two neighbouring signs."""
    if text.isascii():
        return _ASCII_WORDS.findall(text.lower())
    found: list[str] = []
    for word in _WORDS.findall(text.casefold()):
        if len(word) > 2 and _SIGN.match(word):
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word)
    return found


# What a requirement is put together with, whatever it is about: it counts a quarter.
_FORM = frozenset(
    words(
        "a an and any as at be by can for from given has I if in is it its me my of on or shall should so story system "
        "that the their then they this to user want when where while will with"
    )
)


class Scale:
    """Weighs words by their rareness in the texts that are compared. Whole numbers, so that sums have no order."""

    def __init__(self, texts: Iterable[frozenset[str]]) -> None:
        counts: Counter[str] = Counter()
        number = 0
        for text in texts:
            counts.update(text)
            number += 1
        by_count = {count: log(1 + number / count) for count in set(counts.values())}
        self._weights = {
            word: int((_QUARTER if word in _FORM else _FULL) * by_count[count]) for word, count in counts.items()
        }

    def weight(self, text: Iterable[str]) -> int:
        """What the words weigh together; all of them stand in the texts that the scale was made from."""
        return sum(map(self._weights.__getitem__, text))

    def alike(self, one: frozenset[str], weight: int, other: frozenset[str], other_weight: int) -> float:
        """From 0 (no word in common) to 1 (the same words), for two texts with their weights."""
        both = weight + other_weight
        return 2 * self.weight(one & other) / both if both else 0.0
