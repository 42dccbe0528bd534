"""Pages of tasks and runs: the buttons are the actions, and a run's events are given out in order."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from specflow.accounts import actors
from tasks import leases, runs
from tasks.models import Run, RunEvent, Task
from tasks.providers.base import Event, Outcome
from tasks.throughput import last_day
from tests import factories
from tests.dashboard.visits import as_
from tests.factories import Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return factories.make_team()


@pytest.fixture
def task(team: Team) -> Task:
    return factories.make_released_task(team)


def running(team: Team, task: Task) -> Run:
    runs.request_run(task, actor=team.maintainer)
    job = actors.system(door="job")
    return leases.start(leases.claim_next(actor=job, worker="w"), actor=job)


def test_a_released_task_is_run_from_its_page(team: Team, task: Task) -> None:
    alice = as_(team.alice)
    assert (
        f'action="/p/demo/tasks/{task.public_id}/run"' in alice.get(f"/p/demo/tasks/{task.public_id}/").content.decode()
    )
    answer = alice.post(f"/p/demo/tasks/{task.public_id}/run")
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/p/demo/runs/{run.public_id}/")
    assert run.requested_by == team.alice


def test_a_button_that_the_gate_refuses_says_so(team: Team, task: Task) -> None:
    runs.request_run(task, actor=team.maintainer)
    alice = as_(team.alice)
    page = alice.post(f"/p/demo/tasks/{task.public_id}/run")
    note = alice.post(f"/p/demo/tasks/{task.public_id}/run", headers={"HX-Request": "true"})
    assert (page.status_code, note.status_code) == (409, 409)
    assert "run_open" in page.content.decode()
    assert note["HX-Retarget"] == "#notes"
    assert Run.objects.count() == 1


def test_who_may_not_run_sees_no_button_and_is_refused(team: Team, task: Task) -> None:
    bob = as_(team.bob)
    assert '/run"' not in bob.get(f"/p/demo/tasks/{task.public_id}/").content.decode()
    assert bob.post(f"/p/demo/tasks/{task.public_id}/run").status_code == 403
    assert not Run.objects.exists()


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_a_run_is_changed_only_by_post_with_a_token(team: Team, task: Task, verb: str) -> None:
    run = running(team, task)
    assert as_(team.alice).get(f"/p/demo/runs/{run.public_id}/{verb}").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(team.alice)
    assert strict.post(f"/p/demo/runs/{run.public_id}/{verb}").status_code == 403
    run.refresh_from_db()
    assert not run.cancel_requested


def test_a_run_is_cancelled_and_tried_again(team: Team, task: Task) -> None:
    run = runs.request_run(task, actor=team.maintainer)
    alice = as_(team.alice)
    alice.post(f"/p/demo/runs/{run.public_id}/cancel")
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert "Run again" in alice.get(f"/p/demo/runs/{run.public_id}/").content.decode()
    alice.post(f"/p/demo/runs/{run.public_id}/retry")
    assert Run.objects.filter(status="queued").count() == 1


def test_events_after_a_sequence_are_given_in_order(team: Team, task: Task) -> None:
    run = running(team, task)
    leases.append_events(run, [Event("log", {"text": f"step {number}"}) for number in range(1, 8)])
    text = as_(team.bob).get(f"/p/demo/runs/{run.public_id}/events?after=4").content.decode()
    assert [f'data-seq="{number}"' in text for number in range(1, 8)] == [False] * 4 + [True] * 3
    assert text.index("step 5") < text.index("step 6") < text.index("step 7")


def test_a_run_of_very_many_events_shows_the_latest(team: Team, task: Task) -> None:
    run = running(team, task)
    leases.append_events(run, [Event("stdout", {"text": f"line {number}\n"}) for number in range(1, 1202)])
    text = as_(team.bob).get(f"/p/demo/runs/{run.public_id}/").content.decode()
    assert 'data-seq="1201"' in text
    assert text.count("data-seq=") == 500
    assert "701 earlier ones are not shown" in text


@pytest.mark.parametrize(
    "kind", ["log", "stdout", "stderr", "tool_call", "tool_result", "model_call", "progress", "new"]
)
@pytest.mark.parametrize(
    "data", [{}, {"text": 5}, {"name": None, "arguments": [1]}, {"of": {}, "x": "y" * 9000}, {"a": [{}]}]
)
def test_whatever_an_event_holds_it_is_shown(team: Team, task: Task, kind: str, data: dict[str, object]) -> None:
    run = running(team, task)
    RunEvent.objects.create(run=run, sequence=1, attempt=1, at=timezone.now(), kind=kind, data=data)
    assert as_(team.bob).get(f"/p/demo/runs/{run.public_id}/events").status_code == 200


def test_an_event_says_in_words_what_was_done(team: Team, task: Task) -> None:
    run = running(team, task)
    told = [
        Event("progress", {"done": 2, "of": 5, "now": "Writing"}),
        Event("tool_result", {"ok": False, "exit_code": 1, "text": "1 failed"}),
        Event("tool_result", {"ok": True, "exit_code": 0}),
        Event("model_call", {"model": "recorded", "purpose": "Plan", "prompt": "Do <it>", "input_tokens": 3}),
    ]
    leases.append_events(run, told)
    text = as_(team.bob).get(f"/p/demo/runs/{run.public_id}/events").content.decode()
    for words in ("2 of 5 · Writing", "failed · exit code 1 · 1 failed", "ok", "Plan · recorded · 3 tokens in"):
        assert f'<pre class="event-text">{words}</pre>' in text
    assert '<pre class="event-text event-prompt">Do &lt;it&gt;</pre>' in text


def test_the_chart_counts_the_runs_of_each_hour(team: Team, task: Task) -> None:
    run, now = running(team, task), timezone.now()
    ended = leases.finish(run, actor=actors.system(door="job"), outcome=Outcome("failed", "no", 1, ()))
    Run.objects.filter(pk=ended.pk).update(ended_at=now - timedelta(hours=3))
    day = last_day(team.project, now)
    assert (day.good, day.bad, day.failure_rate) == (0, 1, 100)
    assert [at for at, bar in enumerate(day.bars) if bar.bad] == [20]
    assert len(day.bars) == 24
    Run.objects.filter(pk=ended.pk).update(ended_at=now - timedelta(hours=25))
    assert last_day(team.project, now).total == 0


def test_a_task_in_another_projects_address_is_not_found(team: Team, task: Task) -> None:
    second = factories.make_team("second")
    second_member = as_(second.alice)
    assert second_member.get(f"/p/second/tasks/{task.public_id}/").status_code == 404
    assert second_member.post(f"/p/second/tasks/{task.public_id}/run").status_code == 404
