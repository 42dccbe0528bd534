"""Reads the plan of specs, `spec-decomposition/decomposition.md`, and the index made of it (peer formats 2.10)."""

# ruff: noqa: RUF001 - dashes stand in real documents

import re
from dataclasses import dataclass

from specflow.specs.formats.lines import Page
from specflow.specs.formats.spec_workflow.outline import labels, parts, tables

_HEADING = re.compile(r"(?:(\d{1,6})[.)]?[ \t]+)?`([^`]+)`[ \t]*(?:[:：\-–—][ \t]*)?(.*)$")
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", re.IGNORECASE)
_PROGRESS = re.compile(r"(\d{1,9})[ \t]*/[ \t]*(\d{1,9})")
_NAMES = ("spec", "spec name", "name")


@dataclass(frozen=True, slots=True)
class PlannedSpec:
    """A spec that the decomposition names, in the order of the text; `line` is where, `number` and `status` as said."""

    name: str
    title: str
    number: str
    status: str
    line: int


@dataclass(frozen=True, slots=True)
class IndexedSpec:
    """A spec in the index: `group` is active, deferred or other; `done` of `total` tasks where it counts them."""

    group: str
    name: str
    status: str
    number: str
    done: int
    total: int
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class SpecIndex:
    """`INDEX.md`: what comes next (`state`, and why), and the specs of all groups."""

    state: str
    why: str
    specs: tuple[IndexedSpec, ...]


def read_decomposition(text: str) -> tuple[PlannedSpec, ...]:
    """The specs that a decomposition plans: headings such as "### 1. `login` — Sign in (active)", and the rows of
    tables with a column "Spec". The first mention of a name counts; reads any text."""
    found: dict[str, PlannedSpec] = {}
    for part in parts(Page(text)):
        heading = _HEADING.match(part.title) if part.level > 1 else None
        if heading and _SLUG.fullmatch(heading[2]):
            title, status = _split(heading[3].strip())
            found.setdefault(heading[2], PlannedSpec(heading[2], title, heading[1] or "", status, part.start))
        for at, row in tables(part.lines):
            name = _name(row)
            line = part.start + at + 1
            if name:
                found.setdefault(
                    name, PlannedSpec(name, row.get("title", ""), row.get("#", ""), row.get("status", ""), line)
                )
    return tuple(found.values())


def read_index(text: str) -> SpecIndex:
    """What an index of specs says; reads any text."""
    state, why, specs = "", "", []
    for part in parts(Page(text)):
        group = part.title.casefold().split(" ", 1)[0]
        if group == "next" and not state:
            said = labels(part.lines)
            state, why = said.get("state", ""), said.get("why", "")
        if group in {"active", "deferred", "other"}:
            rows = ((part.start + at + 1, row) for at, row in tables(part.lines))
            specs += [_indexed(group, row, line) for line, row in rows if _name(row)]
    return SpecIndex(state, why, tuple(specs))


def _indexed(group: str, row: dict[str, str], line: int) -> IndexedSpec:
    counted = _PROGRESS.search(row.get("progress", ""))
    done, total = (int(counted[1]), int(counted[2])) if counted else (0, 0)
    return IndexedSpec(
        group, _name(row), row.get("status", ""), row.get("#", ""), done, total, row.get("reason", ""), line
    )


def _name(row: dict[str, str]) -> str:
    name = next((row[key] for key in _NAMES if row.get(key)), "")
    return name if _SLUG.fullmatch(name) else ""


def _split(title: str) -> tuple[str, str]:
    """A title and the status in brackets behind it."""
    head, bracket, status = title.removesuffix(")").rpartition("(")
    return (head.strip(), status.strip()) if bracket and title.endswith(")") else (title, "")
