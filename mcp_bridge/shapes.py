"""What tools give as data: the output schemas. The payloads of the floors below have these shapes (payloads.py)."""

from typing import Any

from typing_extensions import TypedDict


class Criterion(TypedDict):
    """An acceptance criterion."""

    id: str
    key: str
    text: str
    pattern: str
    lines: list[int]


class Requirement(TypedDict):
    """A requirement with its criteria."""

    id: str
    key: str
    title: str
    user_story: str
    condition: str
    action: str
    statement: str
    change: str
    status: str
    criteria: list[Criterion]
    lines: list[int]


class Design(TypedDict):
    """The three parts of a design."""

    architecture: str | None
    data_model: str | None
    api_spec: list[dict[str, Any]]


class Task(TypedDict):
    """A task of a tasks document."""

    id: str
    key: str
    title: str
    description: str
    phase: str
    priority: str
    status: str
    blocked_reason: str
    requirements: list[str]
    files: list[str]
    released: bool
    step: bool
    lines: list[int]


class SpecLine(TypedDict):
    """A spec in a list."""

    id: str
    project_id: str
    slug: str
    title: str
    description: str
    phase: str
    status: str
    archived: bool
    documents: dict[str, dict[str, Any]]
    created_at: str
    updated_at: str


class _Whole(SpecLine):
    progress: int
    requirements: list[Requirement]
    design: Design | None
    tasks: list[Task]
    approvals: list[dict[str, Any]]


class Spec(_Whole, total=False):
    """A spec whole. `shortened` is there where this answer does not hold all of it, and says what is left out."""

    shortened: dict[str, Any]


class Specs(TypedDict):
    """A page of specs."""

    specs: list[SpecLine]
    next_cursor: str | None


class DesignOfSpec(TypedDict):
    """A design and the spec that it belongs to."""

    spec_id: str
    design: Design


class Ticket(TypedDict):
    """A ticket."""

    id: str
    project_id: str
    title: str
    description: str
    priority: str
    phase_id: str
    created_at: str


class Moved(TypedDict):
    """What an approved document did to its spec."""

    spec_id: str
    document: str
    phase: str
    approval: dict[str, Any]


class TaskOfSpec(Task):
    """A task and the spec that it belongs to."""

    spec_id: str


class Tasks(TypedDict):
    """A page of tasks."""

    tasks: list[TaskOfSpec]
    next_cursor: str | None


class TaskDetails(TaskOfSpec):
    """A task with its prompt, its implementation logs and its latest runs."""

    prompt: str
    logs: list[dict[str, Any]]
    runs: list[dict[str, Any]]


class Run(TypedDict):
    """A run without its events."""

    id: str
    task: str
    task_title: str
    spec: str
    provider: str
    status: str
    attempt: int
    worker: str
    cancel_requested: bool
    summary: str
    exit_code: int | None
    requested_by: str
    created_at: str
    started_at: str | None
    ended_at: str | None


class _Story(Run):
    events: list[dict[str, Any]]
    outputs: list[dict[str, Any]]


class RunStory(_Story, total=False):
    """A run with its last events and its outputs; `shortened` says what is left out."""

    shortened: dict[str, Any]


class Node(TypedDict):
    """A thing of a trace. `lines` are the first and the last of the revision."""

    kind: str
    id: str
    title: str
    key: str
    state: str
    spec: str
    path: str
    revision: int | None
    lines: list[int] | None


class _Trace(TypedDict):
    node: Node
    above: list[Node]
    below: list[Node]
    edges: list[list[str]]
    complete: bool


class Trace(_Trace, total=False):
    """A thing with all that is above and below it; `shortened` says what is left out."""

    shortened: dict[str, Any]


class MatrixRow(TypedDict):
    """A requirement (`criterion` null), or a criterion below one, with what is below it by kind."""

    requirement: Node
    criterion: Node | None
    below: dict[str, list[Node]]
    covered: bool | None


class _Matrix(TypedDict):
    rows: list[MatrixRow]
    criteria: int
    covered: int
    uncovered: list[str]
    complete: bool
    next_cursor: str | None


class Matrix(_Matrix, total=False):
    """The matrix of a spec; `shortened` says what is left out."""

    shortened: dict[str, Any]


class Finding(TypedDict):
    """One thing to mend. Lines and columns count from 1; `spec` and `key` are "" where it is about none."""

    code: str
    severity: str
    message: str
    mend: str
    path: str
    line: int
    column: int
    end_line: int
    spec: str
    key: str


class _Validation(TypedDict):
    spec_id: str
    fit: bool
    counts: dict[str, int]
    findings: list[Finding]


class Validation(_Validation, total=False):
    """What is to mend in a spec; `fit` to be approved is one without errors. `shortened` says what is left out."""

    shortened: dict[str, Any]


class ItemChanges(TypedDict):
    """What became of the items of one kind; `before` and `after` of those that are in both."""

    added: list[dict[str, Any]]
    removed: list[dict[str, Any]]
    renamed: list[dict[str, Any]]
    reworded: list[dict[str, Any]]
    moved: list[dict[str, Any]]
    ambiguous: list[dict[str, Any]]


class ItemDiff(TypedDict):
    """What changed by item."""

    requirements: ItemChanges
    criteria: ItemChanges
    tasks: ItemChanges


class Impact(TypedDict):
    """Keys of what means something else; tasks that cite any of it or changed themselves (`why`), their logs, runs and
    outputs, test vectors, and lines of other documents that cite it: the first 100 of each, `totals` says how many."""

    requirements: list[str]
    criteria: list[str]
    tasks: list[dict[str, Any]]
    logs: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    vectors: list[dict[str, Any]]
    citations: list[dict[str, Any]]
    totals: dict[str, int]
    complete: bool


class Proposed(TypedDict):
    """A proposal that waits for people, what it changes in a sentence, and what that touches."""

    approval: dict[str, Any]
    change: str
    impact: Impact


_Between = TypedDict("_Between", {"from": int, "to": int})


class _Difference(_Between):
    document: str
    path: str
    summary: str
    items: ItemDiff
    impact: Impact
    unified: str


class Difference(_Difference, total=False):
    """What changed between two revisions; 0 is no text at all. `shortened` says what is left out."""

    shortened: dict[str, Any]


class Reply(TypedDict):
    """How the workflow tools answer, in success and in refusal (003)."""

    success: bool
    message: str
    data: dict[str, Any] | None
    nextSteps: list[str]
    projectContext: dict[str, Any] | None


class PreflightFile(TypedDict):
    """A changed file, and what it touches."""

    path: str
    tasks: list[dict[str, Any]]
    requirements: list[dict[str, Any]]
    document: dict[str, Any] | None
    refusal: dict[str, Any] | None


class Preflight(TypedDict):
    """What a change touches."""

    allowed: bool
    files: list[PreflightFile]
    approvals: list[dict[str, Any]]
    deferrals: list[dict[str, Any]]
    unclaimed: list[str]
