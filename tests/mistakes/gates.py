"""Work before its time, and work that was done already."""

from __future__ import annotations

from specflow.accounts import actions as accounts
from specflow.specs import actions as specs
from specflow.specs.models import Document
from tasks import actions as tasks
from tasks import runs
from tasks.models import Run, Task
from tests.doors import Doors
from tests.factories import make_released_task, make_spec
from tests.mistakes import DRAFT, Ways, case


@case("phase_gate")
def a_design_before_the_requirements_are_approved(doors: Doors) -> Ways:
    spec = make_spec(doors.team).public_id
    return {
        "rest": lambda: doors.rest("PUT", f"specs/{spec}/design", {"architecture": "A counter"}),
        "rest, a task": lambda: doors.rest("POST", f"specs/{spec}/tasks", {"title": "T"}),
        "rest, an approval": lambda: doors.rest("POST", f"specs/{spec}/approve-design", {}),
        "mcp": lambda: doors.mcp("update_design", spec_id=spec, architecture="A counter"),
        "mcp, a task": lambda: doors.mcp("add_spec_task", spec_id=spec, title="T"),
        "mcp, an approval": lambda: doors.mcp("approve_design", spec_id=spec),
    }


@case("lint_errors")
def a_text_on_which_nobody_can_agree(doors: Doors) -> Ways:
    path = f"{DRAFT}/requirements.md"
    doors.write(path, b"### Requirement 1: Lock\n\n### Requirement 1: Wait\n")
    doors.take()
    row = Document.objects.select_related("spec").get(path=path)
    spec, proposed = row.spec.public_id, {"text": "### Requirement 1: [feature]\n"}
    return {
        "rest": lambda: doors.rest("POST", "approvals", {"document": row.public_id}),
        "rest, by spec": lambda: doors.rest("POST", f"specs/{spec}/approve-requirements", {}),
        "rest, a proposal": lambda: doors.rest("POST", f"documents/{row.public_id}/proposals", proposed),
        "mcp": lambda: doors.ask(path),
        "mcp, by spec": lambda: doors.mcp("approve_requirements", spec_id=spec),
        "mcp, a proposal": lambda: doors.mcp("propose_revision", path=path, **proposed),
    }


@case("not_released")
def a_task_that_is_not_released(doors: Doors) -> Ways:
    team = doors.team
    specs.save_document(team.project, actor=team.agent, path=f"{DRAFT}/tasks.md", text="# Tasks\n\n- [ ] 1. Index\n")
    row, log = Task.objects.get(), {"summary": "S", "artifacts": {"functions": [{"name": "f"}]}}
    status = {"status": "in_progress"}
    return {
        "rest, a run": lambda: doors.rest("POST", f"tasks/{row.public_id}/runs", {}),
        "rest, a status": lambda: doors.rest("PATCH", f"tasks/{row.public_id}", status),
        "rest, a log": lambda: doors.rest("POST", f"tasks/{row.public_id}/logs", log),
        "mcp, a run": lambda: doors.mcp("run_task", task_id=row.public_id),
        "mcp, a status": lambda: doors.mcp("update_task_status", task_id=row.public_id, **status),
        "mcp, a log": lambda: doors.mcp("log-implementation", specName="draft", taskId="1", **log),
        "page, a run": lambda: doors.page(f"demo/tasks/{row.public_id}/run", post=True),
        "admin, a run": lambda: doors.admin(Task, row.pk, "run"),
        "admin, a status": lambda: doors.admin(Task, row.pk, "status", **status),
    }


@case("stale_approval")
def a_task_whose_document_was_changed(doors: Doors) -> Ways:
    row = make_released_task(doors.team)
    tasks.add_task(row.spec, actor=doors.team.agent, title="Another")
    return {
        "rest": lambda: doors.rest("POST", f"tasks/{row.public_id}/runs", {}),
        "mcp": lambda: doors.mcp("run_task", task_id=row.public_id),
        "page": lambda: doors.page(f"demo/tasks/{row.public_id}/run", post=True),
        "admin": lambda: doors.admin(Task, row.pk, "run"),
    }


