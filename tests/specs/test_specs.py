"""Specs: how they are made, and that their items come back as they were given and keep their ids."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, DomainError, Invalid, NotFound
from specflow.specs import actions as specs
from specflow.specs import payloads
from specflow.specs.formats.items import EndpointItem
from specflow.specs.models import Criterion, Document, Requirement, Spec
from tasks import actions as tasks
from tests.factories import Team, approve, make_spec, make_team
from tests.specs.formats.nasty import titles, values

pytestmark = pytest.mark.django_db
modest = settings(
    max_examples=40,
    deadline=None,
    # the team is the same for all examples; each makes what it writes anew
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NASTY = [
    "plain",
    "## A heading\n\n### Requirement 9: Another\n",
    "```\nfence\n```",
    "```\nopen fence",
    "- [ ] 1. a task\n- **WHEN** x\n- **THE SYSTEM SHALL** y",
    "one\r\ntwo\r\n",
    "  blanks at both ends  ",
    '{"json": ["like", null]}',
    '"quoted"',
    "1. WHEN a THEN the system SHALL b",
    "\n\nlines\n\n\n",
    "\ufeffmark \u2028 separators \x85 and 日本語",
    "---\n***\n<!-- -->",
]
filled = values.filter(str.strip)


@pytest.fixture
def team() -> Team:
    return make_team()


def refusal(call, kind=DomainError) -> DomainError:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def create(team: Team, title: str, **more) -> Spec:
    return specs.create_spec(team.project, actor=team.agent, title=title, **more)


def shown(spec: Spec) -> dict:
    return payloads.spec(Spec.objects.get(pk=spec.pk))


def unless_unrepresentable(call):
    """What the call gives, or None where it was refused because it would not come back; other errors are raised."""
    try:
        return call()
    except Invalid as error:
        if error.code != "unrepresentable_text":
            raise
        return None


# Making specs


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Login lock", "login-lock"),
        ("  A/B: C!  ", "ab-c"),
        ("ログイン", "ログイン"),
        ("!!!", "spec"),
        ("x" * 300, "x" * 90),
    ],
)
def test_the_slug_comes_from_the_title(team, title, slug):
    assert create(team, title).slug == slug


def test_a_taken_slug_gets_a_number(team):
    assert [create(team, "Search").slug for _ in range(3)] == ["search", "search-2", "search-3"]


def test_another_projects_spec_takes_no_slug(team):
    create(team, "Search")

    assert specs.create_spec(team.foreign, actor=team.stranger, title="Search").slug == "search"


def test_a_given_slug_is_taken_as_it_is_or_refused(team):
    assert create(team, "Anything", slug="search").slug == "search"
    assert refusal(lambda: create(team, "Other", slug="search"), Conflict).code == "spec_exists"
    for slug in ("Search", "a b", "../a", "a/b", "a\0b", "x" * 101, "."):
        assert refusal(lambda slug=slug: create(team, "Other", slug=slug), Invalid).code == "invalid_slug"


@pytest.mark.parametrize("title", ["", "  ", "a\nb", "a\u2028b", "x" * 301, "a\0b", "\ud800"])
def test_a_title_that_cannot_be_kept_makes_no_spec(team, title):
    assert refusal(lambda: create(team, title), Invalid).code in ("invalid_title", "invalid_text")
    assert not Spec.objects.exists()


def test_a_new_spec_has_a_requirements_document_without_requirements_and_stands_on_the_log(team):
    spec = create(team, "Search", description="## Requirement 1: no\n- [ ] nor this")

    document = spec.documents.get()
    assert (spec.phase, document.kind, document.path) == (
        "requirements",
        "requirements",
        ".spec-workflow/specs/search/requirements.md",
    )
    assert not spec.requirements.exists()
    verbs = list(AuditEntry.objects.filter(chain__key=team.project.public_id).values_list("verb", flat=True))
    assert verbs[-2:] == ["spec.created", "document.revised"]


def test_a_viewer_writes_nothing_and_a_stranger_finds_nothing(team):
    spec = make_spec(team)

    assert refusal(lambda: specs.create_spec(team.project, actor=team.reviewer, title="x")).code == "role_may_not"
    assert refusal(lambda: specs.update_spec(spec, actor=team.reviewer, title="x")).code == "role_may_not"
    refusal(lambda: specs.update_spec(spec, actor=team.stranger, title="x"), NotFound)
    spec.refresh_from_db()
    assert (Spec.objects.count(), spec.title) == (1, "Login lock")


def test_a_spec_is_renamed_once_and_an_equal_value_is_no_change(team):
    spec = make_spec(team)
    for _ in range(2):
        spec = specs.update_spec(spec, actor=team.agent, title="Guard", description="New")

    assert (spec.title, spec.description, spec.slug) == ("Guard", "New", "login-lock")
    assert AuditEntry.objects.get(verb="spec.updated").content["data"] == {"title": "Guard", "description": "New"}


# What is given comes back


@pytest.mark.parametrize("value", NASTY)
def test_a_requirement_and_its_criterion_come_back_as_given(team, value):
    spec = create(team, "Search")

    row = specs.add_requirement(spec, actor=team.agent, title="Lock", condition=value, action=value)
    specs.add_criterion(row, actor=team.agent, text=value)
    specs.add_requirement(spec, actor=team.agent, title="Next", condition="a", action="b")

    first, second = shown(spec)["requirements"]
    assert (first["id"], first["title"], first["condition"], first["action"]) == (row.public_id, "Lock", value, value)
    assert [one["text"] for one in first["criteria"]] == [value]
    assert (second["title"], second["criteria"]) == ("Next", [])


def add(team: Team, spec: Spec, said: tuple) -> Requirement:
    return specs.add_requirement(spec, actor=team.agent, title=said[0], condition=said[1], action=said[2])


def criterion(team: Team, row: Requirement, text: str):
    return lambda: specs.add_criterion(row, actor=team.agent, text=text)


@modest
@given(data=st.lists(st.tuples(titles, filled, filled, st.lists(filled, max_size=2)), min_size=1, max_size=3))
def test_whatever_is_added_comes_back_exactly_or_is_refused(team, data):
    spec = create(team, "Search")
    added = [(row, said) for said in data if (row := unless_unrepresentable(lambda said=said: add(team, spec, said)))]
    expected = [
        (row.public_id, *said[:3], [text for text in said[3] if unless_unrepresentable(criterion(team, row, text))])
        for row, said in added
    ]

    found = [
        (one["id"], one["title"], one["condition"], one["action"], [crit["text"] for crit in one["criteria"]])
        for one in shown(spec)["requirements"]
    ]
    assert found == expected


def ready_for_tasks(team: Team) -> Spec:
    spec = make_spec(team)
    approve(team, spec.documents.get(kind="requirements"))
    specs.update_design(spec, actor=team.agent, architecture="A counter")
    approve(team, spec.documents.get(kind="design"))
    return spec


@modest
@given(
    architecture=st.none() | values,
    data_model=st.none() | values,
    api=st.none() | st.lists(st.builds(EndpointItem, st.sampled_from(["GET", "POST"]), filled, values), max_size=3),
)
def test_a_design_comes_back_exactly_or_is_refused(team, architecture, data_model, api):
    spec = create(team, "Search")
    specs.add_requirement(spec, actor=team.agent, title="Lock", condition="a", action="b")
    approve(team, spec.documents.get(kind="requirements"))

    written = unless_unrepresentable(
        lambda: specs.update_design(
            spec, actor=team.agent, architecture=architecture, data_model=data_model, api_spec=api
        )
    )

    if written is not None:
        found = shown(spec)["design"]
        assert (found["architecture"], found["data_model"]) == (architecture, data_model)
        assert found["api_spec"] == [
            {"method": one.method, "endpoint": one.endpoint, "description": one.description} for one in api or ()
        ]


@modest
@given(title=titles, description=st.just("") | values, requirements=st.lists(titles, max_size=3))
def test_a_task_comes_back_exactly_or_is_refused(team, title, description, requirements):
    spec = Spec.objects.filter(project=team.project).first() or ready_for_tasks(team)

    row = unless_unrepresentable(
        lambda: tasks.add_task(spec, actor=team.agent, title=title, description=description, requirements=requirements)
    )

    if row is not None:
        found = next(one for one in shown(spec)["tasks"] if one["id"] == row.public_id)
        assert (found["title"], found["description"]) == (title, description)
        assert (found["requirements"], found["status"]) == (requirements, "pending")


# Ids


TEXT = """# Requirements

