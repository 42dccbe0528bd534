"""The values at the edges of a JSON Schema's rules: the last that is right, and the first that is wrong."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from specflow.specs.formats.marked import Node
from specflow.specs.formats.source.judging import Judge
from specflow.specs.formats.source.patterns import simple
from specflow.specs.formats.source.samples import FORMATS, NoSampleError, Sampler, text_of, type_of

_OTHERS: dict[str, Any] = {
    "string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None, "array": [], "object": {},
}  # fmt: skip
# A rule that is not of its kind (`minimum: low`, in a file that nobody checked) gives no value.
_NOT_MADE = (NoSampleError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError)
_MAX_LISTED = 20  # of the values of an enum


@dataclass(frozen=True, slots=True)
class Boundary:
    """A value of a whole schema that tests one rule in it; `node` is the rule, or the name that is required."""

    node: Node
    rule: str
    title: str
    value: Any
    valid: bool


Place = tuple[str | int, ...]
Values = Iterator[tuple[Any, bool]]


def boundaries(schema: Node, sampler: Sampler, judge: Judge) -> Iterator[Boundary]:
    """The boundary values of a schema and of the properties and items in it, in the order of the text. What stands
    behind a reference is another schema's. A rule for which no value can be made gives none."""
    for place, node in _parts(schema, ()):
        for rule in node.children():
            for at, values in _values(node, rule, sampler):
                made = (_boundary(schema, place, at, tried, sampler) for tried in values)
                breaks = functools.partial(_breaks, rule=rule, beside=node.value)
                yield from _fitting((one for one in made if one is not None), schema.pointer, breaks, judge)


def _fitting(made: Iterator[Boundary], pointer: str, breaks: Callable[[str], bool], judge: Judge) -> Iterator[Boundary]:
    """Those that are right as they should be, and of the wrong ones the first that breaks this rule alone (or, where
    there is none, this rule among others)."""
    best: tuple[int, Boundary] | None = None
    for one in made:
        faults = judge.faults(pointer, one.value)
        if faults is None:
            continue
        if one.valid and not faults:
            yield one
        others = sum(not breaks(pointer + fault) for fault in faults)
        if not one.valid and others < len(faults) and (best is None or others < best[0]):
            best = others, one
            if not others:
                break
    if best is not None:
        yield best[1]


def _breaks(fault: str, rule: Node, beside: Mapping[str, Any]) -> bool:
    """Whether the broken rule is this one; what a `$ref` leads to is said to stand where the reference does, among the
    rules `beside` it."""
    if rule.key != "$ref":
        return fault == rule.pointer or fault.startswith(f"{rule.pointer}/")
    place = rule.pointer.removesuffix("$ref")
    return fault.startswith(place) and fault[len(place) :].split("/", maxsplit=1)[0] not in beside


def _parts(node: Node, place: Place) -> Iterator[tuple[Place, Node]]:
    """The schema and those in it, each with the way to what it rules in a value."""
    if not isinstance(node.value, dict):
        return
    yield place, node
    for one in node.children():
        if one.key == "properties" and isinstance(one.value, dict):
            for inner in one.children():
                yield from _parts(inner, (*place, inner.key))
        elif one.key == "items":
            yield from _parts(one, (*place, 0))
        elif one.key == "allOf" and isinstance(one.value, list):
            for inner in one.children():
                yield from _parts(inner, place)


def _boundary(schema: Node, place: Place, at: Node, tried: tuple[Any, bool], sampler: Sampler) -> Boundary | None:
    try:
        whole = _with(schema.value, place, tried[0], sampler)
    except _NOT_MADE:
        return None
    rule = at.pointer.rsplit("/", 2)[-2] if at.key.isdecimal() else at.key
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    shown = json.dumps(tried[0], ensure_ascii=False)
    title = f"{where or 'the whole'}: {rule} {_short(json.dumps(at.value, ensure_ascii=False))}, {_short(shown)}"
    return Boundary(at, rule, title, whole, tried[1])


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _with(schema: Any, place: Place, value: Any, sampler: Sampler) -> Any:
    """A value for the schema that has `value` at the place, and nothing beside it that it need not have."""
    if not place:
        return value
    whole = sampler.whole(schema)
    made = sampler.first(schema)
    step = place[0]
    if isinstance(step, int) and isinstance(made, list):
        inner = _with(whole.get("items", {}), place[1:], value, sampler)
        return [inner, *sampler.items(whole, max(len(made) - 1, 0), 1)]
    if isinstance(made, dict) and isinstance(step, str):
        return {**made, step: _with(whole.get("properties", {}).get(step, {}), place[1:], value, sampler)}
    raise NoSampleError


def _values(node: Node, rule: Node, sampler: Sampler) -> Iterator[tuple[Node, Values]]:
    """For each rule the values to try, right and wrong; for a list of required names, each name."""
    if rule.key == "required" and isinstance(rule.value, list):
        for name in rule.children():
            yield name, _tried(_required, node.value, name.value, sampler)
    elif rule.key in _TRIES:
        yield rule, _tried(_TRIES[rule.key], node.value, rule.value, sampler)


Try = Callable[[Any, Any, Sampler], Values]


def _tried(try_: Try, schema: Any, value: Any, sampler: Sampler) -> Values:
    """The values, as far as they can be made; a rule whose value is not of its kind gives none."""
    try:
        yield from try_(sampler.whole(schema), value, sampler)
    except _NOT_MADE:
        return


