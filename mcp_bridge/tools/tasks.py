"""Tools for work: tasks and their runs."""

from typing import Any

from pydantic import Field

from mcp_bridge import shapes
from mcp_bridge.bounds import bounded, bounded_text
from mcp_bridge.identity import Session
from mcp_bridge.paging import DEFAULT, MOST, page
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools import readable
from mcp_bridge.tools.reading import choices, spec_of
from tasks import actions, payloads, queries, runs
from tasks.models import Status, Task

_EVENTS = 20
_LATEST = 10


class ListTasks(Arguments):
    spec_id: str | None = Field(
        None, description="Only tasks of this spec (id or slug); all the project's if left out."
    )
    status: str | None = Field(
        None, description="Only tasks with this status.", json_schema_extra={"enum": [*Status.values, None]}
    )
    limit: int = Field(DEFAULT, ge=1, le=MOST, description="How many at most.")
    cursor: str | None = Field(None, description="next_cursor of the page before.")


@tool("list_tasks", toolset="tasks", title="List tasks", output=shapes.Tasks, read_only=True)
@remembered
def list_tasks(session: Session, arguments: ListTasks) -> Answer:
    """Lists tasks in the order of their documents, with status and whether they are released for work, and the cursor
    of the next page. Look here for the next thing to do."""
    rows = queries.tasks_visible_to(session.actor).filter(project=session.project)
    if arguments.spec_id is not None:
        rows = rows.filter(spec=spec_of(session, arguments.spec_id))
    if arguments.status is not None:
        rows = rows.filter(status=arguments.status)
    order = ("document_id", "position", "id")
    found, cursor = page(rows, order=order, limit=arguments.limit, cursor=arguments.cursor)
    tasks = [_line(one) for one in found]
    data = bounded(
        {"tasks": tasks, "next_cursor": cursor}, rest="Use get_task for the whole of one, or a smaller limit."
    )
    return Answer(bounded_text(readable.tasks(tasks, cursor), rest="Use a smaller limit."), data)


class GetTask(Arguments):
    task_id: str = Field(description="The task's id (task-…).")


@tool("get_task", toolset="tasks", title="Read a task", output=shapes.TaskDetails, read_only=True)
@remembered
def get_task(session: Session, arguments: GetTask) -> Answer:
    """Reads a task whole: what is to be done, its prompt, its implementation logs and its latest runs. Read it before
    you begin."""
    row = queries.task_for(session.actor, arguments.task_id)
    shape = {
        **_line(row),
        "prompt": row.prompt,
        "logs": [payloads.implementation_log(one) for one in row.logs.select_related("task", "author", "document")],
        "runs": [payloads.run(one) for one in queries.runs_of(row.project).filter(task=row)[:_LATEST]],
    }
    rest = "The tasks document has the whole text."
    return Answer(bounded_text(readable.task(shape), rest=rest), bounded(shape, rest=rest))


class UpdateTaskStatus(Arguments):
    task_id: str = Field(description="The task's id (task-…).")
    status: str = Field(description="The new status.", json_schema_extra=choices(*Status.values))
    reason: str | None = Field(None, description="For blocked: what blocks the task.")


@tool("update_task_status", toolset="tasks", title="Move a task", output=shapes.TaskOfSpec, idempotent=True)
def update_task_status(session: Session, arguments: UpdateTaskStatus) -> Answer:
    """Moves a task on: in_progress when you begin, blocked with a reason, completed when it is done and logged. Refused
    before people have approved the tasks, and for completed without an implementation log."""
    row = queries.task_for(session.actor, arguments.task_id)
    row = actions.set_status(row, actor=session.actor, status=arguments.status, reason=arguments.reason or "")
    return Answer(f"Task '{row.title}' (ID: {row.public_id}) is now {row.status}.", _line(row))


class RunTask(Arguments):
    task_id: str = Field(description="The task's id (task-…).")


@tool("run_task", toolset="tasks", title="Run a task", output=shapes.Run)
def run_task(session: Session, arguments: RunTask) -> Answer:
    """Queues a run of a released task by the project's own runner and gives the run with its id; follow it with
    get_run. Refused where the tasks are not approved, a run is open, or the project has no runner."""
    row = runs.request_run(queries.task_for(session.actor, arguments.task_id), actor=session.actor)
    return Answer(f"Queued run {row.public_id} of task '{row.task.title}'.", payloads.run(row))


class GetRun(Arguments):
    run_id: str = Field(description="The run's id (run-…).")


@tool("get_run", toolset="tasks", title="Read a run", output=shapes.RunStory, read_only=True)
def get_run(session: Session, arguments: GetRun) -> Answer:
    """Says how a run stands: its status, its last events and its outputs. Ask again until it has ended."""
    row = queries.run_for(session.actor, arguments.run_id)
    after = max(0, row.events.count() - _EVENTS)
    shape = {
        **payloads.run(row),
        "events": queries.run_events_after(row.public_id, after, _EVENTS),
        "outputs": [payloads.output(one) for one in row.outputs.all()],
    }
    rest = "The run's page shows all of it."
    return Answer(bounded_text(readable.run(shape), rest=rest), bounded(shape, rest=rest))


def _line(row: Task) -> dict[str, Any]:
    return {**payloads.task(row), "spec_id": row.spec.public_id}
