"""What the rules of a JSON Schema say, as sentences: each rule of a property is one criterion.

Source of the keywords: JSON Schema 2020-12, core and validation; older drafts where they only have other names.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from specflow.specs.formats.marked import Node

# Where schemas stand below a schema: as the value, as the items of a list, as the values of a mapping.
ONE = ("items", "contains", "not", "if", "then", "else", "additionalProperties", "unevaluatedItems", "propertyNames",
       "unevaluatedProperties", "additionalItems", "contentSchema")  # fmt: skip
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
MAPPINGS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
DEFINITIONS = ("$defs", "definitions")

_SAYS = {
    "type": "SHALL be of the type {}",
    "enum": "SHALL be one of {}",
    "const": "SHALL be {}",
    "minimum": "SHALL be at least {}",
    "maximum": "SHALL be at most {}",
    "exclusiveMinimum": "SHALL be more than {}",
    "exclusiveMaximum": "SHALL be less than {}",
    "multipleOf": "SHALL be a multiple of {}",
    "minLength": "SHALL have at least {} characters",
    "maxLength": "SHALL have at most {} characters",
    "pattern": "SHALL match {}",
    "format": "SHALL have the format {}",
    "minItems": "SHALL have at least {} items",
    "maxItems": "SHALL have at most {} items",
    "uniqueItems": "SHALL not have an item twice",
    "minProperties": "SHALL have at least {} properties",
    "maxProperties": "SHALL have at most {} properties",
    "additionalProperties": "SHALL have no properties but the named ones",
    "dependentRequired": "SHALL have the properties that others need: {}",
    "$ref": "SHALL be as {} says",
}
_ONLY = {"uniqueItems": True, "additionalProperties": False}  # what the sentence is true for
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `where` it holds (`address.street`, `tags[]`, "" for the whole), its keyword and its sentence."""

    where: str
    keyword: str
    text: str
    node: Node


def rules(schema: Node, *, whole: str, where: str = "") -> Iterator[Rule]:
    """The rules of a schema and of the properties and items below it, in the order of the text; definitions have
    their own. `whole` is what the sentences call the value itself."""
    if not isinstance(schema.value, dict):
        return
    for node in schema.children():
        path = f"{where}." if where else ""
        if node.key == "properties" and isinstance(node.value, dict):
            for one in node.children():
                yield from rules(one, whole=whole, where=f"{path}{one.key}")
        elif node.key == "items":
            yield from rules(node, whole=whole, where=f"{where}[]")
        elif node.key == "required" and isinstance(node.value, list):
            for one in node.children():
                yield Rule(f"{path}{one.value}", "required", f"{path}{one.value} SHALL be given", one)
        elif node.key in _SAYS and (node.key not in _ONLY or node.value is _ONLY[node.key]):
            yield Rule(where, node.key, f"{where or whole} {_SAYS[node.key].format(_shown(node))}", node)


def _shown(node: Node) -> str:
    if node.key == "$ref" and isinstance(node.value, str):
        return node.value.rsplit("/", 1)[-1][:_SHOWN]
    if node.key == "type":
        return " or ".join(map(str, node.value)) if isinstance(node.value, list) else str(node.value)
    shown = json.dumps(node.value, ensure_ascii=False)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def schemas_in(schema: Node) -> Iterator[Node]:
    """The schema and every schema below it, without recursion."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        yield node
        for one in node.children():
            if one.key in ONE:
                waiting.append(one)
            elif (one.key in LISTS and isinstance(one.value, list)) or (
                one.key in MAPPINGS and isinstance(one.value, dict)
            ):
                waiting += one.children()


TYPES = ("null", "boolean", "object", "array", "number", "string", "integer")


def wrong_keywords(schema: Node, *, boolean_bounds: bool = False) -> Iterator[tuple[Node, str]]:
    """What stands at a keyword of the schema, or of one below it, and is not of its kind; and what it must be.

    `boolean_bounds` allows the `exclusiveMinimum: true` of OpenAPI 3.0.
    """
    for node in schemas_in(schema):
        if not isinstance(node.value, dict | bool):
            yield node, "a schema: a mapping, true or false"
        for one in node.children() if isinstance(node.value, dict) else ():
            wanted = _wanted(one)
            bound = boolean_bounds and one.key.startswith("exclusive") and isinstance(one.value, bool)
            if wanted and not bound:
                yield one, wanted


def _wanted(one: Node) -> str:
    """What must stand at the keyword, "" where it does."""
    for keys, (fits, wanted) in _KINDS.items():
        if one.key in keys:
            return "" if fits(one.value) else wanted
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(isinstance(name, str) and name in TYPES for name in names)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_KINDS: dict[tuple[str, ...], tuple[Callable[[Any], bool], str]] = {
    ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"): (_is_number, "a number"),
    ("multipleOf",): (lambda value: _is_number(value) and value > 0, "a number above 0"),
    ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"):
        (lambda value: _is_number(value) and value >= 0 and value == int(value), "a whole number from 0"),
    ("$ref", "$id", "$schema", "$comment", "$anchor", "title", "description", "pattern", "format"):
        (lambda value: isinstance(value, str), "text"),
    ("enum", *LISTS): (lambda value: isinstance(value, list) and bool(value), "a list that is not empty"),
    ("required",): (_are_names, "a list of names"),
    MAPPINGS: (lambda value: isinstance(value, dict), "a mapping"),
    ("type",): (_is_type, f"one of {', '.join(TYPES)}"),
    ("uniqueItems",): (lambda value: isinstance(value, bool), "true or false"),
}  # fmt: skip
