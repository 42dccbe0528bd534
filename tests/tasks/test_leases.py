"""A worker holds a run by a lease and writes under its fence, and nothing more once it lost that (QUALITY 4, 5)."""

import hashlib

import pytest
from django.db import DatabaseError, transaction

from specflow.audit.models import AuditEntry
from tasks import leases
from tasks.leases import LeaseLost
from tasks.models import Output, Run, RunEvent, RunStatus, Task
from tasks.providers.base import Event, Outcome, OutputItem
from tests.factories import Team, make_team
from tests.tasks.workers import claimed, let_the_lease_end, queued, taken_over, worker
from tests.together import at_once

DONE = Outcome("succeeded", "Done", 0, (OutputItem("report.md", "# Done\n"),))


@pytest.fixture
def team(db) -> Team:
    return make_team()


def said(*texts: str) -> list[Event]:
    return [Event("log", {"text": text}) for text in texts]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_never_hold_the_same_run():
    waiting = queued(make_team(), 5)

    ended = at_once([lambda n=n: leases.claim_next(actor=worker(), worker=f"w{n}") for n in range(8)])

    held = [run.public_id for run in ended.values if run]
    assert ended.codes == []
    assert sorted(held) == sorted(run.public_id for run in waiting)
    assert {(run.fence, run.attempt) for run in Run.objects.all()} == {(1, 1)}
    assert AuditEntry.objects.filter(verb="run.leased").count() == 5


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_take_a_lost_run_over_once():
    run = claimed(make_team())
    let_the_lease_end(run)

    ended = at_once([lambda n=n: leases.claim_next(actor=worker(), worker=f"w{n}") for n in range(8)])

    assert ended.codes == []
    assert [held.fence for held in ended.values if held] == [2]
    assert AuditEntry.objects.filter(verb="run.taken_over").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_ended_by_eight_threads_at_once_ends_once():
    run = claimed(make_team())

    ended = at_once([lambda: leases.finish(run, actor=worker(), outcome=DONE) for _ in range(8)])

    assert (len(ended.values), {type(error) for error in ended.errors}) == (1, {LeaseLost})
    assert Output.objects.count() == AuditEntry.objects.filter(verb="run.succeeded").count() == 1


@pytest.mark.django_db(transaction=True)
def test_events_that_are_appended_at_once_are_numbered_without_gaps():
    run = claimed(make_team())

    ended = at_once([lambda n=n: leases.append_events(run, said(f"{n}a", f"{n}b")) for n in range(8)])

    assert ended.codes == []
    assert list(RunEvent.objects.values_list("sequence", flat=True)) == list(range(1, 17))


def test_the_oldest_run_is_claimed_first_and_a_held_one_not_at_all(team):
    first, second = queued(team, 2)

    held = [leases.claim_next(actor=worker(), worker="w") for _ in range(3)]

    assert [run and run.public_id for run in held] == [first.public_id, second.public_id, None]


def test_a_started_run_has_its_task_in_progress(team):
    run = claimed(team)

    assert (run.status, Task.objects.get(pk=run.task_id).status) == (RunStatus.RUNNING, "in_progress")
    assert run.started_at is not None


def test_a_heartbeat_makes_the_lease_longer(team):
    run = claimed(team)
    let_the_lease_end(run)

    assert leases.heartbeat(run) is False

    assert leases.claim_next(actor=worker(), worker="second") is None


def test_a_worker_whose_lease_was_taken_writes_nothing_more(team):
    first = claimed(team)
    leases.append_events(first, said("mine"))
    second = leases.start(taken_over(first), actor=worker())
    before = (Run.objects.values().get(), RunEvent.objects.count(), AuditEntry.objects.count())

    for write in (
        lambda: leases.heartbeat(first),
        lambda: leases.append_events(first, said("late")),
        lambda: leases.start(first, actor=worker()),
        lambda: leases.finish(first, actor=worker(), outcome=DONE),
    ):
        with pytest.raises(LeaseLost):
            write()

    assert (Run.objects.values().get(), RunEvent.objects.count(), AuditEntry.objects.count()) == before
    assert not Output.objects.exists()
    leases.finish(second, actor=worker(), outcome=DONE)
    assert Output.objects.get().name == "report.md"


