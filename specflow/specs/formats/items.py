"""What a dialect reads out of a text. Line numbers are 1-based and inclusive; items are equal when all they say is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CriterionItem:
    """One acceptance criterion; `pattern` is its EARS kind, `given_when_then`, or `free`."""

    key: str
    text: str
    start: int
    end: int
    pattern: str


@dataclass(frozen=True, slots=True)
class RequirementItem:
    """One requirement with its criteria; `ordinal` counts those that share the key, from 0.

    `condition` and `action` are those of its own WHEN and THE SYSTEM SHALL lines, "" where it has none; `statement` is
    what it says as running text. `change` is what a document that changes another says of it: added, modified, removed
    or renamed.
    """

    key: str
    ordinal: int
    title: str
    user_story: str
    condition: str
    action: str
    criteria: tuple[CriterionItem, ...]
    start: int
    end: int
    statement: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class EndpointItem:
    """One line of an API: `GET`, `/users`, what it does."""

    method: str
    endpoint: str
    description: str


@dataclass(frozen=True, slots=True)
class DesignItem:
    """The three parts of a design that tools write, with the lines of each section (heading included) or None."""

    architecture: str | None = None
    data_model: str | None = None
    api_spec: tuple[EndpointItem, ...] = ()
    architecture_lines: tuple[int, int] | None = None
    data_model_lines: tuple[int, int] | None = None
    api_spec_lines: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class TaskItem:
    """One checkbox, or (with `box` false) a task that a document or an entry in it stands for.

    `end` is the last line that belongs to it, its children's lines included; `parent` is an index.

    `status` is pending, in_progress, completed or blocked; `ordinal` counts those that share key and title, from 0.
    `requirements` and `dependencies` are the references as they were written.
    """

    index: int
    key: str
    ordinal: int
    title: str
    status: str
    blocked_reason: str
    level: int
    parent: int | None
    start: int
    end: int
    description: str = ""
    details: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    purpose: str = ""
    leverage: str = ""
    requirements: tuple[str, ...] = ()
    prompt: str = ""
    phase: str = ""
    priority: str = ""
    dependencies: tuple[str, ...] = ()
    box: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is: what its marker and its `_Blocked:` line say."""

    status: str
    blocked_reason: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What a path of a workspace holds: whose spec ("" for none), which kind of document, archived or not.

    `folder` is the spec's own ("" for none): documents below it are of one spec, whatever other folders call theirs.
    """

    spec: str
    kind: str
    archived: bool = False
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """Everything that a document says."""

    title: str = ""
    requirements: tuple[RequirementItem, ...] = ()
    tasks: tuple[TaskItem, ...] = ()
    design: DesignItem | None = None
