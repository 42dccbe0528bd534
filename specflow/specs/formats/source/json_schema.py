"""Reads a plain JSON Schema: the whole and each definition is a requirement, each rule of it a criterion."""

from collections.abc import Iterator

from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import CriterionItem, RequirementItem
from specflow.specs.formats.marked import Node, referred
from specflow.specs.formats.source.dependencies import without_cycles
from specflow.specs.formats.source.rules import DEFINITIONS, Rule, rules, schemas_in
from specflow.specs.formats.source.spec import Keys, SourceExample, SourceRequirement, SourceSchema, SourceSpec


def read_json_schema(root: Node, *, slug: str) -> SourceSpec:
    """The spec that the schema is; a definition comes after those that it refers to, where that has an end."""
    named = _named(root)
    keys = Keys()
    numbered = [(node, key, keys.ordinal(key)) for key, node in named]
    known: dict[str | None, str] = {node.pointer: key for key, node in named}
    needs = without_cycles({key: _needs(node, key, known) for key, node in reversed(named)})
    return SourceSpec(
        grammar="json-schema",
        slug=slug,
        title=root.text("title"),
        description=root.text("description"),
        root=root,
        requirements=tuple(_requirement(node, key, ordinal, needs[key]) for node, key, ordinal in numbered),
        schemas=tuple(SourceSchema(key, node.pointer, node.start, node.end, key) for node, key, _ in numbered),
        examples=tuple(example for node, key, _ in numbered for example in schema_examples(node, key)),
    )


def _named(root: Node) -> list[tuple[str, Node]]:
    """The whole under its title (or "root"), where it says more than its definitions, and these under their names."""
    keys = root.value.keys() if isinstance(root.value, dict) else set()
    defined = [
        (one.key, one)
        for name in DEFINITIONS
        if (node := root.get(name)) is not None and isinstance(node.value, dict)
        for one in node.children()
        if isinstance(one.value, dict | bool)
    ]
    says = keys - {"$schema", "$id", "title", "description", "$comment", *DEFINITIONS}
    return [(root.text("title") or "root", root), *defined] if says or not defined else defined


def _needs(node: Node, key: str, known: dict[str | None, str]) -> list[str]:
    found = []
    for one in _own(node):
        target = known.get(referred(one.text("$ref")))
        if target is not None and target != key and target not in found:
            found.append(target)
    return sorted(found)


def _own(node: Node) -> Iterator[Node]:
    """The schemas below this one, without its definitions, which are requirements of their own."""
    inside = tuple(f"{node.pointer}/{name}/" for name in DEFINITIONS)
    return (one for one in schemas_in(node) if not one.pointer.startswith(inside))


def _requirement(node: Node, key: str, ordinal: int, needs: tuple[str, ...]) -> SourceRequirement:
    found = _criteria(node, key)
    title = node.text("title") or key
    item = RequirementItem(
        key=key, ordinal=ordinal, title=title, user_story="", condition="", action="",
        criteria=tuple(one for one, _ in found), start=node.start, end=node.end, statement=node.text("description"),
    )  # fmt: skip
    return SourceRequirement(item, node.pointer, tuple(pointer for _, pointer in found), needs)


def _criteria(node: Node, key: str) -> list[tuple[CriterionItem, str]]:
    keys, found = Keys(), []
    for rule in rules(node, whole=key):
        name = _name(key, rule)
        ordinal = keys.ordinal(name)
        item = CriterionItem(
            f"{name}~{ordinal}" if ordinal else name, rule.text, rule.node.start, rule.node.end, pattern(rule.text)
        )
        found.append((item, rule.node.pointer))
    return found


def _name(key: str, rule: Rule) -> str:
    return ".".join(part for part in (key, rule.where, rule.keyword) if part)


def schema_examples(node: Node, target: str) -> list[SourceExample]:
    """The values of a schema's `examples`: each must be taken."""
    return [
        SourceExample(target, "", one.value, None, False, True, one.pointer, one.start, one.end)
        for one in node.items("examples")
    ]
