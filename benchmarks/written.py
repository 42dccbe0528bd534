"""Documents as people write them, of any size, and how long something takes on them at three sizes."""

import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from benchmarks.report import Figure

T = TypeVar("T")
ROUNDS = 5
GROWTH = 1.5  # how much longer a larger text may take than its size says: 1 is linear
_VERBS = ("list", "keep", "print", "send", "count", "hide", "store", "check", "open", "close", "rename", "sort")
_NOUNS = ("pages", "words", "members", "letters", "logins", "rooms", "orders", "files", "answers", "drafts", "keys")
_ENDS = ("at once", "in order", "for a week", "within a second", "by name", "without delay", "in the background")


def requirement(number: int, chance: random.Random) -> tuple[str, str, list[str]]:
    """Title, user story and criteria of a requirement."""
    verb, noun = chance.choice(_VERBS), chance.choice(_NOUNS)
    story = f"As a member of team {number % 50}, I want to {verb} the {noun}, so that I {sentence(chance)}"
    criteria = [
        f"WHEN a member asks to {sentence(chance)} THEN the system SHALL {sentence(chance)} and show number {number}"
        for _ in range(chance.randrange(2, 6))
    ]
    return f"{verb.capitalize()} the {noun} {number}", story, criteria


def sentence(chance: random.Random) -> str:
    """`keep the words for a week`."""
    return f"{chance.choice(_VERBS)} the {chance.choice(_NOUNS)} {chance.choice(_ENDS)}"


def as_text(parts: Sequence[tuple[str, str, list[str]]]) -> str:
    """A requirements document."""
    return "# Requirements\n\n## Requirements\n" + "".join(
        f"\n### Requirement {number}: {title}\n\n**User Story:** {story}\n\n#### Acceptance Criteria\n\n"
        + "".join(f"{at}. {text}\n" for at, text in enumerate(criteria, 1))
        for number, (title, story, criteria) in enumerate(parts, 1)
    )


def requirements_of(characters: int, seed: int = 1) -> str:
    """A requirements document of so many characters, up to a requirement more."""
    chance, length = random.Random(seed), 0
    parts: list[tuple[str, str, list[str]]] = []
    while length < characters:
        parts.append(requirement(len(parts) + 1, chance))
        length = length + len(as_text(parts[-1:])) - len(as_text([]))
    return as_text(parts)


def tasks_of(lines: int, seed: int = 1) -> str:
    """A tasks document of so many lines."""
    chance, found, number = random.Random(seed), ["# Tasks", ""], 0
    while len(found) < lines:
        number += 1
        found += [
            f"- [{' x-'[number % 3]}] {number}. {sentence(chance).capitalize()}",
            f"  - File: src/part_{number}.py, tests/test_part_{number}.py",
            f"  - [ ] {number}.1 {sentence(chance).capitalize()}",
            f"    - {sentence(chance).capitalize()}",
            "  - Purpose: have something that runs",
            f"  - _Leverage: src/part_{number // 2}.py_",
            f"  - _Requirements: {number % 90}.1, {number % 70}.2_",
            f"  - _Prompt: Role: developer | Task: {sentence(chance)} | Success: all tests pass_",
        ]
    return "\n".join(found[:lines]) + "\n"


def at_sizes(
    name: str, sizes: Sequence[int], made: Callable[[int, int], T], call: Callable[[T], object], limit: float, unit: str
) -> list[Figure]:
    """The figure at the largest size, and how the time grows from the smallest to it.

    `made` gives what is measured from a size and a seed. Each call has another, since readers keep what they read last.
    """
    times = [_milliseconds(call, (made(size, seed) for seed in range(ROUNDS))) for size in sizes]
    said = ", ".join(f"{size:,}: {one:.0f}" for size, one in zip(sizes, times, strict=True))
    larger, longer = sizes[-1] / sizes[0], times[-1] / times[0]
    return [
        Figure(name, times[-1], "ms", limit, f"{unit} {said} ms"),
        Figure(
            f"{name}: growth", longer / larger, "x", GROWTH, f"{larger:g} times the size, {longer:.1f} times as long"
        ),
    ]


def _milliseconds(call: Callable[[T], object], given: Iterable[T]) -> float:
    """The median of the processor's time of each call: what else a shared machine does is not counted."""
    found = []
    for one in given:
        begin = time.process_time()
        call(one)
        found.append((time.process_time() - begin) * 1000)
    return statistics.median(found)
