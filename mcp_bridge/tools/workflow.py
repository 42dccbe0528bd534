"""The tools `spec-status` and `log-implementation` of 003."""

from typing import Any

from pydantic import Field

from mcp_bridge import shapes, workspace
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools import progress
from mcp_bridge.tools.peer import PeerArguments, as_answer, check_project, reply
from mcp_bridge.tools.reading import whole_spec_of
from specflow.specs.queries import spec_named
from tasks import actions, queries
from tasks.payloads import implementation_log


class SpecStatus(PeerArguments):
    specName: str = Field(description="The spec's name, or its id.")  # noqa: N815


@tool("spec-status", toolset="workflow", title="Status of a spec", output=shapes.Reply, read_only=True, peer=True)
def spec_status(session: Session, arguments: SpecStatus) -> Answer:
    """Says how far a spec is: phase, which documents are written and approved, tasks by status, and completed tasks
    without an implementation log. Call it when you resume work and before you call something finished."""
    check_project(session, arguments)
    warnings = workspace.take_spec(session, arguments.specName)
    answer = _status(session, arguments)
    if not warnings:
        return answer
    steps = [*answer.data["nextSteps"], *(f"Not taken over: {one}" for one in warnings)]
    return as_answer({**answer.data, "nextSteps": steps})


@remembered
def _status(session: Session, arguments: SpecStatus) -> Answer:
    spec = whole_spec_of(session, arguments.specName)
    data = progress.status(spec)
    return reply(session, f"{spec.slug}: {data['overallStatus']}", data, progress.next_steps(data), spec)


class Statistics(Arguments):
    linesAdded: int = Field(ge=0, description="Lines added.")  # noqa: N815
    linesRemoved: int = Field(ge=0, description="Lines removed.")  # noqa: N815


class LogImplementation(PeerArguments):
    specName: str = Field(description="The spec's name, or its id.")  # noqa: N815
    taskId: str = Field(description="The task's number in tasks.md, such as 1.2, or its id (task-…).")  # noqa: N815
    summary: str = Field(description="What was implemented, in a sentence or two.")
    filesModified: list[str] = Field(default_factory=list, description="Paths of changed files.")  # noqa: N815
    filesCreated: list[str] = Field(default_factory=list, description="Paths of new files.")  # noqa: N815
    statistics: Statistics | None = Field(None, description="How much was changed.")
    artifacts: dict[str, list[dict[str, Any]]] = Field(
        description="What there is now: at least one of apiEndpoints, components, functions, classes, integrations, "
        "dataModels, each a list of objects with name or path, purpose and location."
    )


@tool("log-implementation", toolset="workflow", title="Log an implementation", output=shapes.Reply, peer=True)
def log_implementation(session: Session, arguments: LogImplementation) -> Answer:
    """Records what a task implemented, so that later agents find it before they write it again. A task cannot be
    completed without such a log; one without artifacts, or of a task that is not released, is refused."""
    check_project(session, arguments)
    spec = spec_named(session.project, arguments.specName)
    task = queries.task_of_spec(spec, arguments.taskId)
    row = actions.log_implementation(
        task,
        actor=session.actor,
        summary=arguments.summary,
        artifacts=arguments.artifacts,
        files_modified=arguments.filesModified,
        files_created=arguments.filesCreated,
        statistics=arguments.statistics.model_dump() if arguments.statistics else None,
    )
    data = {"taskId": task.key or task.public_id, "log": implementation_log(row)}
    steps = ("Have another agent or a person review the work.", "Then mark the task as completed.")
    return reply(session, f"Logged the implementation of task {data['taskId']}.", data, steps, spec)
