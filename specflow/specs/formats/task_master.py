"""The tasks.json of Task Master: tasks and subtasks in lists by tag, or (its older form) in one list.

The JSON is edited in its text: a change of progress changes the word of the status and nothing else.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from specflow.errors import Invalid, NotFound
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Items, Place, Progress, TaskItem
from specflow.specs.formats.lines import BOM
from specflow.specs.formats.marked import Node, read_json
from specflow.specs.formats.values import unrepresentable

ROOT = ".taskmaster"
LEGACY = "tasks/tasks.json"
SPEC = "task-master"

_STATUS = {
    "in-progress": "in_progress", "review": "in_progress", "started": "in_progress", "doing": "in_progress",
    "done": "completed", "completed": "completed", "complete": "completed", "closed": "completed",
    "blocked": "blocked", "deferred": "blocked", "cancelled": "blocked", "canceled": "blocked",
}  # fmt: skip
_WORDS = {"pending": "pending", "in_progress": "in-progress", "completed": "done", "blocked": "blocked"}
_BLANKS = re.compile(r"[ \t\r\n]*")
# Nobody takes these up: blocked, with the word as the reason, so that it comes back.
_REASONS = ("deferred", "cancelled", "canceled")


class TaskMaster(Dialect):
    """`.taskmaster/tasks/tasks.json`, and `tasks/tasks.json` of its first versions. A workspace has one such spec."""

    name, title, roots = "task-master", "Task Master", (ROOT, "tasks")
    tasks_alone = True

    def place(self, path: str) -> Place | None:
        path = path.removeprefix("./")
        parts = path.split("/")
        if path == LEGACY:
            return Place(SPEC, "tasks", folder="tasks")
        if parts[0] != ROOT or len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
            return None
        return Place(SPEC, "tasks" if path == f"{ROOT}/{LEGACY}" else "other", folder=ROOT)

    def read(self, kind: str, text: str) -> Items:
        return Items(title=_title(text), tasks=read_tasks(text)) if kind == "tasks" else Items()

    def neutral(self, kind: str, text: str) -> str:
        return neutral(text) if kind == "tasks" else text

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        return write_progress(text, progress) if kind == "tasks" else text


@dataclass(frozen=True, slots=True)
class Entry:
    """A task or subtask where it stands; `parent` is the place of its task among the entries."""

    node: Node
    key: str
    phase: str
    level: int
    parent: int | None


def entries(root: Node) -> list[Entry]:
    """All tasks, each followed by its subtasks, in the order of the text."""
    found: list[Entry] = []

    def take(node: Node, phase: str, parent: int | None) -> None:
        above = found[parent] if parent is not None else None
        own = _word(node.value.get("id"))
        # A subtask counts from 1 in its task, unless its id says the whole way already.
        key = f"{above.key}.{own}" if above and own and not own.startswith(f"{above.key}.") else own
        place = len(found)
        found.append(Entry(node, key, phase, above.level + 1 if above else 0, parent))
        for one in node.items("subtasks"):
            if isinstance(one.value, dict):
                take(one, phase, place)

    for phase, node in _lists(root):
        for one in node.children():
            if isinstance(one.value, dict):
                take(one, phase, None)
    return found


def _lists(root: Node) -> Iterator[tuple[str, Node]]:
    """The lists of tasks with their tags, "" for one that has none."""
    if isinstance(root.value, list):
        yield "", root
    for one in root.children() if isinstance(root.value, dict) else ():
        if one.key == "tasks" and isinstance(one.value, list):
            yield "", one
        elif isinstance(one.value, dict) and isinstance(one.value.get("tasks"), list):
            inner = one.get("tasks")
            if inner is not None:
                yield one.key, inner


def _root(text: str) -> Node | None:
    try:
        return read_json(text, field="tasks.json")
    except Invalid:
        return None


def _title(text: str) -> str:
    root = _root(text) if "projectName" in text else None
    for holder in ("metadata", "meta"):
        found = root.get(holder) if root is not None else None
        if found is not None and found.text("projectName"):
            return found.text("projectName")
    return ""


# A document is read several times on its way in: for its items, its digest, its progress.
@functools.lru_cache(maxsize=4)
def read_tasks(text: str) -> tuple[TaskItem, ...]:
    """Every task and subtask, with its own id after its task's (`3.1`); a text that is not JSON has none.

    `dependencies` are keys: a subtask's number without a dot is that of one beside it.
    """
    root = _root(text)
    found = entries(root) if root is not None else []
    seen: dict[tuple[str, str], int] = {}
    items = []
    for index, entry in enumerate(found):
        name = entry.key, entry.node.text("title")
        ordinal = seen[name] = seen.get(name, -1) + 1
        above = found[entry.parent].key if entry.parent is not None else ""
        items.append(_item(index, entry, ordinal, above))
    return tuple(items)


def _item(index: int, entry: Entry, ordinal: int, above: str) -> TaskItem:
    node = entry.node
    status, reason = _state(node)
    return TaskItem(
        index=index, key=entry.key, ordinal=ordinal, title=node.text("title"), status=status, blocked_reason=reason,
        level=entry.level, parent=entry.parent, start=node.start, end=node.end, description=_description(node),
        phase=entry.phase, priority=node.text("priority"), dependencies=_dependencies(node, above), box=False,
    )  # fmt: skip


def _description(node: Node) -> str:
    tests = node.text("testStrategy")
    parts = (node.text("description"), node.text("details"), f"Test strategy: {tests}" if tests else "")
    return "\n\n".join(part for part in parts if part)


def _dependencies(node: Node, above: str) -> tuple[str, ...]:
    keys = (_word(one.value) for one in node.items("dependencies"))
    return tuple(f"{above}.{key}" if above and "." not in key else key for key in keys if key)


def _word(value: object) -> str:
    """An id, which is a number or text."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _said(node: Node) -> str:
    return re.sub(r"[\s_]+", "-", node.text("status").strip().lower())


