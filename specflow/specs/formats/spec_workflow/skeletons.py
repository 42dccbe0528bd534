"""The first text of a document, to which the tools add."""

from specflow.errors import Invalid
from specflow.specs.formats.spec_workflow.design import read_design
from specflow.specs.formats.spec_workflow.requirements import read_requirements
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.formats.values import one_line_ways, quoted, ways

_NAMES = {"requirements": "Requirements", "design": "Design", "tasks": "Tasks"}
_INTRODUCTION = {"requirements": "## Introduction", "design": "## Overview", "tasks": ""}
_SECTIONS = {
    "requirements": ["## Requirements"],
    "design": ["## Architecture", "", "## Data Models", "", "## API Specification"],
    "tasks": ["## Tasks"],
}


def skeleton(kind: str, *, title: str, description: str = "") -> str:
    """A first text without any item; a description that would read as an item stands quoted in it.

    Raises `unknown_document_kind` for another kind than requirements, design or tasks.
    """
    if kind not in _NAMES:
        raise Invalid("unknown_document_kind", f"There is no first text for a {kind} document.", {"kind": kind})
    lines = _lines(kind, title, description)
    return lines if _is_empty(kind, lines) else _lines(kind, title, quoted(description))


def _lines(kind: str, title: str, description: str) -> str:
    said = "\n".join(ways(description)[0]) if description else ""
    introduction = [_INTRODUCTION[kind]] if _INTRODUCTION[kind] and said else []
    blocks = [f"# {_NAMES[kind]}: {one_line_ways(title)[0]}", *introduction, *([said] if said else [])]
    return "\n\n".join([*blocks, "\n".join(_SECTIONS[kind])]) + "\n"


def _is_empty(kind: str, text: str) -> bool:
    """Whether the text has no item or section but its own."""
    lines = text.split("\n")
    if kind == "design":
        item = read_design(text)
        sections = (item.architecture_lines, item.data_model_lines, item.api_spec_lines)
        own = [lines.index(heading) + 1 for heading in _SECTIONS["design"] if heading]
        return (item.architecture, item.data_model, item.api_spec) == (None, None, ()) and own == [
            place[0] for place in sections if place
        ]
    return not (read_requirements(text) or read_tasks(text))
