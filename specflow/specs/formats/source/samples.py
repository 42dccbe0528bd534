"""Makes values that a JSON Schema takes, by its rules.

A sample is made by construction and may still be wrong (`not`, `if`, rules that shut each other out): who uses one asks
the `Judge` as well. References lead to what stands in the same file; nothing is fetched.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from specflow.errors import TooLarge
from specflow.specs.formats.marked import referred, value_at
from specflow.specs.formats.source.patterns import simple

_MAX_DEPTH = 25
_MAX_LENGTH = 10_000
_MAX_ITEMS = 1_000
_MAX_PARTS = 5_000  # of one sample: lists in lists in lists have no end
_MAX_STEPS = 1_000_000  # of all samples of a file
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

# A value of each format, and one that is none: JSON Schema 2020-12, validation, section 7.3.
FORMATS: dict[str, tuple[str, str]] = {
    "date": ("2026-01-31", "2026-02-30"),
    "date-time": ("2026-01-31T12:30:00Z", "2026-01-31 noon"),
    "time": ("12:30:00Z", "25:00:00Z"),
    "duration": ("P1DT12H", "1 day"),
    "email": ("ann@example.org", "ann.example.org"),
    "hostname": ("www.example.org", "-example-.org"),
    "ipv4": ("192.0.2.1", "192.0.2.256"),
    "ipv6": ("2001:db8::1", "2001:db8::g"),
    "uri": ("https://example.org/a", "example org"),
    "uuid": ("123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-42d3-a456-42661417400g"),
}
_TYPE_OF = {
    "object": (
        "properties",
        "required",
        "minProperties",
        "maxProperties",
        "additionalProperties",
        "patternProperties",
        "dependentRequired",
    ),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


class NoSampleError(Exception):
    """No value is known that the schema takes."""


class Sampler:
    """Makes values for the schemas of one file; `document` is its plain value."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._room = _MAX_PARTS
        self._steps = 0
        # By identity, with what is kept so that no other gets its identity: schemas are asked for again and again.
        self._wholes: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._samples: dict[int, tuple[Any, Any]] = {}

    def first(self, schema: Any) -> Any:
        """The first sample, made once for each schema of the file."""
        known = self._samples.get(id(schema))
        if known is None:
            try:
                known = schema, self.sample(schema)
            except NoSampleError as error:
                known = schema, error
            self._samples[id(schema)] = known
        if isinstance(known[1], NoSampleError):
            raise NoSampleError
        return known[1]

    def sample(self, schema: Any, number: int = 0, depth: int = 0) -> Any:
        """A value that the schema takes; another `number` gives another one, where there are more.

        Raises TooLarge `too_large` where a file's schemas ask for a million parts.
        """
        self._room = self._room - 1 if depth else _MAX_PARTS
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise TooLarge("too_large", "Values for these schemas take too many steps to make.", {"limit": _MAX_STEPS})
        if schema is False or depth > _MAX_DEPTH or self._room < 0:
            raise NoSampleError
        if not isinstance(schema, dict) or not schema:
            return _word(number, 1)
        return self._of(self.whole(schema), number, depth)

    def whole(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema with what its `$ref` and its `allOf` say beside what it says itself."""
        known = self._wholes.get(id(schema))
        if known is None:
            known = self._wholes[id(schema)] = schema, self._whole(schema)
        return known[1]

    def _whole(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        waiting, steps = [schema], 0
        while waiting:
            one, steps = waiting.pop(0), steps + 1
            if steps > _MAX_DEPTH:
                raise NoSampleError
            waiting += [part for part in one.get("allOf", ()) if isinstance(part, dict)]
            if isinstance(one.get("$ref"), str):
                waiting.append(self._target(one["$ref"]))
            merged = _merged(merged, {key: value for key, value in one.items() if key not in ("$ref", "allOf")})
        return merged

    def _target(self, reference: str) -> Mapping[str, Any]:
        pointer = referred(reference)
        try:
            found = value_at(self._document, pointer) if pointer is not None else None
        except LookupError:
            raise NoSampleError from None
        if not isinstance(found, dict):
            raise NoSampleError
        return found

    def _of(self, schema: dict[str, Any], number: int, depth: int) -> Any:
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return schema["enum"][number % len(schema["enum"])]
        for key in ("oneOf", "anyOf"):
            if isinstance(schema.get(key), list) and schema[key]:
                return self._one_of({name: schema[name] for name in schema if name != key}, schema[key], number, depth)
        make: dict[str, Callable[[], Any]] = {
            "object": lambda: self._object(schema, number, depth),
            "array": lambda: self._array(schema, number, depth),
            "string": lambda: _text(schema, number),
            "integer": lambda: _number(schema, number, whole=True),
            "number": lambda: _number(schema, number, whole=False),
            "boolean": lambda: number % 2 == 0,
            "null": lambda: None,
        }
        kind = type_of(schema)
        if kind not in make:
            raise NoSampleError
        return make[kind]()

    def _one_of(self, rest: dict[str, Any], options: list[Any], number: int, depth: int) -> Any:
        for option in options:
            try:
                if isinstance(option, dict):
                    return self.sample(_merged(rest, self.whole(option)), number, depth + 1)
            except NoSampleError:
                continue
        raise NoSampleError

    def _object(self, schema: dict[str, Any], number: int, depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        made: dict[str, Any] = {}
        for name in schema.get("required", ()):
            # Only the first differs by number: two that differ once are not equal.
            made[name] = self.sample(properties.get(name, rest), 0 if made else number, depth + 1)
        spare = [name for name in properties if name not in made]
        for at in range(int(schema.get("minProperties", 0)) - len(made)):
            name = spare[at] if at < len(spare) else f"property{at}"
            made[name] = self.sample(properties.get(name, rest), number, depth + 1)
        return made

    def _array(self, schema: dict[str, Any], number: int, depth: int) -> list[Any]:
        least = int(schema.get("minItems", 1 if "contains" in schema else 0))
        return self.items(schema, max(least, 1 if number else 0), number, depth)

    def items(self, schema: Mapping[str, Any], count: int, number: int = 0, depth: int = 0) -> list[Any]:
        """A list of so many items, no two alike where the schema has enough of them."""
        if count > _MAX_ITEMS:
            raise NoSampleError
        self._room = self._room if depth else _MAX_PARTS
        first = schema.get("prefixItems", ())
        rest = schema.get("items", schema.get("contains", True))
        return [self.sample(first[at] if at < len(first) else rest, number + at, depth + 1) for at in range(count)]


def type_of(schema: Mapping[str, Any]) -> str:
    """The type that the schema asks for, or that its rules are about; text where nothing says."""
    said = schema.get("type")
    if isinstance(said, list):
        said = next((one for one in said if one != "null"), "null")
    if isinstance(said, str):
        return said
    return next((kind for kind, keys in _TYPE_OF.items() if any(key in schema for key in keys)), "string")


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both schemas in one, as far as that is plain: the narrower bound, all properties, all that is required."""
    made = dict(one)
    for key, value in other.items():
        if key not in made:
            made[key] = value
        elif key == "properties":
            made[key] = {**made[key], **value}
        elif key == "required":
            made[key] = list(dict.fromkeys([*made[key], *value]))
        elif key.startswith(("min", "exclusiveMin")):
            made[key] = max(made[key], value)
        elif key.startswith(("max", "exclusiveMax")):
            made[key] = min(made[key], value)
        elif key == "type" and value == "integer":
            made[key] = value
    return made


def _word(number: int, length: int) -> str:
    """The n-th text of that length, of small letters."""
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[digit])
    return "".join(reversed(letters))


