"""Rules on what a text says, whatever its items are: placeholders, vague words, boxes that are none, nothing at all."""

# ruff: noqa: RUF001 - full-width signs stand in real documents

import re
from collections.abc import Iterator

from specflow.specs.lint.findings import Found
from specflow.specs.lint.words import BLANKS, PROMPTS, SLOTS, VAGUE
from specflow.specs.lint.workspace import Document, Workspace

_VAGUE_WORD = re.compile(
    rf"(?:{'|'.join(re.escape(word) for word in sorted(VAGUE, key=lambda word: (-len(word), word)))})(?![\w-])"
)
_NORMATIVE = re.compile(r"\b(?:SHALL|MUST|shall)\b|\*\*WHEN\*\*")

_BRACKETS = re.compile(
    r"(?<![\w\]!\\])\[(?:\.{3}|…|_+|tbd|tbc|todo\b[^\[\]\n]*"
    rf"|(?:{PROMPTS})\b[^\[\]\n]{{2,}}|(?:{SLOTS})(?: ?(?:\d+|[a-z]|\.\.\.))?)\](?![\[(:])",
    re.IGNORECASE,
)
_ANGLES = re.compile(
    rf"(?<![\w<\\=])<(?:\.{{3}}|…|tbd|todo|(?:{PROMPTS})[ _-][\w -]{{2,60}}|(?:{BLANKS})"
    r"|(?:your|my|the)[ _-][\w -]{1,40}|[a-z]+[_-](?:name|id|title|path|date|version))>",
    re.IGNORECASE,
)
_BRACES = re.compile(r"(?<![$\w])\{\{ ?[\w. -]{1,40} ?\}\}")
_MENTION = r"(?!s?\s+(?:comment|item|marker|list|entr|tag|note|placeholder|section|value)s?)"
_TO_DO = re.compile(
    rf"(?<![\w\"'“`/-])(?:TBD|TBC)(?![\w\"'”`/-]){_MENTION}"
    r"|(?<![\w\"'“`/-])(?:TODO|FIXME|XXX)(?=\s{0,4}\*{0,3}[:：(]|\s{0,4}\|?\s{0,4}$)"
    rf"|^\s*(?:(?:[-*+]|\d+[.)])\s+)?(?:\*\*)?(?:TODO|FIXME)\b{_MENTION}"
)
_BOX = re.compile(r"(?:(?:[-*+•·]|\d{1,9}[.)])\s{0,4})?\[\s{0,3}[xX~✓✔√☑☒○●vVoO*/>!?.\-]{0,2}\s{0,3}\](?![\[(:])")
_LONGEST_OPTION = 50  # characters
_OPTION = re.compile(r"(?:--?\w[\w-]{0,40}[ =]|/)$")
_HEADING = re.compile(r"#{1,6}(?:\s|$)")
_SAYS_NOTHING = re.compile(r"#{1,6}(?:\s.*)?|[-=*_|:\s]+|>")


def placeholder(workspace: Workspace) -> Iterator[Found]:
    """What a template left to be filled in, outside of code. Running text that goes on beside it may be agreed on."""
    for document in workspace.documents:
        found = list(_placeholders(document))
        agreed = _agreed_on(document, {number for number, _, _ in found}) if found else frozenset()
        for number, column, written in found:
            severity = "" if number in agreed else "warning"
            yield Found(document, f"'{written[:80]}' waits to be filled in.", number, column, severity=severity)


def _placeholders(document: Document) -> Iterator[tuple[int, int, str]]:
    """Line, column and text of each."""
    for number, line in enumerate(document.prose, 1):
        for form in _forms(line):
            for found in form.finditer(line):
                if not _is_a_part(line, found):
                    column = found.start() + len(found[0]) - len(found[0].lstrip()) + 1
                    yield number, column, found[0].strip()


