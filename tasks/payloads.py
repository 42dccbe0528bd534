"""The shapes in which doors send out tasks, logs, tickets and runs."""

from typing import TYPE_CHECKING, Any

from specflow.specs.models import Spec
from tasks.models import ImplementationLog, Output, Run, Task, Ticket

if TYPE_CHECKING:
    from tasks.generating import Generated


def task(row: Task) -> dict[str, Any]:
    """A task: id, key, title, description, phase, priority, status, lines and what it refers to."""
    return {
        "id": row.public_id,
        "key": row.key,
        "title": row.title,
        "description": row.description,
        "phase": row.phase or "Implementation",
        "priority": row.priority or "medium",
        "status": row.status,
        "blocked_reason": row.blocked_reason,
        "requirements": row.requirements,
        "files": row.files,
        "released": row.released_at is not None,
        "step": row.is_step,
        "lines": [row.start, row.end],
    }


def task_line(row: Task) -> dict[str, Any]:
    """A task in a list over many specs: with its place."""
    return {**task(row), "spec": row.spec.public_id, "project_id": row.project.slug}


def tasks_of_spec(spec: Spec) -> list[dict[str, Any]]:
    """The spec's tasks in the order of their document; the section `tasks` of a spec (specs.hooks)."""
    return [task(row) for row in Task.objects.filter(spec=spec, present=True)]


def generated(made: "Generated") -> dict[str, Any]:
    """What came of making tasks from a machine-readable spec."""
    return {
        "document": made.document.public_id,
        "path": made.document.path,
        "revision": made.document.current.number if made.document.current else 0,
        "added": made.added,
        "kept": made.kept,
    }


def implementation_log(row: ImplementationLog) -> dict[str, Any]:
    """What a task implemented; the last three say where an imported one came from, as its file has it."""
    return {
        "id": row.public_id,
        "task": row.task.public_id,
        "summary": row.summary,
        "files_modified": row.files_modified,
        "files_created": row.files_created,
        "statistics": row.statistics,
        "artifacts": row.artifacts,
        "author": row.author.username,
        "created_at": row.created_at.isoformat(),
        "imported_from": row.imported_from,
        "original_id": row.original_id,
        "original_time": row.original_time,
    }


def ticket(row: Ticket) -> dict[str, Any]:
    """A ticket in the shape of 002."""
    return {
        "id": row.public_id,
        "project_id": row.project.slug,
        "title": row.title,
        "description": row.description,
        "priority": row.priority,
        "phase_id": row.phase_id,
        "created_at": row.created_at.isoformat(),
    }


def run(row: Run) -> dict[str, Any]:
    """A run without its events and outputs."""
    return {
        "id": row.public_id,
        "task": row.task.public_id,
        "task_title": row.task.title,
        "spec": row.task.spec.public_id,
        "provider": row.provider,
        "status": row.status,
        "attempt": row.attempt,
        "worker": row.worker,
        "cancel_requested": row.cancel_requested,
        "summary": row.summary,
        "exit_code": row.exit_code,
        "requested_by": row.requested_by.username,
        "created_at": row.created_at.isoformat(),
        "started_at": row.started_at.isoformat() if row.started_at else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }


def run_whole(row: Run) -> dict[str, Any]:
    """A run with its outputs."""
    return {**run(row), "outputs": [output(one) for one in row.outputs.all()]}


def output(row: Output) -> dict[str, Any]:
    """What a run produced."""
    return {"id": row.public_id, "name": row.name, "text": row.text, "sha256": row.sha256}