def test_the_takeover_says_whose_run_it_was(team):
    again = taken_over(claimed(team))

    entry = AuditEntry.objects.get(verb="run.taken_over").content["data"]
    assert (again.fence, again.attempt, again.worker) == (2, 2, "second")
    assert (entry["lost"], entry["worker"], entry["attempt"]) == ("first", "second", 2)


def test_a_run_that_three_workers_lost_fails_and_is_not_claimed_again(team):
    run = claimed(team)
    for _ in range(2):
        run = leases.start(taken_over(run), actor=worker())
    let_the_lease_end(run)

    ended = leases.claim_next(actor=worker(), worker="fourth")

    assert (ended.pk, ended.status, ended.summary) == (run.pk, "failed", "3 workers were lost in this run")
    assert AuditEntry.objects.filter(verb="run.failed").count() == 1
    assert leases.claim_next(actor=worker(), worker="fourth") is None


def test_a_finished_run_takes_nothing_more(team):
    run = claimed(team)
    ended = leases.finish(run, actor=worker(), outcome=DONE)

    for write in (
        lambda: leases.heartbeat(run),
        lambda: leases.append_events(run, said("late")),
        lambda: leases.finish(run, actor=worker(), outcome=DONE),
    ):
        with pytest.raises(LeaseLost):
            write()

    assert (ended.status, ended.exit_code, ended.summary, ended.lease_until) == ("succeeded", 0, "Done", None)
    assert Output.objects.get().sha256 == hashlib.sha256(b"# Done\n").hexdigest()
    assert not RunEvent.objects.exists()


def test_events_go_on_over_a_takeover_and_say_in_which_attempt_they_were(team):
    run = claimed(team)
    leases.append_events(run, said("a", "b"))
    again = leases.start(taken_over(run), actor=worker())
    leases.append_events(again, said("c"))

    rows = [(row.sequence, row.attempt, row.data["text"]) for row in RunEvent.objects.all()]
    assert rows == [(1, 1, "a"), (2, 1, "b"), (3, 2, "c")]


def test_the_end_seals_the_events_and_the_outputs_into_the_log(team):
    run = claimed(team)
    leases.append_events(run, said("a", "ü \u2028 {}"))

    leases.finish(run, actor=worker(), outcome=DONE)

    sealed = AuditEntry.objects.get(verb="run.succeeded").content["data"]
    assert (sealed["events"], sealed["events_sha256"]) == leases.events_digest(run)
    assert sealed["events"] == 2
    assert sealed["outputs"] == {"report.md": hashlib.sha256(b"# Done\n").hexdigest()}


def test_the_seal_shows_a_changed_event(team):
    from django.db import connection

    from specflow.audit import triggers

    run = claimed(team)
    leases.append_events(run, said("a"))
    leases.finish(run, actor=worker(), outcome=DONE)
    with triggers.disabled(connection):
        RunEvent.objects.update(kind="stdout")

    sealed = AuditEntry.objects.get(verb="run.succeeded").content["data"]["events_sha256"]
    assert leases.events_digest(run)[1] != sealed


def test_events_are_append_only_in_the_database(team):
    run = claimed(team)
    leases.append_events(run, said("a"))

    for attempt in (lambda: RunEvent.objects.update(kind="x"), lambda: RunEvent.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()


def test_a_run_does_not_begin_when_its_tasks_changed_while_it_waited(team):
    from specflow.errors import Conflict
    from tasks import actions as tasks

    run = queued(team)[0]
    tasks.add_task(run.task.spec, actor=team.agent, title="Unlock")
    held = leases.claim_next(actor=worker(), worker="w")

    with pytest.raises(Conflict) as caught:
        leases.start(held, actor=worker())

    assert caught.value.code == "stale_approval"
    assert Run.objects.get().status == RunStatus.LEASED
