"""REST of approvals: who decides on what, and what it answers."""

import pytest

from specflow.accounts.capabilities import Scope
from specflow.specs import actions as specs
from specflow.specs.models import Spec
from tests.calling import Caller, caller
from tests.factories import Team, make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def spec(team: Team) -> Spec:
    return make_spec(team)


@pytest.fixture
def robot(team: Team) -> Caller:
    return caller(team, team.robot)


@pytest.fixture
def bob(team: Team) -> Caller:
    return caller(team, team.bob)


def ask(robot: Caller, spec: Spec) -> dict[str, str]:
    """A pending approval of the requirements."""
    document = spec.documents.get(kind="requirements").public_id
    asked = robot("POST", "approvals", {"document": document, "title": "Please", "summary": "Look"})
    assert asked.status == 201
    return asked.body


def test_a_request_is_found_by_its_filters(robot: Caller, spec: Spec) -> None:
    asked = ask(robot, spec)
    assert (asked["title"], asked["summary"], asked["state"]) == ("Please", "Look", "pending")
    for query in ("project=demo", "state=pending", f"spec={spec.public_id}"):
        assert robot("GET", f"approvals?{query}").body["results"] == [asked]
    assert robot("GET", "approvals?state=approved").body["results"] == []
    assert robot("GET", "approvals?state=fine").code == "invalid_query"
    assert robot("POST", "approvals", {"document": asked["document"]}).code == "approval_open"


def test_approving_moves_the_spec(robot: Caller, bob: Caller, spec: Spec) -> None:
    asked = ask(robot, spec)
    decided = bob("POST", f"approvals/{asked['id']}/approve", {"digest": asked["digest"]})
    assert (decided.body["state"], decided.body["decisions"][0]["door"]) == ("approved", "api")
    assert robot("GET", f"specs/{spec.public_id}").body["phase"] == "design"
    assert bob("POST", f"approvals/{asked['id']}/approve", {"digest": asked["digest"]}).code == "wrong_state"


def test_a_repeated_decision_gives_the_first_answer(robot: Caller, bob: Caller, spec: Spec) -> None:
    asked = ask(robot, spec)
    path, body = f"specs/{spec.public_id}/approve-requirements", {"digest": asked["digest"]}
    first = bob("POST", path, body, Idempotency_Key="k")
    again = bob("POST", path, body, Idempotency_Key="k")
    assert (first.status, again.status, again.body) == (200, 200, first.body)


@pytest.mark.parametrize("verdict", ["request-changes", "reject"])
def test_an_objection_says_why(robot: Caller, bob: Caller, spec: Spec, verdict: str) -> None:
    asked = ask(robot, spec)
    path = f"approvals/{asked['id']}/{verdict}"
    assert bob("POST", path, {"digest": asked["digest"]}).code == "invalid_body"
    assert bob("POST", path, {"digest": asked["digest"], "comment": " "}).code == "comment_missing"
    decided = bob("POST", path, {"digest": asked["digest"], "comment": "Not yet"}).body
    assert decided["state"] == {"request-changes": "needs_revision", "reject": "rejected"}[verdict]
    assert decided["decisions"][0]["comment"] == "Not yet"


def test_who_may_not_decide_is_told_why(team: Team, robot: Caller, spec: Spec) -> None:
    asked = ask(robot, spec)
    body = {"digest": asked["digest"]}
    path = f"approvals/{asked['id']}/approve"
    assert robot("POST", path, body).code == "agent_may_not"
    assert caller(team, team.bob, Scope.SPECS_READ)("POST", path, body).code == "scope_missing"
    specs.add_requirement(spec, actor=team.maintainer, title="Mine", condition="it rains", action="close")
    mine = ask(robot, spec)
    own = caller(team, team.alice)("POST", f"approvals/{mine['id']}/approve", {"digest": mine["digest"]})
    assert own.code == "self_approval"


def test_a_digest_that_nobody_saw_is_refused(robot: Caller, bob: Caller, spec: Spec) -> None:
    asked = ask(robot, spec)
    for path in (f"approvals/{asked['id']}/approve", f"specs/{spec.public_id}/approve-requirements"):
        refused = bob("POST", path, {"digest": "0" * 64})
        assert (refused.status, refused.code) == (409, "stale_digest")
    assert robot("GET", f"approvals/{asked['id']}").body["state"] == "pending"


