"""Reviews at their doors: REST and MCP."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from mcp.types import CallToolResult

from approvals.models import Review
from approvals.reviewing import Found, record_review
from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Scope
from tasks.actions import log_implementation, set_status
from tasks.models import ImplementationLog
from tests.calling import caller
from tests.factories import Team, make_team
from tests.specs.traced import Work

FINDING = {
    "severity": "warning",
    "title": "No test for the sixth attempt",
    "description": "Only the fifth is tried.",
    "file": "test_lock.py",
    "line": 7,
    "category": "hygiene",
    "classification": "novel",
}


# REST


def test_a_review_over_rest_from_what_there_is_to_see_to_how_it_stands(team: Team, work: Work) -> None:
    bob, task = caller(team, team.bob, Scope.SPECS_READ, Scope.SPECS_WRITE), f"tasks/{work.task.public_id}"

    seen = bob("GET", f"{task}/review-material").body
    assert (seen["version"], seen["previous"], seen["task"]["id"]) == (1, None, work.task.public_id)
    assert [(one["id"], one["text"], one["named"]) for one in seen["criteria"]] == [
        (work.criterion.public_id, work.criterion.text, True)
    ]
    assert [one["id"] for one in seen["requirements"]] == [work.requirement.public_id]
    assert [one["summary"] for one in seen["logs"]] == ["Counts"]
    assert [(one["name"], one["text"]) for one in seen["outputs"]] == [("stdout", "done")]

    said = {"verdict": "findings", "summary": "Small things", "digest": seen["digest"], "findings": [FINDING]}
    first = bob("POST", f"{task}/reviews", said)
    assert (first.status, first.body["state"], first.body["version"]) == (201, "findings", 1)
    assert first.body["findings"] == [{**FINDING, "task_requirement": "", "criterion": None}]
    second = bob("POST", f"{task}/reviews", {"verdict": "pass", "summary": "Now"}).body
    assert (second["state"], second["criteria"]) == ("passed", [work.criterion.public_id])

    ImplementationLog.objects.create(project=team.project, task=work.task, summary="More", author=team.robot)
    listed = bob("GET", f"{task}/reviews").body["results"]
    assert [(one["version"], one["state"]) for one in listed] == [(2, "stale"), (1, "findings")]
    again = bob("GET", f"reviews/{second['id']}")
    assert (again.body, again.body["state"]) == (listed[0], "stale")
    assert bob("GET", f"reviews/{second['id']}", If_None_Match=again.headers["ETag"]).status == 304
    assert bob("GET", f"{task}/review-material").body["previous"]["id"] == second["id"]


def test_a_review_that_is_sent_twice_under_a_key_is_one(team: Team, work: Work) -> None:
    bob, said = caller(team, team.bob), {"verdict": "findings", "summary": "S", "findings": [FINDING]}
    address = f"tasks/{work.task.public_id}/reviews"
    first, second = (bob("POST", address, said, Idempotency_Key="one") for _ in range(2))
    assert first.body == second.body
    assert Review.objects.count() == 1
    assert bob("POST", address, {**said, "summary": "T"}, Idempotency_Key="one").code == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"verdict": 1}, "invalid_body"),
        ({"findings": "none"}, "invalid_body"),
        ({"findings": [{"severity": "info"}]}, "invalid_body"),
        ({"findings": [{**FINDING, "line": "7"}]}, "invalid_body"),
        ({"findings": [{**FINDING, "reviewer": "alice"}]}, "invalid_body"),
        ({"reviewer": "alice"}, "unknown_field"),
        ({"version": 9}, "unknown_field"),
        ({"verdict": "good"}, "unknown_verdict"),
        ({"findings": [FINDING]}, "verdict_mismatch"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(team: Team, work: Work, change: dict[str, Any], code: str) -> None:
    body = {"verdict": "pass", "summary": "S", **change}
    assert caller(team, team.bob)("POST", f"tasks/{work.task.public_id}/reviews", body).code == code
    assert not Review.objects.exists()


def test_who_reviews_and_reads_over_rest(team: Team, work: Work, ada: Actor) -> None:
    task, body = f"tasks/{work.task.public_id}", {"verdict": "pass", "summary": "S"}
    assert caller(team, team.robot)("POST", f"{task}/reviews", body).code == "self_review"
    assert caller(team, team.robot)("GET", f"{task}/review-material").code == "self_review"
    assert caller(team, team.bob, Scope.SPECS_READ)("POST", f"{task}/reviews", body).code == "scope_missing"
    assert caller(team, team.bob, Scope.SPECS_WRITE)("GET", f"{task}/reviews").code == "scope_missing"
    made = caller(team, ada.user)("POST", f"{task}/reviews", body)
    assert made.status == 201
    other = make_team("other")
    stranger = caller(other, other.alice)
    assert stranger("GET", f"{task}/reviews").code == "task_not_found"
    assert stranger("POST", f"{task}/reviews", body).code == "task_not_found"
    assert stranger("GET", f"reviews/{made.body['id']}").code == "review_not_found"
    assert caller(team, team.bob)("GET", "reviews/review-nope").code == "review_not_found"


def test_a_list_of_a_hundred_reviews_costs_what_one_costs(team: Team, work: Work, ada: Actor) -> None:
    bob = caller(team, team.bob)
    bob("GET", "me")  # the first use of a key in a minute is noted by one more query

    def cost(rows: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            found = bob("GET", f"tasks/{work.task.public_id}/reviews?limit=200").body["results"]
        assert len(found) == rows
        return len(asked)

    def review() -> None:
        found = [Found("info", f"T{number}", criterion=work.criterion.key) for number in range(3)]
        record_review(work.task, actor=ada, verdict="findings", summary="S", findings=found)

    record_review(work.task, actor=ada, verdict="pass", summary="S")
    review()
    before = cost(2)
    for _ in range(98):
        review()
    assert cost(100) == before


# MCP


def use(actor: Actor, team: Team, tool: str, **arguments: Any) -> CallToolResult:
    given = {"specName": "login-lock", "taskId": "1", **arguments}
    return call(lambda: Session(actor, team.project), tool, given, Offer())


def reply(result: CallToolResult) -> dict[str, Any]:
    """The same as text and as data."""
    [block] = result.content
    value = json.loads(block.text)  # type: ignore[union-attr]
    assert value == result.structured_content
    assert value["success"] is not result.is_error
    return value


def test_an_agent_reviews_as_the_peer_has_it(team: Team, work: Work, ada: Actor) -> None:
    ready = reply(use(ada, team, "review-task", action="prepare"))
    assert (ready["data"]["specName"], ready["data"]["taskId"]) == ("login-lock", "1")
    assert ready["data"]["methodology"]
    assert ready["data"]["criteria"][0]["id"] == work.criterion.public_id
    digest = ready["data"]["digest"]
    assert any(digest in one for one in ready["nextSteps"])

    found = {**FINDING, "severity": "critical", "taskRequirement": "The sixth attempt", "criterion": work.criterion.key}
    told = reply(
        use(ada, team, "review-task", action="record", verdict="fail", summary="No", findings=[found], digest=digest)
    )
    assert told["message"] == "Recorded review 1 of task 1: fail."
    assert told["nextSteps"][0].startswith("Do not mark the task as completed")
    assert told["data"]["findings"] == [{**found, "criterion": work.criterion.public_id}]

    reply(use(ada, team, "review-task", action="record", verdict="pass", summary="Now"))
    latest = reply(use(team.agent, team, "get-task-review"))
    assert (latest["data"]["version"], latest["data"]["state"]) == (2, "passed")
    assert latest["nextSteps"] == ["Whoever does the work may complete the task now."]
    first = reply(use(team.agent, team, "get-task-review", version=1))
    assert (first["data"]["verdict"], first["data"]["findings"]) == ("fail", told["data"]["findings"])


def test_a_pass_that_counts_no_more_is_told(team: Team, work: Work, ada: Actor) -> None:
    reply(use(ada, team, "review-task", action="record", verdict="pass", summary="Good"))
    log_implementation(work.task, actor=team.agent, summary="More", artifacts={"functions": ["f"]})
    told = reply(use(team.agent, team, "get-task-review"))
    assert told["message"] == "Review 1 of task 1: pass, which counts no more."
    assert (told["data"]["state"], told["nextSteps"]) == ("stale", ["Ask for another review: this one counts no more."])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"action": "approve"}, "unknown_action"),
        ({"action": "record", "summary": "S"}, "invalid_arguments"),
        ({"action": "record", "verdict": "pass"}, "invalid_arguments"),
        ({"action": "record", "verdict": "ok", "summary": "S"}, "unknown_verdict"),
        ({"action": "record", "verdict": "fail", "summary": "S"}, "verdict_mismatch"),
        ({"action": "record", "verdict": "pass", "summary": "S", "digest": "0"}, "stale_digest"),
        ({"action": "record", "verdict": "pass", "summary": "S", "reviewer": "bob"}, "invalid_arguments"),
        (
            {"action": "record", "verdict": "findings", "summary": "S", "findings": [{"title": "T"}]},
            "invalid_arguments",
        ),
        ({"action": "prepare", "taskId": "99"}, "task_not_found"),
        ({"action": "prepare", "specName": "nope"}, "spec_not_found"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(
    team: Team, work: Work, ada: Actor, given: dict[str, Any], code: str
) -> None:
    refused = use(ada, team, "review-task", **given)
    assert reply(refused)["data"]["code"] == code
    assert not Review.objects.exists()


def test_who_did_the_work_is_refused_and_a_task_without_a_review_says_who_gives_one(team: Team, work: Work) -> None:
    assert reply(use(team.agent, team, "review-task", action="prepare"))["data"]["code"] == "self_review"
    none = reply(use(team.agent, team, "get-task-review"))
    assert none["data"]["code"] == "review_not_found"
    assert "had no part in the work" in none["nextSteps"][0]


def test_the_status_of_a_spec_names_completed_tasks_that_no_pass_stands_for(team: Team, work: Work, ada: Actor) -> None:
    def missing() -> list[str]:
        asked = call(lambda: Session(team.agent, team.project), "spec-status", {"specName": "login-lock"}, Offer())
        told = reply(asked)
        coverage = told["data"]["reviewCoverage"]
        assert any("review-task" in one for one in told["nextSteps"]) is bool(coverage["missing"])
        return coverage["missing"]

    assert missing() == []
    for status in ("in_progress", "completed"):
        set_status(work.task, actor=team.agent, status=status)
    assert missing() == [work.task.key]
    record_review(work.task, actor=ada, verdict="pass", summary="All of it works")
    assert missing() == []
