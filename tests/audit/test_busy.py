"""A lock that is not free in time is a refusal that says so, on both engines (QUALITY 17)."""

import contextlib
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from specflow.accounts import actions as accounts
from specflow.accounts.models import Project, User
from specflow.audit.models import Chain
from specflow.errors import Conflict
from tests.audit.acting import make_project, owner, say, sequences

pytestmark = pytest.mark.django_db(transaction=True)
LOCK = {
    "sqlite": ("BEGIN IMMEDIATE", "PRAGMA busy_timeout = 100"),
    "postgresql": ("SELECT * FROM audit_chain FOR UPDATE", "SET lock_timeout = 100"),
}


@contextlib.contextmanager
def held() -> Iterator[None]:
    """The lock of every chain, held by another connection; this one waits for 100 ms at most."""
    statement, patience = LOCK[connection.vendor]
    other = connection.copy()
    other.inc_thread_sharing()
    try:
        with connection.cursor() as cursor:
            cursor.execute(patience)
        if connection.vendor != "sqlite":
            other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(statement)
        yield
    finally:
        other.close()
        connection.close()


def test_a_call_that_waits_in_vain_says_busy_and_changes_nothing():
    project, actor = make_project(), owner()

    with held(), pytest.raises(Conflict) as refused:
        accounts.create_agent("robot", actor=actor, project=project)

    assert refused.value.code == "busy"
    assert refused.value.details == {"action": "create_agent"}
    assert refused.value.next_steps == ("Try the same call again.",)
    assert not User.objects.filter(username="robot").exists()
    assert sequences(project) == [1]


def test_the_same_call_goes_through_when_the_lock_is_free():
    project, actor = make_project(), owner().with_idempotency("k1")
    with held(), pytest.raises(Conflict):
        say(project, actor=actor)

    say(project, actor=actor)

    assert sequences(project) == [1, 2]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer: there is no deadlock to end")
def test_who_is_chosen_to_end_a_deadlock_is_told_busy():
    from tests.together import at_once

    one, other = (Project.objects.create(slug=slug, name=slug) for slug in ("one", "other"))
    actor = owner()

    def crossing(first: Project, second: Project) -> None:
        with transaction.atomic():
            say(first, actor=actor)
            say(second, actor=actor)

    refusals = []
    for _ in range(30):
        ended = at_once([lambda: crossing(one, other), lambda: crossing(other, one)])
        refusals += ended.codes
        if refusals:
            break

    assert set(refusals) == {"busy"}
    assert Chain.objects.count() == 2
