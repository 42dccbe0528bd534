"""Asking for runs: what can be run, by what, and how a run is cancelled and tried again."""

import pytest
from django.db import IntegrityError, transaction

from specflow.accounts import actions as accounts
from specflow.accounts.capabilities import Role
from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, DomainError, NotFound
from specflow.specs import actions as specs
from tasks import actions as tasks
from tasks import leases, runs
from tasks.models import Run, RunStatus, Task
from tasks.providers.base import Outcome
from tests.factories import Team, make_released_task, make_team
from tests.tasks.workers import claimed, let_the_lease_end, queued, use_runner, worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def refusal(call, kind=DomainError) -> DomainError:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def test_a_run_is_queued_with_the_runner_of_the_projects_policy(team):
    use_runner(team, "command", {"argv": ["true"]}, timeout=7)
    task = make_released_task(team)
    use_runner(team, "command", {"argv": ["true"]}, timeout=7)

    run = runs.request_run(task, actor=team.agent)

    assert (run.status, run.provider, run.options, run.timeout) == ("queued", "command", {"argv": ["true"]}, 7)
    entry = AuditEntry.objects.get(verb="run.queued").content
    assert (entry["data"]["task"], entry["actor"]["user"]) == (task.public_id, "robot")


def test_without_a_runner_nothing_is_queued_and_the_refusal_says_who_can_set_one(team):
    task = make_released_task(team)
    accounts.change_policy(team.project, actor=team.maintainer, policy={})

    error = refusal(lambda: runs.request_run(task, actor=team.agent), Conflict)

    assert (error.code, error.details["who"]) == ("no_runner", "a maintainer of the project")
    assert not Run.objects.exists()


@pytest.mark.parametrize("named", [{"provider": "command"}, {"options": {"argv": ["sh", "-c", "id"]}}])
def test_an_agent_names_neither_provider_nor_options(team, named):
    task = make_released_task(team)

    assert refusal(lambda: runs.request_run(task, actor=team.agent, **named)).code == "agent_may_not"
    assert not Run.objects.exists()


def test_an_engineer_does_not_name_a_provider_and_a_maintainer_does(team):
    task = make_released_task(team)
    accounts.add_member(team.project, team.charlie, actor=team.maintainer, role=Role.ENGINEER)
    named = {"provider": "scripted", "options": {"script": {"steps": []}}, "timeout": 5}

    assert refusal(lambda: runs.request_run(task, actor=team.stranger, **named)).code == "role_may_not"
    run = runs.request_run(task, actor=team.maintainer, **named)
    assert (run.provider, run.options, run.timeout) == ("scripted", {"script": {"steps": []}}, 5)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"provider": "nobody"}, "unknown_provider"),
        ({"provider": "command", "options": {}}, "invalid_provider_options"),
        ({"provider": "command", "options": {"argv": ["a\0b"]}}, "invalid_provider_options"),
        ({"timeout": 0.5}, "invalid_timeout"),
        ({"timeout": 1e9}, "invalid_timeout"),
        ({"timeout": float("nan")}, "invalid_timeout"),
    ],
)
def test_what_no_provider_can_run_is_refused(team, named, code):
    task = make_released_task(team)

    assert refusal(lambda: runs.request_run(task, actor=team.maintainer, **named)).code == code
    assert not Run.objects.exists()


def test_a_task_has_one_run_at_a_time(team):
    run = queued(team)[0]

    error = refusal(lambda: runs.request_run(run.task, actor=team.agent), Conflict)

    assert (error.code, error.details["run"]) == ("run_open", run.public_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(project=run.project, task=run.task, provider="command", requested_by=team.robot)


def test_a_task_that_is_not_released_is_not_run(team):
    text = "# Tasks\n\n- [ ] 1. Index\n"
    specs.save_document(team.project, actor=team.agent, path=".spec-workflow/specs/search/tasks.md", text=text)

    assert refusal(lambda: runs.request_run(Task.objects.get(), actor=team.agent), Conflict).code == "not_released"


def test_a_task_whose_document_changed_is_not_run(team):
    task = make_released_task(team)
    tasks.add_task(task.spec, actor=team.agent, title="Unlock")

    assert refusal(lambda: runs.request_run(task, actor=team.agent), Conflict).code == "stale_approval"


def test_a_completed_task_is_not_run(team):
    task = make_released_task(team)
    tasks.log_implementation(task, actor=team.agent, summary="Done", artifacts={"functions": ["count"]})
    tasks.set_status(task, actor=team.agent, status="in_progress")
    tasks.set_status(task, actor=team.agent, status="completed")

    assert refusal(lambda: runs.request_run(task, actor=team.agent), Conflict).code == "task_completed"


@pytest.mark.parametrize("ask", [runs.cancel_run, runs.retry_run])
def test_a_viewer_and_a_stranger_do_not_touch_runs(team, ask):
    run = queued(team)[0]

    assert refusal(lambda: ask(run, actor=team.reviewer)).code == "role_may_not"
    refusal(lambda: ask(run, actor=team.stranger), NotFound)


def test_a_queued_run_is_cancelled_at_once_and_no_worker_finds_it(team):
    run = runs.cancel_run(queued(team)[0], actor=team.agent)

    assert (run.status, run.ended_at is not None) == (RunStatus.CANCELLED, True)
    assert leases.claim_next(actor=worker(), worker="w") is None
    assert AuditEntry.objects.filter(verb="run.cancelled", object_id=run.public_id).count() == 1


def test_a_live_run_is_asked_to_stop_once(team):
    run = claimed(team)

    for _ in range(2):
        asked = runs.cancel_run(run, actor=team.agent)

    assert (asked.status, asked.cancel_requested) == (RunStatus.RUNNING, True)
    assert leases.heartbeat(run) is True
    assert AuditEntry.objects.filter(verb="run.cancel_requested").count() == 1


def test_a_run_whose_worker_was_lost_after_a_cancel_is_not_carried_out_again(team):
    run = claimed(team)
    runs.cancel_run(run, actor=team.agent)
    let_the_lease_end(run)
    ended = leases.claim_next(actor=worker(), worker="second")

    assert (ended.status, ended.attempt) == (RunStatus.CANCELLED, 1)
    assert AuditEntry.objects.filter(verb="run.cancelled", object_id=run.public_id).count() == 1
    assert leases.claim_next(actor=worker(), worker="second") is None


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_run_that_did_not_succeed_is_tried_again_as_it_was(team, status):
    use_runner(team, "command", {"argv": ["true"]})
    run = leases.finish(claimed(team), actor=worker(), outcome=Outcome(status, "No"))

    again = runs.retry_run(run, actor=team.agent)

    assert again.pk != run.pk
    assert (again.task, again.provider, again.options) == (run.task, run.provider, run.options)
    assert (again.status, again.attempt, again.fence) == (RunStatus.QUEUED, 0, 0)
    assert AuditEntry.objects.get(verb="run.retried").content["data"]["after"] == run.public_id
    assert refusal(lambda: runs.retry_run(run, actor=team.agent), Conflict).code == "run_open"


def test_a_run_that_succeeded_or_goes_on_is_not_tried_again(team):
    run = claimed(team)
    assert refusal(lambda: runs.retry_run(run, actor=team.agent), Conflict).code == "wrong_state"

    leases.finish(run, actor=worker(), outcome=Outcome("succeeded", "Done"))

    assert refusal(lambda: runs.retry_run(run, actor=team.agent), Conflict).code == "wrong_state"
    assert refusal(lambda: runs.cancel_run(run, actor=team.agent), Conflict).code == "wrong_state"
