"""Reads implementation logs: `specs/<name>/Implementation Logs/task-<id>_<time>_<id>.md` (peer formats 2.5, 2.8)."""

# ruff: noqa: RUF001 - full-width signs stand in real documents

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from specflow.specs.formats.lines import BULLET, Page, indent, is_blank
from specflow.specs.formats.spec_workflow.outline import Part, labels, parts

_NAME = re.compile(r"task-(.+?)(?:_([0-9][0-9T-]*))?(?:_([0-9A-Za-z]+))?\.md")
_TITLE = re.compile(r"(?:implementation log)?[ \t:：\-–—]*task[ \t#]*(\S+)", re.IGNORECASE)
_NUMBER = re.compile(r"([-+]?)(?<!\d)(\d[\d,]{0,14})(?!\d)")
_ENDPOINT = re.compile(r"([A-Z]{3,7})[ \t]+(/\S*)$")
_LISTS = ("exports", "methods")
_FIELDS = frozenset({"purpose", "location", "description"})
_STATISTICS = {
    "lines added": "linesAdded",
    "lines removed": "linesRemoved",
    "files changed": "filesChanged",
    "net change": "netChange",
}
_HEAD = frozenset({"summary", "timestamp", "date", "log id", "task id", "task", "status"})
_MODIFIED = frozenset({"files modified", "modified files", "files changed"})
_CREATED = frozenset({"files created", "created files", "new files", "files added"})


@dataclass(frozen=True, slots=True)
class LogName:
    """What a log's file name says; in `task` each dot and slash of the task's id is a hyphen."""

    task: str
    timestamp: str
    id: str


@dataclass(frozen=True, slots=True)
class ImplementationLogItem:
    """What was done for a task.

    `statistics` has linesAdded, linesRemoved, filesChanged (numbers of what was counted, without a sign) and netChange,
    as far as they are there. `artifacts` are those of the tool log-implementation: by kind (apiEndpoints, components,
    functions, classes, integrations or another), each with the fields that it names.
    """

    task: str = ""
    summary: str = ""
    timestamp: str = ""
    id: str = ""
    files_modified: tuple[str, ...] = ()
    files_created: tuple[str, ...] = ()
    statistics: dict[str, int] = field(default_factory=dict)
    artifacts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def log_name(path: str) -> LogName | None:
    """What the name of a log's file says; None for a file of another name."""
    found = _NAME.fullmatch(path.rsplit("/", 1)[-1])
    return LogName(found[1], found[2] or "", found[3] or "") if found else None


def read_log(text: str) -> ImplementationLogItem:
    """What an implementation log says; reads any text."""
    read = parts(Page(text))
    head = next((part for part in read if part.level == 1), Part(0, "", 0, ()))
    said = labels((line for part in read if part.level < 2 for line in part.lines), _HEAD)
    title = _TITLE.match(head.title)
    sections = {part.title.casefold(): part for part in reversed(read) if part.level > 1}
    summary = sections.get("summary")
    return ImplementationLogItem(
        task=title[1].rstrip(":：,") if title else _first(said, "task id") or _first(said, "task"),
        summary=said.get("summary") or (summary.text if summary else ""),
        timestamp=_first(said, "timestamp") or _first(said, "date"),
        id=_first(said, "log id"),
        files_modified=_files(sections, _MODIFIED),
        files_created=_files(sections, _CREATED),
        statistics=_statistics(sections.get("statistics")),
        artifacts=_artifacts(read),
    )


def _first(said: dict[str, str], name: str) -> str:
    """The first line of a value."""
    return said.get(name, "").split("\n", 1)[0].strip()


def _files(sections: dict[str, Part], names: frozenset[str]) -> tuple[str, ...]:
    lines = [line for name, part in sections.items() if name in names for line in part.lines]
    return tuple(file for file in (_file(line) for line in lines) if file)


def _file(line: str) -> str:
    """The path on a bullet; what follows a path in marks of code is prose."""
    text = _bullet(line)
    ticked = re.match(r"`([^`]+)`", text)
    return ticked[1] if ticked else text


def _bullet(line: str) -> str:
    """What stands behind a bullet."""
    found = BULLET.match(line)
    return line[found.end() :].strip() if found else ""


def _statistics(part: Part | None) -> dict[str, int]:
    said = labels(part.lines) if part else {}
    found = {}
    for name, key in _STATISTICS.items():
        number = _NUMBER.search(said.get(name, ""))
        if number:
            size = int(number[2].replace(",", ""))
            found[key] = -size if key == "netChange" and number[1] == "-" else size
    return found


def _artifacts(read: Sequence[Part]) -> dict[str, list[dict[str, Any]]]:
    """Below the heading "Artifacts", a heading one level deeper is a kind, and what is still deeper one artifact."""
    found: dict[str, list[dict[str, Any]]] = {}
    top, kind = 0, ""
    for part in read:
        if part.title.casefold() == "artifacts" and not top:
            top = part.level
        elif top and part.level <= top:
            break
        elif top and part.level == top + 1:
            kind = _camel(part.title)
            found.setdefault(kind, []).extend(_listed(kind, part))
        elif top and kind:
            found[kind].append(_artifact(kind, part.title, part.lines))
    return {kind: entries for kind, entries in found.items() if entries}


def _listed(kind: str, part: Part) -> list[dict[str, Any]]:
    """Artifacts that are bullets of the kind itself, with their fields indented under them; or one without a name."""
    if _FIELDS & labels(line for line in part.lines if not indent(line)).keys():
        return [_artifact(kind, "", part.lines)]
    starts = [at for at, line in enumerate(part.lines) if BULLET.match(line) and not indent(line)]
    entries = []
    for at, end in pairwise([*starts, len(part.lines)]):
        name, _, prose = _bullet(part.lines[at]).partition("` ")
        said = {"purpose": prose.lstrip("-–—: ")} if name.startswith("`") and prose else {}
        nested = [line for line in part.lines[at + 1 : end] if not is_blank(line)]
        entries.append(said | _artifact(kind, name, nested))
    return entries


def _artifact(kind: str, name: str, lines: Sequence[str]) -> dict[str, Any]:
    artifact: dict[str, Any] = {}
    bare = name.strip("`* ")
    endpoint = _ENDPOINT.match(bare) if kind == "apiEndpoints" else None
    if endpoint:
        artifact |= {"method": endpoint[1], "path": endpoint[2]}
    elif bare and bare.casefold() not in {"integration", "integrations"}:  # a heading for all of them, and no name
        artifact["name"] = bare
    for label, value in labels(lines).items():
        key = _camel(label)
        if key == "exported":
            artifact["isExported"] = value.casefold().startswith(("yes", "true"))
        else:
            artifact[key] = _several(value) if key in _LISTS else value
    return artifact


def _several(value: str) -> list[str]:
    """The values of a list, with commas between them or each on a bullet of its own."""
    read = (one.strip().removeprefix("- ").strip("` ") for one in re.split(r"[,\n]", value))
    return [one for one in read if one]


def _camel(label: str) -> str:
    first, *rest = label.casefold().split() or [""]
    return first + "".join(word.capitalize() for word in rest)
