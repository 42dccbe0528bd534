"""What a machine-readable spec says, whichever of the grammars it is written in.

Each part has the JSON pointer under which it stands in the file, and its lines (from 1, inclusive).
"""

from dataclasses import dataclass, field
from typing import Any

from specflow.specs.formats.items import DesignItem, EndpointItem, Items, RequirementItem
from specflow.specs.formats.marked import Node


@dataclass(frozen=True, slots=True)
class SourceRequirement:
    """A requirement; `criteria` are the pointers of its item's criteria, in their order."""

    item: RequirementItem
    pointer: str
    criteria: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceEndpoint:
    """An operation of an API; `request` and `response` are the pointers of their schemas, "" for none.

    `key` is its own id, or else `GET /path`; `requirements` are the keys of those that it serves.
    """

    key: str
    method: str
    path: str
    summary: str
    requirements: tuple[str, ...]
    request: str
    response: str
    pointer: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SourceSchema:
    """A JSON Schema with a name; `requirement` is the key of the one that it is, "" where it is none."""

    name: str
    pointer: str
    start: int
    end: int
    requirement: str = ""


@dataclass(frozen=True, slots=True)
class SourceExample:
    """What goes in, and what must come of it; `target` names what it is for. `expects` is False where the file says
    nothing of what must come out."""

    target: str
    title: str
    input: Any
    expected: Any
    expects: bool
    valid: bool
    pointer: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SourceTask:
    """A task that the file itself names; `priority` is low, medium, high, critical or ""."""

    key: str
    title: str
    description: str
    requirements: tuple[str, ...]
    depends_on: tuple[str, ...]
    files: tuple[str, ...]
    priority: str
    pointer: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """All of a file. `grammar` is spec-file, json-schema or openapi, "" where it is none; `root` is its value with
    places, in which pointers and the references (`#/schemas/Name`) of its schemas are looked up."""

    grammar: str
    slug: str
    title: str
    description: str
    root: Node
    requirements: tuple[SourceRequirement, ...] = ()
    endpoints: tuple[SourceEndpoint, ...] = ()
    schemas: tuple[SourceSchema, ...] = ()
    examples: tuple[SourceExample, ...] = ()
    tasks: tuple[SourceTask, ...] = ()
    design: DesignItem | None = field(default=None)

    @property
    def items(self) -> Items:
        """The same as every other document says it. Tasks have no state in such a file, so they are not among them:
        they are made from it (`specs.generation`)."""
        return Items(title=self.title, requirements=tuple(one.item for one in self.requirements), design=self.design)


def endpoint_items(endpoints: tuple[SourceEndpoint, ...]) -> tuple[EndpointItem, ...]:
    """The endpoints as a design has them."""
    return tuple(EndpointItem(one.method, one.path, one.summary) for one in endpoints)


class Keys:
    """Counts equal keys from 0, and gives free ones."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def ordinal(self, key: str) -> int:
        """How many had this key before."""
        count = self._seen[key] = self._seen.get(key, -1) + 1
        return count

    def free(self, stem: str, number: int) -> str:
        """`stem.number`, or with the next number that nobody has."""
        while f"{stem}.{number}" in self._seen:
            number += 1
        return f"{stem}.{number}"
