"""REST of the log."""

import pytest
from django.db import connection
from django.test import Client

from specflow.audit import triggers
from specflow.audit.models import AuditEntry
from tests.calling import caller
from tests.factories import Team, make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def test_the_log_is_read_in_order_and_after_a_sequence(team: Team) -> None:
    make_spec(team)
    bob = caller(team, team.bob)
    whole = bob("GET", "audit?project=demo&limit=200").body["results"]
    assert [one["seq"] for one in whole] == list(range(1, len(whole) + 1))
    assert bob("GET", "audit?project=demo&limit=200&after=3").body["results"] == whole[3:]
    made = bob("GET", "audit?project=demo&verb=spec.created").body["results"]
    assert [one["verb"] for one in made] == ["spec.created"]
    assert made[0]["hash"] == AuditEntry.objects.get(verb="spec.created").hash
    first = bob("GET", "audit?limit=2").body
    following = bob("GET", first["next"].partition("testserver")[2]).body["results"]
    assert [*first["results"], *following] == whole[:4]


def test_the_log_is_for_those_who_may_read_it(team: Team) -> None:
    refused = caller(team, team.robot)("GET", "audit?project=demo")
    assert (refused.status, refused.code) == (403, "role_may_not")
    assert caller(team, team.bob, "specs:read")("GET", "audit?project=demo").code == "scope_missing"
    assert caller(team, team.bob, "audit:read")("GET", "audit?project=demo").status == 200
    assert caller(team, team.bob)("GET", "audit?project=demo-foreign").code == "project_not_found"


def test_a_session_names_the_project(team: Team) -> None:
    client = Client()
    client.force_login(team.bob)
    assert client.get("/api/v1/audit").json()["code"] == "project_missing"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_writes_the_log(team: Team, method: str) -> None:
    assert caller(team, team.alice)(method, "audit?project=demo", {}).status == 405


def test_a_log_says_whether_it_is_whole(team: Team) -> None:
    make_spec(team)
    bob, robot = caller(team, team.bob), caller(team, team.robot)
    count = AuditEntry.objects.filter(chain__key=team.project.public_id).count()
    said = {"project": "demo", "whole": True, "entries": count, "fault": None}
    assert bob("GET", "audit/verification").body == said
    assert robot("GET", "audit/verification").code == "role_may_not"
    assert bob("GET", "audit/verification?project=demo-foreign").code == "project_not_found"


def test_a_log_that_was_touched_names_the_first_bad_entry(team: Team) -> None:
    make_spec(team)
    with triggers.disabled(connection), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_auditentry SET actor = 'mallory' WHERE sequence = 2 AND chain_id = "
            "(SELECT id FROM audit_chain WHERE key = %s)",
            [team.project.public_id],
        )
    answer = caller(team, team.bob)("GET", "audit/verification").body
    assert (answer["whole"], answer["fault"]["sequence"]) == (False, 2)