def test_an_agent_that_approves_has_asked(robot: Caller, spec: Spec) -> None:
    path = f"specs/{spec.public_id}/approve-requirements"
    first = robot("POST", path)
    assert (first.status, first.code, first.body["errors"]["state"]) == (409, "approval_required", "pending")
    again = robot("POST", path, {"digest": first.body["errors"]["digest"]})
    assert (again.code, again.body["errors"]["approval"]) == ("approval_required", first.body["errors"]["approval"])
    assert robot("GET", f"specs/{spec.public_id}").body["phase"] == "requirements"


def test_a_person_without_a_digest_learns_it(robot: Caller, bob: Caller, spec: Spec) -> None:
    asked = ask(robot, spec)
    told = bob("POST", f"specs/{spec.public_id}/approve-requirements").body["errors"]
    assert (told["approval"], told["digest"], told["url"]) == (asked["id"], asked["digest"], asked["url"])


def test_a_design_is_approved_after_the_requirements(robot: Caller, bob: Caller, spec: Spec) -> None:
    path = f"specs/{spec.public_id}/approve-design"
    for call, body in ((robot, {}), (bob, {"digest": "0" * 64})):
        refused = call("POST", path, body)
        assert (refused.status, refused.code) == (409, "phase_gate")


def test_a_person_with_a_digest_of_what_nobody_asked_for(bob: Caller, spec: Spec) -> None:
    refused = bob("POST", f"specs/{spec.public_id}/approve-requirements", {"digest": "0" * 64})
    assert (refused.status, refused.code) == (404, "approval_not_found")


def test_a_request_is_withdrawn_by_who_made_it(team: Team, robot: Caller, bob: Caller, spec: Spec) -> None:
    asked = ask(robot, spec)
    assert bob("POST", f"approvals/{asked['id']}/withdraw").code == "role_may_not"
    assert robot("POST", f"approvals/{asked['id']}/withdraw", {"state": "approved"}).code == "unknown_field"
    assert robot("POST", f"approvals/{asked['id']}/withdraw").body["state"] == "withdrawn"


def test_comments_stand_on_lines_and_are_resolved(robot: Caller, bob: Caller, spec: Spec) -> None:
    path = f"approvals/{ask(robot, spec)['id']}/comments"
    made = bob("POST", path, {"text": "Why five?", "start": 1, "end": 2})
    assert (made.status, made.body["author"], made.body["start"]) == (201, "bob", 1)
    assert bob("GET", path).body["results"] == [made.body]
    assert bob("POST", path, {"text": ""}).code == "missing_value"
    for lines in ({"start": 0}, {"start": 2, "end": 1}, {"end": 1}, {"start": 10**30}):
        assert bob("POST", path, {"text": "T", **lines}).code == "invalid_lines"
    assert bob("POST", path, {"text": "T", "start": "1"}).code == "invalid_body"
    assert bob("POST", path, {"text": "T", "author": "alice"}).code == "unknown_field"
    resolve = f"comments/{made.body['id']}/resolve"
    assert robot("POST", resolve).code == "agent_may_not"
    assert bob("POST", resolve).body["resolved"] is True
    assert bob("POST", resolve).code == "wrong_state"


def test_another_projects_approvals_are_unknown(team: Team, robot: Caller, bob: Caller, spec: Spec) -> None:
    asked = ask(robot, spec)
    remark = bob("POST", f"approvals/{asked['id']}/comments", {"text": "T"}).body["id"]
    other = make_team("other")
    stranger = caller(other, other.bob)
    assert stranger("GET", f"approvals/{asked['id']}").code == "approval_not_found"
    body = {"digest": asked["digest"]}
    assert stranger("POST", f"approvals/{asked['id']}/approve", body).code == "approval_not_found"
    assert stranger("POST", f"comments/{remark}/resolve").code == "comment_not_found"
    assert stranger("POST", f"specs/{spec.public_id}/approve-requirements", body).code == "spec_not_found"
    assert stranger("POST", "approvals", {"document": asked["document"]}).code == "document_not_found"
    assert stranger("GET", "approvals").body["results"] == []
