"""Names of nothing, and of what another project has: nobody can tell them apart."""

from __future__ import annotations

from approvals.models import Approval
from tasks import runs
from tasks.models import Run, Task
from tests.doors import Doors, Names
from tests.factories import make_released_task, make_spec, make_team
from tests.mistakes import DRAFT, Ways, case


def named(which: str) -> Names:
    """Names of nothing, or of what another team has."""
    if which == "unknown":
        return Names.unknown()
    other = make_team("other")
    task = make_released_task(other)
    approval = Approval.objects.filter(project=other.project).latest("id")
    rows = {"task": task, "run": runs.request_run(task, actor=other.agent), "approval": approval}
    return Names(
        "other",
        task.spec.public_id,
        task.spec.requirements.get().public_id,
        task.document.public_id,
        *(row.public_id for row in rows.values()),
        pks={noun: row.pk for noun, row in rows.items()},
    )


@case("project_not_found", "unknown", "foreign")
def a_project(doors: Doors, which: str) -> Ways:
    name = named(which).project
    ways: Ways = {
        "rest": lambda: doors.rest("GET", f"projects/{name}"),
        "rest, a list": lambda: doors.rest("GET", f"specs?project={name}"),
        "rest, a write": lambda: doors.rest("POST", "specs", {"project_id": name, "title": "T"}),
        "mcp": lambda: doors.mcp("list_specs", project_id=name),
        "mcp, a write": lambda: doors.mcp("create_spec", project_id=name, title="T"),
        "page": lambda: doors.page(f"{name}/"),
    }
    doors.write(f"{DRAFT}/tasks.md", b"# Tasks\n")
    if which == "unknown":  # a command is the owner's of the machine, to whom no project is foreign
        ways["command, in"] = lambda: doors.command("spec_import", str(doors.folder), "--project", name)
        ways["command, out"] = lambda: doors.command("spec_export", str(doors.folder), "--project", name)
        ways["command, a key"] = lambda: doors.command(
            "key_create", "--project", name, "--user", "robot", "--scopes", "specs:read"
        )
    return ways


@case("spec_not_found", "unknown", "foreign")
def a_spec(doors: Doors, which: str) -> Ways:
    name = named(which).spec
    requirement = {"title": "T", "condition": "c", "action": "a"}
    return {
        "rest": lambda: doors.rest("GET", f"specs/{name}"),
        "rest, a write": lambda: doors.rest("POST", f"specs/{name}/requirements", requirement),
        "rest, an approval": lambda: doors.rest("POST", f"specs/{name}/approve-requirements", {}),
        "mcp": lambda: doors.mcp("get_spec", spec_id=name),
        "mcp, a write": lambda: doors.mcp("add_requirement", spec_id=name, **requirement),
        "mcp, an approval": lambda: doors.mcp("approve_requirements", spec_id=name),
        "mcp, 003": lambda: doors.mcp("spec-status", specName=name),
        "page": lambda: doors.page(f"demo/specs/{name}/"),
    }


@case("requirement_not_found", "unknown", "foreign")
def a_requirement(doors: Doors, which: str) -> Ways:
    name, spec = named(which).requirement, make_spec(doors.team).public_id
    return {
        "rest": lambda: doors.rest("POST", f"specs/{spec}/requirements/{name}/criteria", {"text": "T"}),
        "mcp": lambda: doors.mcp("add_acceptance_criterion", spec_id=spec, requirement_id=name, text="T"),
    }


@case("document_not_found", "unknown", "foreign")
def a_document(doors: Doors, which: str) -> Ways:
    name = named(which).document
    make_spec(doors.team, "Draft")
    return {
        "rest": lambda: doors.rest("GET", f"documents/{name}"),
        "rest, a write": lambda: doors.rest("PUT", f"documents/{name}", {"text": "# Tasks\n"}),
        "rest, an approval": lambda: doors.rest("POST", "approvals", {"document": name}),
        "mcp": lambda: doors.ask(f"{DRAFT}/tasks.md"),
        "page": lambda: doors.page("demo/specs/draft/tasks/difference"),
    }


@case("task_not_found", "unknown", "foreign")
def a_task(doors: Doors, which: str) -> Ways:
    names, spec = named(which), make_spec(doors.team).slug
    log = {"summary": "S", "artifacts": {"functions": [{"name": "f"}]}}
    return {
        "rest": lambda: doors.rest("GET", f"tasks/{names.task}"),
        "rest, a write": lambda: doors.rest("PATCH", f"tasks/{names.task}", {"status": "in_progress"}),
        "rest, a run": lambda: doors.rest("POST", f"tasks/{names.task}/runs", {}),
        "rest, a review": lambda: doors.rest("GET", f"tasks/{names.task}/reviews"),
        "mcp": lambda: doors.mcp("get_task", task_id=names.task),
        "mcp, a write": lambda: doors.mcp("update_task_status", task_id=names.task, status="in_progress"),
        "mcp, a run": lambda: doors.mcp("run_task", task_id=names.task),
        "mcp, 003": lambda: doors.mcp("log-implementation", specName=spec, taskId=names.task, **log),
        "mcp, a review": lambda: doors.mcp("get-task-review", specName=spec, taskId=names.task),
        "page": lambda: doors.page(f"demo/tasks/{names.task}/"),
        "page, a run": lambda: doors.page(f"demo/tasks/{names.task}/run", post=True),
        "admin": lambda: doors.admin(Task, names.pks["task"], "run"),
    }


@case("run_not_found", "unknown", "foreign")
def a_run(doors: Doors, which: str) -> Ways:
    names = named(which)
    return {
        "rest": lambda: doors.rest("GET", f"runs/{names.run}"),
        "rest, a write": lambda: doors.rest("POST", f"runs/{names.run}/cancel", {}),
        "mcp": lambda: doors.mcp("get_run", run_id=names.run),
        "page": lambda: doors.page(f"demo/runs/{names.run}/"),
        "page, a write": lambda: doors.page(f"demo/runs/{names.run}/cancel", post=True),
        "admin": lambda: doors.admin(Run, names.pks["run"], "cancel"),
    }


@case("approval_not_found", "unknown", "foreign")
def an_approval(doors: Doors, which: str) -> Ways:
    names = named(which)
    return {
        "rest": lambda: doors.rest("GET", f"approvals/{names.approval}"),
        "rest, a write": lambda: doors.rest("POST", f"approvals/{names.approval}/approve", {"digest": "0"}, by="bob"),
        "mcp": lambda: doors.mcp("approvals", action="status", approvalId=names.approval),
        "mcp, a write": lambda: doors.mcp("approvals", action="cancel", approvalId=names.approval),
        "page": lambda: doors.page(f"demo/approvals/{names.approval}"),
        "admin": lambda: doors.admin(Approval, names.pks["approval"], "approve", by="bob", digest="0"),
    }
