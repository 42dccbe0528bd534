"""Specs in the admin are read, for the price of one row or of many."""

import pytest
from django.test import Client
from django.urls import reverse

from specflow.specs.models import Criterion, Document, Requirement, Revision, Spec
from tests.factories import make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def client(team):
    client = Client()
    client.force_login(team.bob)
    return client


def address(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("model", [Spec, Document, Revision, Requirement, Criterion])
def test_each_row_has_a_page_and_strangers_have_none(team, client, model):
    make_spec(team)
    row = model.objects.first()
    assert client.get(address(row)).status_code == 200
    assert client.post(address(row), {"title": "Mine"}).status_code == 403
    client.force_login(team.charlie)
    assert client.get(address(row)).status_code == 302


def test_a_revision_is_shown_rendered(team, client):
    make_spec(team)
    html = client.get(address(Revision.objects.last())).content.decode()
    assert '<div class="sf-text"><h1 data-line="1">' in html


@pytest.mark.parametrize("model", [Spec, Document, Revision, Requirement, Criterion])
def test_a_list_costs_the_same_for_1_row_and_for_100(team, client, model, django_assert_max_num_queries):
    listing = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    make_spec(team)
    client.get(listing)
    with django_assert_max_num_queries(100) as one:
        client.get(listing)
    for number in range(99):
        make_spec(team, f"Spec {number}")
    with django_assert_max_num_queries(len(one.captured_queries)):
        client.get(listing)