@case("log_missing")
def a_task_completed_without_a_log(doors: Doors) -> Ways:
    row = make_released_task(doors.team)
    tasks.set_status(row, actor=doors.team.agent, status="in_progress")
    status = {"status": "completed"}
    return {
        "rest": lambda: doors.rest("PATCH", f"tasks/{row.public_id}", status),
        "mcp": lambda: doors.mcp("update_task_status", task_id=row.public_id, **status),
        "admin": lambda: doors.admin(Task, row.pk, "status", **status),
    }


@case("review_missing")
def a_task_completed_without_the_review_that_the_policy_asks_for(doors: Doors) -> Ways:
    row = logged(doors)
    tasks.set_status(row, actor=doors.team.agent, status="in_progress")
    accounts.change_policy(doors.team.project, actor=doors.team.maintainer, policy={"review_required": True})
    status = {"status": "completed"}
    return {
        "rest": lambda: doors.rest("PATCH", f"tasks/{row.public_id}", status),
        "mcp": lambda: doors.mcp("update_task_status", task_id=row.public_id, **status),
        "admin": lambda: doors.admin(Task, row.pk, "status", **status),
    }


@case("self_review")
def a_review_of_ones_own_work(doors: Doors) -> Ways:
    row, said = logged(doors), {"verdict": "pass", "summary": "It works"}
    named = {"specName": row.spec.slug, "taskId": row.key}
    return {
        "rest": lambda: doors.rest("POST", f"tasks/{row.public_id}/reviews", said),
        "rest, before it": lambda: doors.rest("GET", f"tasks/{row.public_id}/review-material"),
        "mcp": lambda: doors.mcp("review-task", action="record", **named, **said),
        "mcp, before it": lambda: doors.mcp("review-task", action="prepare", **named),
    }


@case("nothing_to_review")
def a_review_before_there_is_work(doors: Doors) -> Ways:
    row, said = make_released_task(doors.team), {"verdict": "pass", "summary": "It works"}
    return {
        "rest": lambda: doors.rest("POST", f"tasks/{row.public_id}/reviews", said, by="bob"),
        "rest, before it": lambda: doors.rest("GET", f"tasks/{row.public_id}/review-material", by="bob"),
        "mcp": lambda: doors.mcp("review-task", action="prepare", specName=row.spec.slug, taskId=row.key),
    }


def logged(doors: Doors) -> Task:
    """A released task whose work the robot has logged."""
    row = make_released_task(doors.team)
    made = {"functions": [{"name": "count"}]}
    tasks.log_implementation(row, actor=doors.team.agent, summary="Counts", artifacts=made)
    return row


@case("run_open")
def a_task_that_has_a_run(doors: Doors) -> Ways:
    row = make_released_task(doors.team)
    runs.request_run(row, actor=doors.team.agent)
    return {
        "rest": lambda: doors.rest("POST", f"tasks/{row.public_id}/runs", {}),
        "mcp": lambda: doors.mcp("run_task", task_id=row.public_id),
        "page": lambda: doors.page(f"demo/tasks/{row.public_id}/run", post=True),
        "admin": lambda: doors.admin(Task, row.pk, "run"),
    }


@case("wrong_state")
def a_run_that_has_ended(doors: Doors) -> Ways:
    row = runs.request_run(make_released_task(doors.team), actor=doors.team.agent)
    runs.cancel_run(row, actor=doors.team.agent)
    return {
        "rest": lambda: doors.rest("POST", f"runs/{row.public_id}/cancel", {}),
        "page": lambda: doors.page(f"demo/runs/{row.public_id}/cancel", post=True),
        "admin": lambda: doors.admin(Run, row.pk, "cancel"),
    }
