"""Who may make which key for whom, and who may end it (QUALITY 29, 32)."""

from typing import Any

import pytest

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.models import ApiKey, User
from specflow.audit.models import AuditEntry
from specflow.errors import DomainError
from tests.factories import Team, make_team

pytestmark = pytest.mark.django_db
PLAIN = ["specs:read", "specs:write", "tasks:write", "tasks:run", "approvals:request", "audit:read"]
GRAVE = ["approvals:decide", "admin"]


@pytest.fixture
def team() -> Team:
    return make_team()


def outcome(team: Team, actor: Actor, user: User, scopes: list[str], **more: Any) -> str:
    """The refusal's code, or an empty string; a refusal leaves neither a key nor an entry."""
    before = (ApiKey.objects.count(), AuditEntry.objects.count())
    try:
        accounts.create_key(team.project, user, actor=actor, scopes=scopes, **more)
    except DomainError as error:
        assert (ApiKey.objects.count(), AuditEntry.objects.count()) == before
        return error.code
    assert (ApiKey.objects.count(), AuditEntry.objects.count()) == (before[0] + 1, before[1] + 1)
    return ""


def test_a_key_stands_on_the_log_with_its_prefix_user_and_scopes(team: Team):
    key = accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=["specs:write", "specs:read"])

    entry = AuditEntry.objects.get(verb="key.created")
    assert (entry.actor, entry.object_id) == ("alice", key.public_id)
    assert entry.content["data"] == {
        "prefix": key.prefix,
        "username": "robot",
        "scopes": ["specs:read", "specs:write"],
        "expires_at": None,
    }
    assert key.created_by == team.alice


@pytest.mark.parametrize("scope", PLAIN)
def test_a_maintainer_makes_a_members_key_for_work(team: Team, scope: str):
    assert outcome(team, team.maintainer, team.robot, [scope]) == ""
    assert outcome(team, team.maintainer, team.bob, [scope]) == ""


@pytest.mark.parametrize("scope", GRAVE)
def test_nobody_makes_a_key_that_decides_for_an_agent(team: Team, scope: str):
    owner = actors.system(door="cli")
    for actor in (team.maintainer, owner):
        assert outcome(team, actor, team.robot, ["specs:read", scope]) == "agent_may_not"


@pytest.mark.parametrize("scope", GRAVE)
def test_a_key_that_decides_is_made_by_a_person_for_themselves(team: Team, scope: str):
    assert outcome(team, team.reviewer, team.bob, [scope]) == ""
    assert outcome(team, team.maintainer, team.alice, [scope]) == ""
    assert outcome(team, team.maintainer, team.bob, [scope]) == "agent_may_not"


@pytest.mark.parametrize("scope", GRAVE)
def test_the_servers_owner_makes_a_key_that_decides_for_a_person(team: Team, scope: str):
    assert outcome(team, actors.system(door="cli"), team.bob, [scope]) == ""
    assert outcome(team, actors.system(door="job"), team.bob, [scope]) == "agent_may_not"


def test_a_member_makes_keys_for_themselves_only(team: Team):
    assert outcome(team, team.reviewer, team.bob, ["specs:read"]) == ""
    assert outcome(team, team.reviewer, team.alice, ["specs:read"]) == "role_may_not"
    assert outcome(team, team.reviewer, team.robot, ["specs:read"]) == "role_may_not"


def test_an_agent_makes_no_keys(team: Team):
    accounts.add_member(team.project, team.robot, actor=team.maintainer, role="maintainer")

    assert outcome(team, team.agent, team.robot, ["specs:read"]) == "agent_may_not"
    assert outcome(team, actors.from_session(team.robot, door="api"), team.robot, ["specs:read"]) == "agent_may_not"


def test_a_key_makes_no_key_unless_it_administers(team: Team):
    small, great = (
        actors.from_key(accounts.create_key(team.project, team.alice, actor=team.maintainer, scopes=[one]), door="api")
        for one in ("specs:read", "admin")
    )

    assert outcome(team, small, team.alice, ["specs:read"]) == "scope_missing"
    assert outcome(team, great, team.alice, ["specs:read"]) == ""


def test_a_stranger_makes_no_key_and_has_none(team: Team):
    assert outcome(team, team.stranger, team.bob, ["specs:read"]) == "project_not_found"
    assert outcome(team, team.stranger, team.charlie, ["specs:read"]) == "not_a_member"
    assert outcome(team, team.maintainer, team.charlie, ["specs:read"]) == "not_a_member"


@pytest.mark.parametrize("scopes", [[], ["specs:fly"], ["specs:read", ""], ["specs:read", "ADMIN"], ["\ud800"]])
def test_a_scope_that_there_is_not_is_refused(team: Team, scopes: list[str]):
    assert outcome(team, team.maintainer, team.robot, scopes) == "unknown_scope"


def test_a_scope_that_is_named_twice_counts_once(team: Team):
    key = accounts.create_key(team.project, team.bob, actor=team.reviewer, scopes=["specs:read", "specs:read"])

    assert key.scopes == ["specs:read"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("a" * 100, ""), ("a" * 101, "invalid_title"), ("two\nlines", "invalid_title"), ("nul\0", "invalid_text")],
)
def test_a_keys_name_is_one_short_line(team: Team, name: str, code: str):
    assert outcome(team, team.maintainer, team.robot, ["specs:read"], name=name) == code


def test_a_key_is_revoked_by_its_user_a_maintainer_or_the_owner_and_by_nobody_else(team: Team):
    def revoked_by(actor: Actor, user: User) -> str:
        key = accounts.create_key(team.project, user, actor=actors.system(door="cli"), scopes=["specs:read"])
        try:
            return "" if accounts.revoke_key(key, actor=actor).revoked_at else "still valid"
        except DomainError as error:
            assert ApiKey.objects.get(pk=key.pk).revoked_at is None
            return error.code

    assert revoked_by(team.reviewer, team.bob) == ""
    assert revoked_by(team.maintainer, team.bob) == ""
    assert revoked_by(actors.system(door="cli"), team.bob) == ""
    assert revoked_by(team.reviewer, team.alice) == "role_may_not"
    assert revoked_by(team.agent, team.robot) == "agent_may_not"
    assert revoked_by(team.stranger, team.bob) == "project_not_found"


def test_a_key_is_revoked_once(team: Team):
    key = accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=["specs:read"])

    first = accounts.revoke_key(key, actor=team.maintainer)
    again = accounts.revoke_key(key, actor=team.maintainer)

    assert again.revoked_at == first.revoked_at
    entry = AuditEntry.objects.get(verb="key.revoked")
    assert entry.content["data"] == {"prefix": key.prefix, "username": "robot"}
