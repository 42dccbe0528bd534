"""Test vectors from a machine-readable spec: what goes in, and whether it must be taken or what must come out.

Three kinds: the spec's own examples; the boundary values of each JSON Schema, each for one rule; and one for each
criterion that no other vector tests. The same spec gives the same vectors with the same ids; an id changes only with
the spec's slug, the rule's place, the rule, or the value.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from specflow.errors import TooLarge
from specflow.specs.formats.ears import parse
from specflow.specs.formats.marked import Node
from specflow.specs.formats.source.boundaries import Boundary, boundaries
from specflow.specs.formats.source.judging import Judge
from specflow.specs.formats.source.samples import Sampler
from specflow.specs.formats.source.spec import SourceExample, SourceRequirement, SourceSpec

MAX_VECTORS = 20_000
MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Vector:
    """One test. `kind` is example, boundary or criterion; `target` names what it tests: the key of a criterion, a
    requirement or an endpoint, or a schema's name; `pointer` and the lines are those of the rule in the spec's file.

    `rule` is the keyword of the schema's rule (`minimum`), else the kind. `valid` says whether `input` must be taken;
    what must come of it is `expected`, where `expects`.
    """

    id: str
    kind: str
    title: str
    target: str
    pointer: str
    rule: str
    input: Any
    expected: Any
    expects: bool
    valid: bool
    start: int
    end: int

    def as_dict(self) -> dict[str, Any]:
        """JSON values; `expected` only where something is expected."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("expected", "expects")}
        return {**said, **({"expected": self.expected} if self.expects else {})}


def vectors(spec: SourceSpec) -> tuple[Vector, ...]:
    """All vectors of the spec: examples, boundary values, criteria, each in the order of the file.

    Raises TooLarge `too_large` for a spec that gives over 20,000 of them or over 4 MiB.
    """
    made = _Vectors(spec.slug)
    for example in spec.examples:
        made.add("example", _of_example(example))
    named = {pointer: item.key for one in spec.requirements for pointer, item in _criteria(one)}
    sampler, judge = Sampler(spec.root.value), Judge(spec.root.value)
    for target, node in _schemas(spec):
        for boundary in boundaries(node, sampler, judge):
            made.add("boundary", _of_boundary(boundary, named.get(boundary.node.pointer, target)))
    tested = {one.target for one in made.found} | {one.pointer for one in made.found}
    for requirement in spec.requirements:
        for pointer, item in _criteria(requirement):
            if pointer not in tested and item.key not in tested:
                made.add("criterion", _of_criterion(spec, pointer, item))
    return tuple(made.found)


@dataclass(slots=True)
class _Vectors:
    """Gathers vectors, each once."""

    slug: str
    found: list[Vector] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)
    _bytes: int = 0

    def add(self, kind: str, said: dict[str, Any]) -> None:
        value = json.dumps(said["input"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        named = json.dumps([self.slug, said["pointer"], said["rule"], said["valid"], value], ensure_ascii=False)
        id_ = f"vec-{hashlib.sha256(named.encode()).hexdigest()[:24]}"
        if id_ in self._ids:
            return
        self._ids.add(id_)
        self._bytes += len(value)
        if len(self._ids) > MAX_VECTORS or self._bytes > MAX_BYTES:
            raise TooLarge(
                "too_large",
                f"This spec gives over {MAX_VECTORS} test vectors, or over {MAX_BYTES} bytes of them.",
                {"limit": MAX_VECTORS, "bytes": MAX_BYTES},
                ("Split the spec into several files.",),
            )
        self.found.append(Vector(id=id_, kind=kind, **said))


def _criteria(requirement: SourceRequirement) -> Iterator[tuple[str, Any]]:
    return zip(requirement.criteria, requirement.item.criteria, strict=True)


def _schemas(spec: SourceSpec) -> Iterator[tuple[str, Node]]:
    """The named schemas, then what endpoints take where that is more than a name."""
    pointers = [(one.name, one.pointer) for one in spec.schemas]
    pointers += [(one.key, one.request) for one in spec.endpoints if one.request]
    for target, pointer in pointers:
        node = spec.root.at(pointer)
        if node is not None and isinstance(node.value, dict) and "$ref" not in node.value:
            yield target, node


def _of_example(one: SourceExample) -> dict[str, Any]:
    return {
        "title": one.title or f"An example of {one.target}", "target": one.target, "pointer": one.pointer,
        "rule": "example", "input": one.input, "expected": one.expected, "expects": one.expects, "valid": one.valid,
        "start": one.start, "end": one.end,
    }  # fmt: skip


def _of_boundary(one: Boundary, target: str) -> dict[str, Any]:
    return {
        "title": one.title, "target": target, "pointer": one.node.pointer, "rule": one.rule, "input": one.value,
        "expected": None, "expects": False, "valid": one.valid, "start": one.node.start, "end": one.node.end,
    }  # fmt: skip


def _of_criterion(spec: SourceSpec, pointer: str, item: Any) -> dict[str, Any]:
    given, expected = _answer(spec, pointer) or _clauses(item.text)
    return {
        "title": item.text, "target": item.key, "pointer": pointer, "rule": "criterion", "input": given,
        "expected": expected, "expects": True, "valid": True, "start": item.start, "end": item.end,
    }  # fmt: skip


def _clauses(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the sentence of a criterion gives and what it demands, in its own words."""
    said = parse(text)
    groups = {
        "given": said.given, "where": said.features, "while": said.states, "when": said.triggers,
        "if": said.conditions,
    }  # fmt: skip
    given = {name: [clause.text for clause in clauses] for name, clauses in groups.items() if clauses}
    return given, {"then": said.response.text if said.response else text}


def _answer(spec: SourceSpec, pointer: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """For the response of an operation: the call, and the status that answers it."""
    if spec.grammar != "openapi":
        return None
    operation, _, status = pointer.rpartition("/responses/")
    endpoint = next((one for one in spec.endpoints if one.pointer == operation), None)
    if endpoint is None:
        return None
    return (
        {"method": endpoint.method, "path": endpoint.path},
        {"status": int(status) if status.isdecimal() else status},
    )