def _type(schema: Any, value: Any, sampler: Sampler) -> Values:
    names = value if isinstance(value, list) else [value]
    yield sampler.first(schema), True
    if "integer" in names and "number" not in names:
        yield 1.5, False
    for name, other in _OTHERS.items():
        if name not in names and not (name == "integer" and "number" in names):
            yield other, False


def _enum(schema: Any, value: Any, sampler: Sampler) -> Values:
    for one in value[:_MAX_LISTED]:
        yield one, True
    yield from ((other, False) for other in _unlike(value))


def _const(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield value, True
    yield from ((other, False) for other in _unlike([value]))


def _unlike(values: list[Any]) -> Iterator[Any]:
    """Values of the same kinds that are not among these."""
    texts = [one for one in values if isinstance(one, str)]
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if texts:
        yield f"{max(texts, key=len)}-x"
    if numbers:
        yield max(numbers) + 1
    yield "not-listed"
    yield from (other for other in _OTHERS.values() if other not in values)


def _steps(schema: Any) -> tuple[Any, ...]:
    """By how much a number goes over an edge: a whole step, and where that is too much, less."""
    return (
        (schema["multipleOf"],) if "multipleOf" in schema else (1,) if type_of(schema) == "integer" else (1, 0.5, 0.01)
    )


def _minimum(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield value, True
    yield from ((value + step, True) for step in _steps(schema)[:1])
    yield from ((value - step, False) for step in _steps(schema))


def _maximum(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield value, True
    yield from ((value - step, True) for step in _steps(schema)[:1])
    yield from ((value + step, False) for step in _steps(schema))


def _more_than(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield from ((value + step, True) for step in _steps(schema)[:1])
    yield value, False


def _less_than(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield from ((value - step, True) for step in _steps(schema)[:1])
    yield value, False


def _multiple(schema: Any, value: Any, sampler: Sampler) -> Values:
    made = sampler.first(schema)
    yield made, True
    yield made + value, True
    yield made + 1, False
    yield made + value / 2, False


def _min_length(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield text_of(schema, int(value)), True
    if value:
        yield text_of(schema, int(value) - 1), False
        yield "a" * (int(value) - 1), False


def _max_length(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield text_of(schema, int(value)), True
    yield text_of(schema, int(value) + 1), False
    yield "a" * (int(value) + 1), False


def _pattern(schema: Any, value: Any, sampler: Sampler) -> Values:
    made = sampler.first(schema)
    yield made, True
    known = simple(value)
    if known is None or not isinstance(made, str):
        return
    for at in range(min(len(made), 20)):
        for letter in "~0aA ":
            yield made[:at] + letter + made[at + 1 :], False
    yield from ((wrong, False) for wrong in (f"{made}~", f"~{made}", made[:-1], ""))


def _format(schema: Any, value: Any, sampler: Sampler) -> Values:
    if value in FORMATS:
        yield from zip(FORMATS[value], (True, False), strict=True)


def _min_items(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield sampler.items(schema, int(value)), True
    if value:
        yield sampler.items(schema, int(value) - 1), False


def _max_items(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield sampler.items(schema, int(value)), True
    yield sampler.items(schema, int(value) + 1), False


def _unique(schema: Any, value: Any, sampler: Sampler) -> Values:
    if value is True:
        least = max(2, int(schema.get("minItems", 0)))
        made = sampler.items(schema, least)
        yield made, True
        yield [*made[:-1], made[0]], False


def _required(schema: Any, name: Any, sampler: Sampler) -> Values:
    made = sampler.first(schema)
    yield made, True
    yield {key: value for key, value in made.items() if key != name}, False


def _additional(schema: Any, value: Any, sampler: Sampler) -> Values:
    if value is False:
        made = sampler.first(schema)
        yield made, True
        yield {**made, "unexpected": True}, False


def _min_properties(schema: Any, value: Any, sampler: Sampler) -> Values:
    made = sampler.first(schema)
    yield made, True
    spare = [key for key in made if key not in schema.get("required", ())]
    kept = {
        key: one for key, one in made.items() if key not in spare[max(0, len(spare) - len(made) + int(value) - 1) :]
    }
    yield kept, False
    yield {}, False


def _max_properties(schema: Any, value: Any, sampler: Sampler) -> Values:
    for count in (int(value), int(value) + 1):
        yield sampler.sample({**schema, "minProperties": min(count, 1_000)}), count == int(value)


def _dependent(schema: Any, value: Any, sampler: Sampler) -> Values:
    made = sampler.first(schema)
    properties = schema.get("properties", {})
    for key, needed in value.items():
        whole = {**made, **{one: sampler.sample(properties.get(one, {})) for one in (key, *needed)}}
        yield whole, True
        yield from (({name: whole[name] for name in whole if name != one}, False) for one in needed[:1])


def _reference(schema: Any, value: Any, sampler: Sampler) -> Values:
    yield sampler.first(schema), True
    yield from ((other, False) for other in _OTHERS.values())


_TRIES: dict[str, Try] = {
    "type": _type, "enum": _enum, "const": _const, "minimum": _minimum, "maximum": _maximum,
    "exclusiveMinimum": _more_than, "exclusiveMaximum": _less_than, "multipleOf": _multiple,
    "minLength": _min_length, "maxLength": _max_length, "pattern": _pattern, "format": _format,
    "minItems": _min_items, "maxItems": _max_items, "uniqueItems": _unique, "additionalProperties": _additional,
    "minProperties": _min_properties, "maxProperties": _max_properties, "dependentRequired": _dependent,
    "$ref": _reference,
}  # fmt: skip
