"""The same mistake through every door: the same code, and nothing is written (the issue "The main job", bad input).

A case makes what it needs and names the ways in by which the mistake can be made; each must refuse it by the case's
code. What a door cannot express is not there: agents do not log in, a form of a page carries no digest.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from approvals import actions as approvals
from approvals.asking import ask_for
from approvals.models import Approval
from specflow.accounts import actions as accounts
from specflow.accounts.models import ApiKey
from specflow.specs import actions as specs
from specflow.specs.models import Document
from tasks import actions as tasks
from tasks import jobs, runs
from tasks.models import Run, Task
from tests.doors import Doors, Names, everything
from tests.factories import Team, approve, make_released_task, make_spec, make_team

pytestmark = pytest.mark.django_db

Ways = dict[str, Callable[[], str]]
CASES: list[object] = []
DRAFT = ".spec-workflow/specs/draft"
HUGE = "A" * 5 * 1024 * 1024
LONG = "# Tasks\n\n" + "".join(f"- [ ] {number}. Piece {number}\n" for number in range(1, 20_001))


def case(code: str, *variants: str) -> Callable[[Callable[..., Ways]], Callable[..., Ways]]:
    """Adds a case to the table; one with variants is added for each of them."""

    def add(arrange: Callable[..., Ways]) -> Callable[..., Ways]:
        for variant in variants or ("",):
            given = (variant,) if variant else ()
            CASES.append(pytest.param(arrange, given, code, id="-".join((arrange.__name__, *given))))
        return arrange

    return add


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    return Doors(make_team(), tmp_path)


# Names


def named(which: str) -> Names:
    """Names of nothing, or of what another team has."""
    if which == "unknown":
        return Names.unknown()
    other = make_team("other")
    task = make_released_task(other)
    run, approval = (
        runs.request_run(task, actor=other.agent),
        Approval.objects.filter(project=other.project).latest("id"),
    )
    rows = {"task": task, "run": run, "approval": approval}
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
        "mcp": lambda: doors.mcp("get_task", task_id=names.task),
        "mcp, a write": lambda: doors.mcp("update_task_status", task_id=names.task, status="in_progress"),
        "mcp, a run": lambda: doors.mcp("run_task", task_id=names.task),
        "mcp, 003": lambda: doors.mcp("log-implementation", specName=spec, taskId=names.task, **log),
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


# Decisions


def asked(team: Team) -> Approval:
    """The robot's request for the requirements of a new spec."""
    return ask_for(make_spec(team), "requirements", actor=team.agent)


@case("wrong_state", "approve", "request-changes", "reject", "withdraw")
def a_decided_approval(doors: Doors, verdict: str) -> Ways:
    row = approve(doors.team, make_spec(doors.team).documents.get())
    said = {} if verdict == "withdraw" else {"digest": row.digest, "comment": "Why"}
    by = "robot" if verdict == "withdraw" else "bob"
    ways: Ways = {
        "rest": lambda: doors.rest("POST", f"approvals/{row.public_id}/{verdict}", said, by=by),
        "admin": lambda: doors.admin(Approval, row.pk, verdict, by="bob" if said else "alice", **said),
    }
    if verdict == "withdraw":
        ways["mcp"] = lambda: doors.mcp("approvals", action="cancel", approvalId=row.public_id)
    if verdict == "approve":
        address, agreement = f"specs/{row.document.spec.public_id}/approve-requirements", {"digest": row.digest}
        ways["rest, by spec"] = lambda: doors.rest("POST", address, agreement, by="bob")
    return ways


@case("stale_digest", "of-other-text", "of-older-text")
def a_digest(doors: Doors, which: str) -> Ways:
    row = asked(doors.team)
    digest = "0" * 64
    if which == "of-older-text":
        digest = row.digest
        specs.add_criterion(row.document.spec.requirements.get(), actor=doors.team.agent, text="Another")
        row = ask_for(row.document.spec, "requirements", actor=doors.team.agent)
    said, by_id = {"digest": digest}, f"approvals/{row.public_id}/approve"
    by_spec = f"specs/{row.document.spec.public_id}/approve-requirements"
    return {
        "rest": lambda: doors.rest("POST", by_id, said, by="bob"),
        "rest, by spec": lambda: doors.rest("POST", by_spec, said, by="bob"),
        "admin": lambda: doors.admin(Approval, row.pk, "approve", by="bob", **said),
    }


@case("comment_missing", "request-changes", "reject")
def a_refusal_without_a_reason(doors: Doors, verdict: str) -> Ways:
    row = asked(doors.team)
    said = {"digest": row.digest, "comment": " "}
    return {
        "rest": lambda: doors.rest("POST", f"approvals/{row.public_id}/{verdict}", said, by="bob"),
        "admin": lambda: doors.admin(Approval, row.pk, verdict, by="bob", **said),
    }


