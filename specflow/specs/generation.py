"""Tasks from a machine-readable spec: one for each requirement, for each endpoint, and for each task that it names,
ordered by what needs what; as plain values, and as the text of a tasks.md.

The same spec gives the same tasks in the same order. Nothing here knows of Django or of rows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from specflow.specs.formats.items import TaskItem
from specflow.specs.formats.lines import Page, indented, last_full
from specflow.specs.formats.source.dependencies import ordered
from specflow.specs.formats.source.spec import SourceEndpoint, SourceRequirement, SourceSpec, SourceTask
from specflow.specs.formats.spec_workflow.skeletons import skeleton
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.formats.values import first_fit, one_line_ways, quoted, quoted_list, unrepresentable, ways

_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class GeneratedTask:
    """One task: `key` is its number, `dependencies` are the keys of tasks before it, `requirements` those that it
    serves. It was made from the `source_key` of its `source` (requirement, endpoint or task), which stands at `pointer`
    and in the lines `start` to `end` of the spec's file."""

    key: str
    title: str
    description: str
    requirements: tuple[str, ...]
    dependencies: tuple[str, ...]
    files: tuple[str, ...]
    priority: str
    prompt: str
    source: str
    source_key: str
    pointer: str
    start: int
    end: int


def generated_tasks(spec: SourceSpec) -> tuple[GeneratedTask, ...]:
    """The spec's tasks, each after all that it depends on, and otherwise as the file has them.

    An endpoint waits for the requirements that it serves; one that is itself a requirement (OpenAPI) gives one task.
    Raises Invalid `cyclic_dependency` with the `path` of one circle.
    """
    drafts = _drafts(spec)
    names = {name: place for place, (name, _, _) in enumerate(drafts)}
    order = ordered({name: [one for one in needs if one in names] for name, needs, _ in drafts})
    keys = {name: str(number) for number, name in enumerate(order, 1)}
    made = []
    for name in order:
        _, needs, task = drafts[names[name]]
        before = sorted({keys[one] for one in needs if one in keys}, key=int)
        made.append(replace(task, key=keys[name], dependencies=tuple(before)))
    return tuple(made)


Draft = tuple[str, list[str], GeneratedTask]  # its name, the names of those that it needs, the task without its number


def _drafts(spec: SourceSpec) -> list[Draft]:
    owners = {item.key: one.item.key for one in spec.requirements for item in one.item.criteria}
    owners |= {one.item.key: one.item.key for one in spec.requirements}
    calls = {one.key: f" ({one.method} {one.path})" for one in spec.endpoints}
    drafts = [_of_requirement(one, calls.get(one.item.key, "")) for one in spec.requirements]
    drafts += [_of_endpoint(one, owners) for one in spec.endpoints if one.key not in owners]
    return drafts + [_of_task(one, owners) for one in spec.tasks]


def _name(kind: str, key: str, ordinal: int = 0) -> str:
    return f"{kind} {key}" + (f" ({ordinal + 1})" if ordinal else "")


def _requirements(keys: Iterable[str], owners: dict[str, str]) -> list[str]:
    """The names of the requirements that these keys, or the criteria that they are, belong to."""
    return [_name("requirement", owners[key]) for key in keys if key in owners]


def _of_requirement(one: SourceRequirement, call: str) -> Draft:
    item = one.item
    said = item.statement if item.statement != item.title else ""
    task = GeneratedTask(
        key="", title=item.title or item.key, description="\n\n".join(filter(None, (said, item.user_story))),
        requirements=(item.key,), dependencies=(), files=(), priority="",
        prompt=_prompt(f"Meet {item.key}{call}: {said or item.title}", [criterion.text for criterion in item.criteria]),
        source="requirement", source_key=item.key, pointer=one.pointer, start=item.start, end=item.end,
    )  # fmt: skip
    needs = [_name("requirement", key) for key in one.depends_on]
    return _name("requirement", item.key, item.ordinal), needs, task


def _of_endpoint(one: SourceEndpoint, owners: dict[str, str]) -> Draft:
    call = f"{one.method} {one.path}"
    checked = [f"requests are checked as {one.request} of the spec says"] if one.request else []
    answered = [f"answers are as {one.response} of the spec says"] if one.response else []
    task = GeneratedTask(
        key="", title=f"{call}: {one.summary}" if one.summary else call, description="",
        requirements=one.requirements, dependencies=(), files=(), priority="",
        prompt=_prompt(f"Build the endpoint {call}: {one.summary}".rstrip(": "), [*checked, *answered]),
        source="endpoint", source_key=one.key, pointer=one.pointer, start=one.start, end=one.end,
    )  # fmt: skip
    return _name("endpoint", one.key), _requirements(one.requirements, owners), task


def _of_task(one: SourceTask, owners: dict[str, str]) -> Draft:
    task = GeneratedTask(
        key="", title=one.title, description=one.description, requirements=one.requirements, dependencies=(),
        files=one.files, priority=one.priority, prompt=_prompt(one.description or one.title, []), source="task",
        source_key=one.key, pointer=one.pointer, start=one.start, end=one.end,
    )  # fmt: skip
    needs = [*_requirements(one.requirements, owners), *(_name("task", key) for key in one.depends_on)]
    return _name("task", one.key), needs, task