def _text(schema: Mapping[str, Any], number: int) -> str:
    length = max(int(schema.get("minLength", 0)), min(1, int(schema.get("maxLength", 1))))
    return text_of(schema, length, number)


def text_of(schema: Mapping[str, Any], length: int, number: int = 0) -> str:
    """A text of that length (a pattern or a format may make it longer) as the schema's pattern or format asks for."""
    if length > _MAX_LENGTH:
        raise NoSampleError
    if "pattern" in schema:
        known = simple(schema["pattern"])
        made = known.text(length, number) if known else None
        if made is None:
            raise NoSampleError
        return made
    if schema.get("format") in FORMATS:
        made = FORMATS[schema["format"]][0]
        stem = _word(number, 3) + made if schema["format"] in ("email", "hostname") and number else made
        return "a" * (length - len(stem)) + stem if schema["format"] == "email" else stem
    return _word(number, length)


def _number(schema: Mapping[str, Any], number: int, *, whole: bool) -> int | float:
    """The n-th multiple of the step from the lower bound up, or from the upper one down, that is inside of both."""
    step = schema.get("multipleOf", 1)
    low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
    if math.isfinite(low):
        made = math.ceil(low / step) * step
        made += step if made <= schema.get("exclusiveMinimum", -math.inf) else 0
        made += number * step
    elif math.isfinite(high):
        made = math.floor(high / step) * step
        made -= step if made >= schema.get("exclusiveMaximum", math.inf) else 0
        made -= number * step
    else:
        made = number * step
    if not whole and "multipleOf" not in schema and not low <= made <= high:
        made = (low + high) / 2
    return int(made) if whole or float(made).is_integer() else made
