"""A worker at work: runs from the queue to their end, through real providers (QUALITY 4, 5, 7, 8)."""

import os
import signal
import sys
import threading
import time

import pytest
from django.db import connection

from specflow.audit.models import AuditEntry
from specflow.celery import app
from tasks import actions as tasks
from tasks import jobs, leases, runs
from tasks.models import Output, Run, RunEvent, RunStatus, Task
from tests.factories import Team, make_team
from tests.tasks.providers.running import alive
from tests.tasks.workers import claimed, let_the_lease_end, queued, released, use_runner, worker_process
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

# The first time it says its process number and stays; after that it ends its work.
STAYS_ONCE = """
import os, sys, time
if not os.path.exists(sys.argv[1]):
    open(sys.argv[1] + ".new", "w").write(str(os.getpid()))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    print("begun", flush=True)
    time.sleep(600)
print("done", flush=True)
"""


@pytest.fixture
def team() -> Team:
    return make_team()


def ask(team: Team, provider: str, options: dict, timeout: float = 30) -> Run:
    """A queued run by this provider."""
    task = released(team)[0]
    use_runner(team, provider, options, timeout)
    return runs.request_run(task, actor=team.agent)


def script(*steps: dict) -> dict:
    return {"script": {"steps": list(steps)}}


def assert_sealed(run: Run) -> None:
    """The events are gapless and those that the log was given."""
    sequences = list(RunEvent.objects.filter(run=run).values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))
    sealed = AuditEntry.objects.get(object_id=run.public_id, verb__in=("run.succeeded", "run.failed", "run.cancelled"))
    assert (sealed.content["data"]["events"], sealed.content["data"]["events_sha256"]) == leases.events_digest(run)


def test_a_command_is_carried_out_from_the_queue_to_its_end(team):
    run = ask(team, "command", {"argv": ["echo", "done"]})

    assert jobs.work() == 1

    run.refresh_from_db()
    assert (run.status, run.exit_code, run.attempt, run.lease_until) == (RunStatus.SUCCEEDED, 0, 1, None)
    assert [(row.name, row.text) for row in Output.objects.all()] == [("stdout", "done\n")]
    assert "".join(row.data["text"] for row in RunEvent.objects.filter(kind="stdout")) == "done\n"
    assert Task.objects.get(pk=run.task_id).status == "in_progress"
    verbs = list(AuditEntry.objects.filter(object_id=run.public_id).values_list("verb", flat=True))
    assert verbs == ["run.queued", "run.leased", "run.started", "run.succeeded"]
    assert_sealed(run)


def test_a_command_that_fails_fails_its_run_and_says_how(team):
    run = ask(team, "command", {"argv": ["sh", "-c", "echo no such file >&2; exit 3"]})

    jobs.work()

    run.refresh_from_db()
    assert (run.status, run.exit_code) == (RunStatus.FAILED, 3)
    assert "no such file" in run.summary
    assert_sealed(run)


def test_what_a_command_says_can_always_be_kept(team):
    code = r"import sys; sys.stdout.buffer.write(b'a\0b\xff\xed\xa0\x80\x1b[0m\n')"
    run = ask(team, "command", {"argv": [sys.executable, "-c", code]})

    jobs.work()

    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED
    assert Output.objects.get().text.startswith("a")
    assert_sealed(run)


def test_a_command_over_its_time_fails_its_run(team):
    run = ask(team, "command", {"argv": ["sleep", "60"]}, timeout=1)

    jobs.work()

    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert "time limit" in run.summary


def test_a_script_is_played_with_its_events_in_order(team):
    run = ask(
        team,
        "scripted",
        script(
            {"model_call": {"prompt": "Lock"}},
            {"tool_call": {"name": "edit", "arguments": {"path": "a.py"}}},
            {"after": 0.3, "progress": {"percent": 50}},
            {"output": {"name": "report.md", "text": "# Done\n"}},
        ),
    )

    assert jobs.work() == 1

    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED
    assert [row.kind for row in RunEvent.objects.all()] == ["model_call", "tool_call", "progress", "output"]
    assert [(row.name, row.text) for row in Output.objects.all()] == [("report.md", "# Done\n")]
    assert_sealed(run)


def test_a_provider_that_raises_fails_its_run_and_the_worker_goes_on(team):
    first, second = released(team, 2)
    use_runner(team, "scripted", script({"log": "so far"}, {"crash": "secret words"}))
    broken = runs.request_run(first, actor=team.agent)
    use_runner(team, "scripted", script())
    sound = runs.request_run(second, actor=team.agent)

    assert jobs.work() == 2

    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.status, broken.summary) == (RunStatus.FAILED, "The worker failed: ScriptedError")
    assert sound.status == RunStatus.SUCCEEDED
    assert_sealed(broken)


