"""What apps above this floor put on the pages. They register in `AppConfig.ready()`, so that nothing imports upward.

A fragment is a part of a page that is drawn with it, and again by itself at an address of its own when one of its
topics is heard (topics.py). Its `context` gives the template what it shows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.dashboard.visit import ProjectVisit

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a project's navigation: the page at `url_name`, for who may do `verb`; `count` is drawn beside it."""

    name: str
    title: str
    icon: str
    order: int
    url_name: str
    verb: Verb = Verb.VIEW
    count: Callable[[ProjectVisit], int] | None = None


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a page. `place` is what the page leaves to it, such as `main` or `side`. `context` and `count` take the
    visit, and what the fragment is about where its page is about one thing (a spec)."""

    name: str
    title: str
    icon: str
    order: int
    topics: tuple[str, ...]
    template: str
    context: Callable[..., Context]
    place: str = "main"
    count: Callable[..., int] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A number about a project, such as how many specs it has, for many projects in one query."""

    name: str
    title: str
    icon: str
    order: int
    count: Callable[[Sequence[Project]], dict[int, int]]
    tone: str = "neutral"


navigation: dict[str, Entry] = {}
home: dict[str, Fragment] = {}
overview: dict[str, Fragment] = {}
spec_panels: dict[str, Fragment] = {}
document_panels: dict[str, Fragment] = {}
task_panels: dict[str, Fragment] = {}  # drawn with the page of a task
facts: dict[str, Fact] = {}
# How far specs are, by their row ids: total, completed, percent. Filled by the app that knows tasks.
progress: Callable[[Sequence[Any]], dict[int, dict[str, int]]] | None = None
# noun of the log → the titles of its things by their outside ids, in one query.
titles: dict[str, Callable[[set[str]], dict[str, str]]] = {}
addresses: dict[str, str] = {}  # noun of the log → name of the address of its page, of (project, id)


def add(shelf: dict[str, Any], *things: Entry | Fragment | Fact) -> None:
    """Registers things by their names."""
    shelf.update({one.name: one for one in things})


def in_order(things: Iterable[Any]) -> list[Any]:
    """The things by their order, then their names."""
    return sorted(things, key=lambda one: (one.order, one.name))
