"""What the example agent wants to say: a story from `examples/specs/`, checked when it is read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specflow import yaml
from specflow.errors import Invalid, NotFound
from specflow.text import decoded

_KNOWN = ("title", "description", "requirements", "design", "tasks", "revisions")


@dataclass(frozen=True, slots=True)
class Story:
    """A spec to be written: requirements with criteria, a design, tasks with what they will have implemented.

    `revisions` holds, by kind of document, what is added when people ask for changes, one after the other.
    """

    title: str
    description: str
    requirements: tuple[dict[str, Any], ...]
    design: dict[str, Any]
    tasks: tuple[dict[str, Any], ...]
    revisions: dict[str, list[Any]] = field(default_factory=dict)

    def log_of(self, title: str) -> dict[str, Any] | None:
        """What the story's task of this title implements, or None for a task that somebody else added."""
        return next((task.get("log") for task in self.tasks if task["title"] == title), None)


def read_story(folder: Path, name: str) -> Story:
    """The story `name` of the folder. Raises NotFound `story_not_found`, Invalid `invalid_yaml`, `invalid_story`."""
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        raise NotFound("story_not_found", f"There is no story '{name[:80]}'; there are {', '.join(known)}.")
    value = yaml.load(decoded((folder / f"{name}.yaml").read_bytes(), field=name), field=name)
    if not isinstance(value, dict) or set(value) - set(_KNOWN):
        raise _invalid(name, f"holds {', '.join(_KNOWN)} and nothing else")
    for part in ("title", "description"):
        if not isinstance(value.get(part), str):
            raise _invalid(name, f"needs a {part}")
    _check_items(name, value, "requirements", ("title", "condition", "action"))
    _check_items(name, value, "tasks", ("title", "description"))
    return Story(
        title=value["title"],
        description=value["description"],
        requirements=tuple(value["requirements"]),
        design=dict(value.get("design") or {}),
        tasks=tuple(value["tasks"]),
        revisions=dict(value.get("revisions") or {}),
    )


def _check_items(name: str, value: dict[str, Any], part: str, wanted: tuple[str, ...]) -> None:
    items = value.get(part)
    if not isinstance(items, list) or not items:
        raise _invalid(name, f"needs {part}")
    for item in items:
        if not isinstance(item, dict) or not all(isinstance(item.get(field), str) for field in wanted):
            raise _invalid(name, f"needs {', '.join(wanted)} in each of its {part}")


def _invalid(name: str, problem: str) -> Invalid:
    return Invalid("invalid_story", f"The story {name} {problem}.", {"story": name})
