"""Says which rules of a JSON Schema a value breaks: by the library, kept from what a schema could make it do.

Nothing is fetched, no pattern runs that is not simple (`patterns`), and references that lead on and on are given up.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from specflow.errors import TooLarge
from specflow.specs.formats.marked import pointer_of
from specflow.specs.formats.source.patterns import simple
from specflow.specs.formats.source.samples import FORMATS

_FILE = "urn:specflow:file"
_MAX_STEPS = 10_000_000  # of a search
_MAX_REFERENCES = 5_000  # followed for one value
_MAX_GIVEN_UP = 10
# These name the schema's language, for which the library would go on with rules of its own, or another base address.
_SETTINGS = ("$schema", "$id", "id")
_RULES = Draft202012Validator.VALIDATORS


class Judge:
    """Says what the schemas of one file find wrong with a value; `document` is the file's plain value."""

    def __init__(self, document: Any) -> None:
        resource = DRAFT202012.create_resource(_without_settings(document))
        self._registry: Registry[Any] = Registry().with_resource(_FILE, resource)
        self._judges: dict[str, Any] = {}
        self._references = self._given_up = 0
        rules = {
            key: _unknown for key in ("patternProperties", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef")
        }
        bounds = {key: _bound(key) for key in ("exclusiveMinimum", "exclusiveMaximum")}
        self._type = extend(
            Draft202012Validator, {**rules, **bounds, "pattern": _pattern, "format": _format, "$ref": self._reference}
        )

    def faults(self, pointer: str, value: Any) -> list[str] | None:
        """The pointers, from the schema at `pointer` on, of all rules that the value breaks; None where that is not
        known (a pattern that is not simple, a reference to elsewhere).

        Raises TooLarge `too_large` where values of many schemas lead through too many references.
        """
        judge = self._judges.get(pointer)
        if judge is None:
            judge = self._type({"$ref": f"{_FILE}#{quote(pointer)}"}, registry=self._registry)
            self._judges[pointer] = judge
        if self._given_up > _MAX_GIVEN_UP:
            raise TooLarge("too_large", "These schemas refer to each other too often.", {"limit": _MAX_REFERENCES})
        self._references = 0
        try:
            return [_path(error) for error in judge.iter_errors(value)]
        except Exception:
            # Any schema may come in: one that has no end, or that the library cannot follow, judges nothing.
            return None

    def _reference(self, validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        self._references += 1
        if self._references > _MAX_REFERENCES:
            self._given_up += 1
            raise UnknownError
        yield from _RULES["$ref"](validator, wanted, value, schema)


class UnknownError(Exception):
    """It cannot be said whether a value is right."""


def _without_settings(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_settings(one)
            for key, one in value.items()
            if key not in _SETTINGS or not isinstance(one, str)
        }
    return [_without_settings(one) for one in value] if isinstance(value, list) else value


def _path(error: ValidationError) -> str:
    """Where the broken rule stands below the judged schema; a `$ref` on the way to it is no part of that."""
    return pointer_of(list(error.absolute_schema_path))


def _pattern(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(value, str):
        return
    known = simple(wanted)
    if known is None or known.steps(value) > _MAX_STEPS:
        raise UnknownError
    if not known.takes(value):
        yield ValidationError(f"{value!r} is not as {wanted!r} says")


def _format(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    if value == FORMATS.get(wanted, ("", None))[1]:
        yield ValidationError(f"{value!r} is no {wanted}")


def _unknown(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    raise UnknownError
    yield


def _bound(key: str) -> Callable[..., Iterator[ValidationError]]:
    """The library's rule, but for the `exclusiveMinimum: true` of OpenAPI 3.0, which it would take for 1."""

    def judge(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        if isinstance(wanted, bool):
            raise UnknownError
        yield from _RULES[key](validator, wanted, value, schema)

    return judge