@case("self_approval", "requested", "wrote")
def an_approval_by_who(doors: Doors, part: str) -> Ways:
    team, spec = doors.team, make_spec(doors.team)
    if part == "wrote":
        specs.add_criterion(spec.requirements.get(), actor=team.maintainer, text="By alice")
    row = ask_for(spec, "requirements", actor=team.agent if part == "wrote" else team.maintainer)
    said = {"digest": row.digest}
    return {
        "rest": lambda: doors.rest("POST", f"approvals/{row.public_id}/approve", said, by="alice"),
        "rest, by spec": lambda: doors.rest("POST", f"specs/{spec.public_id}/approve-requirements", said, by="alice"),
        "admin": lambda: doors.admin(Approval, row.pk, "approve", by="alice", **said),
    }


@case("agent_may_not", "approve", "request-changes", "reject")
def an_agent_that_decides(doors: Doors, verdict: str) -> Ways:
    row = asked(doors.team)
    said = {"digest": row.digest, "comment": "Why"}
    return {"rest": lambda: doors.rest("POST", f"approvals/{row.public_id}/{verdict}", said)}


@case("approval_required", "requirements", "design")
def an_agent_that_approves(doors: Doors, kind: str) -> Ways:
    """It has asked before, so that nothing is left to write."""
    team, row = doors.team, asked(doors.team)
    spec = row.document.spec
    if kind == "design":
        approvals.approve(row, actor=team.reviewer, digest=row.digest)
        specs.update_design(spec, actor=team.agent, architecture="A counter", data_model="", api_spec=[])
        row = ask_for(spec, "design", actor=team.agent)
    address = f"specs/{spec.public_id}/approve-{kind}"
    return {
        "rest": lambda: doors.rest("POST", address, {}),
        "rest, with the digest": lambda: doors.rest("POST", address, {"digest": row.digest}),
        "mcp": lambda: doors.mcp(f"approve_{kind}", spec_id=spec.public_id),
    }


# Gates


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


# Keys


@case("key_unknown", "nonsense", "another-secret", "of-an-agent-switched-off")
@case("key_revoked", "revoked")
@case("key_expired", "expired")
def a_key(doors: Doors, which: str) -> Ways:
    team = doors.team
    row = accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=["specs:read"])
    text = {"nonsense": "sf_nonsense", "another-secret": "sf_abcdefgh_" + "0" * 38}.get(which, row.text)  # type: ignore[attr-defined]
    if which == "revoked":
        accounts.revoke_key(row, actor=team.maintainer)
    if which == "expired":
        ApiKey.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    if which == "of-an-agent-switched-off":
        type(team.robot).objects.filter(pk=team.robot.pk).update(is_active=False)
    return {
        "rest": lambda: doors.rest("GET", "specs", key=text),
        "rest, a write": lambda: doors.rest("POST", "specs", {"project_id": "demo", "title": "T"}, key=text),
        "mcp": lambda: doors.mcp("list_specs", key=text),
        "mcp, a write": lambda: doors.mcp("create_spec", project_id="demo", title="T", key=text),
        "mcp, 003": lambda: doors.mcp("approvals", action="list", key=text),
    }


# Texts


def writes(doors: Doors, text: str) -> Ways:
    """The text wherever a door takes one."""
    team = doors.team
    row = asked(team)
    spec, document = row.document.spec.public_id, row.document.public_id
    requirement = {"title": "T", "condition": "c", "action": text}
    said = {"digest": row.digest, "comment": text}
    return {
        "rest, a document": lambda: doors.rest("PUT", f"documents/{document}", {"text": text}),
        "rest, a requirement": lambda: doors.rest("POST", f"specs/{spec}/requirements", requirement),
        "rest, a spec": lambda: doors.rest("POST", "specs", {"project_id": "demo", "title": "T", "description": text}),
        "rest, a comment": lambda: doors.rest("POST", f"approvals/{row.public_id}/comments", {"text": text}, by="bob"),
        "rest, a reason": lambda: doors.rest("POST", f"approvals/{row.public_id}/reject", said, by="bob"),
        "mcp, a requirement": lambda: doors.mcp("add_requirement", spec_id=spec, **requirement),
        "mcp, a spec": lambda: doors.mcp("create_spec", project_id="demo", title="T", description=text),
        "admin, a comment": lambda: doors.admin(Approval, row.pk, "comment", by="bob", text=text),
        "admin, a reason": lambda: doors.admin(Approval, row.pk, "reject", by="bob", **said),
    }


def files(doors: Doors, data: bytes, name: str = "tasks.md") -> Ways:
    """The bytes as a file in a folder."""
    path = doors.write(f"{DRAFT}/{name}", data)
    return {"mcp, a file": lambda: doors.ask(path), "command": doors.take}


@case("too_large")
def five_megabytes(doors: Doors) -> Ways:
    return {**writes(doors, HUGE), **files(doors, HUGE.encode())}


@case("too_large")
def twenty_thousand_lines(doors: Doors) -> Ways:
    row = make_released_task(doors.team).document
    return {
        "rest": lambda: doors.rest("PUT", f"documents/{row.public_id}", {"text": LONG}),
        **files(doors, LONG.encode()),
        "mcp, the status of a spec": lambda: doors.mcp("spec-status", specName="draft"),
    }


