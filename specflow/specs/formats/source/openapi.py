"""Reads OpenAPI 3.x: each operation is a requirement and an endpoint, each of its responses a criterion."""

from collections.abc import Iterator

from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import CriterionItem, DesignItem, RequirementItem
from specflow.specs.formats.marked import Node, referred
from specflow.specs.formats.source.spec import (
    Keys,
    SourceEndpoint,
    SourceRequirement,
    SourceSchema,
    SourceSpec,
    endpoint_items,
)

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")  # OpenAPI 3.1, Path Item Object


def read_openapi(root: Node, *, slug: str) -> SourceSpec:
    """The spec that the description of an API is."""
    keys, requirements, endpoints = Keys(), [], []
    for path, node in operations(root):
        endpoint = _endpoint(path, node, root)
        endpoints.append(endpoint)
        requirements.append(_requirement(endpoint, node, keys.ordinal(endpoint.key), root))
    info, paths = root.get("info"), root.get("paths")
    lines = (paths.start, paths.end) if paths is not None else None
    return SourceSpec(
        grammar="openapi",
        slug=slug,
        title=info.text("title") if info else "",
        description=info.text("description") if info else "",
        root=root,
        requirements=tuple(requirements),
        endpoints=tuple(endpoints),
        schemas=_schemas(root),
        design=DesignItem(api_spec=endpoint_items(tuple(endpoints)), api_spec_lines=lines),
    )


def operations(root: Node) -> Iterator[tuple[str, Node]]:
    """Each operation with its path, in the order of the text."""
    paths = root.get("paths")
    for item in paths.children() if paths is not None and isinstance(paths.value, dict) else ():
        for node in item.children():
            if isinstance(item.value, dict) and node.key in METHODS and isinstance(node.value, dict):
                yield item.key, node


def target(node: Node | None, root: Node) -> Node | None:
    """The node itself, or what its `$ref` leads to in the same document (one step: chains are not used for these)."""
    pointer = referred(node.text("$ref")) if node is not None else None
    return node if pointer is None else root.at(pointer)


def _endpoint(path: str, node: Node, root: Node) -> SourceEndpoint:
    method = node.key.upper()
    key = node.text("operationId") or f"{method} {path}"
    answers = [one for one in _responses(node) if one.key.startswith("2")]
    return SourceEndpoint(
        key, method, path, node.text("summary") or node.text("description").split("\n", 1)[0], (key,),
        _schema(target(node.get("requestBody"), root)), _schema(target(answers[0], root) if answers else None),
        node.pointer, node.start, node.end,
    )  # fmt: skip


def _responses(node: Node) -> list[Node]:
    found = node.get("responses")
    return list(found.children()) if found is not None and isinstance(found.value, dict) else []


def _schema(holder: Node | None) -> str:
    """The pointer of the JSON that a request body or a response holds."""
    content = holder.get("content") if holder is not None else None
    for kind in content.children() if content is not None else ():
        found = kind.get("schema") if "json" in kind.key else None
        if found is not None:
            return found.pointer
    return ""


def _requirement(endpoint: SourceEndpoint, node: Node, ordinal: int, root: Node) -> SourceRequirement:
    criteria = []
    for one in _responses(node):
        answer = target(one, root) or one
        text = f"{endpoint.method} {endpoint.path} SHALL answer {one.key}: {answer.text('description')}".rstrip(": ")
        criteria.append(
            (CriterionItem(f"{endpoint.key}.{one.key}", text, one.start, one.end, pattern(text)), one.pointer)
        )
    item = RequirementItem(
        key=endpoint.key, ordinal=ordinal, title=endpoint.summary or endpoint.key, user_story="", condition="",
        action="", criteria=tuple(one for one, _ in criteria), start=node.start, end=node.end,
        statement=node.text("description") or endpoint.summary,
    )  # fmt: skip
    return SourceRequirement(item, node.pointer, tuple(pointer for _, pointer in criteria))


def _schemas(root: Node) -> tuple[SourceSchema, ...]:
    found = root.get("components", "schemas")
    nodes = found.children() if found is not None and isinstance(found.value, dict) else ()
    return tuple(SourceSchema(one.key, one.pointer, one.start, one.end) for one in nodes)