def _is_a_part(line: str, found: re.Match[str]) -> bool:
    """Whether it stands in a value such as `{names: [...]}`, a path such as `/users/<name>` or after an option, which
    are whole as they are."""
    if line.count("{", 0, found.start()) > line.count("}", 0, found.start()):
        return True
    before, after = line[max(0, found.start() - _LONGEST_OPTION) : found.start()], line[found.end() : found.end() + 1]
    return found[0][0] == "<" and bool(_OPTION.search(before) or after == "/")


def _agreed_on(document: Document, left: set[int]) -> set[int]:
    """Of the lines that are left to be filled in, those that people would agree on: in a requirement, in a task's first
    line, and in a section that says nothing else."""
    agreed = {number for item in document.items.requirements for number in left & {*range(item.start, item.end + 1)}}
    agreed |= left & {task.start for task in document.items.tasks}
    section: list[int] = []
    for number, line in enumerate([*document.prose, "#"], 1):
        if _HEADING.match(line):
            agreed |= left & set(section) if left.issuperset(section) else set()
            section = []
        elif line.strip() and not _SAYS_NOTHING.fullmatch(line.strip()):
            section.append(number)
    return agreed


def _forms(line: str) -> Iterator[re.Pattern[str]]:
    """The forms of placeholders that a line can hold."""
    if "[" in line:
        yield _BRACKETS
    if "<" in line:
        yield _ANGLES
    if "{{" in line:
        yield _BRACES
    if "TB" in line or "TODO" in line or "FIXME" in line or "XXX" in line:
        yield _TO_DO


def vague_word(workspace: Workspace) -> Iterator[Found]:
    """Words that nobody can test, in criteria and in what else is said with SHALL or MUST."""
    for document in workspace.documents:
        if not document.items.requirements:
            continue
        keys = _normative(document)
        for number, key in sorted(keys.items()):
            low = document.prose[number - 1].lower()
            for found in _VAGUE_WORD.finditer(low):
                if not _within_a_word(low, found.start()):
                    yield Found(document, f"'{found[0]}' cannot be tested.", number, found.start() + 1, key=key)


def _within_a_word(line: str, at: int) -> bool:
    return at > 0 and (line[at - 1].isalnum() or line[at - 1] in "_-")


def _normative(document: Document) -> dict[int, str]:
    """The lines that ask for something, each with the key of its item."""
    prose = document.prose
    keys: dict[int, str] = {}
    for item in document.items.requirements:
        for number in range(item.start, min(item.end, len(prose)) + 1):
            if _NORMATIVE.search(prose[number - 1]):
                keys.setdefault(number, item.key)
        for criterion in item.criteria:
            keys.update(dict.fromkeys(range(criterion.start, min(criterion.end, len(prose)) + 1), criterion.key))
    return keys


def unparsed_box(workspace: Workspace) -> Iterator[Found]:
    """What looks like a checkbox, and is none."""
    for document in workspace.documents:
        if document.place.kind not in ("tasks", "task"):
            continue
        boxes = {task.start for task in document.items.tasks}
        for number, line in enumerate(document.prose, 1):
            if "[" in line and number not in boxes and _BOX.match(line.lstrip()):
                yield Found(document, "This looks like a checkbox, but is read as text.", number, line.index("[") + 1)


def empty_document(workspace: Workspace) -> Iterator[Found]:
    """Nothing, or headings with nothing below them; a requirement that is a heading alone says something."""
    for document in workspace.documents:
        if document.items.requirements:
            continue
        lines = document.prose if document.is_prose and not document.items.tasks else document.lines
        said = (line for line in lines if line and not (document.is_prose and _SAYS_NOTHING.fullmatch(line.strip())))
        coded = document.is_prose and any("```" in line or "~~~" in line for line in document.lines)
        if not coded and not any(not line.isspace() for line in said):
            what = "says nothing but its headings" if document.text.strip("\ufeff \t\r\n") else "is empty"
            yield Found(document, f"This {document.place.kind} document {what}.", 1)
