"""The first text of a SpecMan document, to which people and tools add."""

from specflow.errors import Invalid
from specflow.specs.formats.specman.concepts import read_concepts
from specflow.specs.formats.specman.headings import slug
from specflow.specs.formats.values import one_line_ways, quoted, ways

_WORDS = {"specification": "Specification", "implementation": "Implementation", "scratch": "Scratch Pad"}
_FRONT = {
    "specification": ['version: "1.0.0"', "dependencies: []"],
    "implementation": ["spec: ../../spec/{name}/spec.md", 'version: "1.0.0"', "location: ../..", "references: []"],
    "scratch": ["target: ../../../spec/{name}/spec.md", "work_type:", "  draft: {{}}"],
}
_BODY = {
    "specification": [
        "## Terminology & References",
        "The words MUST, SHOULD and MAY are used as RFC 2119 defines them.",
        "## Concepts",
        "## Key Entities",
    ],
    "implementation": ["## Overview", "## Concept & Entity Breakdown", "## Operational Notes"],
    "scratch": ["## Context", "## Notes", "## Decisions", "## Next Steps"],
}


def skeleton(kind: str, *, title: str, description: str = "") -> str:
    """A first text without any concept; a description that would read as one stands quoted in it.

    Raises `unknown_document_kind` for another kind than specification, implementation or scratch.
    """
    if kind not in _WORDS:
        raise Invalid("unknown_document_kind", f"There is no first text for a {kind} document.", {"kind": kind})
    lines = _lines(kind, title, "\n".join(ways(description)[0]) if description else "")
    return _lines(kind, title, quoted(description)) if read_concepts(lines)[1] else lines


def _lines(kind: str, title: str, said: str) -> str:
    name = slug(title) or "unnamed"
    front = ["---", f'name: "{name}"', *(line.format(name=name) for line in _FRONT[kind]), "---"]
    heading = f"# {_WORDS[kind]} — {one_line_ways(title)[0]}"
    return "\n\n".join(["\n".join(front), heading, *([said] if said else []), *_BODY[kind]]) + "\n"
