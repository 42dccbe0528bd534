"""Says everything that is wrong with a machine-readable spec, by its grammar."""

from collections import Counter
from collections.abc import Iterator

from specflow.errors import Invalid
from specflow.specs.formats.marked import Node, is_there, referred
from specflow.specs.formats.source.dependencies import ordered
from specflow.specs.formats.source.openapi import METHODS, operations
from specflow.specs.formats.source.problems import Problem, against_schema, known_keys, problem
from specflow.specs.formats.source.rules import schemas_in, wrong_keywords
from specflow.specs.formats.source.spec import SourceSpec
from specflow.specs.formats.source.spec_file import read_spec_file

# OpenAPI 3.1.1, section 4.8: OpenAPI Object, Path Item Object, Operation Object.
_OPENAPI = ("openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags",
            "externalDocs")  # fmt: skip
_PATH_ITEM = ("$ref", "summary", "description", "servers", "parameters", *METHODS)
_OPERATION = ("tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses",
              "callbacks", "deprecated", "security", "servers")  # fmt: skip


def spec_file_problems(root: Node) -> Iterator[Problem]:
    """Where a spec file of ours is not as its schema says, or refers to what is not in it."""
    yield from against_schema(root)
    spec = read_spec_file(root, slug="")
    yield from _twice(root, spec)
    yield from _unknown(root, spec)
    yield from _circles(root, spec)
    for schema in _schemas(root):
        yield from schema_problems(schema, root)


def _schemas(root: Node) -> Iterator[Node]:
    named, endpoints = root.get("schemas"), root.get("design", "endpoints")
    yield from named.children() if named is not None else ()
    for one in endpoints.children() if endpoints is not None else ():
        yield from (part for part in one.children() if part.key in ("request", "response"))


def _twice(root: Node, spec: SourceSpec) -> Iterator[Problem]:
    requirements = [(one.item.key, one.pointer) for one in spec.requirements]
    for one in spec.requirements:
        requirements += zip((item.key for item in one.item.criteria), one.criteria, strict=True)
    tasks = [(one.key, one.pointer) for one in spec.tasks]
    endpoints = [(one.key, one.pointer) for one in spec.endpoints]
    for group in (requirements, tasks, endpoints):
        seen: set[str] = set()
        for key, pointer in group:
            if key in seen and key:
                yield problem("duplicate_id", f"'{key[:100]}' stands for something else already.", _node(root, pointer))
            seen.add(key)


def _unknown(root: Node, spec: SourceSpec) -> Iterator[Problem]:
    """References to what the file does not have."""
    requirements = {one.item.key for one in spec.requirements}
    criteria = {item.key for one in spec.requirements for item in one.item.criteria}
    tasks = {one.key for one in spec.tasks}
    endpoints = {name for one in spec.endpoints for name in (one.key, f"{one.method} {one.path}")}
    named = requirements | criteria | endpoints | {one.name for one in spec.schemas}
    said = [(one.pointer, "depends_on", one.depends_on, requirements) for one in spec.requirements]
    said += [(one.pointer, "requirements", one.requirements, requirements | criteria) for one in spec.endpoints]
    said += [(one.pointer, "requirements", one.requirements, requirements | criteria) for one in spec.tasks]
    said += [(one.pointer, "depends_on", one.depends_on, tasks) for one in spec.tasks]
    said += [(one.pointer, "for", (one.target,), named) for one in spec.examples if one.target]
    for pointer, key, names, known in said:
        for name in names:
            if name not in known:
                place = _node(root, f"{pointer}/{key}")
                found = next((one for one in place.children() if one.value == name), place)
                yield problem("unknown_reference", f"There is no '{name[:100]}' in this file.", found)


def _circles(root: Node, spec: SourceSpec) -> Iterator[Problem]:
    requirements = [(one.item.key, one.pointer, one.depends_on) for one in spec.requirements]
    for group in (requirements, [(one.key, one.pointer, one.depends_on) for one in spec.tasks]):
        pointers = {key: pointer for key, pointer, _ in group}
        try:
            ordered({key: before for key, _, before in group})
        except Invalid as error:
            yield problem(error.code, error.message, _node(root, pointers[error.details["path"][0]]))


def _node(root: Node, pointer: str) -> Node:
    return root.at(pointer) or root


def schema_problems(schema: Node, root: Node, *, boolean_bounds: bool = False) -> Iterator[Problem]:
    """Keywords of a JSON Schema that say nothing, and references that lead nowhere in the file."""
    for node, wanted in wrong_keywords(schema, boolean_bounds=boolean_bounds):
        yield problem("invalid_schema", f"'{node.key[:50]}' must be {wanted}.", node)
    for one in schemas_in(schema):
        reference = one.text("$ref")
        pointer = referred(reference)
        if pointer is not None and not is_there(root.value, pointer):
            place = one.get("$ref") or one
            yield problem("unknown_reference", f"There is nothing at {reference[:200]} in this file.", place)


def openapi_problems(root: Node) -> Iterator[Problem]:
    """Where a description of an API is not as OpenAPI 3 says, as far as we read it."""
    version = root.value.get("openapi")
    if not (isinstance(version, str) and version.startswith("3.")):
        yield problem("unsupported_version", "OpenAPI 3.x is read, as text: '3.1.0'.", root.get("openapi") or root)
    yield from known_keys(root, _OPENAPI, what="an OpenAPI document")
    info = root.get("info")
    for key in ("title", "version"):
        if info is None or not info.text(key):
            yield problem("missing_key", f"'info' needs the text '{key}'.", info or root)
    paths = root.get("paths")
    if paths is not None and not isinstance(paths.value, dict):
        yield problem("wrong_type", "'paths' must be a mapping.", paths)
    for item in paths.children() if paths is not None and isinstance(paths.value, dict) else ():
        yield from known_keys(item, _PATH_ITEM, what="a path item")
        if not item.key.startswith(("/", "x-")):
            yield problem("wrong_value", "A path begins with '/'.", item)
    yield from _operation_problems(root)
    yield from _api_schemas(root, old=str(version).startswith("3.0"))


def _operation_problems(root: Node) -> Iterator[Problem]:
    found = list(operations(root))
    ids = Counter(node.text("operationId") for _, node in found)
    for _, node in found:
        yield from known_keys(node, _OPERATION, what="an operation")
        if node.text("operationId") and ids[node.text("operationId")] > 1:
            place = node.get("operationId") or node
            yield problem("duplicate_id", f"'{node.text('operationId')[:100]}' is another operation's as well.", place)
        responses = node.get("responses")
        if responses is not None and not isinstance(responses.value, dict):
            yield problem("wrong_type", "'responses' must be a mapping.", responses)


def _api_schemas(root: Node, *, old: bool) -> Iterator[Problem]:
    """The schemas among the components, and wherever else a key `schema` holds one."""
    named = root.get("components", "schemas")
    waiting = [node for key in ("paths", "components", "webhooks") if (node := root.get(key)) is not None]
    found = list(named.children()) if named is not None and isinstance(named.value, dict) else []
    while waiting:
        node = waiting.pop()
        if node.key == "schema" and isinstance(node.value, dict):
            found.append(node)
        elif named is None or node.pointer != named.pointer:
            waiting += node.children()
    for schema in found:
        yield from schema_problems(schema, root, boolean_bounds=old)
