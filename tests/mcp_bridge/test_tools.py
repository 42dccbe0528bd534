"""What each tool answers, called as a server's thread calls it, on the test's own database."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from mcp.types import CallToolResult
from pydantic import TypeAdapter

from approvals import actions as approvals
from approvals.models import Approval
from mcp_bridge.bounds import size_of
from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import VERSION, call
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.specs import actions as specs
from specflow.specs.models import Spec
from tasks.models import Run, Status, Task
from tests.factories import Team, approve, make_released_task, make_spec, make_team

pytestmark = pytest.mark.django_db
# The list as agents see it. A change here is a change of what agents are told: look at it, then write the new digest.
TOOL_LIST = "69d1f3989e99d884e2f0a0a7e42c1f6e4e95f35182d6968f3e221e8d2c4df3f3"

Use = Callable[..., CallToolResult]


@pytest.fixture
def team() -> Team:
    return make_team()


def user_of(team: Team, workspace: Path | None = None) -> Use:
    """Calls a tool as the robot; data is held against the tool's whole output type, not only its published schema."""

    def use(tool: str, **arguments: Any) -> CallToolResult:
        result = call(lambda: Session(team.agent, team.project, workspace), tool, arguments, Offer())
        if result.structured_content is not None:
            TypeAdapter(Offer().find(tool).output).validate_python(result.structured_content)
        return result

    return use


@pytest.fixture
def use(team: Team) -> Use:
    return user_of(team)


def error(result: CallToolResult) -> dict[str, Any]:
    assert result.is_error
    return result.meta["specflow/error"]  # type: ignore[index]


def text(result: CallToolResult) -> str:
    [block] = result.content
    return block.text  # type: ignore[union-attr]


def data(result: CallToolResult) -> Mapping[str, Any]:
    assert not result.is_error, text(result)
    return result.structured_content


def reply(result: CallToolResult) -> dict[str, Any]:
    """The reply of a workflow tool: the same as text and as data, and in step with isError."""
    value = json.loads(text(result))
    assert value == result.structured_content
    assert value["success"] is not result.is_error
    return value


def request(use: Use, **more: Any) -> CallToolResult:
    path = ".spec-workflow/specs/login-lock/requirements.md"
    given = {"title": "Lock", "filePath": path, "type": "document", "category": "spec", "categoryName": "login-lock"}
    return use("approvals", action="request", **{**given, **more})


def test_the_list_of_tools_is_the_one_that_was_read() -> None:
    shapes = [one.shape.model_dump(mode="json", by_alias=True) for one in Offer().tools()]
    listed = json.dumps(shapes, sort_keys=True)
    assert hashlib.sha256(listed.encode()).hexdigest() == TOOL_LIST


def test_the_server_says_the_version_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_a_read_is_remembered_and_new_text_is_seen_at_once(
    team: Team, use: Use, django_assert_num_queries: Any
) -> None:
    spec = make_spec(team)
    first = data(use("get_spec", spec_id=spec.slug))
    with django_assert_num_queries(1):
        assert data(use("get_spec", spec_id=spec.slug)) == first
    specs.add_requirement(spec, actor=team.agent, title="Tell", condition="locked", action="tell the user")
    assert [one["title"] for one in data(use("get_spec", spec_id=spec.slug))["requirements"]] == ["Lock", "Tell"]


def test_what_is_remembered_is_not_for_who_was_taken_out(team: Team, use: Use) -> None:
    spec = make_spec(team)
    data(use("get_spec", spec_id=spec.slug))
    accounts.remove_member(team.project, team.robot, actor=team.maintainer)
    assert error(use("get_spec", spec_id=spec.slug))["code"] == "project_not_found"


def test_a_long_spec_is_shortened_with_a_word_about_it(team: Team, use: Use) -> None:
    spec = make_spec(team)
    for number in range(3):
        specs.add_requirement(spec, actor=team.agent, title=f"R{number}", condition="x " * 30_000, action="y " * 20_000)
    short, full = use("get_spec", spec_id=spec.slug), use("get_spec", spec_id=spec.slug, full=True)
    assert size_of(data(short)) + len(text(short)) < 80_000
    assert data(short)["shortened"]["texts_cut"] == 6
    assert "full=true" in data(short)["shortened"]["rest"]
    assert "full=true" in text(short).splitlines()[-1]
    assert data(full)["requirements"][1]["condition"] == "x " * 30_000
    assert "shortened" not in data(full)


