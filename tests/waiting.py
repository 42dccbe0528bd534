"""Waiting in tests: for a condition, with a deadline, never for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def wait_until(condition: Callable[[], Value], *, within: float = 5.0, every: float = 0.02, what: str = "") -> Value:
    """The first true value of `condition`; AssertionError, naming `what`, when there is none `within` seconds."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"Not within {within:g} s: {what or getattr(condition, '__name__', 'the condition')}.")
        time.sleep(every)
