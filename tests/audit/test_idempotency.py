"""A call that is repeated with its key is made once (QUALITY 2)."""

from dataclasses import dataclass
from typing import Any

import pytest

from specflow.accounts import actions as accounts
from specflow.accounts.capabilities import Role
from specflow.accounts.models import Membership, Project, User
from specflow.audit.log import action
from specflow.audit.models import AuditEntry, IdempotentCall
from specflow.errors import Conflict, Invalid, Reused
from tests.audit.acting import make_project, owner, say, sequences
from tests.factories import make_team
from tests.together import at_once

pytestmark = pytest.mark.django_db
ROUNDS = 12


def test_a_repeated_call_gives_the_first_result_and_does_nothing():
    actor = owner().with_idempotency("k1")

    first = accounts.create_project("demo", actor=actor, name="Demo")
    again = accounts.create_project("demo", actor=actor, name="Demo")

    assert again == first
    assert sequences(first) == [1]
    assert Project.objects.count() == 1


def test_without_a_key_every_call_is_a_call():
    project = make_project()

    say(project, actor=owner())
    say(project, actor=owner())

    assert sequences(project) == [1, 2, 3]
    assert not IdempotentCall.objects.exists()


def test_the_key_with_other_arguments_is_refused():
    project, actor = make_project(), owner().with_idempotency("k1")
    say(project, actor=actor, words="one")

    with pytest.raises(Reused) as refused:
        say(project, actor=actor, words="two")

    assert refused.value.code == "idempotency_key_reused"
    assert sequences(project) == [1, 2]


def test_the_key_with_another_action_is_refused():
    project, actor = make_project(), owner().with_idempotency("k1")
    user = accounts.create_agent("robot", actor=actor, project=project)

    with pytest.raises(Reused):
        accounts.remove_member(project, user, actor=actor)

    assert Membership.objects.filter(user=user).exists()


def test_the_key_with_another_row_of_the_same_name_is_refused():
    one, other = make_project("one"), make_project("other")
    actor = owner().with_idempotency("k1")
    say(one, actor=actor)

    with pytest.raises(Reused):
        say(other, actor=actor)


def test_two_people_may_use_the_same_key():
    team = make_team()

    first = accounts.create_project("one", actor=team.maintainer.with_idempotency("k1"))
    second = accounts.create_project("two", actor=team.stranger.with_idempotency("k1"))

    assert first != second


def test_a_first_call_that_failed_keeps_no_key():
    actor = owner().with_idempotency("k1")

    with pytest.raises(Invalid):
        accounts.create_project("No Slug", actor=actor)

    assert not IdempotentCall.objects.exists()
    assert accounts.create_project("demo", actor=actor).slug == "demo"


def test_an_action_within_the_call_does_not_use_the_key_up():
    project, actor = make_project(), owner().with_idempotency("k1")

    first = accounts.create_agent("robot", actor=actor, project=project)

    assert accounts.create_agent("robot", actor=actor, project=project) == first
    assert IdempotentCall.objects.get().result_type == "accounts.User"


def test_a_result_that_is_gone_is_said_to_be():
    team = make_team()
    actor = team.maintainer.with_idempotency("k1")
    accounts.add_member(team.project, team.charlie, actor=actor, role=Role.VIEWER)
    accounts.remove_member(team.project, team.charlie, actor=team.maintainer)

    with pytest.raises(Conflict) as refused:
        accounts.add_member(team.project, team.charlie, actor=actor, role=Role.VIEWER)

    assert refused.value.code == "result_gone"
    assert not Membership.objects.filter(project=team.project, user=team.charlie).exists()


@dataclass(frozen=True)
class Said:
    project: Project
    count: int


@action
def say_and_count(project: Project, *, actor: Any) -> Said:
    say(project, actor=actor)
    return Said(project, 1)


def test_a_result_around_a_row_comes_back_whole():
    project, actor = make_project(), owner().with_idempotency("k1")

    first = say_and_count(project, actor=actor)

    assert say_and_count(project, actor=actor) == first == Said(project, 1)
    assert sequences(project) == [1, 2]


def test_a_result_that_cannot_be_kept_is_refused_and_nothing_happened():
    project = make_project()

    @action
    def count(*, actor: Any) -> int:
        say(project, actor=actor)
        return 1

    with pytest.raises(TypeError, match="must return a row"):
        count(actor=owner().with_idempotency("k1"))

    assert sequences(project) == [1]


@pytest.mark.django_db(transaction=True)
def test_the_same_call_by_many_at_once_is_made_once():
    for number in range(ROUNDS):
        actor = owner().with_idempotency(f"k{number}")
        slug = f"demo-{number}"

        ended = at_once([lambda slug=slug, actor=actor: accounts.create_project(slug, actor=actor) for _ in range(12)])

        assert ended.codes == []
        assert {one.pk for one in ended.values} == {Project.objects.get(slug=slug).pk}
        assert AuditEntry.objects.filter(verb="project.created").count() == number + 1


@pytest.mark.django_db(transaction=True)
def test_the_same_call_that_nothing_but_its_key_keeps_single_is_made_once():
    project = make_project()
    actor = owner().with_idempotency("k1")

    ended = at_once([lambda: say(project, actor=actor)] * 12)

    assert ended.codes == []
    assert {one.pk for one in ended.values} == {project.pk}
    assert sequences(project) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_key_at_once_one_is_refused():
    project = make_project()
    for number in range(ROUNDS):
        actor = owner().with_idempotency(f"k{number}")

        ended = at_once(
            [lambda words=words, actor=actor: say(project, actor=actor, words=words) for words in ("one", "two") * 4]
        )

        assert len(ended.values) == 4
        assert ended.codes == ["idempotency_key_reused"] * 4
        assert len(sequences(project)) == number + 2


@pytest.mark.django_db(transaction=True)
def test_the_same_request_with_different_keys_is_refused_by_its_own_rules():
    actor = owner()

    ended = at_once(
        [
            lambda key=key: accounts.create_person(
                "alice", actor=actor.with_idempotency(key), password="correct horse battery"
            )
            for key in ("k1", "k2", "k3")
        ]
    )

    assert len(ended.values) == 1
    assert User.objects.filter(username="alice").count() == 1
