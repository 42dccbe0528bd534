"""REST of tasks, runs and tickets."""

from typing import Any

import pytest

from specflow.accounts.capabilities import Scope
from tasks.models import Run, Task
from tests.calling import Caller, caller
from tests.factories import Team, make_released_task, make_spec, make_team

pytestmark = pytest.mark.django_db
LOG = {"summary": "Counts.", "artifacts": {"functions": [{"name": "count"}]}}


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def robot(team: Team) -> Caller:
    return caller(team, team.robot)


@pytest.fixture
def task(team: Team) -> Task:
    return make_released_task(team)


def test_tasks_are_filtered(team: Team, robot: Caller, task: Task) -> None:
    def found(query: str) -> list[str]:
        return [one["id"] for one in robot("GET", f"tasks?{query}").body["results"]]

    assert found("project=demo&status=pending&released=true") == [task.public_id]
    assert found(f"spec={task.spec.public_id}") == [task.public_id]
    assert found("released=false") == []
    assert found("status=completed") == []
    assert found(f"spec={make_spec(team, 'Empty').public_id}") == []
    assert robot("GET", "tasks?spec=spec-0000000000000000").code == "spec_not_found"
    assert robot("GET", "tasks?status=done").code == "invalid_query"


def test_tasks_wait_for_requirements_and_design(team: Team, robot: Caller) -> None:
    refused = robot("POST", f"specs/{make_spec(team).public_id}/tasks", {"title": "Early"})
    assert (refused.status, refused.code) == (409, "phase_gate")


def test_a_task_moves_through_its_gates(robot: Caller, task: Task) -> None:
    path = f"tasks/{task.public_id}"
    before = robot("GET", path)
    assert robot("PATCH", path, {"status": "completed"}).code == "wrong_state"
    assert robot("PATCH", path, {"status": "blocked"}).code == "reason_missing"
    assert robot("PATCH", path, {"status": "done"}).code == "unknown_status"
    blocked = robot("PATCH", path, {"status": "blocked", "reason": "No key"}, If_Match=before.headers["ETag"]).body
    assert (blocked["status"], blocked["blocked_reason"]) == ("blocked", "No key")
    late = robot("PATCH", path, {"status": "pending"}, If_Match=before.headers["ETag"])
    assert (late.status, late.code) == (412, "precondition_failed")
    assert robot("PATCH", path, {"status": "in_progress"}).status == 200
    assert robot("POST", f"{path}/logs", {**LOG, "artifacts": {}}).code == "artifacts_missing"
    assert robot("POST", f"{path}/logs", LOG).body["author"] == "robot"
    assert robot("GET", f"{path}/logs").body["results"][0]["summary"] == "Counts."
    assert robot("PATCH", path, {"status": "completed"}).body["status"] == "completed"


@pytest.mark.parametrize("field", ["released", "title", "lines", "project"])
def test_what_the_server_owns_cannot_be_set(robot: Caller, task: Task, field: str) -> None:
    assert robot("PATCH", f"tasks/{task.public_id}", {"status": "blocked", field: 1}).code == "unknown_field"


def test_a_run_is_asked_for_once_cancelled_and_tried_again(robot: Caller, task: Task) -> None:
    path = f"tasks/{task.public_id}/runs"
    first = robot("POST", path, {}, Idempotency_Key="k")
    assert robot("POST", path, {}, Idempotency_Key="k").body == first.body
    assert (robot("POST", path, {}).status, robot("POST", path, {}).code) == (409, "run_open")
    run = first.body["id"]
    assert robot("POST", f"runs/{run}/retry").code == "wrong_state"
    assert robot("POST", f"runs/{run}/cancel").body["status"] == "cancelled"
    assert robot("POST", f"runs/{run}/cancel").code == "wrong_state"
    again = robot("POST", f"runs/{run}/retry")
    assert (again.status, again.body["status"]) == (201, "queued")
    assert [one["id"] for one in robot("GET", path).body["results"]] == [again.body["id"], run]
    assert [one["id"] for one in robot("GET", "runs?status=cancelled").body["results"]] == [run]
    assert robot("GET", f"runs/{run}").body["outputs"] == []
    assert robot("GET", f"runs/{run}/events?after=x").code == "invalid_query"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"provider": "command", "options": {"argv": ["id"]}}, "agent_may_not"),
        ({"timeout": 10**400}, "invalid_body"),
        ({"timeout": -5}, "invalid_timeout"),
        ({"timeout": "5"}, "invalid_body"),
        ({"status": "succeeded"}, "unknown_field"),
    ],
)
def test_an_agent_does_not_choose_what_a_worker_executes(
    robot: Caller, task: Task, body: dict[str, Any], code: str
) -> None:
    assert robot("POST", f"tasks/{task.public_id}/runs", body).code == code
    assert not Run.objects.exists()


def test_a_maintainer_may_name_a_provider(team: Team, task: Task) -> None:
    alice = caller(team, team.alice, Scope.ADMIN)
    path = f"tasks/{task.public_id}/runs"
    assert alice("POST", path, {"provider": "nothing"}).code == "unknown_provider"
    assert alice("POST", path, {"provider": "command", "options": {"argv": ["true"]}}).status == 201


def test_a_ticket_is_made_in_the_keys_project(team: Team, robot: Caller) -> None:
    made = robot("POST", "tickets", {"title": "T", "description": None, "project_id": None})
    assert (made.status, made.body["project_id"], made.body["priority"]) == (201, "demo", "MEDIUM")
    assert robot("GET", f"tickets/{made.body['id']}").body == made.body
    assert robot("GET", "tickets?project=demo").body["results"] == [made.body]
    assert robot("POST", "tickets", {"title": "T", "priority": "high"}).code == "unknown_priority"
    assert robot("POST", "tickets", {"title": "T", "phase_id": "x"}).code == "invalid_phase_id"
    assert robot("POST", "tickets", {"title": "T", "project_id": "demo-foreign"}).code == "project_not_found"


def test_a_session_names_the_project_of_its_ticket(team: Team) -> None:
    from django.test import Client

    client = Client()
    client.force_login(team.alice)
    answer = client.post("/api/v1/tickets", '{"title": "T"}', "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "project_missing")


def test_another_projects_work_is_unknown(team: Team, task: Task, robot: Caller) -> None:
    run = robot("POST", f"tasks/{task.public_id}/runs", {}).body["id"]
    other = make_team("other")
    stranger = caller(other, other.alice)
    for method, path, code in (
        ("GET", f"tasks/{task.public_id}", "task_not_found"),
        ("PATCH", f"tasks/{task.public_id}", "task_not_found"),
        ("POST", f"tasks/{task.public_id}/runs", "task_not_found"),
        ("GET", f"runs/{run}/events", "run_not_found"),
        ("POST", f"runs/{run}/cancel", "run_not_found"),
        ("GET", "tickets/ticket-0000000000000000", "ticket_not_found"),
    ):
        assert stranger(method, path, {} if method != "GET" else None).code == code
    assert stranger("GET", "tasks").body["results"] == []
    assert stranger("GET", f"runs?task={task.public_id}").body["results"] == []
