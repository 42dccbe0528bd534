"""Several writers of one thing at the same moment: each change is kept, none is refused for it (QUALITY 17)."""

import pytest

from specflow.specs import actions as specs
from specflow.specs.models import Document, Requirement, Revision, Spec
from tasks import actions as tasks
from tests.factories import approve, make_released_task, make_spec, make_team
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def test_requirements_added_at_once_are_all_in_the_text_each_with_a_number_of_its_own():
    team = make_team()
    spec = make_spec(team)

    def add(n):
        return specs.add_requirement(spec, actor=team.agent, title=f"Rule {n}", condition=f"c{n}", action=f"a{n}")

    ended = at_once([lambda n=n: add(n) for n in range(WRITERS)])

    assert ended.codes == []
    rows = Requirement.objects.filter(spec=spec, present=True)
    assert {row.title for row in rows} == {"Lock", *(f"Rule {n}" for n in range(WRITERS))}
    assert sorted(int(row.key) for row in rows) == list(range(1, WRITERS + 2))
    assert {(row.public_id, row.title) for row in ended.values} <= {(row.public_id, row.title) for row in rows}


def test_criteria_added_at_once_to_one_requirement_are_all_kept():
    team = make_team()
    requirement = make_spec(team).requirements.get()

    ended = at_once(
        [lambda n=n: specs.add_criterion(requirement, actor=team.agent, text=f"Case {n}") for n in range(WRITERS)]
    )

    assert ended.codes == []
    assert {row.text for row in requirement.criteria.filter(present=True)} == {
        "The sixth attempt is refused",
        *(f"Case {n}" for n in range(WRITERS)),
    }


def test_tasks_added_at_once_are_all_kept():
    team = make_team()
    spec = make_released_task(team).spec

    ended = at_once([lambda n=n: tasks.add_task(spec, actor=team.agent, title=f"Step {n}") for n in range(WRITERS)])

    assert ended.codes == []
    assert {row.title for row in spec.tasks.filter(present=True)} == {
        "Count failures",
        *(f"Step {n}" for n in range(WRITERS)),
    }


def test_the_first_texts_of_one_path_make_one_document_and_one_spec():
    team = make_team()
    path = ".spec-workflow/specs/search/requirements.md"

    ended = at_once(
        [
            lambda n=n: specs.save_document(team.project, actor=team.agent, path=path, text=f"# Text {n}\n")
            for n in range(WRITERS)
        ]
    )

    assert ended.codes == []
    document = Document.objects.get(project=team.project, path=path)
    assert Spec.objects.filter(project=team.project, slug="search").count() == 1
    assert [row.number for row in Revision.objects.filter(document=document)] == list(range(1, WRITERS + 1))


def test_specs_of_one_title_made_at_once_get_slugs_of_their_own():
    team = make_team()

    ended = at_once([lambda: specs.create_spec(team.project, actor=team.agent, title="Search") for _ in range(WRITERS)])

    assert ended.codes == []
    assert {row.slug for row in ended.values} == {"search", *(f"search-{n}" for n in range(2, WRITERS + 1))}


def test_of_writers_who_read_the_same_text_one_is_taken_and_the_others_are_told():
    team = make_team()
    document = make_spec(team).documents.get(kind="requirements")
    base = document.current.sha256

    def save(n):
        return specs.save_document(
            team.project, actor=team.agent, path=document.path, text=f"# Text {n}\n", base_sha256=base
        )

    ended = at_once([lambda n=n: save(n) for n in range(WRITERS)])

    assert len(ended.values) == 1
    assert ended.codes == ["stale_base"] * (WRITERS - 1)


def test_editing_the_tasks_and_completing_the_last_one_do_not_lock_each_other():
    team = make_team()
    task = make_released_task(team)
    tasks.log_implementation(task, actor=team.agent, summary="Done", artifacts={"functions": ["count"]})

    for round_ in range(10):
        tasks.set_status(task, actor=team.agent, status="in_progress")
        ended = at_once(
            [
                lambda: tasks.set_status(task, actor=team.agent, status="completed"),
                lambda n=round_: tasks.add_task(task.spec, actor=team.agent, title=f"More {n}"),
            ]
        )

        assert ended.codes == []
        approve(team, task.document)


def test_a_spec_changed_while_another_is_made_keeps_both():
    team = make_team()
    spec = make_spec(team)

    ended = at_once(
        [
            lambda: specs.update_spec(spec, actor=team.agent, title="Login guard"),
            lambda: specs.create_spec(team.project, actor=team.agent, title="Search"),
            lambda: specs.update_spec(spec, actor=team.agent, description="Guards."),
            lambda: specs.create_spec(team.project, actor=team.agent, title="Search"),
        ]
    )

    spec.refresh_from_db()
    assert ended.codes == []
    assert (spec.title, spec.description) == ("Login guard", "Guards.")


def test_the_first_tasks_of_a_spec_added_at_once_are_all_kept():
    team = make_team()
    spec = make_spec(team)
    approve(team, spec.documents.get(kind="requirements"))
    specs.update_design(spec, actor=team.agent, architecture="A counter per account.")
    approve(team, spec.documents.get(kind="design"))

    ended = at_once([lambda n=n: tasks.add_task(spec, actor=team.agent, title=f"Step {n}") for n in range(WRITERS)])

    assert ended.codes == []
    assert {row.title for row in spec.tasks.filter(present=True)} == {f"Step {n}" for n in range(WRITERS)}


def test_the_first_parts_of_a_design_written_at_once_are_all_kept():
    team = make_team()
    spec = make_spec(team)
    approve(team, spec.documents.get(kind="requirements"))

    ended = at_once(
        [
            lambda: specs.update_design(spec, actor=team.agent, architecture="A counter per account."),
            lambda: specs.update_design(spec, actor=team.agent, data_model="Counter"),
        ]
    )

    assert ended.codes == []
    design = specs.Design.objects.get(document__spec=spec)
    assert (design.architecture, design.data_model) == ("A counter per account.", "Counter")