@case("invalid_text")
def a_nul(doors: Doors) -> Ways:
    names: Ways = {
        "rest, a name": lambda: doors.rest("GET", "specs/a%00b"),
        "mcp, a name": lambda: doors.mcp("get_spec", spec_id="a\0b"),
        "page, a name": lambda: doors.page("demo/specs/a%00b/"),
    }
    return {**writes(doors, "a\0b"), **files(doors, b"# Tasks\n\n- [ ] 1. a\0b\n"), **names}


@case("invalid_text")
def half_a_surrogate(doors: Doors) -> Ways:
    """A form cannot carry one, and in a file it is bytes that are not UTF-8; a command has one for each such byte of
    its arguments."""
    doors.write(f"{DRAFT}/tasks.md", b"# Tasks\n")
    folder, name = str(doors.folder), "a\udcffb"
    commands: Ways = {
        "command, in": lambda: doors.command("spec_import", folder, "--project", name),
        "command, in anew": lambda: doors.command("spec_import", folder, "--project", name, "--create-project"),
        "command, out": lambda: doors.command("spec_export", folder, "--project", name),
        "command, a key": lambda: doors.command(
            "key_create", "--project", "demo", "--user", name, "--scopes", "specs:read"
        ),
        "command, a key's project": lambda: doors.command(
            "key_create", "--project", name, "--user", "robot", "--scopes", "specs:read"
        ),
    }
    texts = writes(doors, "a\ud800b")
    return {**{way: send for way, send in texts.items() if not way.startswith("admin")}, **commands}


@case("invalid_utf8", "ff", "eda080")
def bytes_that_are_no_text(doors: Doors, code: str) -> Ways:
    bad = bytes.fromhex(code)
    document = make_spec(doors.team).documents.get().public_id
    return {
        "rest": lambda: doors.rest("PUT", f"documents/{document}", b'{"text": "' + bad + b'"}'),
        **files(doors, b"# Tasks\n\n- [ ] 1. " + bad + b"\n"),
    }


# Paths


@case("invalid_path", "../x.md", ".spec-workflow/../../x.md", ".spec-workflow/specs/../../x/tasks.md", "/etc/passwd")
def a_path_that_leads_out(doors: Doors, path: str) -> Ways:
    return {"mcp": lambda: doors.ask(path)}


@case("invalid_path")
def a_file_with_a_backslash_in_its_name(doors: Doors) -> Ways:
    """The only name of a file on a disk that could lead out elsewhere."""
    return files(doors, b"# Tasks\n", "..\\tasks.md")


@case("symlink_refused", "file", "folder")
def a_symlink(doors: Doors, what: str) -> Ways:
    outside = doors.folder / "outside"
    outside.mkdir()
    (outside / "tasks.md").write_text("# Tasks\n\n- [ ] 1. Secret\n")
    place = doors.folder / DRAFT
    (place if what == "file" else place.parent).mkdir(parents=True)
    link = place / "tasks.md" if what == "file" else place
    link.symlink_to(outside / "tasks.md" if what == "file" else outside)
    make_spec(doors.team, "Draft")
    return {
        "mcp": lambda: doors.ask(f"{DRAFT}/tasks.md"),
        "mcp, the status of a spec": lambda: doors.mcp("spec-status", specName="draft"),
        "command, in": doors.take,
    }


@pytest.mark.parametrize(("arrange", "given", "code"), CASES)
def test_every_door_refuses_it_by_the_same_code_and_writes_nothing(
    doors: Doors, arrange: Callable[..., Ways], given: tuple[str, ...], code: str
) -> None:
    ways = arrange(doors, *given)
    before = everything()
    said, left = {}, []
    for way, send in ways.items():
        said[way] = send()
        after = everything()
        left += [(way, table) for table in before if before[table] != after[table]]
        before = after
    assert said == dict.fromkeys(ways, code)
    assert left == []


def test_a_run_whose_approval_is_stale_fails_by_the_same_code(doors: Doors) -> None:
    """The job's door has nobody to tell: the run ends and says it, its task stays as it was."""
    task = make_released_task(doors.team)
    run = runs.request_run(task, actor=doors.team.agent)
    tasks.add_task(task.spec, actor=doors.team.agent, title="Another")

    jobs.work()

    run.refresh_from_db()
    assert (run.status, run.summary.partition(":")[0]) == ("failed", "stale_approval")
    assert Task.objects.get(pk=task.pk).status == "pending"


def test_a_folder_with_one_bad_file_leaves_nothing_of_the_others(doors: Doors) -> None:
    doors.write(f"{DRAFT}/requirements.md", b"# Requirements\n")
    doors.write(f"{DRAFT}/tasks.md", LONG.encode())
    before = everything()

    new = ("spec_import", str(doors.folder), "--project", "fresh", "--create-project")
    assert [doors.take(), doors.command(*new)] == ["too_large", "too_large"]

    assert everything() == before
    assert not Document.objects.exists()
