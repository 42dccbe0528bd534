"""Reads and writes the parts of design.md that tools know: architecture, data model, API."""

# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents

import re
from collections.abc import Sequence
from dataclasses import dataclass

from specflow.specs.formats.items import DesignItem, EndpointItem
from specflow.specs.formats.lines import HEADING, Page, fenced, is_blank, last_full
from specflow.specs.formats.spec_workflow import words
from specflow.specs.formats.values import is_simple, one_line_ways, quoted, unquoted, unrepresentable, ways

_PARTS = (
    ("architecture", "Architecture", words.ARCHITECTURE),
    ("data_model", "Data Models", words.DATA_MODEL),
    ("api_spec", "API Specification", words.API_SPEC),
)
_VERBATIM = re.compile(r"(`{4,})verbatim$")
_TICKS = re.compile(r"`{3,}")
_PIPE = re.compile(r"(?<!\\)\|")
_ROW_RULE = frozenset(" \t:|-")
_METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|WS|WSS|SSE"
_ENDPOINT = re.compile(
    rf"^\s*(?:#{{3,6}}\s+|[-*+]\s+|\d+[.)]\s+)?[`*]{{0,4}}({_METHODS})[`*]{{0,4}}\s+[`*]{{0,4}}(/[^\s`*]*)[`*]{{0,4}}(.*)$"
)
_ENDPOINT_NAMES = frozenset({"endpoint", "path", "url", "route", "uri"})


@dataclass(frozen=True, slots=True)
class Section:
    """A section's place: its heading's position, and the positions between which its body stands (0-based)."""

    heading: int
    start: int
    stop: int


def sections(page: Page) -> dict[str, Section]:
    """The known sections by part; of two with the same name the higher one counts, then the first."""
    code = fenced(page.lines)
    heads = [
        (at, len(found[1]), words.name(found[2]))
        for at, line in enumerate(page.lines)
        if not code[at] and (found := HEADING.match(line))
    ]
    stops: list[int] = [len(page.lines)] * len(heads)
    waiting: list[int] = []
    for place, (at, level, _) in enumerate(heads):
        while waiting and heads[waiting[-1]][1] >= level:
            stops[waiting.pop()] = at
        waiting.append(place)
    best: dict[str, tuple[int, Section]] = {}
    for (at, level, name), stop in zip(heads, stops, strict=True):
        for part, _, names in _PARTS:
            if name in names and 2 <= level <= 3 and (part not in best or level < best[part][0]):
                best[part] = level, Section(at, at + 1, last_full(page.lines, at + 1, stop))
    return {part: section for part, (_, section) in best.items()}


def read_design(text: str) -> DesignItem:
    """The architecture and data model as the bodies of their sections, and the endpoints of the API's; any text.

    A part is None (or empty) where its section is missing or has no body.
    """
    page = Page(text)
    found = sections(page)
    lines = {part: (section.heading + 1, section.stop) for part, section in found.items()}
    api = found.get("api_spec")
    return DesignItem(
        architecture=_body(page, found.get("architecture")),
        data_model=_body(page, found.get("data_model")),
        api_spec=_endpoints(page.lines[api.start : api.stop]) if api else (),
        architecture_lines=lines.get("architecture"),
        data_model_lines=lines.get("data_model"),
        api_spec_lines=lines.get("api_spec"),
    )


def _body(page: Page, section: Section | None) -> str | None:
    if section is None:
        return None
    lines = page.lines[section.start : section.stop]
    while lines and is_blank(lines[0]):
        lines = lines[1:]
    if not lines:
        return None
    opened = _VERBATIM.match(lines[0])
    if opened and len(lines) > 1 and lines[-1] == opened[1] and opened[1] not in lines[1:-1]:
        return "\n".join(lines[1:-1])
    return unquoted("\n".join(lines).strip())


def _endpoints(lines: Sequence[str]) -> tuple[EndpointItem, ...]:
    table = _table(lines)
    if table:
        return tuple(_rows(lines, *table))
    code = fenced(lines)
    found = [_ENDPOINT.match(line) for line, inside in zip(lines, code, strict=True) if not inside]
    return tuple(EndpointItem(one[1], one[2], one[3].strip(" \t-–—:：*`")) for one in found if one)


