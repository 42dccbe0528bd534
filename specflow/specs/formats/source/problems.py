"""What is wrong with a machine-readable spec: each finding with its line, its column and its JSON pointer."""

import functools
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from specflow.specs.formats.marked import Node, pointer_of

MAX_PROBLEMS = 100
SCHEMA = Path(__file__).with_name("spec-file.schema.json")

_TYPES = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
_WANTED = {"object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; line and column are from 1, `pointer` is "" for the whole."""

    code: str
    message: str
    line: int
    column: int
    pointer: str

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def problem(code: str, message: str, node: Node) -> Problem:
    """A problem with what stands at the node."""
    return Problem(code, message, node.start, node.column, node.pointer)


def first(problems: Iterable[Problem]) -> list[Problem]:
    """The first hundred, each once, by their place in the file."""
    found = dict.fromkeys(itertools.islice(problems, MAX_PROBLEMS))
    return sorted(found, key=lambda one: (one.line, one.column, one.pointer, one.code, one.message))


@functools.cache
def published_schema() -> dict[str, Any]:
    """The JSON Schema of our own spec files."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text())
    return schema


@functools.cache
def _validator() -> Any:
    return Draft202012Validator(published_schema())


def against_schema(root: Node) -> Iterator[Problem]:
    """Where the file is not as our published schema says."""
    for error in _validator().iter_errors(root.value):
        path = list(error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            path.append(error.instance)
        yield from _of(error, root.at(pointer_of(path)) or root)


def _of(error: ValidationError, node: Node) -> Iterator[Problem]:
    value = error.validator_value
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                said = f"'{key[:50]}' is no key here; known are {', '.join(known)}."
                yield problem("unknown_key", said, node.get(key) or node)
    elif error.validator == "required":
        yield from (problem("missing_key", f"'{key}' is missing here.", node) for key in _missing(error, value))
    elif error.validator == "dependentRequired":
        for key in error.instance:
            for one in _missing(error, value.get(key, ())):
                yield problem("missing_key", f"'{key}' needs '{one}' beside it.", node.get(key) or node)
    elif error.validator == "type":
        yield problem("wrong_type", _wrong_type(error.instance, value), node)
    else:
        yield problem("wrong_value", _wrong_value(error), node)


def _missing(error: ValidationError, names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in error.instance]


def _wrong_type(value: Any, wanted: str | list[str]) -> str:
    names = [_WANTED.get(one, one) for one in ([wanted] if isinstance(wanted, str) else wanted)]
    hint = " Put it in quotes." if "text" in names and isinstance(value, int | float) else ""
    return f"This must be {' or '.join(names)}, and is {_TYPES.get(type(value), 'a number')}.{hint}"


def _wrong_value(error: ValidationError) -> str:
    shown = json.dumps(error.validator_value, ensure_ascii=False)[:200]
    said = {
        "const": f"This must be {shown}.",
        "enum": f"This must be one of {shown}.",
        "pattern": f"This must match {shown}.",
        "minLength": "This must not be empty.",
        "maxLength": f"This must have at most {shown} characters.",
    }
    return said.get(str(error.validator), f"This is not as the rule '{error.validator}' says: {shown}.")


def known_keys(node: Node, allowed: Iterable[str], *, what: str) -> Iterator[Problem]:
    """The keys of a mapping that are not allowed there; `x-…` always is."""
    names = frozenset(allowed)
    for one in node.children() if isinstance(node.value, dict) else ():
        if one.key not in names and not one.key.startswith("x-"):
            yield problem("unknown_key", f"'{one.key[:50]}' is no key of {what}.", one)
