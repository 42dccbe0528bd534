"""What the title of a spec-kit task says besides its words: the stories that it is for, and the files it touches."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from specflow.specs.formats.items import TaskItem
from specflow.specs.formats.markdown.groups import phases
from specflow.specs.formats.markdown.outline import Sheet

_KEY = re.compile(r"\*{0,2}(T\d+(?:[A-Za-z]|[.-]\d+)?[A-Za-z]?)\*{0,2}[:.]?[ \t]+(?=\S)")
_MARKS = re.compile(r"(?:\[[^\[\]]{1,60}\][ \t]*)+")
_STORY = re.compile(r"(?:[A-Z]{2,12}-)*[A-Z]{1,8}-?\d+[a-z]?(?:\.\d+)?$")
_PRIORITY = re.compile(r"P\d+$")
_CITED = re.compile(r"(?<![\w-])(?:FR|NFR|SC)-(?:[A-Z]{1,12}-)?\d+[a-z]?(?![\w-])")

# Words that may be a path, with the word before them: what has a slash or a dot in it, or what stands in ticks.
_LIKE_A_PATH = re.compile(
    r"`([^`]+)`|(?:(?<![^\s,;])([A-Za-z]+)[ \t]+)?(?<![^\s,;])([^\s`,;./]*[./][^\s`,;]*|[A-Z][a-z]+file)(?![^\s,;])"
)
_FILE = re.compile(r"(?:[^/.]*[^\W\d][^/]*)?\.[A-Za-z][A-Za-z0-9_]{0,11}$|[A-Z][A-Za-z]*file$")
_NO_PATH = re.compile(r"^[/@<{$-]|://|[ \t<>|=\"'*]")
_BEFORE_A_PATH = frozenset({"in", "to", "at", "from", "into", "under", "via", "file", "update", "edit", "create"})


def tasks_of(sheet: Sheet, read: Sequence[TaskItem]) -> tuple[TaskItem, ...]:
    """The tasks with what spec-kit says in titles and headings; titles stay as they are written.

    `[US1]` and ids such as FR-001 are references, beside those of a `_Requirements:` line; paths are files; the heading
    above (`## Phase 3: User Story 1`) is the phase.
    """
    seen: dict[tuple[str, str], int] = {}
    told = []
    for task, phase in zip(read, phases(sheet, read), strict=True):
        key, title = _named(task)
        ordinal = seen[key, title] = seen.get((key, title), -1) + 1
        told.append(
            replace(
                task,
                key=key,
                title=title,
                ordinal=ordinal,
                phase=task.phase or phase,
                requirements=_once((*_references(title), *task.requirements)),
                files=_once((*paths(title), *task.files)),
            )
        )
    return tuple(told)


def _named(task: TaskItem) -> tuple[str, str]:
    """The key and the title, where the id has a letter (`T012a`) as well."""
    found = None if task.key else _KEY.match(task.title)
    return (found[1], task.title[found.end() :]) if found else (task.key, task.title)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _references(title: str) -> list[str]:
    marks = _MARKS.match(title)
    marked = re.split(r"[\s,;/+&\[\]]+", marks[0]) if marks else []
    stories = [one for one in marked if _STORY.match(one) and not _PRIORITY.match(one)]
    return [*stories, *_CITED.findall(title)]


def paths(title: str) -> list[str]:
    """The files and folders that a title names, in their order.

    What stands in ticks is one where it looks like a path; other words only where they can be nothing else: with a
    slash and an ending, with a slash at the end, or a file's name after a word such as "in".
    """
    found = []
    for word in _LIKE_A_PATH.finditer(title):
        text = word[1] or _trimmed(word[3])
        if _is_path(text, sure=bool(word[1]) or (word[2] or "").lower() in _BEFORE_A_PATH):
            found.append(text)
    return found


def _is_path(text: str, *, sure: bool) -> bool:
    """Whether it is a path; `sure` that it is one if it may be."""
    if not text or _NO_PATH.search(text):
        return False
    name = text.rsplit("/", 1)[-1]
    if "/" in text:
        return not name or bool(_FILE.match(name)) or (sure and text.count("/") > 1)
    return sure and bool(_FILE.match(name)) and "(" not in text


def _trimmed(word: str) -> str:
    """The word without the marks of the sentence around it; brackets of the path itself (`[id]`) stay."""
    word = word.rstrip(".:!?")
    while word.endswith((")", "]")) and word.count(")") + word.count("]") > word.count("(") + word.count("["):
        word = word[:-1].rstrip(".:")
    while word.startswith(("(", "[")) and word.count("(") + word.count("[") > word.count(")") + word.count("]"):
        word = word[1:]
    return word
