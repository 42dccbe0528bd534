import time
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid, NotFound
from specflow.specs.formats.backlog_md import BacklogMd
from specflow.specs.formats.items import Place, Progress
from tests.specs.formats.corpus import checkboxes, documents, text_of
from tests.specs.formats.nasty import LETTERS, PIECES, texts, unless_refused, values
from tests.specs.formats.timed import seconds

BACKLOG = BacklogMd()
TASK = Place("backlog", "task", folder="backlog")
EXAMPLE = Path(__file__).parents[3] / "examples" / "dialects" / "backlog-md" / "backlog"
STATUSES = st.sampled_from(["pending", "in_progress", "completed", "blocked"])
HEADS = st.lists(
    st.sampled_from([
        "id: T-1", "title: A", "title: 'B: c'", "status: To Do", 'status: "Done" # soon', "status:",
        "status: >-\n  Done", "status: # none", "status : In Progress", "dependencies: [T-2, T-3]",
        "updated_date: '2026-01-01'", "assignee: [@x]", "blocked_reason: it rains", "- [ ] box", "```", "  more",
        "# remark", "id: T-2",
    ])
    | PIECES | LETTERS,
    max_size=8,
).map("\n".join)  # fmt: skip
DOCUMENTS = st.tuples(HEADS, texts, st.sampled_from(["\n", "\r\n"])).map(
    lambda one: f"---\n{one[0]}\n---\n{one[1]}".replace("\n", one[2])
)


def example(path: str) -> str:
    return (EXAMPLE / path).read_text()


def head(*lines: str) -> str:
    return "\n".join(["---", *lines, "---", "", "# Body", ""])


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("backlog/tasks/task-1 - A.md", TASK),
        ("backlog/completed/task-1 - A.md", TASK),
        ("backlog/drafts/draft-1 - A.md", TASK),
        ("backlog/archive/tasks/task-1 - A.md", TASK),
        (".backlog/tasks/task-1 - A.md", Place("backlog", "task", folder=".backlog")),
        ("backlog/docs/guides/doc-1 - A.md", Place("", "other")),
        ("backlog/decisions/decision-1 - A.md", Place("", "other")),
        ("backlog/milestones/m-1.md", Place("", "other")),
        ("backlog/config.yml", Place("", "other")),
        ("backlog/README.md", None),
        ("backlog/tasks/sub/task-1 - A.md", None),
        ("backlog/tasks/run.py", None),
        ("backlog/docs", None),
        ("tasks/task-1 - A.md", None),
        ("backlog/tasks/../x.md", None),
    ],
)
def test_only_what_stands_where_the_dialect_puts_it_is_taken(path, place):
    assert BACKLOG.place(path) == place


def test_a_document_is_a_task_and_its_boxes_are_its_parts():
    own, *parts = BACKLOG.read("task", example("tasks/task-7 - Water-plants-by-the-weather.md")).tasks
    assert (own.key, own.title, own.status, own.box) == ("TASK-7", "Water plants: by the weather", "in_progress", False)
    assert (own.dependencies, own.priority, own.files) == (("TASK-5",), "high", ("src/watering.py",))
    assert own.description.startswith("When it rained")
    assert (own.start, own.end) == (1, 38)
    assert [(one.key, one.title[:4], one.status, one.level, one.parent, one.start, one.end) for one in parts] == [
        ("#1", "Rain", "completed", 1, 0, 26, 26),
        ("#2", "With", "pending", 1, 0, 27, 27),
        ("#1", "All ", "pending", 1, 0, 32, 32),
    ]
    assert all(one.box and not one.description for one in parts)


def test_nested_boxes_stay_nested():
    tasks = BACKLOG.read("task", example("tasks/task-7.1 - Read-the-forecast.md")).tasks
    assert [(one.level, one.parent) for one in tasks] == [(0, None), (1, 0), (2, 1)]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("To Do", "pending"), ("In Progress", "in_progress"), ("in-progress", "in_progress"), ("Done", "completed"),
        ("'Done'", "completed"), ('"Blocked"', "blocked"), ("✔ Done", "completed"), ("Somewhere", "pending"),
        ("Done # at last", "completed"), ("", "pending"), (">-\n  Done", "completed"), ("12", "pending"),
    ],
)  # fmt: skip
def test_a_status_is_what_its_word_means(word, status):
    assert BACKLOG.read("task", head("id: T-1", f"status: {word}")).tasks[0].status == status


def test_a_head_that_is_no_yaml_still_names_its_task():
    own = BACKLOG.read("task", head("id: T-1", "title: 'It''s: odd'", "assignee: [@me]", "status: Done")).tasks[0]
    assert (own.key, own.title, own.status) == ("T-1", "It's: odd", "completed")


def test_a_document_without_a_head_has_only_its_boxes():
    assert [one.level for one in BACKLOG.read("task", "# A\n- [ ] one\n  - [ ] two\n").tasks] == [0, 1]
    assert BACKLOG.read("other", "- [ ] one").tasks == ()


def test_progress_changes_the_status_and_the_boxes_alone():
    text = example("tasks/task-7 - Water-plants-by-the-weather.md")
    new = BACKLOG.write_progress(
        "task", text, {0: Progress("completed"), 1: Progress("completed"), 2: Progress("completed")}
    )
    assert new == text.replace("status: In Progress", "status: Done").replace("- [ ] #2", "- [x] #2")
    assert BACKLOG.neutral("task", new) == BACKLOG.neutral("task", text)
    assert BACKLOG.write_progress("task", text, {0: Progress("in_progress"), 1: Progress("completed")}) == text


