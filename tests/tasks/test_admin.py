"""Tasks and runs in the admin: read, and moved by the actions."""

import pytest
from django.test import Client
from django.urls import reverse

from tasks.models import Run
from tasks.runs import request_run
from tests.factories import make_released_task, make_released_tasks, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def task(team):
    return make_released_task(team)


def login(user):
    client = Client()
    client.force_login(user)
    return client


def act(client, row, name, **data):
    address = reverse(f"admin:tasks_{row._meta.model_name}_act", args=[row.pk, name])
    response = client.post(address, data, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def test_a_maintainer_runs_a_released_task_cancels_the_run_and_tries_again(team, task):
    client = login(team.alice)
    assert "Queued" in act(client, task, "run")
    run = Run.objects.get()
    assert "run_open" in act(client, task, "run")
    assert "cancelled" in act(client, run, "cancel")
    assert "wrong_state" in act(client, run, "cancel")
    assert "Queued again" in act(client, run, "retry")
    assert Run.objects.count() == 2


def test_a_reviewer_sees_no_button_and_is_refused(team, task):
    client = login(team.bob)
    html = client.get(reverse("admin:tasks_task_change", args=[task.pk])).content.decode()
    assert "act-run" not in html
    assert "role_may_not" in act(client, task, "run")
    assert not Run.objects.exists()


def test_a_status_moves_through_the_gates(team, task):
    client = login(team.alice)
    act(client, task, "status", status="in_progress")
    task.refresh_from_db()
    assert task.status == "in_progress"
    assert "log_missing" in act(client, task, "status", status="completed")
    assert "reason_missing" in act(client, task, "status", status="blocked")


def test_a_status_is_not_set_by_posting_the_field(team, task):
    address = reverse("admin:tasks_task_change", args=[task.pk])
    assert login(team.alice).post(address, {"status": "completed"}).status_code == 403


def test_a_run_shows_where_to_watch_it(team, task):
    run = request_run(task, actor=team.agent)
    html = login(team.bob).get(reverse("admin:tasks_run_change", args=[run.pk])).content.decode()
    assert f"/p/demo/runs/{run.public_id}" in html
    assert "act-cancel" not in html


@pytest.mark.parametrize("model", ["task", "run"])
def test_a_list_costs_the_same_for_1_row_and_for_100(team, task, model, django_assert_max_num_queries):
    client = login(team.bob)
    listing = reverse(f"admin:tasks_{model}_changelist")
    request_run(task, actor=team.agent)
    client.get(listing)
    with django_assert_max_num_queries(100) as one:
        client.get(listing)
    for more in make_released_tasks(team, 99):
        request_run(more, actor=team.agent)
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert client.get(listing).content.decode().count(f"/admin/tasks/{model}/") >= 50  # a page of the list
