"""REST of accounts: who am I, projects, members, keys."""

import json
from typing import Any

import pytest
from django.test import Client

from specflow.accounts.capabilities import Scope
from specflow.accounts.models import ApiKey, Project
from specflow.audit.models import AuditEntry
from tests.calling import Caller, caller
from tests.factories import PASSWORD, Team, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def alice(team: Team) -> Caller:
    return caller(team, team.alice, Scope.ADMIN)


def session(username: str) -> Client:
    client = Client()
    assert client.login(username=username, password=PASSWORD)
    return client


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(f"/api/v1/{path}", json.dumps(body), "application/json")


def test_a_key_says_whose_it_is(team: Team) -> None:
    me = caller(team, team.robot, Scope.SPECS_READ)("GET", "me").body
    assert (me["username"], me["kind"], me["scopes"]) == ("robot", "agent", ["specs:read"])
    assert me["projects"] == [{"slug": "demo", "role": "engineer"}]


def test_a_session_says_who_it_is(team: Team) -> None:
    me = session("bob").get("/api/v1/me").json()
    assert (me["username"], me["scopes"], me["key"]) == ("bob", None, None)


def test_a_key_is_bound_to_its_project(team: Team, alice: Caller) -> None:
    post(session("alice"), "projects", {"slug": "second"})
    assert [one["slug"] for one in alice("GET", "projects").body["results"]] == ["demo"]
    assert alice("GET", "projects/second").code == "project_not_found"
    assert len(session("alice").get("/api/v1/projects").json()["results"]) == 2


def test_a_person_makes_a_project_and_maintains_it(team: Team) -> None:
    made = post(session("bob"), "projects", {"slug": "second", "name": "Second"})
    assert (made.status_code, made.json()["role"]) == (201, "maintainer")
    assert post(session("bob"), "projects", {"slug": "second"}).json()["code"] == "project_exists"
    assert post(session("bob"), "projects", {"slug": "No Slug"}).json()["code"] == "invalid_slug"


def test_a_key_makes_no_project(alice: Caller) -> None:
    assert alice("POST", "projects", {"slug": "second"}).code == "agent_may_not"
    assert not Project.objects.filter(slug="second").exists()


def test_a_workspace_on_the_server_is_not_set_from_outside(team: Team) -> None:
    refused = post(session("alice"), "projects", {"slug": "second", "workspace": "/etc"})
    assert refused.json()["code"] == "unknown_field"


def test_the_runner_is_shown_to_maintainers_only(team: Team, alice: Caller) -> None:
    policy = {"approvals_needed": 2, "runner": {"provider": "command", "options": {"argv": ["true"]}}}
    changed = alice("PATCH", "projects/demo", {"policy": policy})
    assert (changed.status, changed.body["policy"]["approvals_needed"]) == (200, 2)
    assert changed.body["policy"]["runner"]["provider"] == "command"
    assert not {"runner", "vectors"} & set(caller(team, team.bob)("GET", "projects/demo").body["policy"])


def test_a_policy_is_checked(alice: Caller) -> None:
    assert alice("PATCH", "projects/demo", {"policy": {"approvals_needed": 0}}).code == "invalid_policy"
    assert alice("PATCH", "projects/demo", {"policy": {"anything": 1}}).code == "invalid_policy"
    assert alice("PATCH", "projects/demo", {"slug": "other"}).code == "unknown_field"


def test_members_come_change_and_go(team: Team, alice: Caller) -> None:
    path = "projects/demo/members/charlie"
    assert alice("PUT", path, {"role": "viewer"}).body == {"username": "charlie", "kind": "human", "role": "viewer"}
    assert alice("PUT", path, {"role": "reviewer"}).body["role"] == "reviewer"
    names = {one["username"] for one in alice("GET", "projects/demo/members").body["results"]}
    assert names == {"alice", "bob", "charlie", "robot"}
    assert alice("DELETE", path).status == 204
    assert alice("DELETE", path).code == "member_not_found"
    assert alice("PUT", path, {"role": "king"}).code == "unknown_role"
    assert alice("PUT", "projects/demo/members/nobody", {"role": "viewer"}).code == "user_not_found"
    assert alice("PUT", "projects/demo/members/system", {"role": "viewer"}).code == "user_not_found"


def test_only_a_maintainer_manages_members(team: Team) -> None:
    bob = caller(team, team.bob, Scope.ADMIN)
    assert bob("PUT", "projects/demo/members/charlie", {"role": "viewer"}).code == "role_may_not"


def test_a_key_is_shown_once_and_works(team: Team) -> None:
    made = post(session("alice"), "projects/demo/keys", {"scopes": ["specs:read"], "name": "Laptop"}).json()
    assert Caller(made["key"])("GET", "me").body["username"] == "alice"
    listed = caller(team, team.alice, Scope.ADMIN)("GET", "projects/demo/keys")
    assert made["key"] not in json.dumps(listed.body)
    assert not AuditEntry.objects.filter(canonical__contains=made["key"]).exists()


def test_a_repeated_creation_does_not_show_the_key_again(team: Team) -> None:
    client, body = session("alice"), json.dumps({"scopes": ["specs:read"]})
    answers = [
        client.post("/api/v1/projects/demo/keys", body, "application/json", headers={"Idempotency-Key": "k"}).json()
        for _ in range(2)
    ]
    assert answers[0]["key"].startswith("sf_")
    assert answers[1]["key"] is None
    assert answers[0]["id"] == answers[1]["id"]


def test_a_revoked_key_stops_at_once(team: Team, alice: Caller) -> None:
    made = alice("POST", "projects/demo/keys", {"scopes": ["specs:read"], "username": "robot"}).body
    robot = Caller(made["key"])
    assert robot("GET", "specs").status == 200
    assert alice("DELETE", f"projects/demo/keys/{made['id']}").body["revoked_at"]
    assert (robot("GET", "specs").status, robot("GET", "specs").code) == (401, "key_revoked")


def test_keys_that_decide_are_made_by_people_for_themselves(team: Team, alice: Caller) -> None:
    for username in ("robot", "bob"):
        body = {"scopes": ["approvals:decide"], "username": username}
        assert alice("POST", "projects/demo/keys", body).code == "agent_may_not"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"scopes": ["everything"]}, "unknown_scope"),
        ({"scopes": []}, "unknown_scope"),
        ({"scopes": "specs:read"}, "invalid_body"),
        ({"scopes": ["specs:read"], "username": "charlie"}, "not_a_member"),
        ({"scopes": ["specs:read"], "expires_at": "soon"}, "invalid_body"),
        ({"scopes": ["specs:read"], "expires_at": "9999-12-31T23:59:59-23:59"}, "invalid_body"),
        ({"scopes": ["specs:read"], "name": "A" * 101}, "invalid_body"),
        ({"scopes": ["specs:read"], "prefix": "mine"}, "unknown_field"),
    ],
)
def test_wrong_keys_are_not_made(alice: Caller, body: dict[str, Any], code: str) -> None:
    before = ApiKey.objects.count()
    assert alice("POST", "projects/demo/keys", body).code == code
    assert ApiKey.objects.count() == before


def test_others_see_their_own_keys_only(team: Team, alice: Caller) -> None:
    bob = caller(team, team.bob)
    assert [one["user"] for one in bob("GET", "projects/demo/keys").body["results"]] == ["bob"]
    theirs = alice("GET", "projects/demo/keys").body["results"][-1]["id"]
    assert bob("DELETE", f"projects/demo/keys/{theirs}").code == "key_not_found"
