"""What the tools for test vectors give as data (tasks/vectors/payloads.py)."""

from typing import Any

from typing_extensions import TypedDict


class _Said(TypedDict):
    title: str
    rule: str
    path: str
    pointer: str
    lines: list[int]
    valid: bool
    input: Any
    expects: bool
    expected: Any


class Vector(_Said):
    """A test vector: what it is for, what goes in and what must come of it, and what the last run showed."""

    id: str
    key: str
    kind: str
    target: str
    requirement: str | None
    criterion: str | None
    call: dict[str, str] | None
    state: str


class _Vectors(TypedDict):
    vectors: list[Vector]
    next_cursor: str | None


class Vectors(_Vectors, total=False):
    """A page of vectors. `shortened` says what is left out."""

    shortened: dict[str, Any]


class Failure(_Said):
    """What failed, with what came out."""

    vector: str
    verdict: str
    message: str
    got: Any
    seconds: float


class _Report(TypedDict):
    id: str
    spec: str
    target: str
    good: bool
    counts: dict[str, int]
    started_by: str
    started_at: str
    ended_at: str | None
    failures: list[Failure]
    more: int


class VectorReport(_Report, total=False):
    """A run of vectors with what failed. `shortened` says what is left out."""

    shortened: dict[str, Any]
