"""What the lines below a task's checkbox say: its files, purpose, requirements, prompt and the rest."""

# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from specflow.specs.formats.lines import BULLET, dedented, indent, is_blank
from specflow.specs.formats.spec_workflow import words
from specflow.specs.formats.values import unquoted, unquoted_list

_LABEL = re.compile(
    rf"(_?)(\*{{0,2}})({words.either(words.LABELS)})(\*{{0,2}})(_?)[ \t]*[:：](\*{{0,2}})(.*)$", re.IGNORECASE
)
# What a property test checks (`**Validates: Requirements 1.2, 1.3**`), and which tasks come first (`_Depends: 1.1_`).
_REFERS = re.compile(
    r"[_*]{0,3}(?:(Validates)|Depends(?: on)?|Dependencies|Blocked by)[_*]{0,3}[ \t]*[:：](.*)$", re.IGNORECASE
)
_REQUIREMENTS = re.compile(r"(?:Requirement|Req)s?\b[ \t]*[:：]?", re.IGNORECASE)
_TASK_REFERENCE = re.compile(r"(?:Task |[A-Z]{1,5}-?)?\d+[A-Z]?(?:\.\d+[A-Z]?)*", re.IGNORECASE)
_LIKE_A_REFERENCE = re.compile(r"^[^\s]{0,12}\s?\d[\w.\-~〜–]*$")
_PAIRS = {"(": ")", "（": "）", "[": "]", "{": "}"}


@dataclass(slots=True)
class Entry:
    """One bullet with what is nested in it, or (`bullet` False) a paragraph."""

    bullet: bool
    column: int
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Fields:
    """The fields of a task as its entries give them."""

    description: str = ""
    details: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    purpose: str = ""
    leverage: str = ""
    requirements: list[str] = field(default_factory=list)
    prompt: str = ""
    phase: str = ""
    priority: str = ""
    dependencies: list[str] = field(default_factory=list)


def fields(entries: Sequence[Entry]) -> Fields:
    """The fields of a task; an entry without a known label is its description (the first paragraph) or a detail."""
    found = Fields()
    for place, entry in enumerate(entries):
        if not entry.bullet:
            said = unquoted(_paragraph(entry))
            if place == 0:
                found.description = said
            else:
                found.details.append(said)
            continue
        _take(found, entry)
    return found


def _paragraph(entry: Entry) -> str:
    return "\n".join(dedented(line, entry.column) for line in entry.lines).strip()


def _take(found: Fields, entry: Entry) -> None:
    bullet = BULLET.match(entry.lines[0])
    first = entry.lines[0][bullet.end() :] if bullet else entry.lines[0]
    label = _LABEL.match(first)
    name = words.LABELS[label[3].lower()] if label else ""
    value = _value(label, entry.lines[1:]) if label else ""
    if name == "files":
        found.files += _files(value)
    elif name == "requirements":
        found.requirements += references(value)
    elif name and not getattr(found, name):
        setattr(found, name, unquoted(value))
    elif not (len(entry.lines) == 1 and _refers(found, first.strip())):
        found.details.append("\n".join([first.strip(), *_dedented(entry.lines[1:])]).rstrip())


def _refers(found: Fields, line: str) -> bool:
    """Takes a line that names the requirements a test checks, or the tasks that come first; False for any other."""
    label = _REFERS.match(line)
    if not label:
        return False
    said = label[2].strip(" \t_*")
    word = _REQUIREMENTS.match(said) if label[1] else None
    named = list(references(said[word.end() :] if word else said))
    like = _LIKE_A_REFERENCE.match if label[1] else _TASK_REFERENCE.fullmatch
    if not named or not (word or all(like(one) for one in named)):
        return False  # of libraries, of people, of what a user types
    (found.requirements if label[1] else found.dependencies).extend(named)
    return True


def _value(label: re.Match[str], further: Sequence[str]) -> str:
    """What stands after the label; of `_Label: value_` the one underscore that closes it is taken off, no other."""
    first = label[7].strip()
    if first == "|" and further:
        first = ""
    value = "\n".join([*([first] if first or not further else []), *_dedented(further)]).rstrip()
    if label[1] and not label[5] and value.endswith("_"):
        value = value[:-1].rstrip()
    return value


def _dedented(lines: Sequence[str]) -> list[str]:
    width = min((indent(line) for line in lines if not is_blank(line)), default=0)
    return [dedented(line, width) for line in lines]


def _files(value: str) -> Iterable[str]:
    """Paths of a list with commas or over several lines; ticks around a path and a remark after it are not the path."""
    for line in value.split("\n"):
        bullet = BULLET.match(line)
        for part in _parts(line[bullet.end() :] if bullet else line):
            ticked = re.match(r"`([^`]+)`", part)
            path = ticked[1] if ticked else re.split(r"\s+[(（—]", part, maxsplit=1)[0]
            if path.strip():
                yield path.strip()


def references(value: str) -> Iterable[str]:
    """The references of a `_Requirements:` line as written: `1.2`, `FR-3`, `1.1-1.4`, `All`, `NFR-1`, free text.

    References in brackets after another (`REQ-6 (FR-6.1, FR-6.2)`) count by themselves.
    """
    listed = unquoted_list(value)
    if listed is not None:
        return listed
    found: list[str] = []
    for line in value.split("\n"):
        bullet = BULLET.match(line)
        for part in _parts(line[bullet.end() :] if bullet else line):
            found += _bracketed(part)
    return found


def _bracketed(part: str) -> list[str]:
    opened = re.match(r"([^()（）]+?)\s*[(（]([^()（）]+)[)）]$", part)
    if not opened:
        return [part]
    inner = list(_parts(opened[2]))
    return [opened[1], *inner] if inner and all(_LIKE_A_REFERENCE.match(one) for one in inner) else [part]


def _parts(text: str) -> list[str]:
    """The parts between commas that stand in no bracket and no ticks."""
    parts, start, open_ = [], 0, ""
    for at, sign in enumerate(text):
        if open_:
            open_ = "" if sign == open_ else open_
        elif sign == "`" or sign in _PAIRS:
            closing = "`" if sign == "`" else _PAIRS[sign]
            open_ = closing if text.find(closing, at + 1, at + 400) > 0 else ""
        elif sign in ",、，":
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]
