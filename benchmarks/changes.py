"""The difference by item of two revisions at three sizes: a tenth reworded, some added, removed, moved."""

import random
from pathlib import Path

from benchmarks.report import Figure
from benchmarks.written import as_text, at_sizes, requirement, sentence
from specflow.specs.changes.items import item_diff
from specflow.specs.formats.items import Items
from specflow.specs.formats.spec_workflow.requirements import read_requirements

SIZES = (250, 500, 1_000)  # requirements
LIMIT = 200.0


async def measure(folder: Path) -> list[Figure]:
    """Texts alone are compared; nothing is written to the folder."""
    return at_sizes(
        "item diff of 1,000 requirements", SIZES, revisions, lambda pair: item_diff(*pair), LIMIT, "requirements"
    )


def revisions(number: int, seed: int = 1) -> tuple[Items, Items]:
    """A document's items before and after an ordinary revision."""
    chance = random.Random(seed)
    before = [requirement(at, chance) for at in range(number)]
    after = [_reworded(one, chance) for one in before]
    for _ in range(number // 50):
        del after[chance.randrange(len(after))]
        after.insert(chance.randrange(len(after)), after.pop(chance.randrange(len(after))))
        after.insert(chance.randrange(len(after)), requirement(number + len(after), chance))
    old, new = (Items(requirements=read_requirements(as_text(parts))) for parts in (before, after))
    return old, new


def _reworded(part: tuple[str, str, list[str]], chance: random.Random) -> tuple[str, str, list[str]]:
    """Each line with a chance of one in ten says something else in part."""
    title, story, criteria = part

    def said(line: str) -> str:
        if chance.random() >= 0.1:
            return line
        words = line.split()
        at = chance.randrange(max(len(words) - 3, 1))
        return " ".join([*words[:at], sentence(chance), *words[at + 3 :]])

    return said(title), said(story), [said(one) for one in criteria]
