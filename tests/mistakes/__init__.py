"""Mistakes that someone can make at a door: the table of tests/test_front_doors.py.

A case makes what it needs and names the ways in by which the mistake can be made; each must refuse it by the case's
code. What a door cannot express is not there: agents do not log in, a button of a page carries no digest.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Ways = dict[str, Callable[[], str]]
CASES: list[object] = []
DRAFT = ".spec-workflow/specs/draft"


def case(code: str, *variants: str) -> Callable[[Callable[..., Ways]], Callable[..., Ways]]:
    """Adds a case to the table; one with variants is added for each of them."""

    def add(arrange: Callable[..., Ways]) -> Callable[..., Ways]:
        for variant in variants or ("",):
            given = (variant,) if variant else ()
            CASES.append(pytest.param(arrange, given, code, id="-".join((arrange.__name__, *given))))
        return arrange

    return add


# Read in, they fill the table.
from tests.mistakes import decisions, gates, keys, names, texts  # noqa: E402, F401
