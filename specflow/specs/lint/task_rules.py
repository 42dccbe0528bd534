"""Rules on tasks, and on specs that get into each other's way."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from specflow.specs.formats.items import TaskItem
from specflow.specs.lint.findings import Found
from specflow.specs.lint.requirement_rules import among
from specflow.specs.lint.workspace import Document, Spec, Workspace

_PATH = re.compile(r"[\w.@~+\-\[\]()$]*[/.][\w./@~+\-\[\]()$]*\w")
_FEWEST_WORDS = 5  # a shorter sentence is no sign that two specs mean the same
_LONGEST_PATH = 300  # characters of a file's
_LONGEST_CYCLE = 20  # tasks that are told
_SHOWN = 3

# A task's id, and the list that it counts in.
Name = tuple[str, str]
# What two specs share, said with its place in each: document, line, item's key.
Spot = tuple[Document, int, str]


def blocked_without_reason(workspace: Workspace) -> Iterator[Found]:
    """A blocked task that does not say what it waits for."""
    for document in workspace.documents:
        for task in document.items.tasks:
            if task.status == "blocked" and not task.blocked_reason.strip():
                name = task.key or f"'{task.title[:60]}'"
                yield Found(document, f"Task {name} is blocked, and nothing says why.", task.start, key=task.key)


def cyclic_dependency(workspace: Workspace) -> Iterator[Found]:
    """Tasks of a spec that wait for each other, each cycle once."""
    for spec in workspace.specs:
        tasks = {_name(task, task.key): (document, task) for document, task in reversed(spec.tasks) if task.key}
        waits = {
            name: [one for one in (_name(task, _bare(key)) for key in task.dependencies) if one in tasks]
            for name, (_, task) in reversed(tasks.items())
        }
        for cycle in _cycles(waits):
            document, task = tasks[cycle[0]]
            if document.is_source:
                continue
            keys = [tasks[name][1].key for name in cycle]
            path = " → ".join([*keys[:_LONGEST_CYCLE], *(["…"] if len(keys) > _LONGEST_CYCLE else []), keys[0]])
            yield Found(document, f"These tasks wait for each other: {path}.", task.start, key=task.key)


def _name(task: TaskItem, key: str) -> Name:
    """A task by its id, among those that the given one may mean."""
    return among(task), key.casefold()


def _bare(dependency: str) -> str:
    return re.sub(r"^(?:task\s+)?#?", "", dependency.strip(" \t`*_."), flags=re.IGNORECASE)


def _cycles(waits: Mapping[Name, Sequence[Name]]) -> Iterator[list[Name]]:
    """One path for each cycle that a walk from the first task on meets; linear, and without recursion."""
    done: set[Name] = set()
    for first in waits:
        path: list[Name] = []
        places: dict[Name, int] = {}
        steps = [(first, iter(waits[first]))] if first not in done else []
        while steps:
            key, further = steps[-1]
            if key not in places:
                places[key] = len(path)
                path.append(key)
            following = next(further, None)
            if following is None:
                steps.pop()
                path.pop()
                del places[key]
                done.add(key)
            elif following in places:
                yield path[places[following] :]
            elif following not in done:
                steps.append((following, iter(waits[following])))


def overlap(workspace: Workspace) -> Iterator[Found]:
    """Two open specs whose tasks touch the same file, or that ask for the same; told once in each of the two."""
    specs = [spec for spec in workspace.specs if spec.is_open]
    shared: dict[tuple[int, int, str], list[tuple[str, Spot, Spot]]] = defaultdict(list)
    for what, spots in (("file", _files), ("requirement", _asked)):
        by_thing: dict[str, dict[int, Spot]] = defaultdict(dict)
        for place, spec in enumerate(specs):
            for thing, spot in spots(spec):
                by_thing[thing].setdefault(place, spot)
        for thing, places in by_thing.items():
            _pair(shared, what, thing, places)
    for (first, second, what), things in shared.items():
        yield _told(specs[second], what, [(thing, here) for thing, here, _ in things])
        yield _told(specs[first], what, [(thing, there) for thing, _, there in things])


def _pair(
    shared: dict[tuple[int, int, str], list[tuple[str, Spot, Spot]]], what: str, thing: str, places: dict[int, Spot]
) -> None:
    """Each spec with the one before it that has the same: what very many share is not told for every two of them."""
    known = list(places)
    for first, second in itertools.pairwise(known):
        shared[first, second, what].append((thing, places[first], places[second]))


def _told(other: Spec, what: str, things: Sequence[tuple[str, Spot]]) -> Found:
    document, line, key = things[0][1]
    named = ", ".join(thing[:80] for thing, _ in things[:_SHOWN]) + (" …" if len(things) > _SHOWN else "")
    if what == "file":
        message = f"The open spec {other.name} changes {_counted(things, 'file')} that this one changes too: {named}."
    else:
        message = f"The open spec {other.name} asks for {_counted(things, 'requirement')} of this one too: {named}."
    return Found(document, message, line, key=key)


def _counted(things: Sequence[object], noun: str) -> str:
    return f"a {noun}" if len(things) == 1 else f"{len(things)} {noun}s"


def _files(spec: Spec) -> Iterator[tuple[str, Spot]]:
    """The files that tasks which are not done will touch."""
    for document, task in spec.tasks:
        if task.status != "completed":
            for path in task.files:
                if len(path) <= _LONGEST_PATH and _PATH.fullmatch(path):
                    yield path.removeprefix("./"), (document, _line_of(document, task, path), task.key)


def _line_of(document: Document, task: TaskItem, path: str) -> int:
    lines = document.lines[task.start - 1 : task.end] if document.is_prose else []
    return next((task.start + at for at, line in enumerate(lines) if path in line), task.start)


def _asked(spec: Spec) -> Iterator[tuple[str, Spot]]:
    """What the spec asks for: a delta by the requirement that it changes, others by what their criteria say."""
    for document, item in spec.requirements:
        if document.place.kind == "delta":
            below = document.path.removeprefix(document.place.folder)
            if item.change != "added":
                yield f"{item.key} ({below.strip('/')})", (document, item.start, item.key)
        elif document.place.kind in ("requirements", "source"):
            said = [(criterion.text, criterion.start, criterion.key) for criterion in item.criteria]
            said.append((item.statement or f"{item.condition} {item.action}", item.start, item.key))
            for text, line, key in said:
                words = re.findall(r"\w+", text.casefold())
                if len(words) >= _FEWEST_WORDS or len("".join(words)) > 40:
                    yield " ".join(words), (document, line, key)
