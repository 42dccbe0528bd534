"""Task Master's tasks.json: every task and subtask with its lines, and progress that changes one word."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid, NotFound
from specflow.specs.formats.items import Place, Progress
from specflow.specs.formats.task_master import TaskMaster
from tests.specs.formats.nasty import texts

DIALECT = TaskMaster()
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "dialects" / "task-master"
TASKS = EXAMPLE / ".taskmaster" / "tasks" / "tasks.json"
WORDS = st.sampled_from(
    ["pending", "done", "in-progress", "review", "deferred", "cancelled", "blocked", "Done", "in_progress", "soon", ""]
)


def read(text):
    return DIALECT.read("tasks", text).tasks


def written(text, progress):
    return DIALECT.write_progress("tasks", text, progress)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (".taskmaster/tasks/tasks.json", Place("task-master", "tasks", folder=".taskmaster")),
        (".taskmaster/docs/prd.txt", Place("task-master", "other", folder=".taskmaster")),
        (".taskmaster/config.json", Place("task-master", "other", folder=".taskmaster")),
        ("tasks/tasks.json", Place("task-master", "tasks", folder="tasks")),
        ("tasks/models.py", None),
        ("tasks/task_001.txt", None),
        ("src/tasks/tasks.json", None),
        (".taskmaster/../tasks.json", None),
        (".taskmaster", None),
    ],
)
def test_a_tasks_folder_is_an_everyday_name_and_only_its_tasks_json_counts(path, place):
    assert DIALECT.place(path) == place


def test_the_example_is_read_with_tags_subtasks_and_lines():
    text = TASKS.read_text()
    tasks = read(text)

    assert [(one.key, one.phase, one.level, one.parent, one.status, one.blocked_reason) for one in tasks] == [
        ("1", "master", 0, None, "completed", ""),
        ("2", "master", 0, None, "in_progress", ""),
        ("2.1", "master", 1, 1, "completed", ""),
        ("2.2", "master", 1, 1, "pending", ""),
        ("3", "master", 0, None, "blocked", "deferred"),
        ("1", "second-house", 0, None, "pending", ""),
    ]
    assert [one.dependencies for one in tasks] == [(), ("1",), (), ("2.1", "2.1"), ("1",), ()]
    assert (tasks[0].priority, tasks[0].box) == ("high", False)
    assert tasks[0].description.split("\n\n") == [
        "Store what a sensor in a greenhouse reports.",
        "One row a reading: sensor, time, degrees. Readings may come late and out of order.",
        "Test strategy: Send a day of readings in random order and ask for them by time.",
    ]
    lines = text.split("\n")
    for one in tasks:
        assert json.loads("\n".join(lines[one.start - 1 : one.end]).strip().rstrip(","))["title"] == one.title


def test_the_older_form_has_one_list_and_a_project_name():
    text = '{"meta": {"projectName": "Watch"}, "tasks": [{"id": "7", "title": "A", "subtasks": [{"id": "7.1"}]}]}'
    items = DIALECT.read("tasks", text)

    assert items.title == "Watch"
    assert [(one.key, one.title, one.phase) for one in items.tasks] == [("7", "A", ""), ("7.1", "", "")]


def test_progress_changes_the_word_of_the_status_and_nothing_else():
    text = '\ufeff{"tasks":\t[{"id":1,"status" : "pending"},\r\n{"id":2, "status":"review"},{"id":3,"status":"done"}]}'
    new = written(text, {0: Progress("completed"), 1: Progress("in_progress"), 2: Progress("blocked", "no key")})

    assert new == (
        '\ufeff{"tasks":\t[{"id":1,"status" : "done"},\r\n{"id":2, "status":"review"},{"id":3,"status":"blocked"}]}'
    )
    assert DIALECT.neutral("tasks", new) == DIALECT.neutral("tasks", text)


def test_deferred_and_cancelled_are_kept_as_reasons():
    text = '[{"id": 1, "status": "deferred"}, {"id": 2, "status": "pending"}]'

    assert written(text, {0: Progress("blocked", "deferred")}) == text
    new = written(text, {0: Progress("blocked", "waits"), 1: Progress("blocked", "cancelled")})
    assert [(one.status, one.blocked_reason) for one in read(new)] == [("blocked", ""), ("blocked", "cancelled")]


def test_a_task_without_a_status_gets_one_and_only_then():
    text = '{"tasks": [\n  {\n    "id": 1\n  },\n  {}\n]}'

    assert written(text, {0: Progress("pending"), 1: Progress("pending")}) == text
    new = written(text, {0: Progress("completed"), 1: Progress("in_progress")})
    assert new == '{"tasks": [\n  {\n    "status": "done",\n    "id": 1\n  },\n  {"status": "in-progress"}\n]}'
    assert DIALECT.neutral("tasks", new) == DIALECT.neutral("tasks", text)


def test_unknown_tasks_and_statuses_are_refused():
    with pytest.raises(NotFound) as missing:
        written("[]", {0: Progress("pending")})
    assert missing.value.code == "task_not_found"
    with pytest.raises(Invalid) as wrong:
        written('[{"id": 1}]', {0: Progress("done")})
    assert wrong.value.code == "unknown_task_status"


@pytest.mark.parametrize("text", ["", "{", "null", "[1, null]", '{"tasks": 1}', '{"a": {"tasks": {}}}', "# no"])
def test_what_is_no_list_of_tasks_has_none(text):
    assert read(text) == ()
    assert written(text, {}) == DIALECT.neutral("tasks", text) == text


NODES = st.recursive(
    st.fixed_dictionaries({}, optional={"id": st.integers(1, 9) | st.text(max_size=3), "status": WORDS | st.none()}),
    lambda inner: st.fixed_dictionaries({"title": st.text(max_size=5), "subtasks": st.lists(inner, max_size=3)}),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["master", "a"]), st.fixed_dictionaries({"tasks": st.lists(NODES, max_size=4)})),
    st.sampled_from([None, 1, 2]),
    st.data(),
)
def test_progress_that_was_written_is_read_and_leaves_the_rest_alone(value, indent, data):
    text = json.dumps(value, indent=indent)
    tasks = read(text)
    status = st.sampled_from(["pending", "in_progress", "completed", "blocked"])
    wanted = {one.index: Progress(data.draw(status)) for one in tasks}
    new = written(text, wanted)

    assert [one.status for one in read(new)] == [wanted[one.index].status for one in tasks]
    assert DIALECT.neutral("tasks", new) == DIALECT.neutral("tasks", text)
    assert written(new, wanted) == new
    assert written(text, {one.index: Progress(one.status, one.blocked_reason) for one in tasks}) == text


@settings(max_examples=150, deadline=None)
@given(texts | st.text(max_size=60))
def test_any_text_is_read(text):
    for one in read(text):
        assert 1 <= one.start <= one.end
    assert DIALECT.neutral("tasks", DIALECT.neutral("tasks", text)) == DIALECT.neutral("tasks", text)


def many(lines):
    task = {"title": "t", "description": "d", "status": "done", "dependencies": [1], "priority": "low"}
    return json.dumps({"master": {"tasks": [{"id": at, **task} for at in range(lines // 10)]}}, indent=2)


def test_reading_grows_with_the_text_and_no_faster():
    seconds = {}
    for lines in (2_500, 5_000, 10_000):
        text = many(lines)
        began = time.process_time()
        assert len(read(text)) == lines // 10
        seconds[lines] = time.process_time() - began
    print({lines: f"{1000 * one:.0f} ms" for lines, one in seconds.items()})
    assert seconds[10_000] < 1  # 0.05 s on a quiet machine
