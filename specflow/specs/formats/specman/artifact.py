"""What the front matter of a SpecMan document says: its name, its version, and what it rests on (SpecMan Core)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from specflow.specs.formats.front_matter import FrontMatter, front_matter
from specflow.specs.formats.lines import Page

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document that one rests on: a path or an address, and the line (from 1) that says so.

    `kind` is specification or implementation where the entry says which.
    """

    ref: str
    line: int
    kind: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """A language of an implementation, as `identifier@version`, with the libraries used from it."""

    name: str
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Artifact:
    """`kind` is specification, implementation or scratch; a field that the front matter does not have is empty.

    `work_type` of a scratch pad is draft, revision, feat, ref or fix, `headings` are those that it works on.
    """

    kind: str
    name: str = ""
    title: str = ""
    description: str = ""
    version: str = ""
    tags: tuple[str, ...] = ()
    dependencies: tuple[Reference, ...] = ()
    requires_implementation: bool = True
    spec: str = ""
    location: str = ""
    library: str = ""
    primary_language: Language | None = None
    secondary_languages: tuple[Language, ...] = ()
    references: tuple[Reference, ...] = ()
    target: str = ""
    branch: str = ""
    work_type: str = ""
    headings: tuple[str, ...] = ()


def artifact(text: str) -> Artifact:
    """What the document says of itself; a document without front matter, or with one that is no YAML, says nothing."""
    page = Page(text)
    front = front_matter(page)
    values = front.values
    work_type, headings = _work(values.get("work_type"))
    lines = _entry_lines(page, front) if values else {}
    primary = _language(values.get("primary_language"))
    return Artifact(
        kind=_kind(values),
        name=front.text("name"), title=front.text("title"), description=front.text("description"),
        version=front.text("version"), tags=front.texts("tags"),
        dependencies=_references(values.get("dependencies"), lines.get("dependencies", [])),
        requires_implementation=values.get("requires_implementation") is not False,
        spec=front.text("spec"), location=front.text("location"), library=_name(values.get("library"), "name"),
        primary_language=primary, secondary_languages=_languages(values.get("secondary_languages")),
        references=_references(values.get("references"), lines.get("references", [])),
        target=front.text("target"), branch=front.text("branch"), work_type=work_type, headings=headings,
    )  # fmt: skip


def _kind(values: dict[str, Any]) -> str:
    if "work_type" in values or "target" in values:
        return "scratch"
    return "implementation" if "spec" in values else "specification"


def _entry_lines(page: Page, front: FrontMatter) -> dict[str, list[int]]:
    """The line of each entry of the outermost lists. The text was read before: it is YAML without anchors or depth."""
    text = "\n".join(page.lines[1 : front.end - 1])
    node = yaml.compose(text, Loader=_LOADER)
    found = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(value, yaml.SequenceNode):
            # Not the mark's own line: to YAML, other separators end a line as well.
            found[str(key.value)] = [text.count("\n", 0, one.start_mark.index) + 2 for one in value.value]
    return found


def _references(value: Any, lines: list[int]) -> tuple[Reference, ...]:
    entries = value if isinstance(value, list) else []
    read = (_reference(one, line) for one, line in zip(entries, lines, strict=True))
    return tuple(one for one in read if one.ref)


def _reference(entry: Any, line: int) -> Reference:
    said = entry if isinstance(entry, dict) else {}
    return Reference(_name(entry, "ref"), line, _text(said.get("type")), said.get("optional") is True)


def _languages(value: Any) -> tuple[Language, ...]:
    read = (_language(one) for one in (value if isinstance(value, list) else []))
    return tuple(one for one in read if one is not None)


def _language(value: Any) -> Language | None:
    name = _name(value, "language")
    libraries = value.get("libraries") if isinstance(value, dict) else None
    used = _full(_name(one, "name") for one in (libraries if isinstance(libraries, list) else []))
    return Language(name, used) if name or used else None


def _work(value: Any) -> tuple[str, tuple[str, ...]]:
    """The type of work and its headings: `{ref: {refactored_headings: [...]}}`, or the bare word."""
    if not isinstance(value, dict):
        return _text(value), ()
    for name, data in value.items():
        lists = [one for key, one in data.items() if key.endswith("_headings")] if isinstance(data, dict) else []
        return name, _full(_heading(one) for each in lists if isinstance(each, list) for one in each)
    return "", ()


def _heading(value: Any) -> str:
    """An unquoted `Concept: Lights` in a list is a mapping of one entry to YAML."""
    if isinstance(value, dict) and len(value) == 1:
        return ": ".join(_text(part) for part in next(iter(value.items()))).removesuffix(": ")
    return _text(value)


def _name(value: Any, key: str) -> str:
    return _text(value.get(key)) if isinstance(value, dict) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _full(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value)
