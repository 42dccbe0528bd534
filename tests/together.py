"""Calls made at the same moment, each in a thread and on a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection


@dataclass
class Ended:
    """How the calls ended, each in the place of its call: what it gave, or what it raised."""

    results: list[Any] = field(default_factory=list)

    @property
    def errors(self) -> list[Exception]:
        return [one for one in self.results if isinstance(one, Exception)]

    @property
    def values(self) -> list[Any]:
        return [one for one in self.results if not isinstance(one, Exception)]

    @property
    def codes(self) -> list[str]:
        """The codes of the refusals; an error without a code, such as a deadlock, stands as its type and words."""
        return [getattr(one, "code", None) or repr(one) for one in self.errors]


def at_once(calls: Sequence[Callable[[], Any]], *, within: float = 60.0) -> Ended:
    """Starts all calls behind one barrier; AssertionError where one has not ended `within` seconds."""
    ended = Ended([None] * len(calls))
    barrier = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(within)
            ended.results[place] = call()
        except Exception as error:  # what it raised is its result; the test judges it
            ended.results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one, daemon=True) for one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within)
    assert not any(thread.is_alive() for thread in threads), f"a call did not end within {within:g} s"
    return ended