def test_lists_come_in_pages(team: Team, use: Use) -> None:
    for number in range(5):
        specs.create_spec(team.project, actor=team.agent, title=f"Spec {number}")
    first = data(use("list_specs", limit=2))
    second = data(use("list_specs", limit=2, cursor=first["next_cursor"]))
    last = data(use("list_specs", limit=2, cursor=second["next_cursor"]))
    titles = [one["title"] for page in (first, second, last) for one in page["specs"]]
    assert titles == ["Spec 4", "Spec 3", "Spec 2", "Spec 1", "Spec 0"]
    assert last["next_cursor"] is None
    assert error(use("list_specs", cursor="spec-nope"))["code"] == "invalid_cursor"
    assert error(use("list_specs", limit=0))["code"] == "invalid_arguments"


def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(
    team: Team, use: Use, django_assert_num_queries: Any
) -> None:
    make_spec(team)
    with django_assert_num_queries(4):
        use("list_specs")
    for number in range(10):
        make_spec(team, f"Spec {number}")
    with django_assert_num_queries(4):
        assert len(data(use("list_specs"))["specs"]) == 11


def test_an_unexpected_error_is_logged_and_not_told(
    use: Use, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("specflow.specs.actions.create_spec", broken)
    refused = use("create_spec", project_id="demo", title="T")
    assert error(refused)["code"] == "internal_error"
    assert "hunter2" not in text(refused) + json.dumps(refused.meta)
    assert "hunter2" in caplog.text


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "\x1b[31m"])
def test_no_argument_takes_a_character_that_cannot_be_kept(use: Use, value: str) -> None:
    for tool, arguments in (
        ("get_spec", {"spec_id": value}),
        ("search_specs", {"query": value}),
        ("spec-status", {"specName": value}),
        ("log-implementation", {"specName": "x", "taskId": "1", "summary": "s", "artifacts": {"a": [{"b": [value]}]}}),
        (value, {}),
    ):
        assert error(use(tool, **arguments))["code"] == "invalid_text"


def test_a_person_cannot_approve_over_mcp_either(team: Team) -> None:
    spec = make_spec(team)
    key = accounts.create_key(team.project, team.alice, actor=team.maintainer, scopes=["admin"])
    refused = call(
        lambda: Session(actors.from_key(key, door="mcp"), team.project),
        "approve_requirements",
        {"spec_id": spec.slug},
        Offer(),
    )
    assert error(refused)["code"] == "approval_required"
    assert Spec.objects.get().phase == "requirements"


def test_an_approval_goes_its_way_in_the_peers_words(team: Team, use: Use) -> None:
    make_spec(team)
    asked = reply(request(use))["data"]
    assert (asked["status"], asked["type"]) == ("pending", "document")
    assert error(request(use))["code"] == "approval_open"

    pending = reply(use("approvals", action="status", approvalId=asked["approvalId"]))
    assert pending["message"].startswith("BLOCKED: Status is pending.")
    flags = ("isCompleted", "canProceed", "mustWait", "blockNext")
    assert [pending["data"][one] for one in flags] == [False, False, True, True]
    blocked = reply(use("approvals", action="delete", approvalId=asked["approvalId"]))
    assert blocked["data"]["code"] == "approval_pending"
    assert (blocked["data"]["blockProgress"], blocked["data"]["canProceed"]) == (True, False)
    waiting = reply(use("approvals", action="list"))["data"]["approvals"]
    assert [one["approvalId"] for one in waiting] == [asked["approvalId"]]

    row = Approval.objects.get(public_id=asked["approvalId"])
    approvals.add_comment(row.document, actor=team.reviewer, text="Say how long", approval=row, start=1, end=1)
    approvals.request_changes(row, actor=team.reviewer, digest=row.digest, comment="Too vague")
    told = reply(use("approvals", action="status", approvalId=asked["approvalId"]))
    assert told["data"]["status"] == "needs-revision"
    assert told["data"]["response"] == "Too vague"
    assert [(one["type"], one["lineNumber"]) for one in told["data"]["comments"]] == [("selection", 1)]
    assert any("Say how long" in one for one in told["nextSteps"])
    assert reply(use("approvals", action="delete", approvalId=asked["approvalId"]))["data"]["closed"]
    assert Approval.objects.filter(pk=row.pk).exists()

    again = reply(request(use))["data"]["approvalId"]
    row = Approval.objects.get(public_id=again)
    approvals.approve(row, actor=team.reviewer, digest=row.digest)
    done = reply(use("approvals", action="status", approvalId=again))["data"]
    assert [done[one] for one in flags] == [True, True, False, False]