def _table(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where the table of endpoints begins, and the position after its last row."""
    code = fenced(lines)
    for at in range(len(lines) - 1):
        if not code[at] and "|" in lines[at] and _is_rule(lines[at + 1]) and _columns(lines[at]):
            stop = at + 2
            while stop < len(lines) and "|" in lines[stop] and not code[stop]:
                stop += 1
            return at, stop
    return None


def _is_rule(line: str) -> bool:
    return "-" in line and set(line) <= _ROW_RULE


def _columns(header: str) -> tuple[int, int, int | None] | None:
    """Which columns of a table have method, endpoint and description, or None if it is about something else."""
    names = [cell.casefold() for cell in _cells(header)]
    endpoint = next((place for place, name in enumerate(names) if name in _ENDPOINT_NAMES), None)
    if "method" not in names or endpoint is None:
        return None
    rest = [place for place in range(len(names)) if place not in {names.index("method"), endpoint}]
    described = [place for place in rest if names[place] in {"description", "purpose", "summary"}]
    return names.index("method"), endpoint, next(iter(described or rest), None)


def _rows(lines: Sequence[str], start: int, stop: int) -> list[EndpointItem]:
    columns = _columns(lines[start])
    found = []
    for line in lines[start + 2 : stop]:
        cells = [_cell(cell) for cell in _cells(line)]
        if columns:
            picked = [cells[place] if place is not None and place < len(cells) else "" for place in columns]
            found.append(EndpointItem(*picked))
    return found


def _cells(line: str) -> list[str]:
    row = line.strip()
    parts = _PIPE.split(row)
    first, last = int(row.startswith("|")), len(parts) - int(len(parts) > 1 and not parts[-1])
    return [part.strip() for part in parts[first:last]]


def _cell(text: str) -> str:
    bare = text.replace("\\|", "|")
    ticked = re.fullmatch(r"`([^`]+)`", bare)
    return unquoted(ticked[1] if ticked else bare)


def write_design(
    text: str, *, architecture: str | None, data_model: str | None, api_spec: Sequence[EndpointItem] | None
) -> str:
    """The text with the given parts in place of those there; None or an empty value leaves a part alone.

    A missing section is added at the end. Raises `unrepresentable_text` where a part does not read back as given.
    """
    for part, value in (("architecture", architecture), ("data_model", data_model)):
        if value:
            text = _with_body(text, part, value)
    return _with_endpoints(text, tuple(api_spec)) if api_spec else text


def _with_body(text: str, part: str, value: str) -> str:
    before = _values(text)
    if before[part] == value:
        return text
    for way in _ways(value):
        new = _with_section(text, part, way)
        if _values(new) == before | {part: value}:
            return new
    raise unrepresentable(part.replace("_", " "))


def _ways(value: str) -> list[list[str]]:
    """Plain, as the one fenced block `verbatim` of the section, quoted."""
    longest = max((len(found) for found in _TICKS.findall(value)), default=3)
    fence = "`" * (longest + 1)
    plain = [list(way) for way in ways(value)[:-1]]
    block = [[f"{fence}verbatim", *value.split("\n"), fence]] if is_simple(f"x{value}x") else []
    return [*plain, *block, [quoted(value)]]


def _values(text: str) -> dict[str, object]:
    item = read_design(text)
    return {"architecture": item.architecture, "data_model": item.data_model, "api_spec": item.api_spec}


def _with_section(text: str, part: str, body: Sequence[str]) -> str:
    page = Page(text)
    section = sections(page).get(part)
    if section:
        after = [""] if section.stop < len(page.lines) and not is_blank(page.lines[section.stop]) else []
        page.replace(section.start, section.stop, ["", *body, *after])
    else:
        end = last_full(page.lines, 0, len(page.lines))
        heading = next(heading for name, heading, _ in _PARTS if name == part)
        page.insert(end, [*([""] if end else []), f"## {heading}", "", *body])
    return page.text


def _with_endpoints(text: str, given: tuple[EndpointItem, ...]) -> str:
    before = _values(text)
    if before["api_spec"] == given:
        return text
    for last in (False, True):
        page = Page(text)
        section = sections(page).get("api_spec")
        kept = page.lines[section.start : section.stop] if section else []
        new = _with_section(text, "api_spec", _api_body(kept, _written(given, last=last)))
        if _values(new) == before | {"api_spec": given}:
            return new
    raise unrepresentable("API specification")


def _api_body(lines: list[str], table: list[str]) -> list[str]:
    """The section's body with the table of endpoints in the old one's place, or below its prose."""
    while lines and is_blank(lines[0]):
        lines = lines[1:]
    there = _table(lines)
    if there:
        return [*lines[: there[0]], *table, *lines[there[1] :]]
    return [*lines, "", *table] if lines and not _endpoints(lines) else table


def _written(given: Sequence[EndpointItem], *, last: bool) -> list[str]:
    rows = [
        "| " + " | ".join(_written_cell(cell, last=last) for cell in (one.method, one.endpoint, one.description)) + " |"
        for one in given
    ]
    return ["| Method | Endpoint | Description |", "| --- | --- | --- |", *rows]


def _written_cell(value: str, *, last: bool) -> str:
    if not value:
        return ""
    options = [way.replace("|", "\\|") for way in one_line_ways(value)]
    return options[-1] if last else next((way for way in options if _cell(way) == value), options[-1])
