"""Reads our own spec files: what `spec-file.schema.json` allows, and of anything else as much as is there."""

from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import CriterionItem, DesignItem, RequirementItem
from specflow.specs.formats.marked import Node
from specflow.specs.formats.source.spec import (
    Keys,
    SourceEndpoint,
    SourceExample,
    SourceRequirement,
    SourceSchema,
    SourceSpec,
    SourceTask,
    endpoint_items,
)

# The order of the clauses in an EARS sentence (Mavin, "Easy Approach to Requirements Syntax", complex requirements).
_CLAUSES = ("where", "while", "when", "if")


def read_spec_file(root: Node, *, slug: str) -> SourceSpec:
    """The spec that the file says; `slug` is its name where the file has none. Never raises."""
    endpoints = tuple(_endpoint(one) for one in _list(root, "design", "endpoints"))
    return SourceSpec(
        grammar="spec-file",
        slug=root.text("slug") or slug,
        title=root.text("title"),
        description=root.text("description"),
        root=root,
        requirements=_requirements(root),
        endpoints=endpoints,
        schemas=_schemas(root),
        examples=tuple(_example(one) for one in root.items("examples") if isinstance(one.value, dict)),
        tasks=tuple(_task(one) for one in root.items("tasks") if one.text("title")),
        design=_design(root, endpoints),
    )


def _list(root: Node, *path: str) -> list[Node]:
    node = root.get(*path)
    return [one for one in node.children() if isinstance(one.value, dict)] if node is not None else []


def _requirements(root: Node) -> tuple[SourceRequirement, ...]:
    keys, found = Keys(), []
    for node in root.items("requirements"):
        if isinstance(node.value, dict):
            key = node.text("id")
            found.append(_requirement(node, key, keys.ordinal(key)))
    return tuple(found)


def _requirement(node: Node, key: str, ordinal: int) -> SourceRequirement:
    condition, action, statement = _said(node)
    criteria = list(_criteria(node, key))
    item = RequirementItem(
        key=key, ordinal=ordinal, title=node.text("title"), user_story=node.text("user_story"), condition=condition,
        action=action, criteria=tuple(one for one, _ in criteria), start=node.start, end=node.end, statement=statement,
    )  # fmt: skip
    return SourceRequirement(item, node.pointer, tuple(pointer for _, pointer in criteria), node.texts("depends_on"))


def _said(node: Node) -> tuple[str, str, str]:
    """The condition, the action, and the whole sentence."""
    clauses = [(name, node.text(name)) for name in _CLAUSES if node.text(name)]
    action = node.text("shall")
    said = ", ".join(f"{name.upper()} {text}" for name, text in clauses)
    condition = clauses[0][1] if [name for name, _ in clauses] == ["when"] else said
    system = node.text("system") or "the system"
    then = ", THEN " if node.text("if") else ", "
    sentence = f"{said}{then}{system} SHALL {action}" if said else f"{system[:1].upper()}{system[1:]} SHALL {action}"
    return condition, action, node.text("statement") or (sentence if action else "")


def _criteria(node: Node, requirement: str) -> list[tuple[CriterionItem, str]]:
    nodes = node.items("criteria")
    keys = Keys()
    for one in nodes:
        keys.ordinal(one.text("id"))
    found = []
    for number, one in enumerate(nodes, 1):
        text = one.value if isinstance(one.value, str) else one.text("text")
        if not text:
            continue
        key = one.text("id") or keys.free(requirement, number)
        keys.ordinal(key)
        found.append((CriterionItem(key, text, one.start, one.end, pattern(text)), one.pointer))
    return found


def _endpoint(node: Node) -> SourceEndpoint:
    method, path = node.text("method").upper(), node.text("path")
    request, response = node.get("request"), node.get("response")
    return SourceEndpoint(
        node.text("id") or f"{method} {path}", method, path, node.text("summary"), node.texts("requirements"),
        request.pointer if request else "", response.pointer if response else "", node.pointer, node.start, node.end,
    )  # fmt: skip


def _schemas(root: Node) -> tuple[SourceSchema, ...]:
    node = root.get("schemas")
    nodes = node.children() if node is not None and isinstance(node.value, dict) else ()
    return tuple(SourceSchema(one.key, one.pointer, one.start, one.end) for one in nodes)


def _example(node: Node) -> SourceExample:
    says = node.value
    return SourceExample(
        target=node.text("for"), title=node.text("title"), input=says.get("input"), expected=says.get("expected"),
        expects="expected" in says, valid=says.get("valid") is not False, pointer=node.pointer,
        start=node.start, end=node.end,
    )  # fmt: skip


def _task(node: Node) -> SourceTask:
    return SourceTask(
        key=node.text("id"), title=node.text("title"), description=node.text("description"),
        requirements=node.texts("requirements"), depends_on=node.texts("depends_on"), files=node.texts("files"),
        priority=node.text("priority"), pointer=node.pointer, start=node.start, end=node.end,
    )  # fmt: skip


def _design(root: Node, endpoints: tuple[SourceEndpoint, ...]) -> DesignItem | None:
    node = root.get("design")
    if node is None:
        return None
    lines = {one.key: (one.start, one.end) for one in node.children()}
    return DesignItem(
        node.text("architecture") or None, node.text("data_model") or None, endpoint_items(endpoints),
        lines.get("architecture"), lines.get("data_model"), lines.get("endpoints"),
    )  # fmt: skip
