from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid, NotFound
from specflow.specs.formats.items import EndpointItem, Place, Progress
from specflow.specs.formats.kiro import Kiro
from tests.specs.formats.corpus import documents, text_of
from tests.specs.formats.nasty import PIECES, texts, titles, unless_refused, values
from tests.specs.formats.timed import seconds

KIRO = Kiro()
FOLDER = ".kiro/specs/login"
EXAMPLE = Path(__file__).parents[3] / "examples" / "dialects" / "kiro"
STATUSES = st.sampled_from(["pending", "in_progress", "completed", "blocked"])
CLAUSES = st.lists(
    PIECES
    | st.sampled_from(["\n1.1 WHEN a THEN b SHALL c", "\n2.1 if x", "\n\n2.2 y", "\n## Expected", "\n- 3.1 WHEN z"]),
    max_size=25,
).map("".join)
BUGFIX = """\
# Bugfix Requirements Document

## Bug Analysis

### Current Behavior

1.1 WHEN a is set THEN the system crashes

1.2 WHEN b is set THEN the system
hangs

### Expected Behavior

2.1 WHEN a is set THEN the system SHALL answer

Notes about 2.5 litres.
"""


def example(path: str) -> str:
    return (EXAMPLE / path).read_text()


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (f"{FOLDER}/requirements.md", Place("login", "requirements", folder=FOLDER)),
        (f"{FOLDER}/bugfix.md", Place("login", "requirements", folder=FOLDER)),
        (f"{FOLDER}/design.md", Place("login", "design", folder=FOLDER)),
        (f"./{FOLDER}/tasks.md", Place("login", "tasks", folder=FOLDER)),
        (f"{FOLDER}/spec.json", Place("login", "other", folder=FOLDER)),
        (f"{FOLDER}/notes/tasks.md", Place("login", "other", folder=FOLDER)),
        (".kiro/steering/tech.md", Place("", "tech")),
        (".kiro/steering/testing.md", Place("", "other")),
        (".kiro/hooks/format.kiro.hook", Place("", "other")),
        (".kiro/specs/README.md", Place("", "other")),
        (".kiro", None),
        (".kiro/../x.md", None),
        ("kiro/specs/login/tasks.md", None),
    ],
)
def test_a_path_says_what_stands_there(path, place):
    assert KIRO.place(path) == place


@pytest.mark.parametrize("kind", ["requirements", "design", "tasks"])
def test_every_document_of_a_spec_has_a_place_that_reads_back(kind):
    assert KIRO.place(KIRO.path_in(KIRO.folder_for("login"), kind)) == Place("login", kind, folder=FOLDER)
    with pytest.raises(Invalid):
        KIRO.path_in(FOLDER, "delta")


def test_optional_and_parallel_tasks_are_tasks():
    tasks = KIRO.read("tasks", example(".kiro/specs/parcel-pickup/tasks.md")).tasks
    assert [(one.key, one.status, one.parent) for one in tasks] == [
        ("1", "completed", None),
        ("2", "in_progress", None),
        ("2.1", "completed", 1),
        ("2.2", "pending", 1),
        ("2.3", "pending", 1),
        ("3", "pending", None),
        ("3.1", "pending", 5),
        ("3.2", "pending", 5),
    ]
    assert tasks[2].title == "(P) Make a code and sign it"
    assert tasks[2].details == ("_Contracts: CodeService.issue_",)


def test_what_a_test_validates_and_what_comes_first_are_references():
    tasks = KIRO.read("tasks", example(".kiro/specs/parcel-pickup/tasks.md")).tasks
    assert (tasks[4].requirements, tasks[3].dependencies) == (("1.3",), ("2.1",))
    (task,) = KIRO.read("tasks", "- [ ] 1. A\n  - Depends on: react, lodash\n  - Validates: user input\n").tasks
    assert (task.dependencies, task.requirements) == ((), ())
    assert task.details == ("Depends on: react, lodash", "Validates: user input")