def _prompt(task: str, success: Sequence[str]) -> str:
    """One line, as `_Prompt:` lines of tasks documents are."""
    parts = [f"Task: {task}", *([f"Success: {'; '.join(success)}"] if success else [])]
    return " | ".join(" ".join(part.split()) for part in parts)


def tasks_text(spec: SourceSpec) -> str:
    """The tasks as a tasks.md of the `.spec-workflow` dialect, whose reader gives each of them back exactly.

    Raises as `generated_tasks`, and Invalid `unrepresentable_text` where a value cannot be written so.
    """
    tasks = generated_tasks(spec)
    blocks = [skeleton("tasks", title=spec.title or spec.slug), *("\n".join(_lines(one)) + "\n" for one in tasks)]
    text = "\n".join(blocks)
    read = read_tasks(text)
    if len(read) != len(tasks) or not all(_says(item, one) for item, one in zip(read, tasks, strict=True)):
        raise unrepresentable("task")
    return text


def with_missing(text: str, tasks: Sequence[GeneratedTask]) -> tuple[str, int]:
    """A tasks document with those of the tasks that it has none of (by their titles) after its last one, numbered on,
    and how many these are. What was there stays as it was. Raises as `tasks_text`."""
    read = read_tasks(text)
    there: dict[str, list[str]] = {}
    for item in read:
        there.setdefault(item.title, []).append(item.key)
    numbers = [int(found[0]) for found in (_NUMBER.match(item.key) for item in read) if found]
    following, keys, missing = max(numbers, default=0) + 1, {}, []
    for task in tasks:
        same = there.get(task.title)
        if same:
            keys[task.key] = same.pop(0)
            continue
        keys[task.key] = str(following)
        missing.append(task)
        following += 1
    new = [_numbered(task, keys) for task in missing]
    page = Page(text)
    at = max((item.end for item in read), default=last_full(page.lines, 0, len(page.lines)))
    page.insert(at, [line for task in new for line in ("", *_lines(task))])
    after = read_tasks(page.text)
    if _bare(after[: len(read)]) != _bare(read) or not all(map(_says, after[len(read) :], new)):
        raise unrepresentable("task")
    return page.text, len(new)


def _numbered(task: GeneratedTask, keys: Mapping[str, str]) -> GeneratedTask:
    before = tuple(keys[one] for one in task.dependencies if keys[one])
    return replace(task, key=keys[task.key], dependencies=before)


def _bare(items: Sequence[TaskItem]) -> list[TaskItem]:
    return [replace(item, start=0, end=0) for item in items]


def _lines(task: GeneratedTask) -> list[str]:
    """The task's lines, each value in the first way that reads back."""
    lines = [_fitting(task, "title", [[f"- [ ] {task.key}. {way}"] for way in one_line_ways(task.title)])]
    body: list[list[list[str]]] = []
    if task.description:
        plain = [list(way) for way in ways(task.description)[:-1]]
        body.append([*plain, *(["- Description:", *indented(way, "  ")] for way in plain), [quoted(task.description)]])
    if task.files:
        ticked = ", ".join(f"`{one}`" for one in task.files)
        body.append([[f"- File: {', '.join(task.files)}"], [f"- File: {ticked}"]])
    for label, value in (("Priority", task.priority), ("Prompt", task.prompt)):
        if value:
            body.append([[f"- _{label}: {way}_"] for way in one_line_ways(value)])
    if task.requirements:
        said = (", ".join(task.requirements), quoted_list(task.requirements))
        body.append([[f"- _Requirements: {way}_"] for way in said])
    if task.dependencies:
        body.append([[f"- _Depends: {', '.join(task.dependencies)}_"]])
    names = [name for name in _FIELDS if getattr(task, name)]
    for name, options in zip(names, body, strict=True):
        lines.append(_fitting(task, name, [[f"- [ ] {task.key}. x", *indented(way, "  ")] for way in options])[1:])
    return [line for part in lines for line in part]


_FIELDS = ("description", "files", "priority", "prompt", "requirements", "dependencies")


def _fitting(task: GeneratedTask, name: str, options: Sequence[list[str]]) -> list[str]:
    """The first way in which the value reads back in a document of its own, with another task behind it."""

    def fits(lines: list[str]) -> bool:
        read = read_tasks("\n".join([*lines, "", "- [ ] Next"]))
        return len(read) == 2 and _said(read[0])[name] == getattr(task, name) and not read[0].details

    return first_fit(options, fits) or options[-1]


def _said(item: TaskItem) -> dict[str, object]:
    return {"title": item.title, **{name: getattr(item, name) for name in _FIELDS}}


def _says(item: TaskItem, task: GeneratedTask) -> bool:
    said = {"title": task.title, **{name: getattr(task, name) for name in _FIELDS}}
    state = (item.status, item.level, item.details, item.purpose, item.leverage)
    return _said(item) == said and item.key == task.key and state == ("pending", 0, (), "", "")