def test_the_word_of_the_document_stays_where_it_means_the_same():
    text = head("id: T-1", "status: Review")
    assert BACKLOG.write_progress("task", text, {0: Progress("in_progress")}) == text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("status: To Do", "status: Done"),
        ("status: 'To Do'", "status: 'Done'"),
        ('status: "To Do"  # for now', 'status: "Done"  # for now'),
        ("status:", "status: Done"),
        ("status: # none yet", "status: Done # none yet"),
    ],
)
def test_a_status_is_written_as_the_old_one_was(old, new):
    assert BACKLOG.write_progress("task", head("id: T-1", old), {0: Progress("completed")}) == head("id: T-1", new)


def test_a_head_without_a_status_gets_one():
    text = BACKLOG.write_progress("task", head("id: T-1"), {0: Progress("blocked", "it: rains\nhard")})
    assert text == head("id: T-1", 'blocked_reason: "it: rains\\nhard"', "status: Blocked")
    assert BACKLOG.read("task", text).tasks[0].blocked_reason == "it: rains\nhard"
    assert BACKLOG.neutral("task", text) == head("id: T-1")
    assert BACKLOG.write_progress("task", text, {0: Progress("pending")}) == head("id: T-1", "status: To Do")


def test_a_status_that_goes_over_several_lines_is_not_overwritten():
    with pytest.raises(Invalid) as refused:
        BACKLOG.write_progress("task", head("id: T-1", "status: >-", "  Done"), {0: Progress("pending")})
    assert refused.value.code == "unrepresentable_text"


def test_a_date_or_a_status_is_no_part_of_the_digest_and_a_remark_is():
    old = head("id: T-1", "status: To Do # one", "updated_date: '2026-01-01'")
    assert BACKLOG.neutral("task", old) == BACKLOG.neutral("task", head("id: T-1", "status: Done # one"))
    assert BACKLOG.neutral("task", old) != BACKLOG.neutral("task", head("id: T-1", "status: To Do # two"))


def test_unknown_tasks_and_statuses_are_refused():
    with pytest.raises(NotFound):
        BACKLOG.write_progress("task", head("id: T-1"), {1: Progress("pending")})
    with pytest.raises(Invalid) as wrong:
        BACKLOG.write_progress("task", head("id: T-1"), {0: Progress("done")})
    assert wrong.value.code == "unknown_task_status"


@settings(max_examples=250, deadline=None)
@given(texts | DOCUMENTS)
def test_no_text_is_too_odd_to_be_read_and_no_box_is_lost(text):
    tasks = BACKLOG.read("task", text).tasks
    assert sum(one.box for one in tasks) == checkboxes(text.removeprefix("\ufeff"))
    assert [one.index for one in tasks] == list(range(len(tasks)))
    names = [(one.key, one.title, one.ordinal) for one in tasks]
    assert len(names) == len(set(names))
    assert all(1 <= one.start <= one.end <= text.count("\n") + 1 for one in tasks)
    same = {one.index: Progress(one.status, one.blocked_reason) for one in tasks}
    assert BACKLOG.write_progress("task", text, same) == text


@settings(max_examples=250, deadline=None)
@given(DOCUMENTS, st.data())
def test_progress_that_is_written_is_read_again(text, data):
    for task in BACKLOG.read("task", text).tasks[:3]:
        status = data.draw(STATUSES)
        wanted = Progress(status, data.draw(values) if status == "blocked" else "")
        new = unless_refused(lambda given, **_: BACKLOG.write_progress("task", given, {task.index: wanted}), text)  # noqa: B023
        if new is None:
            continue
        after = BACKLOG.read("task", new).tasks[task.index]
        assert (after.status, after.title) == (status, task.title)
        assert status != "blocked" or after.blocked_reason == wanted.blocked_reason
        assert BACKLOG.neutral("task", new) == BACKLOG.neutral("task", text)


def test_real_tasks_are_read_and_ticked():
    for path in documents("back-*.md"):
        text = text_of(path)
        assert BACKLOG.place(f"backlog/tasks/{path.name}") == TASK
        own, *parts = BACKLOG.read("task", text).tasks
        assert own.key.startswith("BACK-"), path
        assert own.title
        assert own.description
        assert len(parts) == checkboxes(text)
        assert own.status in {"completed", "pending"}
        done = BACKLOG.write_progress("task", text, {one.index: Progress("completed") for one in (own, *parts)})
        assert done == text.replace("- [ ]", "- [x]").replace("status: To Do", "status: Done")
        assert BACKLOG.neutral("task", done) == BACKLOG.neutral("task", text)


def test_reading_grows_with_the_text_and_no_faster():
    took = []
    for count in (2_500, 5_000, 10_000):
        text = head("id: T-1", "status: To Do") + "".join(f"- [ ] #{n} Do the thing\n" for n in range(count))
        took.append(seconds(partial(BACKLOG.read, "task", text)))
    assert took[2] < 12 * took[0] + 0.05, took


@pytest.mark.parametrize(
    "line", ["status: " + " " * 100_000 + "x", "status: '" + "''" * 50_000, "status: " + " #" * 50_000]
)
def test_a_long_line_in_the_head_takes_no_long_time(line):
    started = time.process_time()
    BACKLOG.neutral("task", head("id: T-1", line))
    assert time.process_time() - started < 1


def test_a_reason_that_goes_takes_no_other_line_along() -> None:
    text = "---\nid: T-1\nblocked_reason: it rains\nstatus: Blocked\n---\n"
    written = BACKLOG.write_progress("task", text, {0: Progress("pending")})
    assert written == "---\nid: T-1\nstatus: To Do\n---\n"
