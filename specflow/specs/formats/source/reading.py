"""One reader for the three grammars, told apart by what stands at the top of the file."""

import re
from collections.abc import Iterator

from specflow.errors import Invalid, TooLarge
from specflow.specs.formats.marked import Node, read_marked
from specflow.specs.formats.source.checks import openapi_problems, schema_problems, spec_file_problems
from specflow.specs.formats.source.json_schema import read_json_schema
from specflow.specs.formats.source.openapi import read_openapi
from specflow.specs.formats.source.problems import Problem, first, problem
from specflow.specs.formats.source.rules import TYPES
from specflow.specs.formats.source.spec import SourceSpec
from specflow.specs.formats.source.spec_file import read_spec_file
from specflow.text import MAX_DOCUMENT_BYTES

MAX_VALUES = 50_000

_SCHEMA = ("$schema", "$defs", "definitions", "properties", "$ref", "allOf", "anyOf", "oneOf", "enum", "const", "items")
_OURS = ("specflow", "slug", "requirements")
_NOT_A_SLUG = re.compile(r"[^a-z0-9]+")


def parse_source(text: str, *, path: str) -> SourceSpec:
    """The spec that the file says, where nothing is wrong with it.

    Raises Invalid `invalid_spec_file` with the line and column of the first problem and all `problems` in its details,
    TooLarge `too_large`.
    """
    problems = check_source(text, path=path)
    if not problems:
        return read(read_marked(text, field=path), path=path)
    one = problems[0]
    if one.code == "too_large":
        raise TooLarge("too_large", one.message, {"path": path[:200], "limit": MAX_DOCUMENT_BYTES})
    raise Invalid(
        "invalid_spec_file",
        f"{path[:200]} cannot be taken: line {one.line}, column {one.column}: {one.message}",
        {"line": one.line, "column": one.column, "problems": [each.as_dict() for each in problems]},
        ("Mend what is listed and send the file again.",),
    )


def check_source(text: str, *, path: str) -> list[Problem]:
    """Everything that is wrong with the file, up to a hundred findings, in the order of its lines; never raises."""
    try:
        root = read_marked(text, field=path)
    except Invalid as error:
        return [_unread(error, text)]
    if len(root.document.numbers) > 4 * MAX_VALUES:
        return [Problem("too_large", f"The file holds over {MAX_VALUES} values.", 1, 1, "")]
    return first(_problems(root))


def _unread(error: Invalid, text: str) -> Problem:
    line, column = error.details.get("line", 1), error.details.get("column", 1)
    position = error.details.get("position")
    if isinstance(position, int):
        line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    return Problem(error.code, error.message, line, column, "")


def _problems(root: Node) -> Iterator[Problem]:
    match grammar(root):
        case "spec-file":
            yield from spec_file_problems(root)
        case "openapi":
            yield from openapi_problems(root)
        case "json-schema":
            yield from schema_problems(root, root)
        case _:
            yield problem(
                "unknown_grammar",
                "This is no spec file (`specflow: 1`), no JSON Schema (`$schema`), no OpenAPI document (`openapi`).",
                root,
            )


def grammar(root: Node) -> str:
    """spec-file, openapi, json-schema, or "" for what is none of them."""
    keys = root.value if isinstance(root.value, dict) else {}
    if "specflow" in keys:
        return "spec-file"
    if "openapi" in keys:
        return "openapi"
    if any(key in keys for key in _SCHEMA) or str(keys.get("type")) in TYPES:
        return "json-schema"
    return "spec-file" if any(key in keys for key in _OURS) else ""


def read(root: Node, *, path: str) -> SourceSpec:
    """The spec as far as the file says one; never raises."""
    slug = slug_of(path)
    match grammar(root):
        case "spec-file":
            return read_spec_file(root, slug=slug)
        case "openapi":
            return read_openapi(root, slug=slug)
        case "json-schema":
            return read_json_schema(root, slug=slug)
    return SourceSpec("", slug, "", "", root)


def slug_of(path: str) -> str:
    """A spec's name by its file's."""
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0].removesuffix(".schema")
    return _NOT_A_SLUG.sub("-", stem.lower()).strip("-")[:100] or "spec"
