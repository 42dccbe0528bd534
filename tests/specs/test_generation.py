"""Tasks from machine-readable specs: what they are made of, their order, and the text that reads back."""

import itertools
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid
from specflow.specs.formats.source import check_source, parse_source
from specflow.specs.formats.source.dependencies import ordered, without_cycles
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.generation import generated_tasks, tasks_text
from tests.specs.formats.nasty import titles, unless_refused, values

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "dialects" / "specflow"


def example(path):
    return parse_source((EXAMPLE / path).read_text(), path=path)


def spec(**said):
    return parse_source(json.dumps({"specflow": 1, "slug": "a", "title": "A", **said}), path="specflow/a.json")


def test_each_requirement_endpoint_and_named_task_is_a_task():
    tasks = generated_tasks(example("specflow/seat-booking.yaml"))

    assert [(one.key, one.source, one.source_key, one.requirements, one.dependencies) for one in tasks] == [
        ("1", "requirement", "HOLD", ("HOLD",), ()),
        ("2", "requirement", "PAY", ("PAY",), ("1",)),
        ("3", "requirement", "PLAN", ("PLAN",), ()),
        ("4", "endpoint", "hold-seat", ("HOLD",), ("1",)),
        ("5", "endpoint", "GET /shows/{show}/plan", ("PLAN",), ("3",)),
        ("6", "task", "load-test", ("HOLD",), ("1",)),
    ]
    hold, load = tasks[0], tasks[5]
    assert (hold.pointer, hold.start, hold.end) == ("/requirements/0", 8, 17)
    assert hold.prompt.startswith("Task: Meet HOLD: WHEN a visitor picks a free seat")
    assert "Success: WHEN a second visitor picks a held seat" in hold.prompt
    assert (load.files, load.priority) == (("tests/load/test_hold.py",), "high")


def test_an_operation_of_an_api_is_one_task():
    tasks = generated_tasks(example("api/openapi.yaml"))

    assert [(one.source, one.source_key) for one in tasks] == [
        ("requirement", "holdSeats"),
        ("requirement", "GET /shows/{show}/plan"),
    ]
    assert "POST /shows/{show}/holds" in tasks[0].prompt


def test_a_schema_comes_after_those_that_it_refers_to():
    assert [one.source_key for one in generated_tasks(example("specflow/ticket.schema.json"))] == ["Seat", "Ticket"]


def test_the_order_is_that_of_the_file_but_for_what_must_come_before():
    made = generated_tasks(
        spec(
            requirements=[
                {"id": "C", "title": "c", "depends_on": ["A"]},
                {"id": "B", "title": "b"},
                {"id": "A", "title": "a", "criteria": [{"id": "A.x", "text": "t"}]},
            ],
            tasks=[
                {"id": "late", "title": "l", "depends_on": ["early"]},
                {"id": "early", "title": "e", "requirements": ["A.x"]},
            ],
        )
    )

    assert [(one.source_key, one.dependencies) for one in made] == [
        ("B", ()),
        ("A", ()),
        ("C", ("2",)),
        ("early", ("2",)),
        ("late", ("4",)),
    ]


def test_a_circle_is_refused_with_its_path():
    with pytest.raises(Invalid) as refused:
        ordered({"a": ["b"], "b": ["c", "d"], "c": ["b"], "d": []})

    assert refused.value.code == "cyclic_dependency"
    assert refused.value.details["path"] == ["b", "c", "b"]


def test_the_text_reads_back_as_the_tasks():
    made = example("specflow/seat-booking.yaml")
    read = read_tasks(tasks_text(made))

    assert [(one.key, one.title, one.requirements, one.prompt) for one in read] == [
        (one.key, one.title, one.requirements, one.prompt) for one in generated_tasks(made)
    ]
    assert tasks_text(made) == tasks_text(example("specflow/seat-booking.yaml"))


GRAPHS = st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefghx"), max_size=4), max_size=8)


@given(GRAPHS)
def test_an_order_holds_every_dependency_or_names_a_circle(needs):
    try:
        found = ordered(needs)
    except Invalid as error:
        path = error.details["path"]
        assert path[0] == path[-1]
        assert all(after in needs[one] for one, after in itertools.pairwise(path))
        return
    assert sorted(found) == sorted(needs)
    assert all(found.index(one) < found.index(name) for name in needs for one in needs[name] if one in needs)


@given(GRAPHS)
def test_without_its_circles_everything_has_an_order(needs):
    kept = without_cycles(needs)

    assert all(set(kept[name]) <= set(needs[name]) for name in needs)
    assert sorted(ordered(kept)) == sorted(needs)
    try:
        ordered(needs)
    except Invalid:
        return
    assert {name: [one for one in needs[name] if one in needs] for name in needs} == {
        name: list(kept[name]) for name in needs
    }


LINES = titles.filter(lambda title: title.strip() and "\r" not in title and "\n" not in title)
FILES = st.sampled_from(["a.py", "src/b c.py", "d, e.py", "f (g).py", "tests/h_i_.py"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(LINES, values, st.lists(values, max_size=2)), max_size=4),
    st.lists(st.tuples(LINES, values, st.lists(FILES, max_size=3)), max_size=3),
)
def test_whatever_a_spec_says_its_tasks_read_back_or_are_refused(requirements, tasks):
    text = json.dumps(
        {
            "specflow": 1,
            "slug": "a",
            "title": "A",
            "requirements": [
                {"id": f"R{at}", "title": title, "statement": said, "criteria": criteria}
                for at, (title, said, criteria) in enumerate(requirements)
            ],
            "tasks": [
                {"id": f"t{at}", "title": title, "description": said, "files": files, "requirements": []}
                for at, (title, said, files) in enumerate(tasks)
            ],
        }
    )
    if check_source(text, path="a.json"):
        return
    made = parse_source(text, path="a.json")
    written = unless_refused(lambda _text: tasks_text(made), text)
    if written is None:
        return
    read, wanted = read_tasks(written), generated_tasks(made)
    assert [(one.key, one.title, one.description, one.files) for one in read] == [
        (one.key, one.title, one.description, one.files) for one in wanted
    ]


def test_a_thousand_requirements_are_ordered_at_once():
    made = spec(
        requirements=[
            {
                "id": f"R{at}",
                "title": "t",
                "statement": "The system SHALL work",
                "depends_on": [f"R{at + 1}"] * (at < 999),
            }
            for at in range(1_000)
        ]
    )
    began = time.perf_counter()
    tasks = generated_tasks(made)
    seconds = time.perf_counter() - began

    assert [tasks[0].source_key, tasks[-1].source_key] == ["R999", "R0"]
    assert seconds < 1
