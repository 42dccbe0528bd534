"""An act and its entry are one: both stand, in their order, or neither does (DESIGN, One call path)."""

import hashlib
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from specflow.accounts import actions as accounts
from specflow.accounts.models import Membership, Project, User
from specflow.audit import log
from specflow.audit.log import action
from specflow.audit.models import SYSTEM, AuditEntry, Chain
from specflow.audit.verbs import VERBS
from specflow.errors import Conflict
from tests.audit.acting import VERB, make_project, owner, say, sequences

pytestmark = pytest.mark.django_db


def test_an_act_stands_on_the_log_with_its_place_actor_object_and_data():
    project = make_project()

    say(project, actor=owner(), words="naïve ☃")

    entry = AuditEntry.objects.get(chain__key=project.public_id, sequence=2)
    assert (entry.verb, entry.actor) == (VERB, "system")
    assert (entry.object_type, entry.object_id) == ("project", project.public_id)
    assert entry.content["data"] == {"words": "naïve ☃"}
    assert entry.content["actor"]["door"] == "cli"
    assert entry.content["at"] == entry.at.isoformat(timespec="microseconds")


def test_each_entry_is_chained_to_the_one_before_it():
    project = make_project(entries=4)

    before = ""
    for entry in AuditEntry.objects.filter(chain__key=project.public_id):
        assert entry.previous == entry.content["previous"] == before
        assert entry.hash == hashlib.sha256(entry.canonical.encode()).hexdigest()
        before = entry.hash
    chain = Chain.objects.get(key=project.public_id)
    assert (chain.sequence, chain.head) == (4, before)
    assert log.head_of(project) == before


def test_projects_are_numbered_apart_from_each_other_and_from_the_system():
    one, other = make_project("one", entries=3), make_project("other", entries=2)
    accounts.create_person("alice", actor=owner(), password="correct horse battery")

    assert (sequences(one), sequences(other)) == ([1, 2, 3], [1, 2])
    assert AuditEntry.objects.get(chain__key=SYSTEM).verb == "user.created"


def test_one_action_may_speak_on_several_chains():
    one, other = make_project("one"), make_project("other")

    @action
    def link(*, actor: Any) -> None:
        for project in (other, one, other):
            log.entry(VERB, project, project=project)
        log.entry("user.created", actor.user, project=None)

    link(actor=owner())

    assert (sequences(one), sequences(other)) == ([1, 2], [1, 2, 3])
    assert Chain.objects.get(key=SYSTEM).sequence == 1


@pytest.mark.django_db(transaction=True)
def test_the_entry_is_the_last_that_a_transaction_writes():
    project, actor = make_project(), owner()
    with CaptureQueriesContext(
        connection,
    ) as caught:
        accounts.create_agent("robot", actor=actor.with_idempotency("once"), project=project)

    said = [query["sql"].replace('"', "") for query in caught.captured_queries]
    entries = [place for place, sql in enumerate(said) if "INSERT INTO audit_auditentry" in sql]
    rest = [sql.split(" SET ")[0] for sql in said[entries[-1] + 1 :]]
    bell = ["SELECT pg_notify('specflow', '')"] if connection.vendor == "postgresql" else []
    assert entries == [entries[0], entries[0] + 1]
    assert rest == ["UPDATE audit_chain", *bell, "COMMIT"]
    assert sum(sql.startswith("BEGIN") for sql in said) == 1
    assert AuditEntry.objects.filter(verb__in=("user.created", "member.added")).count() == 2


def _refuse_entries() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER the_disk_is_full BEFORE INSERT ON audit_auditentry "
                "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )
            return
        cursor.execute(
            "CREATE FUNCTION the_disk_is_full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER the_disk_is_full BEFORE INSERT ON audit_auditentry "
            "FOR EACH ROW EXECUTE FUNCTION the_disk_is_full()"
        )


@pytest.mark.parametrize("key", ["", "once"])
def test_where_the_entry_cannot_be_written_nothing_happened(key: str):
    project, actor = make_project(), owner().with_idempotency(key)
    _refuse_entries()

    with pytest.raises(DatabaseError, match="the disk is full"):
        accounts.create_agent("robot", actor=actor, project=project)

    assert not User.objects.filter(username="robot").exists()
    assert not Membership.objects.exists()
    assert sequences(project) == [1]
    assert Chain.objects.get(key=project.public_id).sequence == 1


@pytest.mark.parametrize("data", [float("nan"), object(), "\ud800"])
def test_an_act_that_cannot_be_put_into_words_did_not_happen(data: object):
    project = make_project()

    @action
    def rename(*, actor: Any) -> None:
        Project.objects.filter(pk=project.pk).update(name="Changed")
        log.entry(VERB, project, project=project, data=data)

    with pytest.raises((ValueError, TypeError)):
        rename(actor=owner())

    project.refresh_from_db()
    assert project.name == "demo"
    assert sequences(project) == [1]


def test_an_action_within_an_action_joins_it():
    project = make_project()

    @action
    def outer(*, actor: Any) -> None:
        log.entry(VERB, project, project=project, place="first")
        say(project, actor=actor, words="second")
        log.entry(VERB, project, project=project, place="third")
        assert sequences(project) == [1]

    outer(actor=owner())

    said = [entry.content["data"] for entry in AuditEntry.objects.filter(verb=VERB)]
    assert said == [{"place": "first"}, {"words": "second"}, {"place": "third"}]


def test_an_error_of_the_outer_action_undoes_the_inner_one():
    project = make_project()

    @action
    def outer(*, actor: Any) -> None:
        accounts.create_agent("robot", actor=actor, project=project)
        raise Conflict("wrong_state", "Not now.")

    with pytest.raises(Conflict, match="Not now"):
        outer(actor=owner())

    assert not User.objects.filter(username="robot").exists()
    assert sequences(project) == [1]
    say(project, actor=owner())
    assert sequences(project) == [1, 2]


def test_an_act_that_changes_nothing_says_nothing():
    project = make_project()

    say(project, actor=owner(), times=0)

    assert sequences(project) == [1]


def test_a_verb_outside_the_closed_list_is_refused():
    project = make_project()

    @action
    def invent(*, actor: Any) -> None:
        log.entry("project.exploded", project, project=project)

    with pytest.raises(KeyError, match=r"project\.exploded"):
        invent(actor=owner())
    assert sequences(project) == [1]


def test_an_entry_outside_an_action_is_refused():
    project = make_project()

    with pytest.raises(RuntimeError, match="outside an action"):
        log.entry(VERB, project, project=project)


def test_verbs_are_an_object_and_what_was_done_to_it():
    for verb, sentence in VERBS.items():
        noun, _, done = verb.partition(".")
        assert noun.isalpha(), verb
        assert done.replace("_", "").isalpha(), verb
        assert sentence, verb