def test_ticking_an_optional_task_changes_its_mark_alone():
    text = "- [ ]* 2.3 Tests\n- [x] 3.* More\n"
    assert KIRO.write_progress("tasks", text, {0: Progress("completed")}) == "- [x]* 2.3 Tests\n- [x] 3.* More\n"
    assert KIRO.neutral("tasks", text) == "- [ ]* 2.3 Tests\n- [ ] 3.* More\n"


def test_requirements_have_their_title_statement_and_criteria():
    read = KIRO.read("requirements", example(".kiro/specs/parcel-pickup/requirements.md"))
    first, second = read.requirements
    assert (read.title, first.title, second.title) == ("Parcel Pickup", "Code for the neighbour", "Opening the locker")
    assert first.statement.startswith("The system SHALL keep every code secret")
    assert [one.pattern for one in first.criteria] == ["event", "unwanted", "ubiquitous"]
    assert (second.criteria[1].key, second.criteria[1].start, second.user_story[:5]) == ("2.2", 29, "As a ")


def test_the_clauses_of_a_bugfix_are_criteria_below_their_headings():
    read = KIRO.read("requirements", BUGFIX)
    assert [(one.key, one.title, one.start, one.end) for one in read.requirements] == [
        ("1", "Current Behavior", 5, 10),
        ("2", "Expected Behavior", 12, 14),
    ]
    assert [one.key for one in read.requirements[0].criteria] == ["1.1", "1.2"]
    assert read.requirements[0].criteria[1].text == "WHEN b is set THEN the system\nhangs"
    assert read.title == ""


def test_a_bugfix_takes_further_criteria_and_requirements():
    text, key = KIRO.add_criterion(BUGFIX, requirement_key="2", ordinal=0, value="WHEN b is set THEN it SHALL answer")
    assert key == "2.2"
    assert "SHALL answer\n\n2.2 WHEN b is set THEN it SHALL answer\n\nNotes" in text
    text, key = KIRO.add_requirement(text, title="Logs", condition="it answers", action="log it")
    added = KIRO.read("requirements", text).requirements[-1]
    assert (key, added.key, added.title, added.condition, added.action) == ("3", "3", "Logs", "it answers", "log it")
    text, key = KIRO.add_criterion(text, requirement_key="3", ordinal=0, value="The log SHALL be short")
    assert KIRO.read("requirements", text).requirements[-1].criteria[0].text == "The log SHALL be short"
    with pytest.raises(NotFound):
        KIRO.add_criterion(text, requirement_key="9", ordinal=0, value="x")


def test_a_spec_is_written_from_its_skeletons():
    text, key = KIRO.add_requirement(
        KIRO.skeleton("requirements", title="Login"), title="Form", condition="it opens", action="show two fields"
    )
    text, criterion = KIRO.add_criterion(text, requirement_key=key, ordinal=0, value="WHEN it opens, it SHALL be empty")
    assert (KIRO.read("requirements", text).title, key, criterion) == ("Login", "1", "1.1")
    tasks, key = KIRO.add_task(KIRO.skeleton("tasks", title="Login"), title="Form", requirements=["1.1"])
    assert KIRO.read("tasks", tasks).tasks[0].requirements == ("1.1",)
    design = KIRO.write_design(KIRO.skeleton("design", title="Login"), api_spec=[EndpointItem("GET", "/login", "Form")])
    assert KIRO.read("design", design).design.api_spec == (EndpointItem("GET", "/login", "Form"),)


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("# Requirements: Login", "Login"),
        ("# Requirements Document", ""),
        ("# Implementation Plan", ""),
        ("# Technical Design Document - Login", "Login"),
        ("# Login Requirements", "Login"),
        ("# Login – Bugfix Requirements", "Login"),  # noqa: RUF001
        ("# Task planner", "Task planner"),
        ("```\n# no\n```\n# Yes", "Yes"),
        ("no heading", ""),
    ],
)
def test_a_title_is_without_the_words_for_the_kind(heading, title):
    assert KIRO.read("requirements", heading).title == title


