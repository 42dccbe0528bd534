"""Reading by the command: specs, tasks, traces, test vectors, differences, the log."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from specflow.audit import triggers
from specflow.specs.actions import save_document
from tasks.models import Run, Task
from tasks.runs import request_run
from tests.clients.conftest import Machines
from tests.clients.shell import Done, Shell
from tests.factories import Team, make_released_task, make_spec
from tests.tasks.vectors.booking import make_lockers, program, use_vectors
from tests.tasks.workers import use_runner, worker_process
from tests.waiting import wait_until

PATH = ".spec-workflow/specs/login-lock/requirements.md"
SCRIPT = {
    "script": {
        "steps": [
            {"log": "begun \u202e \u009b2J"},
            {"progress": {"done": 1, "of": 2}},
            {"output": {"name": "result", "text": "made"}},
        ]
    }
}


@pytest.fixture
def task(team: Team) -> Task:
    return make_released_task(team)


def test_specs_are_listed_and_shown(robot: Shell, task: Task) -> None:
    listed = robot("spec", "list").out.splitlines()
    assert listed[0].split() == ["SPEC", "PHASE", "TITLE", "ID"]
    assert listed[1].split() == ["login-lock", "implementation", "Login", "lock", task.spec.public_id]
    assert robot("spec", "list", "--phase", "design").out == "None.\n"
    for name in ("login-lock", task.spec.public_id):
        shown = robot("spec", "show", name).out
        assert PATH in shown
        assert "The sixth attempt is refused" in shown
        assert task.public_id in shown
    assert robot("spec", "show", "login-lock", "--format", "json").json["id"] == task.spec.public_id


def test_columns_are_aligned_and_nothing_is_coloured(robot: Shell, team: Team) -> None:
    for title in ("Short", "A rather longer title"):
        make_spec(team, title)
    out = robot("spec", "list").out
    assert len({line.rindex("  ") for line in out.splitlines()}) == 1
    assert "\x1b" not in out


def test_tasks_are_listed_and_shown(robot: Shell, team: Team, task: Task) -> None:
    assert task.public_id in robot("task", "list").out
    assert task.public_id in robot("task", "list", "--spec", "login-lock", "--status", "pending").out
    assert robot("task", "list", "--spec", "login-lock", "--status", "completed").out == "None.\n"
    run = request_run(task, actor=team.agent)
    shown = robot("task", "show", task.public_id)
    assert re.search(rf"^Run +queued \({run.public_id}\)$", shown.out, re.MULTILINE)
    assert robot.refusal("task", "list", "--status", "odd") == "invalid_query"


def test_a_run_is_queued(robot: Shell, task: Task) -> None:
    out = robot("task", "run", task.public_id).out
    assert re.fullmatch(r"run-\w+: queued\.\n", out)


def followed(shell: Shell, task: Task, code: int) -> Done:
    """A run that is followed to its end; the worker comes when it is queued."""
    with ThreadPoolExecutor() as pool:
        following = pool.submit(shell, "task", "run", task.public_id, "--follow", code=code)
        wait_until(Run.objects.exists, within=20, what="a queued run")
        with worker_process():
            return following.result(60)


def test_a_run_is_followed_to_its_end(robot: Shell, team: Team, task: Task) -> None:
    use_runner(team, "scripted", SCRIPT)
    ended = followed(robot, task, 0)
    told = ended.out.splitlines()
    assert ["begun" in line for line in told].count(True) == 1
    assert re.match(r"run-\w+: succeeded\.", told[-1])
    assert r"begun \u202e \x9b2J" in ended.out


def test_a_run_that_fails_ends_with_1(robot: Shell, team: Team, task: Task) -> None:
    use_runner(team, "command", {"argv": ["false"]})
    assert re.search(r"^run-\w+: failed\.", followed(robot, task, 1).out, re.MULTILINE)


def test_a_trace_is_shown_from_both_ends(robot: Shell, task: Task) -> None:
    shown = robot("trace", "show", task.public_id).out
    assert task.public_id in shown
    requirement = task.spec.requirements.get()
    below = robot("trace", "show", requirement.public_id).out
    assert "The sixth attempt is refused" in below
    assert f"{PATH}:" in below
    assert robot.refusal("trace", "show", "task-none") == "trace_not_found"


def test_a_difference_is_shown_by_a_documents_path_or_id(robot: Shell, team: Team) -> None:
    document = make_spec(team).documents.get(kind="requirements")
    for name in (PATH, document.public_id):
        assert "+1. The sixth attempt is refused" in robot("spec", "diff", name).out
    assert "-1. The sixth attempt is refused" in robot("spec", "diff", PATH, "--from", "3", "--to", "2").out
    assert robot("spec", "diff", PATH, "--from", "1", "--format", "json").json["from"] == 1
    assert robot.refusal("spec", "diff", PATH, "--to", "99") == "revision_not_found"
    assert robot.refusal("spec", "diff", "no/such.md") == "document_not_found"


def test_test_vectors_are_listed_and_run(robot: Shell, team: Team, tmp_path: Path) -> None:
    make_lockers(team)
    use_vectors(team, command=program(tmp_path))
    listed = robot("vectors", "list", "lockers").out
    assert "A code that was used" in listed
    assert listed.split("\n")[0].split()[:3] == ["TARGET", "KIND", "RULE"]

    done = robot("vectors", "run", "lockers")
    assert re.match(r"\d+ test vectors against .+: \d+ passed", done.out), done
    assert "untried" not in robot("vectors", "list", "lockers").out


def test_failed_vectors_end_with_1_and_are_told(robot: Shell, team: Team, tmp_path: Path) -> None:
    make_lockers(team)
    use_vectors(team, command=program(tmp_path, 'print("{\\"output\\": {\\"door\\": \\"open\\"}}")'))
    done = robot("vectors", "run", "lockers", code=1)
    assert "FAILED A code that was used (specflow/lockers.yaml:" in done.out
    assert '  expected: {"door": "closed"}' in done.out
    assert '  got:      {"output": {"door": "open"}}' in done.out
    assert robot("vectors", "run", "lockers", "--format", "json", code=1).json["good"] is False


def test_vectors_go_to_no_address_that_is_not_allowed(robot: Shell, team: Team) -> None:
    make_lockers(team)
    assert robot.refusal("vectors", "run", "lockers", "--address", "http://169.254.169.254") == "address_not_allowed"


def test_the_log_is_verified_by_the_server(team: Team, bob: Shell, machine: Machines) -> None:
    make_spec(team)
    assert re.fullmatch(
        r"The server has walked the log of demo: it is whole, \d+ entries\.\n", bob("audit", "verify").out
    )
    assert machine(team.robot).refusal("audit", "verify") == "role_may_not"

    with triggers.disabled(connection), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_auditentry SET actor = 'mallory' WHERE sequence = 3 AND chain_id = "
            "(SELECT id FROM audit_chain WHERE key = %s)",
            [team.project.public_id],
        )
    done = bob("audit", "verify", code=1)
    assert done.out.startswith("The log of demo was touched: entry 3: ")
    assert bob("audit", "verify", "--format", "json", code=1).json["fault"]["sequence"] == 3


def test_a_long_list_comes_whole(robot: Shell, team: Team) -> None:
    text = "# Tasks\n\n" + "".join(f"- [ ] {number}. Task {number}\n" for number in range(1, 451))
    save_document(team.project, actor=team.agent, path=".kiro/specs/many/tasks.md", text=text)
    assert len(robot("task", "list", "--format", "json").json) == 450
