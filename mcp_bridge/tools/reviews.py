"""The tools `review-task` and `get-task-review` of 003: their arguments, and their replies."""

from typing import Any

from pydantic import Field

from approvals import reviewing
from approvals.review_models import Category, Classification, Review, ReviewVerdict, Severity
from approvals.reviews import payloads, queries
from mcp_bridge import shapes
from mcp_bridge.bounds import bounded
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools.peer import PeerArguments, check_project, given, reply
from mcp_bridge.tools.reading import choices
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.errors import Invalid
from specflow.specs.queries import spec_named
from tasks.models import Task
from tasks.queries import task_of_spec

_ACTIONS = ("prepare", "record")
_REST = "REST has all of it (GET /api/v1/tasks/{id}/review-material)."
_METHOD = (
    "You did not do this work. Take nothing on trust: the log says what was meant, the files say what is.",
    "Read every file that is named here, and whatever calls it. Try what you can try.",
    "Hold it against each criterion, one by one, and against the words of the task; name the line that meets it.",
    "Ask what happens at the edges, when a call fails, when two come at once, and whether a test would show it.",
    "critical: a criterion is not met, data are lost, or someone gets in. warning: it will cost someone later.",
    "A finding that was there before stays as severe as it was; classify it as recurring.",
)  # fmt: skip
_AFTER = {
    ReviewVerdict.PASS: ("Whoever does the work may complete the task now.",),
    ReviewVerdict.FINDINGS: ("Mend what was found, or say in the log why not; then ask for another review.",),
    ReviewVerdict.FAIL: (
        "Do not mark the task as completed until the critical findings are resolved.",
        "Mend them, log the change with log-implementation, then ask for another review.",
    ),
}


class ReviewFinding(Arguments):
    severity: str = Field(description="How much it matters.", json_schema_extra=choices(*Severity.values))
    title: str = Field(description="What is wrong, in one line.")
    description: str = Field("", description="Why it is wrong, and what would be right.")
    file: str = Field("", description="The path of the code.")
    line: int | None = Field(None, description="The line, from 1.")
    taskRequirement: str = Field("", description="The words of the task or the requirement that it concerns.")  # noqa: N815
    category: str = Field(
        Category.SPEC_COMPLIANCE.value,
        description="What it is held against.",
        json_schema_extra=choices(*Category.values),
    )
    classification: str = Field(
        "", description="Beside earlier reviews.", json_schema_extra=choices("", *Classification.values)
    )
    criterion: str = Field("", description="The number or id of the criterion that is not met.")


class ReviewTask(PeerArguments):
    action: str = Field(description="First prepare, then record.", json_schema_extra=choices(*_ACTIONS))
    specName: str = Field(description="The spec's name, or its id.")  # noqa: N815
    taskId: str = Field(description="The task's number in tasks.md, such as 1.2, or its id (task-…).")  # noqa: N815
    verdict: str | None = Field(
        None,
        description="For record: pass without findings, fail with a critical one, findings with others.",
        json_schema_extra={"enum": [*ReviewVerdict.values, None]},
    )
    summary: str | None = Field(None, description="For record: the outcome in a sentence or two.")
    findings: list[ReviewFinding] = Field(default_factory=list, description="For record: what you found.")
    criteria: list[str] = Field(
        default_factory=list,
        description="For record: criteria that you saw met, by number or id, where the task names only a requirement.",
    )
    digest: str | None = Field(None, description="For record: the digest that prepare gave.")


@tool("review-task", toolset="workflow", title="Review a task's work", output=shapes.Reply, peer=True)
def review_task(session: Session, arguments: ReviewTask) -> Answer:
    """Reviews what was implemented for a task, by someone who had no part in it. prepare gives the task, its criteria,
    the logs and the files to read; record keeps your verdict and findings. A pass shows that the criteria are met until
    the task, they or the work are changed. Your own work, and that of your owner's agents, is refused."""
    check_project(session, arguments)
    require(session.actor, Verb.VIEW, session.project)
    task = task_of_spec(spec_named(session.project, arguments.specName), arguments.taskId)
    if arguments.action == "prepare":
        return _prepare(session, task)
    if arguments.action == "record":
        return _record(session, task, arguments)
    raise Invalid(
        "unknown_action", f"action is one of {', '.join(_ACTIONS)}.", {"field": "action", "known": list(_ACTIONS)}
    )


class GetTaskReview(PeerArguments):
    specName: str = Field(description="The spec's name, or its id.")  # noqa: N815
    taskId: str = Field(description="The task's number in tasks.md, such as 1.2, or its id (task-…).")  # noqa: N815
    version: int | None = Field(None, description="Which review; the latest if left out.")


@tool(
    "get-task-review",
    toolset="workflow",
    title="Read a task's review",
    output=shapes.Reply,
    read_only=True,
    peer=True,
)
def get_task_review(session: Session, arguments: GetTaskReview) -> Answer:
    """Reads what a review of a task found, the latest if no version is named, and whether a pass still counts. It makes
    no review: review-task does."""
    check_project(session, arguments)
    return _review(session, arguments)


@remembered
def _review(session: Session, arguments: GetTaskReview) -> Answer:
    task = task_of_spec(spec_named(session.project, arguments.specName), arguments.taskId)
    return _told(session, task, queries.review_of(task, arguments.version), "Review {version} of task {taskId}")


def _prepare(session: Session, task: Task) -> Answer:
    work = reviewing.prepare(task, actor=session.actor)
    data = bounded({**_name(task), **payloads.material(task, work), "methodology": list(_METHOD)}, rest=_REST)
    steps = (
        "Read the files, hold them against the criteria, then call review-task with action:\"record\".",
        f'Send digest:"{work.digest}" with it, so that you do not pass work that you have not seen.',
    )  # fmt: skip
    return reply(session, f"Task {data['taskId']} is ready for review {data['version']}.", data, steps, task.spec)


def _record(session: Session, task: Task, arguments: ReviewTask) -> Answer:
    found = [
        reviewing.Found(**{**one.model_dump(exclude={"taskRequirement"}), "task_requirement": one.taskRequirement})
        for one in arguments.findings
    ]
    row = reviewing.record_review(
        task,
        actor=session.actor,
        verdict=given(arguments.verdict, "verdict"),
        summary=given(arguments.summary, "summary"),
        findings=found,
        criteria=arguments.criteria,
        digest=arguments.digest or "",
    )
    return _told(session, task, queries.review_of(task, row.version), "Recorded review {version} of task {taskId}")


def _told(session: Session, task: Task, row: Review, sentence: str) -> Answer:
    state = queries.state_of(row)
    said = payloads.review(row, state)
    data = {**_name(task), **said, "findings": [_finding(one) for one in said["findings"]]}
    stale = state == queries.STALE
    steps = ("Ask for another review: this one counts no more.",) if stale else _AFTER[ReviewVerdict(row.verdict)]
    message = f"{sentence.format(**data)}: {row.verdict}{', which counts no more' if stale else ''}."
    return reply(session, message, bounded(data, rest=_REST), steps, task.spec)


def _name(task: Task) -> dict[str, Any]:
    return {"specName": task.spec.slug, "taskId": task.key or task.public_id}


def _finding(said: dict[str, Any]) -> dict[str, Any]:
    return {("taskRequirement" if name == "task_requirement" else name): value for name, value in said.items()}