@settings(max_examples=150, deadline=None)
@given(texts | CLAUSES, st.sampled_from(["requirements", "design", "tasks", "other"]))
def test_reading_never_raises_and_items_stand_where_they_say(text, kind):
    read = KIRO.read(kind, text)
    assert KIRO.neutral(kind, KIRO.neutral(kind, text)) == KIRO.neutral(kind, text)
    lines = text.split("\n")
    for item in (*read.requirements, *(one for found in read.requirements for one in found.criteria), *read.tasks):
        assert 1 <= item.start <= item.end <= len(lines)
    keys = [(one.key, one.ordinal) for one in read.requirements]
    assert len(keys) == len(set(keys))


@settings(max_examples=150, deadline=None)
@given(CLAUSES, titles, values, values)
def test_an_edit_of_any_requirements_is_exact_or_refused(text, title, condition, action):
    before = KIRO.read("requirements", text).requirements
    added = unless_refused(KIRO.add_requirement, text, title=title, condition=condition, action=action)
    if added is not None:
        (made,) = [one for one in KIRO.read("requirements", added[0]).requirements if one.key == added[1]][-1:]
        assert (made.title, made.condition, made.action) == (title, condition, action)
    for item in before[:2]:
        try:
            new, key = KIRO.add_criterion(text, requirement_key=item.key, ordinal=item.ordinal, value=action)
        except Invalid as error:
            if error.code not in {"unrepresentable_text", "criterion_has_no_place"}:
                raise
            continue
        said = [
            one.text
            for found in KIRO.read("requirements", new).requirements
            for one in found.criteria
            if one.key == key
        ]
        assert action in said
        assert set(text.split("\n")) <= set(new.split("\n")) | {text.split("\n")[-1]}


@settings(max_examples=100, deadline=None)
@given(texts, st.data())
def test_progress_that_is_written_is_read_again(text, data):
    tasks = KIRO.read("tasks", text).tasks
    for task in tasks[:3]:
        status = data.draw(STATUSES)
        new = KIRO.write_progress("tasks", text, {task.index: Progress(status, "why" if status == "blocked" else "")})
        assert KIRO.read("tasks", new).tasks[task.index].status == status
        assert KIRO.neutral("tasks", new) == KIRO.neutral("tasks", text)


def test_real_documents_keep_every_box_and_every_criterion():
    for path in documents("tasks.md"):
        if ".kiro" not in path.parts:
            continue
        text = text_of(path)
        tasks = KIRO.read("tasks", text).tasks
        assert tasks
        assert all(one.key and one.requirements for one in tasks), path
        done = KIRO.write_progress("tasks", text, {one.index: Progress("completed") for one in tasks})
        assert done == text.replace("[ ]", "[x]")
    for path in documents("requirements.md"):
        if ".kiro" in path.parts:
            read = KIRO.read("requirements", text_of(path))
            assert len(read.requirements) == 8
            assert all(one.criteria and one.user_story for one in read.requirements), path


def test_reading_grows_with_the_text_and_no_faster():
    task = "- [ ]* {0}.1 (P) Do it\n  - detail\n  - _Requirements: 1.1_\n  - **Validates: Requirements {0}.2**\n\n"
    clause = (
        "### Part {0}\n\n{0}.1 WHEN a is set THEN the system SHALL answer within a second, whatever it is asked\n\n"
    )
    for kind, form, count in (("tasks", task, 2_000), ("requirements", clause, 10_000)):
        took = [
            seconds(partial(KIRO.read, kind, "".join(form.format(n) for n in range(count * times // 4))))
            for times in (1, 2, 4)
        ]
        assert took[2] < 12 * took[0] + 0.05, took