def test_changed_text_reads_as_a_call_for_revision(team: Team, use: Use) -> None:
    spec = make_spec(team)
    asked = reply(request(use))["data"]["approvalId"]
    specs.add_requirement(spec, actor=team.agent, title="Tell", condition="locked", action="tell the user")
    stale = reply(use("approvals", action="status", approvalId=asked))
    assert (stale["data"]["status"], stale["data"]["canProceed"]) == ("needs-revision", False)
    assert "changed" in stale["message"]
    second = reply(request(use))["data"]["approvalId"]
    assert reply(use("approvals", action="cancel", approvalId=second))["data"]["status"] == "withdrawn"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../etc/passwd",
        ".spec-workflow/../../x.md",
        ".spec-workflow/./specs/x/design.md",
        ".spec-workflow\\specs\\x\\design.md",
        "README.md",
    ],
)
def test_no_path_leads_out_of_the_workflow_folder(use: Use, path: str) -> None:
    assert error(request(use, filePath=path, categoryName=None))["code"] == "invalid_path"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"action": "approve"}, "unknown_action"),
        ({"filePath": None}, "invalid_arguments"),
        ({"type": "action"}, "unsupported_type"),
        ({"categoryName": "other"}, "category_mismatch"),
        ({"filePath": ".spec-workflow/specs/login-lock/notes.md"}, "document_not_found"),
        ({"filePath": ".spec-workflow/specs/nobody/design.md", "categoryName": "nobody"}, "document_not_found"),
        ({"filePath": ".spec-workflow/specs/login-lock/design.md"}, "document_not_found"),
        ({"approvalId": "apr-nope", "action": "status"}, "approval_not_found"),
        ({"approvalId": "apr-nope", "action": "delete"}, "approval_not_found"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(team: Team, use: Use, change: dict[str, Any], code: str) -> None:
    make_spec(team)
    refused = use("approvals", **{"action": "request", "title": "x", **_subject(), **change})
    assert error(refused)["code"] == code
    assert reply(refused)["data"]["code"] == code


def _subject() -> dict[str, str]:
    path = ".spec-workflow/specs/login-lock/requirements.md"
    return {"filePath": path, "type": "document", "category": "spec", "categoryName": "login-lock"}


def test_files_of_the_workspace_are_taken_as_the_agent_wrote_them(team: Team, folder: Path) -> None:
    use = user_of(team, folder)
    status = reply(use("spec-status", specName="user-login", projectPath=str(folder)))["data"]
    counts = {"total": 3, "completed": 1, "pending": 1, "inProgress": 1, "blocked": 0}
    assert status["taskProgress"] == counts
    assert [one["status"] for one in status["phases"]] == ["created", "missing", "created", "in-progress"]
    assert not any(one["approved"] for one in status["phases"])
    assert status["logCoverage"] == {"completed": 1, "missing": ["3"]}
    asked = reply(request(use, filePath=".spec-workflow/specs/user-login/requirements.md", categoryName="user-login"))
    assert asked["data"]["revision"] == 1
    assert error(use("spec-status", specName="user-login", projectPath="/tmp"))["code"] == "other_project"
    assert error(use("spec-status", specName="../../etc"))["code"] == "spec_not_found"


def test_a_file_that_is_behind_does_not_undo_what_came_since(team: Team, folder: Path) -> None:
    use = user_of(team, folder)
    path = ".spec-workflow/specs/user-login/requirements.md"
    reply(use("spec-status", specName="user-login"))
    specs.add_requirement(
        Spec.objects.get(slug="user-login"), actor=team.agent, title="Tell", condition="locked", action="tell"
    )
    behind = request(use, filePath=path, categoryName="user-login")
    assert error(behind)["code"] == "file_behind"
    told = reply(use("spec-status", specName="user-login"))["nextSteps"]
    assert any("older revision" in one for one in told)
    assert len(data(use("get_spec", spec_id="user-login"))["requirements"]) == 2


def test_a_symlink_in_the_workspace_is_refused(team: Team, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret")
    (folder / ".spec-workflow/specs/user-login/design.md").symlink_to(tmp_path / "secret.md")
    use = user_of(team, folder)
    refused = request(use, filePath=".spec-workflow/specs/user-login/design.md", categoryName="user-login")
    assert error(refused)["code"] == "symlink_refused"
    assert error(use("spec-status", specName="user-login"))["code"] == "symlink_refused"


def test_ticking_a_box_in_the_file_goes_through_the_gates(team: Team, folder: Path) -> None:
    use = user_of(team, folder)
    reply(use("spec-status", specName="user-login"))
    tasks = folder / ".spec-workflow/specs/user-login/tasks.md"
    tasks.write_text(tasks.read_text().replace("- [-] 2.", "- [x] 2."))
    steps = reply(use("spec-status", specName="user-login"))["nextSteps"]
    assert any("log_missing" in one for one in steps)
    assert Task.objects.get(key="2").status == Status.IN_PROGRESS


def test_a_task_is_logged_completed_and_counted(team: Team, use: Use) -> None:
    task = make_released_task(team)
    moved = use("update_task_status", task_id=task.public_id, status="in_progress")
    assert data(moved)["status"] == "in_progress"
    assert error(use("update_task_status", task_id=task.public_id, status="completed"))["code"] == "log_missing"
    assert error(use("update_task_status", task_id=task.public_id, status="done"))["code"] == "unknown_status"
    log = {"specName": "login-lock", "taskId": task.key, "summary": "Counted", "filesModified": ["a.py"]}
    log |= {"statistics": {"linesAdded": 1, "linesRemoved": 0}}
    assert error(use("log-implementation", **log, artifacts={}))["code"] == "artifacts_missing"
    assert error(use("log-implementation", **log))["code"] == "invalid_arguments"
    made = reply(use("log-implementation", **log, artifacts={"functions": [{"name": "count", "location": "a.py:1"}]}))
    assert made["data"]["log"]["files_modified"] == ["a.py"]
    use("update_task_status", task_id=task.public_id, status="completed")
    status = reply(use("spec-status", specName="login-lock"))["data"]
    assert status["overallStatus"] == "completed"
    assert all(one["approved"] for one in status["phases"])
    assert status["logCoverage"] == {"completed": 1, "missing": []}
    assert len(data(use("get_task", task_id=task.public_id))["logs"]) == 1


def test_a_run_is_queued_by_the_projects_runner_and_followed(team: Team, use: Use) -> None:
    task = make_released_task(team)
    run = data(use("run_task", task_id=task.public_id))
    assert run["status"] == "queued"
    assert Run.objects.get().public_id == run["id"]
    assert error(use("run_task", task_id=task.public_id))["code"] == "run_open"
    assert data(use("get_run", run_id=run["id"]))["events"] == []
    assert [one["id"] for one in data(use("get_task", task_id=task.public_id))["runs"]] == [run["id"]]


def test_tasks_are_listed_by_spec_and_status(team: Team, use: Use) -> None:
    task = make_released_task(team)
    assert [one["id"] for one in data(use("list_tasks", spec_id="login-lock"))["tasks"]] == [task.public_id]
    assert data(use("list_tasks", status="completed"))["tasks"] == []
    assert error(use("list_tasks", spec_id="nope"))["code"] == "spec_not_found"


def test_things_of_another_project_are_not_there(team: Team, use: Use) -> None:
    other = make_team("other")
    task = make_released_task(other)
    run = Run.objects.create(project=other.project, task=task, provider="command", options={}, requested_by=other.robot)
    asked = approvals.request_approval(make_spec(other, "Two").documents.get(), actor=other.agent)
    for tool, arguments, code in (
        ("get_spec", {"spec_id": task.spec.public_id}, "spec_not_found"),
        ("list_specs", {"project_id": "other"}, "project_not_found"),
        ("get_task", {"task_id": task.public_id}, "task_not_found"),
        ("update_task_status", {"task_id": task.public_id, "status": "blocked", "reason": "x"}, "task_not_found"),
        ("run_task", {"task_id": task.public_id}, "task_not_found"),
        ("get_run", {"run_id": run.public_id}, "run_not_found"),
        ("approvals", {"action": "status", "approvalId": asked.public_id}, "approval_not_found"),
        ("approvals", {"action": "cancel", "approvalId": asked.public_id}, "approval_not_found"),
        ("spec-status", {"specName": task.spec.slug}, "spec_not_found"),
        ("create_ticket", {"title": "x", "project_id": "other"}, "project_not_found"),
    ):
        assert error(use(tool, **arguments))["code"] == code, tool
    assert data(use("list_tasks"))["tasks"] == []
    assert reply(use("approvals", action="list"))["data"]["approvals"] == []


def test_an_approved_document_lets_the_next_tool_pass(team: Team, use: Use) -> None:
    spec = make_spec(team)
    approve(team, spec.documents.get(kind="requirements"))
    assert error(request(use))["code"] == "already_approved"
    passed = use("approve_requirements", spec_id=spec.slug)
    assert text(passed) == f"Requirements approved for spec {spec.public_id}. Now in Design phase."
    assert error(use("approve_design", spec_id=spec.slug))["code"] == "nothing_to_approve"
