"""Pages of specs: the list with its filters, a spec's tabs, and what changed between revisions."""

import pytest

from specflow.specs import actions
from specflow.specs.models import Spec
from tests import factories
from tests.dashboard.visits import as_
from tests.factories import Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def test_specs_are_found_by_phase_and_words(team: Team) -> None:
    factories.make_spec(team, "Login lock")
    done = factories.make_spec(team, "Weekly mail")
    factories.approve(team, done.documents.get(kind="requirements"))
    bob = as_(team.bob)
    by_phase = bob.get("/p/demo/specs/?phase=design").content.decode()
    by_words = bob.get("/p/demo/specs/?q=LOGIN").content.decode()
    assert ("Weekly mail" in by_phase, "Login lock" in by_phase) == (True, False)
    assert ("Weekly mail" in by_words, "Login lock" in by_words) == (False, True)
    assert "No spec fits" in bob.get("/p/demo/specs/?q=zebra").content.decode()


def test_specs_come_in_pages(team: Team) -> None:
    for number in range(53):
        actions.create_spec(team.project, actor=team.agent, title=f"Spec {number:03}")
    bob = as_(team.bob)
    first = bob.get("/p/demo/specs/").content.decode()
    second = bob.get("/p/demo/specs/?page=2").content.decode()
    assert ("Spec 052" in first, "Spec 002" in first) == (True, False)
    assert ("Spec 052" in second, "Spec 002" in second) == (False, True)


def test_a_spec_opens_where_its_work_is(team: Team) -> None:
    spec = factories.make_released_task(team).spec
    text = as_(team.bob).get(f"/p/demo/specs/{spec.slug}/").content.decode()
    assert "Count failures" in text
    assert 'aria-current="step"' in text


def test_a_text_that_is_not_markdown_is_shown_line_by_line(team: Team) -> None:
    text = '{\n  "master": {"tasks": [{"id": 1, "title": "# Water", "status": "pending"}]}\n}\n'
    path = ".taskmaster/tasks/tasks.json"
    document = actions.save_document(team.project, actor=team.agent, path=path, text=text).document
    bob = as_(team.bob)
    for address in (
        "/p/demo/specs/task-master/?tab=tasks&view=text",
        f"/admin/specs/document/{document.pk}/change/",
        f"/admin/specs/revision/{document.current_id}/change/",
    ):
        assert '<span id="L2">  &quot;master&quot;: {&quot;tasks&quot;' in bob.get(address).content.decode(), address


def test_requirements_are_shown_with_criteria_and_lines(team: Team) -> None:
    spec = factories.make_spec(team)
    text = as_(team.bob).get(f"/p/demo/specs/{spec.slug}/?tab=requirements").content.decode()
    assert "The sixth attempt is refused" in text
    assert "five logins fail" in text
    assert "view=text#L" in text


def test_a_document_is_read_as_laid_out_text(team: Team) -> None:
    spec = factories.make_spec(team)
    text = as_(team.bob).get(f"/p/demo/specs/{spec.slug}/?tab=requirements&view=text").content.decode()
    assert '<div class="sf-text">' in text
    assert "data-line=" in text


def test_what_changed_is_shown_line_by_line(team: Team) -> None:
    spec = factories.make_spec(team)
    text = as_(team.bob).get(f"/p/demo/specs/{spec.slug}/requirements/difference").content.decode()
    assert "The sixth attempt is refused" in text
    assert 'class="sf-added"' in text


def test_a_spec_is_found_by_its_id_too_and_an_unknown_one_is_not(team: Team) -> None:
    spec = factories.make_spec(team)
    bob = as_(team.bob)
    assert bob.get(f"/p/demo/specs/{spec.public_id}/").status_code == 200
    assert bob.get("/p/demo/specs/none/").status_code == 404


def test_a_spec_that_has_no_document_yet_says_what_to_do(team: Team) -> None:
    actions.create_spec(team.project, actor=team.agent, title="Bare")
    text = as_(team.bob).get("/p/demo/specs/bare/?tab=design").content.decode()
    assert "This document has not been begun" in text


def test_a_part_alone_is_given_to_htmx(team: Team) -> None:
    factories.make_spec(team)
    answer = as_(team.bob).get("/p/demo/specs/", headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "Login lock" in answer.content.decode()
    assert "HX-Request" in answer["Vary"]
    assert Spec.objects.count() == 1