def test_a_run_whose_tasks_changed_while_it_waited_fails_with_the_reason_and_runs_nothing(team, tmp_path):
    run = ask(team, "command", {"argv": ["touch", str(tmp_path / "ran")]})
    tasks.add_task(run.task.spec, actor=team.agent, title="Unlock")

    jobs.work()

    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert run.summary.startswith("stale_approval: ")
    assert not (tmp_path / "ran").exists()


def test_a_live_run_that_is_cancelled_ends_within_two_seconds_and_its_program_with_it(team, tmp_path):
    run = ask(team, "command", {"argv": [sys.executable, "-c", STAYS_ONCE, str(tmp_path / "pid")]})
    thread = threading.Thread(target=lambda: (jobs.work(), connection.close()), daemon=True)
    thread.start()
    wait_until((tmp_path / "pid").exists, within=20)

    runs.cancel_run(run, actor=team.agent)
    asked = time.monotonic()
    wait_until(lambda: Run.objects.get().status == RunStatus.CANCELLED, within=10)
    seconds = time.monotonic() - asked

    thread.join(10)
    assert not thread.is_alive()
    assert seconds <= 2.0
    assert not alive(int((tmp_path / "pid").read_text()))
    assert_sealed(run)


def test_a_healthy_run_longer_than_its_lease_is_carried_out_once(team, settings):
    settings.SPECFLOW_LEASE_SECONDS = 0.6
    run = ask(team, "scripted", script({"after": 1.5, "log": "still here"}))
    thread = threading.Thread(target=lambda: (jobs.work(), connection.close()), daemon=True)
    thread.start()
    wait_until(lambda: Run.objects.get().status == RunStatus.RUNNING, within=20)

    claims = []
    while thread.is_alive():
        claims.append(jobs.work())
        thread.join(0.05)

    run.refresh_from_db()
    assert sum(claims) == 0
    assert (run.status, run.attempt) == (RunStatus.SUCCEEDED, 1)
    assert RunEvent.objects.get().data == {"text": "still here"}


def test_a_killed_workers_run_is_taken_over_by_another_and_its_outputs_count_once(team, tmp_path):
    mark = tmp_path / "pid"
    run = ask(team, "command", {"argv": [sys.executable, "-c", STAYS_ONCE, str(mark)]})
    with worker_process() as first, worker_process() as second:
        wait_until(lambda: RunEvent.objects.filter(kind="stdout").exists(), within=30, what="the first event")
        run.refresh_from_db()
        holder, other = (first, second) if f":{first.pid}:" in run.worker else (second, first)
        agent = int(mark.read_text())
        holder.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda: Run.objects.get().attempt == 2, within=20, what="the takeover")
        seconds = time.monotonic() - killed
        assert other.wait(30) == 0

    run.refresh_from_db()
    assert (run.status, run.attempt, run.fence) == (RunStatus.SUCCEEDED, 2, 2)
    assert seconds <= 1 + 2
    assert not alive(agent)
    assert [(row.name, row.text) for row in Output.objects.all()] == [("stdout", "done\n")]
    assert AuditEntry.objects.filter(verb="run.taken_over").count() == 1
    assert_sealed(run)


def test_a_worker_that_was_frozen_past_its_lease_writes_nothing_when_it_wakes(team, tmp_path):
    mark = tmp_path / "pid"
    run = ask(team, "command", {"argv": [sys.executable, "-c", STAYS_ONCE, str(mark)]})
    with worker_process() as first, worker_process() as second:
        wait_until(lambda: RunEvent.objects.filter(kind="stdout").exists(), within=30, what="the first event")
        run.refresh_from_db()
        frozen, other = (first, second) if f":{first.pid}:" in run.worker else (second, first)
        os.kill(frozen.pid, signal.SIGSTOP)
        assert other.wait(30) == 0
        before = (Run.objects.values().get(), RunEvent.objects.count(), Output.objects.count())
        os.kill(frozen.pid, signal.SIGCONT)
        assert frozen.wait(30) == 0

    assert before == (Run.objects.values().get(), RunEvent.objects.count(), Output.objects.count())
    assert (before[0]["status"], before[0]["attempt"], before[2]) == ("succeeded", 2, 1)
    assert_sealed(run)


def waiting_messages() -> int:
    with app.connection_for_read() as broker:
        return broker.default_channel.queue_declare("celery").message_count


def test_the_sweep_wakes_a_worker_only_where_something_is_due(team):
    app.control.purge()
    assert (jobs.sweep(), waiting_messages()) == (0, 0)
    queued(team)
    app.control.purge()

    assert (jobs.sweep(), waiting_messages()) == (1, 1)


def test_the_sweep_finds_a_run_whose_worker_was_lost_and_not_one_that_is_held(team):
    run = claimed(team)
    held = jobs.sweep()
    let_the_lease_end(run)

    assert (held, jobs.sweep()) == (0, 1)


def test_a_run_that_is_asked_for_wakes_a_worker(team):
    app.control.purge()

    queued(team)

    assert waiting_messages() == 1
