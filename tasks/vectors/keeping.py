"""Test vectors as rows, in step with the text of their source document: the same vector keeps its row."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from specflow.errors import DomainError
from specflow.specs.formats.marked import referred
from specflow.specs.formats.source import SourceSpec, parse_source
from specflow.specs.formats.source.spec import SourceEndpoint
from specflow.specs.models import MAX_KEY_CHARACTERS, Criterion, Document, Requirement, Revision
from specflow.specs.vectors import Vector, vectors
from tasks.vector_models import TestVector, VectorState

_BATCH = 500
# What a vector says may change while it stays the same one (its id): where it stands, and what must come of it.
_SAID = ("kind", "title", "target", "pointer", "rule", "valid", "input_text", "expected_text", "method", "path")
_PLACE = ("requirement_id", "criterion_id", "position", "start", "end", "present", "state")


def keep(revision: Revision) -> None:
    """Brings the vectors of a source document in step with its new text. Only inside an action."""
    _store(revision.document, list(_rows(revision)))


def made_from(text: str, path: str) -> tuple[SourceSpec, tuple[Vector, ...]]:
    """The spec that a source document says, and its vectors. Raises Invalid `invalid_spec_file`, TooLarge."""
    spec = parse_source(text, path=path)
    return spec, vectors(spec)


def _rows(revision: Revision) -> Iterator[TestVector]:
    """None where the file is not as it should be: what is found in a workspace is kept all the same."""
    document = revision.document
    try:
        spec, made = made_from(revision.text, document.path)
    except DomainError:
        return
    places = _Places(spec, document)
    for position, one in enumerate(made):
        requirement, criterion = places.of(one.target)
        method, path = places.call(one)
        yield TestVector(
            project=document.project, document=document, spec=document.spec, key=one.id, position=position,
            start=one.start, end=one.end, requirement_id=None if criterion else requirement, criterion_id=criterion,
            kind=one.kind, title=one.title, target=one.target, pointer=one.pointer, rule=one.rule, valid=one.valid,
            input_text=json.dumps(one.input), expected_text=json.dumps(one.expected) if one.expects else "",
            method=method, path=path,
        )  # fmt: skip


def _store(document: Document, wanted: list[TestVector]) -> None:
    """Writes what is new or changed in few statements, since lines move with each edit. What must come out of a vector
    may have changed, and then nobody has tried it."""
    before = {one.key: one for one in TestVector.objects.filter(document=document)}
    changed = []
    for row in wanted:
        known = before.pop(row.key, None)
        if known is not None and (known.expected_text, known.valid) == (row.expected_text, row.valid):
            row.state = known.state
        if known is None or any(getattr(known, name) != getattr(row, name) for name in (*_SAID, *_PLACE)):
            changed.append(row)
    fields = [*_SAID, *(name.removesuffix("_id") for name in _PLACE)]
    TestVector.objects.bulk_create(
        changed, batch_size=_BATCH, update_conflicts=True, update_fields=fields, unique_fields=("document", "key")
    )
    gone = [one.pk for one in before.values() if one.present]
    for at in range(0, len(gone), _BATCH):
        TestVector.objects.filter(pk__in=gone[at : at + _BATCH]).update(present=False, state=VectorState.UNTRIED)


@dataclass(slots=True)
class _Places:
    """What a vector's target is: a criterion, a requirement, an endpoint or a schema, and who takes its input."""

    requirements: Mapping[str, int]
    criteria: Mapping[str, tuple[int, int]]  # (requirement, criterion) by the criterion's key
    serves: Mapping[str, str]  # endpoints and schemas: the key of the requirement or criterion that they are for
    takes: Mapping[str, SourceEndpoint]

    def __init__(self, spec: SourceSpec, document: Document) -> None:
        rows = Requirement.objects.filter(document=document, present=True).order_by("-position")
        self.requirements = dict(rows.values_list("key", "pk"))
        found = Criterion.objects.filter(document=document, present=True).order_by("-requirement_id", "-position")
        self.criteria = {
            key: (requirement, pk) for key, requirement, pk in found.values_list("key", "requirement", "pk")
        }
        self.takes = _takers(spec)
        self.serves = {name: one.requirements[0] for name, one in self.takes.items() if one.requirements}
        self.serves |= {one.name: one.requirement for one in spec.schemas if one.requirement}

    def of(self, target: str) -> tuple[int | None, int | None]:
        """The row ids of the requirement and the criterion that the target is or belongs to."""
        for name in (target, self.serves.get(target, "")):
            key = name[:MAX_KEY_CHARACTERS]
            if key in self.criteria:
                return self.criteria[key]
            if key in self.requirements:
                return self.requirements[key], None
        return None, None

    def call(self, one: Vector) -> tuple[str, str]:
        """The method and the path of the endpoint that takes the vector's input."""
        said: Any = one.input
        if one.kind == "criterion":
            is_call = isinstance(said, dict) and {"method", "path"} == set(said)
            return (said["method"], said["path"]) if is_call else ("", "")
        taker = self.takes.get(one.target)
        return (taker.method, taker.path) if taker else ("", "")


def _takers(spec: SourceSpec) -> dict[str, SourceEndpoint]:
    """The endpoint by its key, by the schemas that it takes, and by what it alone serves."""
    takers: dict[str, SourceEndpoint] = {}
    schemas = {one.pointer: one.name for one in spec.schemas}
    served: dict[str, list[SourceEndpoint]] = {}
    for one in spec.endpoints:
        node = spec.root.at(one.request) if one.request else None
        pointer = referred(node.text("$ref")) if node is not None else None
        for name in (one.key, schemas.get(pointer or one.request, "")):
            takers.setdefault(name, one)
        for key in one.requirements:
            served.setdefault(key, []).append(one)
    for requirement in spec.requirements:
        item = requirement.item
        alone = served.get(item.key, [])
        for key in (item.key, *(criterion.key for criterion in item.criteria)) if len(alone) == 1 else ():
            takers.setdefault(key, alone[0])
    takers.pop("", None)
    return takers