def _state(node: Node) -> tuple[str, str]:
    word = _said(node)
    return _STATUS.get(word, "pending"), word if word in _REASONS else ""


def neutral(text: str) -> str:
    """The text with the status of every task made `pending`, also where a task had none."""
    root = _root(text)
    return _with_words(text, root, [(one.node, "pending") for one in entries(root)]) if root is not None else text


def write_progress(text: str, progress: Mapping[int, Progress]) -> str:
    """The text with the progress of its tasks, by `TaskItem.index`; a word that says the same stays.

    A file of this kind has no place for why a task is blocked: the reason stays with the task's row, unless it is
    "deferred" or "cancelled", which are words of their own.
    Raises `task_not_found`, `unknown_task_status`, and `unrepresentable_text`.
    """
    root = _root(text)
    there = entries(root) if root is not None else []
    words = []
    for index, wanted in sorted(progress.items()):
        if not 0 <= index < len(there):
            raise NotFound.of("task", index)
        if wanted.status not in _WORDS:
            raise Invalid("unknown_task_status", f"'{wanted.status}' is no task status.", {"status": wanted.status})
        node = there[index].node
        if _state(node) != _shown(wanted):
            reason = _shown(wanted)[1]
            words.append((node, reason or _WORDS[wanted.status]))
    if root is None or not words:
        return text
    new = _with_words(text, root, words)
    if not _says(new, text, progress):
        raise unrepresentable("progress")
    return new


def _shown(wanted: Progress) -> tuple[str, str]:
    """What can be read again of a progress: only a reason that is a word of a status."""
    reason = wanted.blocked_reason if wanted.status == "blocked" and wanted.blocked_reason in _REASONS else ""
    return wanted.status, reason


def _with_words(text: str, root: Node, words: Sequence[tuple[Node, str]]) -> str:
    """The text with these words as the status of these tasks; one that has none gets it as its first member."""
    body, at, parts = root.document.text, 0, [BOM if text.startswith(BOM) else ""]
    for start, end, new in sorted(_edit(node, word, body) for node, word in words):
        parts += [body[at:start], new]
        at = end
    return "".join([*parts, body[at:]])


def _edit(node: Node, word: str, body: str) -> tuple[int, int, str]:
    """What to put instead of which part of the text."""
    status = node.get("status")
    if status is not None:
        return *status.span, json.dumps(word)
    found = _BLANKS.match(body, node.span[0] + 1)
    blanks, begin = (found[0], found.end()) if found else ("", node.span[0] + 1)
    first = f'"status": {json.dumps(word)}'
    return begin, begin, f"{first},{blanks or ' '}" if node.value else first


def _says(new: str, old: str, progress: Mapping[int, Progress]) -> bool:
    before, after = read_tasks(old), read_tasks(new)
    if len(before) != len(after) or neutral(new) != neutral(old):
        return False
    for index, task in enumerate(before):
        wanted = progress.get(index, Progress(task.status, task.blocked_reason))
        if (after[index].status, after[index].blocked_reason) != _shown(wanted):
            return False
    return True
