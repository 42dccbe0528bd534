"""`manage.py key_create`: prints the key and nothing else, or says with a code why not (CONTRACT, Commands)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from specflow.accounts.authentication import authenticate
from specflow.accounts.models import ApiKey, Kind, Membership, User
from specflow.audit.models import AuditEntry
from tests.factories import Team, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def run(*argv: str, project: str = "demo", user: str = "bob", scopes: str = "specs:read") -> str:
    out = StringIO()
    call_command("key_create", "--project", project, "--user", user, "--scopes", scopes, *argv, stdout=out)
    return out.getvalue()


def test_it_prints_the_key_alone_and_the_key_is_good(team: Team):
    said = run("--name", "laptop", scopes="specs:write, specs:read,")

    key = authenticate(said.strip())
    assert said == f"{said.strip()}\n"
    assert (key.user, key.project, key.name) == (team.bob, team.project, "laptop")
    assert key.scopes == ["specs:read", "specs:write"]
    assert key.expires_at is None


def test_the_key_is_not_in_the_log(team: Team):
    secret = run().strip().split("_")[2]

    assert AuditEntry.objects.get(verb="key.created").content["actor"]["door"] == "cli"
    assert not AuditEntry.objects.filter(canonical__contains=secret).exists()


def test_it_makes_the_agent_that_is_missing(team: Team):
    authenticate(run("--agent", "--role", "viewer", user="helper").strip())

    helper = User.objects.get(username="helper")
    assert helper.kind == Kind.AGENT
    assert Membership.objects.get(user=helper).role == "viewer"


def test_it_takes_the_agent_that_is_there(team: Team):
    authenticate(run("--agent", user="robot").strip())

    assert ApiKey.objects.get().user == team.robot


def test_a_key_may_have_an_end(team: Team):
    run("--days", "30")

    left = ApiKey.objects.get().expires_at - timezone.now()
    assert timedelta(days=29, hours=23) < left < timedelta(days=30)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ({"project": "none"}, "project_not_found"),
        ({"user": "nobody"}, "user_not_found"),
        ({"user": "charlie"}, "not_a_member"),
        ({"scopes": "specs:fly"}, "unknown_scope"),
        ({"scopes": ","}, "unknown_scope"),
        ({"user": "robot", "scopes": "approvals:decide"}, "agent_may_not"),
    ],
)
def test_what_cannot_be_made_is_refused_with_its_code(team: Team, argv: dict[str, str], code: str):
    with pytest.raises(CommandError, match=f"^{code}: ") as refused:
        run(**argv)

    assert refused.value.returncode != 0
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("days", ["0", "-1", "999999999999"])
def test_an_end_in_the_past_or_beyond_time_is_refused(team: Team, days: str):
    with pytest.raises(CommandError, match=r"^invalid_days: "):
        run("--days", days)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--scopes", "specs:fly"], "unknown_scope"),
        (["--scopes", "admin"], "agent_may_not"),
        (["--role", "king"], "unknown_role"),
        (["--days", "0"], "invalid_days"),
        (["--name", "two\nlines"], "invalid_title"),
    ],
)
def test_a_refused_key_leaves_no_agent_behind(team: Team, argv: list[str], code: str):
    before = AuditEntry.objects.count()

    with pytest.raises(CommandError, match=f"^{code}: "):
        run("--agent", *argv, user="helper")

    assert not User.objects.filter(username="helper").exists()
    assert AuditEntry.objects.count() == before


def test_an_agent_cannot_have_the_name_of_a_person(team: Team):
    with pytest.raises(CommandError, match=r"^not_an_agent: "):
        run("--agent", user="bob")