### Requirement 1: Lock

#### Acceptance Criteria

1. WHEN five logins fail THEN the system SHALL lock
2. The system SHALL tell the owner

### Requirement 2: Unlock

#### Acceptance Criteria

1. WHEN an hour has passed THEN the system SHALL unlock
"""
PATH = ".spec-workflow/specs/search/requirements.md"
UNLOCK = TEXT[TEXT.index("### Requirement 2") :]
LOCK = TEXT.removesuffix(UNLOCK).removeprefix("# Requirements\n\n")


def save(team: Team, text: str) -> Document:
    return specs.save_document(team.project, actor=team.agent, path=PATH, text=text).document


def ids(model=Requirement) -> dict[str, str]:
    return {str(getattr(row, "title", "") or row.text): row.public_id for row in model.objects.filter(present=True)}


@pytest.mark.parametrize(
    "edited",
    [
        TEXT + "\n### Requirement 3: Tell\n",
        TEXT.replace("# Requirements", "# Requirements\n\n### Requirement 0: Before"),
        "# Requirements\n\n" + UNLOCK + "\n" + LOCK,
        "# Requirements\n\n### Requirement 1: New\n\n" + LOCK.replace("t 1", "t 2") + UNLOCK.replace("t 2", "t 3"),
        "# Requirements\n\n" + UNLOCK.replace("t 2", "t 1") + "\n" + LOCK.replace("t 1", "t 2"),
        TEXT.replace("\n", "\r\n"),
    ],
    ids=["added after", "added before", "moved", "numbered anew", "swapped and numbered anew", "other line ends"],
)
def test_requirements_and_criteria_keep_their_ids_when_the_text_around_them_changes(team, edited):
    save(team, TEXT)
    requirements, criteria = ids(), ids(Criterion)

    save(team, edited)

    assert {title: ids().get(title) for title in requirements} == requirements
    assert {text: ids(Criterion).get(text) for text in criteria} == criteria


def test_a_requirement_keeps_its_id_when_its_title_is_edited(team):
    save(team, TEXT)
    before = ids()

    save(team, TEXT.replace("1: Lock", "1: Lock the account").replace("SHALL tell the owner", "SHALL tell them"))

    assert ids() == {"Lock the account": before["Lock"], "Unlock": before["Unlock"]}
    assert Criterion.objects.count() == 3


def test_what_was_removed_is_not_present_and_comes_back_as_itself(team):
    save(team, TEXT)
    before, criteria = ids(), ids(Criterion)
    save(team, "# Requirements\n\n" + LOCK)
    gone = Requirement.objects.get(title="Unlock")
    spec = Spec.objects.get()

    assert (gone.present, gone.criteria.get().present) == (False, False)
    assert [one["title"] for one in shown(spec)["requirements"]] == ["Lock"]
    error = refusal(lambda: specs.add_criterion(gone, actor=team.agent, text="x"), NotFound)
    assert error.code == "requirement_not_found"

    save(team, TEXT)
    assert (ids(), ids(Criterion)) == (before, criteria)


def test_rows_say_on_which_lines_their_text_stands(team):
    document = save(team, TEXT)
    lines = document.current.text.split("\n")

    for row in Requirement.objects.all():
        assert lines[row.start - 1] == f"### Requirement {row.key}: {row.title}"
    for row in Criterion.objects.all():
        assert row.text in lines[row.start - 1]


@pytest.mark.parametrize(("field", "value"), [("condition", ""), ("action", " \n"), ("condition", "a\0")])
def test_a_requirement_that_says_nothing_is_refused_and_the_text_stays(team, field, value):
    spec = make_spec(team)
    before = spec.documents.get().current_id
    said = {"title": "x", "condition": "a", "action": "b", field: value}

    assert refusal(lambda: specs.add_requirement(spec, actor=team.agent, **said), Invalid).code in (
        "missing_value",
        "invalid_text",
    )
    assert spec.documents.get().current_id == before


def test_the_design_waits_for_the_requirements(team):
    spec = make_spec(team)

    error = refusal(lambda: specs.update_design(spec, actor=team.agent, architecture="x"), Conflict)

    assert (error.code, error.details["missing"], spec.documents.count()) == ("phase_gate", ["requirements"], 1)
