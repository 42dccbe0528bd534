"""A proposal through REST and MCP: asked for, looked at, settled, decided; the same answers at each door."""

from typing import Any

import pytest

from approvals import actions as approvals
from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.specs import actions as specs
from tests.approvals.test_proposals import MIXED, REQUIREMENTS, TEXT, TWINS, agreed, fresh, released
from tests.calling import Caller, caller
from tests.factories import Team, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def robot(team: Team) -> Caller:
    return caller(team, team.robot)


def stranger(team: Team) -> Caller:
    key = accounts.create_key(team.foreign, team.charlie, actor=actors.system(door="cli"), scopes=("admin",))
    return Caller(key.text)


def tool(team: Team, **given: Any) -> Any:
    return call(lambda: Session(team.agent, team.project), "propose_revision", given, Offer())


def test_rest_takes_a_proposal_shows_what_it_changes_and_decides(team, robot):
    document = agreed(team)
    new = TEXT.replace("newest first", "best match first")

    asked = robot("POST", f"documents/{document.public_id}/proposals", {"text": new, "summary": "Better."})

    assert asked.status == 201
    assert (asked.body["base_revision"], asked.body["revision"], asked.body["replaces"]) == (1, 2, None)
    assert robot("GET", f"documents/{document.public_id}").body["revision"] == 1
    seen = robot("GET", f"approvals/{asked.body['id']}/change").body
    assert (seen["from"], seen["to"], seen["merge"]) == (1, 2, None)
    assert seen["summary"].startswith("Criterion 2.1 reworded")
    assert seen["impact"]["criteria"] == ["2.1"]
    assert "+1. WHEN books are listed THEN the system SHALL put the best match first" in seen["unified"]
    assert robot("GET", f"documents/{document.public_id}/proposals").body["results"] == [asked.body]
    bob = caller(team, team.bob)
    said = bob("POST", f"approvals/{asked.body['id']}/approve", {"digest": asked.body["digest"]})
    assert (said.status, said.body["state"]) == (200, "approved")
    assert robot("GET", f"documents/{document.public_id}").body["text"] == new


def test_rest_tells_conflicts_by_item_and_brings_up_to_date(team, robot):
    document = agreed(team)
    proposals = f"documents/{document.public_id}/proposals"
    clean = robot("POST", proposals, {"edits": [{"old": "say so", "new": "tell"}]}).body
    torn = robot("POST", proposals, {"edits": [{"old": "newest", "new": "best"}]}).body
    specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("newest", "oldest"))

    assert robot("GET", f"approvals/{clean['id']}/change").body["merge"] == {"clean": True, "conflicts": []}
    merge = robot("GET", f"approvals/{torn['id']}/change").body["merge"]
    assert (merge["clean"], [one["key"] for one in merge["conflicts"][0]["items"]]) == (False, ["2.1"])
    assert robot("POST", proposals, {"replaces": clean["id"]}).body["base_revision"] == 4
    assert robot("POST", proposals, {"replaces": torn["id"]}).code == "merge_conflict"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "text_missing"),
        ({"text": TEXT}, "nothing_changed"),
        ({"text": "# R\n"}, "nothing_to_approve"),
        ({"text": "x", "edits": [{"old": "a", "new": "b"}]}, "text_and_edits"),
        ({"edits": [{"old": "SHALL", "new": "b"}]}, "edit_not_unique"),
        ({"text": "x\ud800"}, "invalid_text"),
        ({"text": TEXT + "\n", "matches": [{"id": "req-nobody", "line": 1}]}, "unknown_match"),
        ({"text": TEXT + "\n", "replaces": "apr-nobody"}, "approval_not_found"),
        ({"text": TEXT + "\n", "base_revision": 99}, "revision_not_found"),
        ({"text": TEXT + "\n", "title": "two\nlines"}, "invalid_title"),
    ],
)
def test_a_bad_proposal_gets_the_same_code_at_each_door(team, robot, body, code):
    document = agreed(team)

    refused = robot("POST", f"documents/{document.public_id}/proposals", body)
    told = tool(team, path=REQUIREMENTS, **body)

    assert (refused.code, told.meta["specflow/error"]["code"]) == (code, code)
    assert fresh(document).revisions.count() == 1


@pytest.mark.parametrize("body", [{"base_revision": 0}, {"edits": [{"old": 1}]}, {"matches": 3}, {"more": 1}])
def test_what_is_no_proposal_at_all_is_refused(team, robot, body):
    document = agreed(team)
    refused = robot("POST", f"documents/{document.public_id}/proposals", body)
    assert refused.code in ("invalid_body", "unknown_field")
    assert tool(team, path=REQUIREMENTS, **body).is_error


def test_an_agent_proposes_over_mcp_and_answers_what_it_is_asked(team):
    document = released(team, TWINS)

    asked = tool(team, spec_id="search", kind="tasks", text=MIXED)
    error = asked.meta["specflow/error"]
    ids = [one["id"] for one in error["details"]["questions"][0]["before"]]
    assert error["code"] == "ambiguous_match"
    answers = [{"id": name, "line": line} for name, line in zip(ids, (2, 1), strict=True)]
    made = tool(team, spec_id="search", kind="tasks", text=MIXED, matches=answers, summary="New regions")

    assert not made.is_error
    shape = made.structured_content["approval"]
    assert (shape["state"], shape["matches"]) == ("pending", answers)
    assert "A person decides at" in made.content[0].text
    assert fresh(document).is_approved


def test_a_proposal_of_another_project_is_not_found(team, robot):
    document = agreed(team)
    asked = robot("POST", f"documents/{document.public_id}/proposals", {"text": TEXT + "\n"}).body
    charlie = stranger(team)

    for method, path, body in (
        ("GET", f"documents/{document.public_id}/proposals", None),
        ("POST", f"documents/{document.public_id}/proposals", {"text": TEXT}),
        ("GET", f"approvals/{asked['id']}/change", None),
    ):
        assert charlie(method, path, body).status == 404


def test_what_a_request_changes_is_seen_against_what_people_agreed_on(team, robot):
    document = agreed(team)
    specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("newest", "best"))
    asked = approvals.request_approval(document, actor=team.agent)

    seen = robot("GET", f"approvals/{asked.public_id}/change").body

    assert (seen["from"], seen["to"], seen["merge"]) == (1, 2, None)


def test_an_agent_that_looks_at_a_stale_proposal_is_told_how_to_go_on(team):
    document = agreed(team)
    asked = tool(team, path=REQUIREMENTS, text=TEXT.replace("say so", "tell")).structured_content["approval"]
    specs.save_document(team.project, actor=team.agent, path=document.path, text=TEXT.replace("newest", "oldest"))

    told = call(
        lambda: Session(team.agent, team.project), "approvals", {"action": "status", "approvalId": asked["id"]}, Offer()
    )

    assert f'propose_revision, replaces "{asked["id"]}"' in " ".join(told.structured_content["nextSteps"])
    again = tool(team, path=REQUIREMENTS, replaces=asked["id"]).structured_content["approval"]
    assert (again["state"], again["replaces"]) == ("pending", asked["id"])
