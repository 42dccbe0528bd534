"""The main job over REST: from a spec to its completed task, each step by the route that is for it."""

import pytest

from specflow.accounts import actions as accounts
from tasks import jobs
from tests.calling import caller
from tests.factories import ECHO, make_team

# The worker closes its connections, as it does in a thread of its own.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_spec_goes_from_its_title_to_completion() -> None:
    team = make_team()
    accounts.change_policy(team.project, actor=team.maintainer, policy=ECHO)
    robot, bob = caller(team, team.robot), caller(team, team.bob)
    spec = robot("POST", "specs", {"project_id": "demo", "title": "Login lock", "description": None}).body["id"]
    requirement = robot(
        "POST", f"specs/{spec}/requirements", {"title": "Lock", "condition": "5 fail", "action": "lock"}
    ).body["id"]
    criterion = robot("POST", f"specs/{spec}/requirements/{requirement}/criteria", {"text": "The sixth is refused"})
    assert (criterion.status, criterion.body["text"]) == (201, "The sixth is refused")

    for kind in ("requirements", "design"):
        if kind == "design":
            design = {"architecture": "A counter.", "data_model": None, "api_spec": [_endpoint()]}
            assert robot("PUT", f"specs/{spec}/design", design).status == 200
        asked = robot("POST", f"specs/{spec}/approve-{kind}")
        assert (asked.status, asked.code) == (409, "approval_required")
        assert "/admin/approvals/approval/" in asked.body["errors"]["url"]
        agreed = bob("POST", f"specs/{spec}/approve-{kind}", {"digest": asked.body["errors"]["digest"]})
        assert agreed.status == 200
        assert robot("POST", f"specs/{spec}/approve-{kind}").status == 200

    task = robot("POST", f"specs/{spec}/tasks", {"title": "Count failures", "description": None}).body["id"]
    document = robot("GET", f"specs/{spec}").body["documents"]["tasks"]["id"]
    asked = robot("POST", "approvals", {"document": document})
    agreed = bob("POST", f"approvals/{asked.body['id']}/approve", {"digest": asked.body["digest"]})
    assert agreed.body["decisions"][0]["by"] == "bob"

    run = robot("POST", f"tasks/{task}/runs", {}).body["id"]
    jobs.work()
    done = robot("GET", f"runs/{run}").body
    assert (done["status"], [one["name"] for one in done["outputs"]]) == ("succeeded", ["stdout"])
    events = robot("GET", f"runs/{run}/events").body["results"]
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    assert robot("GET", f"runs/{run}/events?after={len(events)}").body["results"] == []

    assert robot("GET", f"tasks/{task}").body["status"] == "in_progress"
    assert robot("PATCH", f"tasks/{task}", {"status": "completed"}).code == "log_missing"
    log = {"summary": "Counts.", "artifacts": {"functions": [{"name": "count"}]}}
    assert robot("POST", f"tasks/{task}/logs", log).status == 201
    assert robot("PATCH", f"tasks/{task}", {"status": "completed"}).status == 200
    whole = robot("GET", f"specs/{spec}").body
    assert (whole["phase"], whole["progress"], whole["status"]) == ("completed", 100, "completed")
    verbs = [one["verb"] for one in bob("GET", "audit?project=demo&limit=200").body["results"]]
    assert verbs.count("approval.approved") == 3
    assert verbs[0] == "project.created"


def _endpoint() -> dict[str, str]:
    return {"method": "GET", "endpoint": "/locks", "description": "Which accounts are locked"}
