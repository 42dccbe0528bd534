"""Preflight: which specs a change touches, and whether they allow it."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import CallToolResult

from approvals import actions as approvals
from approvals.preflight import changed_in, preflight
from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Scope
from specflow.audit.models import AuditEntry
from specflow.errors import DomainError
from specflow.specs.actions import save_document
from tasks.models import Task
from tests.calling import caller
from tests.factories import Team, approve, make_spec, make_team

SCRIPT = Path(__file__).resolve().parents[2] / "examples/ci/specflow_preflight.py"
TASKS = """# Tasks

- [ ] 1. Count failures
  - File: src/counter.py, src/store/
  - _Requirements: 1_
- [ ] 2. Show them
  - Files: web/*.html
"""


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def tasks(team: Team) -> Team:
    """A team whose tasks document is written, and waits."""
    spec = make_spec(team)
    approve(team, spec.documents.get(kind="requirements"))
    folder = f".spec-workflow/specs/{spec.slug}"
    design = save_document(team.project, actor=team.agent, path=f"{folder}/design.md", text="# Design\n\nOne table.\n")
    approve(team, design.document)
    save_document(team.project, actor=team.agent, path=f"{folder}/tasks.md", text=TASKS)
    return team


def released(team: Team) -> None:
    approve(team, Task.objects.first().document)


def test_a_file_whose_tasks_wait_for_people_is_refused(tasks: Team) -> None:
    found = preflight(tasks.project, actor=tasks.agent, files=["src/counter.py"])

    assert not found.allowed
    [one] = found.files
    assert one.refusal is not None
    assert (one.refusal["code"], one.refusal["missing"]) == ("not_released", ["tasks"])
    assert [task["key"] for task in one.tasks] == ["1"]


def test_a_file_of_released_tasks_is_allowed_until_their_text_changes(tasks: Team) -> None:
    released(tasks)
    assert preflight(tasks.project, actor=tasks.agent, files=["src/counter.py"]).allowed

    path = ".spec-workflow/specs/login-lock/tasks.md"
    save_document(tasks.project, actor=tasks.agent, path=path, text=TASKS.replace("Show them", "Show all of them"))
    [one] = preflight(tasks.project, actor=tasks.agent, files=["src/counter.py"]).files
    assert one.refusal is not None
    assert one.refusal["code"] == "stale_approval"


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("src/store/redis/client.py", ["1"]),
        ("./src/counter.py", ["1"]),
        ("web/list.html", ["2"]),
        ("src/counter.pyc", []),
        ("srcXcounter.py", []),
    ],
)
def test_tasks_name_files_folders_and_patterns(tasks: Team, path: str, keys: list[str]) -> None:
    found = preflight(tasks.project, actor=tasks.agent, files=[path])
    assert [task["key"] for task in found.files[0].tasks] == keys
    assert bool(found.unclaimed) is not bool(keys)


def test_it_says_what_waits_for_a_decision_and_which_documents_were_agreed_on(tasks: Team) -> None:
    asked = approvals.request_approval(Task.objects.first().document, actor=tasks.agent)
    path = ".spec-workflow/specs/login-lock/requirements.md"

    found = preflight(tasks.project, actor=tasks.agent, files=[path])
    assert [one["id"] for one in found.approvals] == [asked.public_id]
    assert found.files[0].document is not None
    assert found.files[0].document["needs_approval"]
    assert found.unclaimed == []


def test_it_writes_nothing_and_strangers_learn_nothing(tasks: Team) -> None:
    before = AuditEntry.objects.count()
    preflight(tasks.project, actor=tasks.agent, files=["src/counter.py"])
    with pytest.raises(DomainError) as refused:
        preflight(tasks.project, actor=tasks.stranger, files=["src/counter.py"])

    assert refused.value.code == "project_not_found"
    assert AuditEntry.objects.count() == before


def test_a_diff_names_the_files_that_it_changes_and_nothing_else() -> None:
    diff = (
        "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n--- a/none.py\n+++ b/nor_this.py\n x\n"
        "diff --git a/old.py b/new.py\nsimilarity index 90%\nrename from old.py\nrename to new.py\n"
        'diff --git "a/\\303\\244.py" "b/\\303\\244.py"\n--- /dev/null\n+++ "b/\\303\\244.py"\n@@ -0,0 +1 @@\n+x\n'
        "--- a/with space.py\t2026-01-01\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
    assert changed_in(diff) == ["a.py", "old.py", "new.py", "ä.py", "with space.py"]


def git(folder: Path, *words: str) -> str:
    environment = {**os.environ, "HOME": str(folder), "GIT_CONFIG_GLOBAL": "/dev/null"}
    settings = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    done = subprocess.run(["git", *settings, *words], cwd=folder, env=environment, capture_output=True, check=True)
    return done.stdout.decode()


def test_what_git_says_of_a_real_change_is_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name in ("ü.txt", "b c.txt", "gone.txt", "moved.txt"):
        (tmp_path / name).write_text(f"-- {name}\n++ x\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "ü.txt").write_text("other\n")
    (tmp_path / "b c.txt").write_text("++ y\n")
    (tmp_path / "gone.txt").unlink()
    (tmp_path / "moved.txt").rename(tmp_path / "there.txt")
    git(tmp_path, "add", "-A")

    found = changed_in(git(tmp_path, "diff", "--cached"))
    assert set(found) == {"ü.txt", "b c.txt", "gone.txt", "moved.txt", "there.txt"}


@given(st.text() | st.text(alphabet='+-@ \n\\"ab0123/,\t'))
def test_any_text_is_read_as_a_diff(text: str) -> None:
    assert all(changed_in(text))


def test_the_command_says_it_and_ends_with_its_verdict(tasks: Team, tmp_path: Path) -> None:
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("preflight", "src/counter.py", "--project", "demo", stdout=said)
    assert ended.value.code == 1
    assert "src/counter.py: refused: not_released" in said.getvalue()

    released(tasks)
    (tmp_path / "change.diff").write_text("--- a/src/counter.py\n+++ b/src/counter.py\n@@ -1 +1 @@\n-a\n+b\n")
    said = StringIO()
    call_command(
        "preflight", "--project", "demo", "--diff", str(tmp_path / "change.diff"), "--format", "json", stdout=said
    )
    assert json.loads(said.getvalue())["allowed"] is True
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("preflight", "--project", "demo", "--diff", str(tmp_path / "none.diff"))


def test_rest_answers_who_may_view(tasks: Team) -> None:
    read = caller(tasks, tasks.robot, Scope.SPECS_READ)
    answer = read("POST", "projects/demo/preflight", {"files": ["web/list.html"]})
    assert (answer.status, answer.body["allowed"]) == (200, False)
    assert answer.body["files"][0]["tasks"][0]["key"] == "2"
    assert read("POST", "projects/demo-foreign/preflight", {"files": ["a"]}).code == "project_not_found"


@pytest.mark.django_db(transaction=True)
def test_the_script_for_ci_asks_a_server(tasks: Team, live_server: Any, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "web").mkdir()
    (tmp_path / "web/list.html").write_text("<ul></ul>\n")
    git(tmp_path, "add", "-A")
    owner = actors.system(door="cli")
    key = accounts.create_key(tasks.project, tasks.robot, actor=owner, scopes=[Scope.SPECS_READ])
    settings = {"URL": live_server.url, "API_KEY": key.text, "PROJECT": "demo"}

    def ask() -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": os.environ["PATH"], **{f"SPECFLOW_{name}": value for name, value in settings.items()}}
        command = [sys.executable, str(SCRIPT), "--staged"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    refused = ask()
    assert (refused.returncode, "web/list.html: refused" in refused.stdout) == (1, True), refused
    released(tasks)
    assert ask().returncode == 0
    settings["API_KEY"] = "sf_wrong"
    assert ask().returncode == 2


def test_an_agent_asks_before_it_changes_code(tasks: Team) -> None:
    def ask(**arguments: Any) -> CallToolResult:
        return call(lambda: Session(tasks.agent, tasks.project), "preflight", arguments, Offer())

    refused = ask(diff="--- a/src/counter.py\n+++ b/src/counter.py\n@@ -1 +1 @@\n-a\n+b\n")
    assert refused.structured_content["files"][0]["refusal"]["code"] == "not_released"
    assert "The specs refuse this change." in refused.content[0].text
    released(tasks)
    allowed = ask(files=["src/counter.py", "README.md"]).structured_content
    assert (allowed["allowed"], allowed["unclaimed"]) == (True, ["README.md"])


def test_the_script_for_ci_needs_its_settings(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "Set SPECFLOW_URL.\n")


DEFERRAL = """---
id: d-2026-05-01-which-store
title: Which store keeps the counters
status: {status}
originSpec: {spec}
revisitTrigger: when a second server is added
---

## Context

`src/counter.py` keeps them in memory.

## Decision Deferred

Redis or the database.
"""


@pytest.mark.parametrize(
    ("spec", "status", "files", "touched"),
    [
        ("login-lock", "deferred", ["src/counter.py"], ["src/counter.py"]),
        ("login-lock", "deferred", ["src/store/keys.py"], []),
        ("elsewhere", "deferred", ["src/counter.py"], ["src/counter.py"]),
        ("elsewhere", "deferred", ["src/store/keys.py"], None),
        ("login-lock", "resolved", ["src/counter.py"], None),
        ("login-lock", "superseded", ["src/counter.py"], None),
    ],
)
def test_what_was_put_off_about_a_spec_or_a_file_is_told(team, tasks, spec, status, files, touched):
    text = DEFERRAL.format(spec=spec, status=status)
    path = ".spec-workflow/deferrals/d-2026-05-01-which-store.md"
    save_document(team.project, actor=team.agent, path=path, text=text)

    found = preflight(team.project, actor=team.agent, files=files)

    told = [(one["id"], one["path"], one["files"]) for one in found.deferrals]
    assert told == ([] if touched is None else [("d-2026-05-01-which-store", path, touched)])
    assert ("put off: Which store keeps the counters" in found.as_text()) == bool(told)
