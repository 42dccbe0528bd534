"""Keys: their text, what is kept of it, and how one is known again (QUALITY 32)."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from specflow.accounts import actions as accounts
from specflow.accounts import actors, keys
from specflow.accounts.authentication import authenticate, reauthenticate, token_of
from specflow.accounts.models import ApiKey, User
from specflow.accounts.queries import visible_project
from specflow.audit.models import AuditEntry, IdempotentCall
from specflow.errors import DomainError, NotFound, Unauthenticated
from tests.factories import Team, make_team

SCOPES = ["specs:read", "specs:write"]


def test_a_key_has_a_prefix_a_long_secret_and_a_checksum():
    text, prefix, digest = keys.new_key()

    assert re.fullmatch(r"sf_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", text)
    assert text.split("_")[1] == prefix == keys.prefix_of(text)
    assert digest == hashlib.sha256(text.encode()).hexdigest()


def test_no_two_keys_are_alike():
    made = [keys.new_key() for _ in range(200)]

    assert len({text for text, _, _ in made}) == len({prefix for _, prefix, _ in made}) == 200


@pytest.mark.parametrize("place", range(49))
def test_a_typing_error_anywhere_is_noticed_without_the_database(place: int):
    text, _, _ = keys.new_key()
    typo = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]

    assert keys.prefix_of(typo) is None


BAD = {
    "nothing": "",
    "no key": "hello",
    "no secret": "sf_abcdefgh_",
    "cut": "sf_abcdefgh_" + "a" * 37,
    "long": "sf_abcdefgh_" + "a" * 5000,
    "other alphabet": "sf_abcdefgh_" + "é" * 38,
    "other digits": "sf_abcdefgh_" + "٣" * 38,
    "surrogate": "sf_abcdefgh_" + "\ud800" * 38,
    "null": "sf_\0bcdefgh_" + "a" * 38,
    "line": "sf_abcdefgh_" + "a" * 37 + "\n",
    "four parts": "sf_abc_defgh_" + "a" * 38,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_what_is_no_key_is_unknown_without_the_database(text: str):
    with pytest.raises(Unauthenticated) as refused:
        authenticate(text)

    assert refused.value.code == "key_unknown"


@pytest.mark.parametrize("prefix", ["\0bcdefgh", "éééééééé", "'; DROP--"])
def test_a_strange_prefix_is_unknown_even_with_its_right_checksum(prefix: str):
    body = f"sf_{prefix}_" + "a" * 32

    assert keys.prefix_of(body + keys._checksum(body)) is None


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


def make_key(team: Team, **more: Any) -> ApiKey:
    return accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=SCOPES, **more)


def code_of(text: str) -> str:
    try:
        authenticate(text)
    except DomainError as error:
        return error.code
    return ""


def test_a_key_is_known_again_with_its_user_and_project(team: Team):
    made = make_key(team)

    with CaptureQueriesContext(connection) as caught:
        key = authenticate(made.text)
        actor = actors.from_key(key, door="api")
        assert (key.project.slug, actor.name) == ("demo", "robot")

    assert key == made
    assert (actor.scopes, actor.bound_to, actor.key) == (frozenset(SCOPES), team.project.pk, made.prefix)
    assert len([query for query in caught if query["sql"].startswith("SELECT")]) == 1


def test_a_key_of_nobody_and_one_with_another_secret_are_unknown(team: Team):
    made = make_key(team)
    stranger, _, _ = keys.new_key()
    body = f"sf_{made.prefix}_" + "a" * 32
    forged = body + keys._checksum(body)

    assert keys.prefix_of(forged) == made.prefix
    assert code_of(stranger) == code_of(forged) == "key_unknown"


def test_a_wrong_checksum_asks_the_database_nothing(team: Team, django_assert_num_queries: Any):
    text = make_key(team).text

    with django_assert_num_queries(0):
        assert code_of(text[:-1] + ("a" if text[-1] != "a" else "b")) == "key_unknown"


def test_the_text_is_shown_once_and_never_kept(team: Team):
    made = make_key(team, name="laptop")
    again = ApiKey.objects.get(pk=made.pk)

    assert made.text.startswith("sf_")
    assert not hasattr(again, "text")
    assert again.digest == hashlib.sha256(made.text.encode()).hexdigest()
    assert made.text not in str(ApiKey.objects.values().get())
    assert made.text.split("_")[2] not in repr(again) + str(again)


def test_the_secret_is_nowhere_on_the_log_and_in_no_remembered_call(team: Team):
    actor = team.maintainer.with_idempotency("k1")
    made = accounts.create_key(team.project, team.robot, actor=actor, scopes=SCOPES)
    accounts.revoke_key(made, actor=actors.from_session(team.alice, door="api"))
    secret = made.text.split("_")[2]

    told = [entry.canonical for entry in AuditEntry.objects.all()]
    assert any(made.prefix in one for one in told)
    assert not any(secret in one or made.digest in one for one in told)
    assert secret not in str(list(IdempotentCall.objects.values()))


def test_a_repeated_call_does_not_show_the_key_again(team: Team):
    actor = team.maintainer.with_idempotency("k1")
    first = accounts.create_key(team.project, team.robot, actor=actor, scopes=SCOPES)

    again = accounts.create_key(team.project, team.robot, actor=actor, scopes=SCOPES)

    assert again == first
    assert not hasattr(again, "text")
    assert ApiKey.objects.count() == 1


def test_a_key_ends_at_its_hour(team: Team):
    ended = make_key(team, expires_at=timezone.now() - timedelta(seconds=1))
    valid = make_key(team, expires_at=timezone.now() + timedelta(hours=1))

    assert code_of(ended.text) == "key_expired"
    assert code_of(valid.text) == ""


def test_a_revoked_key_ends_at_once(team: Team):
    made = make_key(team)
    key = authenticate(made.text)

    accounts.revoke_key(made, actor=team.maintainer)

    assert code_of(made.text) == "key_revoked"
    with pytest.raises(Unauthenticated, match="revoked"):
        reauthenticate(key)


def test_a_key_of_who_was_deactivated_is_unknown(team: Team):
    made = make_key(team)
    key = authenticate(made.text)

    User.objects.filter(pk=team.robot.pk).update(is_active=False)

    assert code_of(made.text) == "key_unknown"
    with pytest.raises(Unauthenticated):
        reauthenticate(key)


def test_a_key_that_is_gone_is_unknown(team: Team):
    made = make_key(team)
    key = authenticate(made.text)

    made.delete()

    with pytest.raises(Unauthenticated) as refused:
        reauthenticate(key)
    assert refused.value.code == "key_unknown"


def test_a_key_whose_membership_ended_sees_no_project(team: Team):
    made = make_key(team)
    accounts.remove_member(team.project, team.robot, actor=team.maintainer)

    actor = actors.from_key(authenticate(made.text), door="api")

    with pytest.raises(NotFound):
        visible_project(actor, "demo")


def test_a_key_does_not_leave_its_project(team: Team):
    accounts.add_member(team.foreign, team.robot, actor=team.stranger, role="engineer")
    actor = actors.from_key(authenticate(make_key(team).text), door="api")

    assert visible_project(actor, "demo") == team.project
    with pytest.raises(NotFound):
        visible_project(actor, team.foreign.slug)
    assert visible_project(actors.from_session(team.robot, door="page"), team.foreign.slug) == team.foreign


def test_the_use_of_a_key_is_noted_once_a_minute(team: Team, django_assert_num_queries: Any):
    made = make_key(team)
    assert made.last_used_at is None

    authenticate(made.text)
    first = ApiKey.objects.get(pk=made.pk).last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        authenticate(made.text)
    assert ApiKey.objects.get(pk=made.pk).last_used_at == first

    ApiKey.objects.update(last_used_at=first - timedelta(seconds=61))
    authenticate(made.text)
    assert ApiKey.objects.get(pk=made.pk).last_used_at >= first


def test_the_use_of_a_key_is_not_on_the_log(team: Team):
    made = make_key(team)
    before = AuditEntry.objects.count()

    authenticate(made.text)

    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    ("authorization", "x_api_key", "token"),
    [
        ("Bearer sf_1", "", "sf_1"),
        ("bearer   sf_1 ", "", "sf_1"),
        ("", " sf_2 ", "sf_2"),
        ("Bearer sf_1", "sf_2", "sf_1"),
        ("Basic abc", "sf_2", "sf_2"),
        ("Basic abc", "", ""),
        ("Bearer", "", ""),
        ("", "", ""),
    ],
)
def test_a_key_travels_in_either_header(authorization: str, x_api_key: str, token: str):
    assert token_of(authorization, x_api_key) == token
