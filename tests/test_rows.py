"""Statements that are put together once give what the ORM's own give."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from specflow.accounts.models import ApiKey, Membership
from specflow.rows import Select, prefetched
from specflow.specs.models import Document, Revision, Spec
from tasks.models import Run, Task
from tests.factories import Team, make_released_task, make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def fields(row: object) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def test_it_gives_the_rows_of_the_queryset_with_values_of_every_type(team: Team) -> None:
    make_released_task(team)
    chosen = Select(lambda given: Task.objects.filter(project=given("project"), present=True).order_by("position"))
    expected = list(Task.objects.filter(project=team.project, present=True).order_by("position"))

    found = chosen.all(project=team.project.pk)
    assert found == expected
    assert [fields(one) for one in found] == [fields(one) for one in expected]  # times, booleans and JSON as well


def test_related_rows_come_with_it_and_cost_no_further_look(team: Team) -> None:
    make_spec(team)
    chosen = Select(
        lambda given: (
            Document.objects.select_related("project", "spec", "current", "approved")
            .filter(spec__slug=given("slug"))
            .order_by()
        )
    )
    with CaptureQueriesContext(
        connection,
    ) as looks:
        found = chosen.first(slug="login-lock")
        assert found is not None
        assert (found.project.slug, found.spec and found.spec.slug) == ("demo", "login-lock")
        assert found.current is not None
        assert found.current.number == 3
        assert found.approved is None
    assert len(looks) == 1


def test_a_statement_serves_many_values_and_finds_nothing_where_nothing_is(team: Team) -> None:
    make_spec(team, "First")
    make_spec(team, "Second")
    chosen = Select(lambda given: Spec.objects.filter(project=given("project"), slug=given("slug")).order_by())

    assert [
        getattr(chosen.first(project=team.project.pk, slug=slug), "title", None)
        for slug in ("first", "second", "third", "' OR 1=1 --")
    ] == ["First", "Second", None, None]
    assert chosen.first(project=team.foreign.pk, slug="first") is None


def test_constants_of_the_queryset_and_fields_that_it_leaves_out(team: Team) -> None:
    chosen = Select(
        lambda given: (
            Membership.objects.filter(role__in=("reviewer", "maintainer"), project=given("project"))
            .only("role")
            .order_by("role")
        )
    )
    found = chosen.all(project=team.project.pk)

    assert [one.role for one in found] == ["maintainer", "reviewer"]
    assert "user_id" in found[0].get_deferred_fields()
    assert found[0].user == team.alice


def test_a_row_that_was_read_can_be_written(team: Team) -> None:
    make_spec(team)
    chosen = Select(lambda given: Spec.objects.filter(slug=given("slug")))
    spec = chosen.first(slug="login-lock")
    assert spec is not None

    spec.title = "Another"
    spec.save()
    assert Spec.objects.get(slug="login-lock").title == "Another"


@pytest.mark.parametrize("model", [ApiKey, Revision, Run])
def test_an_empty_table_gives_nothing(model: type) -> None:
    chosen: Select = Select(lambda given: model.objects.filter(pk=given("id")))  # type: ignore[type-arg, attr-defined]

    assert chosen.all(id=1) == []
    assert chosen.first(id=1) is None


def test_a_value_that_was_forgotten_is_named() -> None:
    with pytest.raises(KeyError, match="slug"):
        Select(lambda given: Spec.objects.filter(slug=given("slug"))).all()


def test_rows_stand_in_the_place_of_a_prefetch(team: Team) -> None:
    spec = make_spec(team)
    documents = list(spec.documents.all())
    prefetched(spec, "documents", documents)
    with CaptureQueriesContext(connection) as looks:
        assert list(spec.documents.all()) == documents
    assert len(looks) == 0
    assert spec.documents.filter(kind="requirements").count() == 1
