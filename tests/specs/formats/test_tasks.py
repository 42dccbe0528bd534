import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid, NotFound
from specflow.specs.formats import spec_workflow as dialect
from specflow.specs.formats.items import Progress
from specflow.specs.formats.spec_workflow.skeletons import skeleton
from tests.specs.formats.corpus import TASKS, checkboxes, documents, text_of
from tests.specs.formats.nasty import texts, titles, unless_refused, values

STATUSES = st.sampled_from(["pending", "in_progress", "completed", "blocked"])


def test_every_checkbox_is_a_task_with_its_fields():
    read = dialect.read_tasks(TASKS)
    assert [(task.key, task.title, task.status, task.level, task.parent) for task in read] == [
        ("1", "Lay the ground", "completed", 0, None),
        ("2", "Sign in", "in_progress", 0, None),
        ("2.1", "The form", "pending", 1, 1),
        ("2.2", "The check", "blocked", 1, 1),
        ("T003", "Sign out", "completed", 0, None),
        ("", "Read it all again", "pending", 0, None),
    ]
    first = read[0]
    assert first.files == ("src/main.py", "src/settings_local.py")
    assert (first.details, first.purpose) == (("Make it start",), "have something to run")
    assert first.leverage == "src/old_main.py, lib/some_tool.py"
    assert first.requirements == ("1.1", "FR-2", "1.1-1.4", "All")
    assert first.prompt == "Role: developer | Task: do it\ncarefully | Success: it starts"
    assert (read[2].leverage, read[3].blocked_reason) == ("forms.py", "waits for the form")
    assert (first.start, first.end, read[1].start, read[1].end) == (3, 10, 12, 16)


@pytest.mark.parametrize(
    ("line", "key", "title"),
    [
        ("- [ ] 1.2 A", "1.2", "A"),
        ("- [ ] 1. A", "1", "A"),
        ("- [ ] 1\\. A", "1", "A"),
        ("- [ ] **1.1** A", "1.1", "A"),
        ("- [ ] **1.1 A**", "1.1", "A"),
        ("- [ ] P0.1.1 A", "P0.1.1", "A"),
        ("- [ ] H1.1 A", "H1.1", "A"),
        ("- [ ] T001 [P] A", "T001", "[P] A"),
        ("- [ ] 5A.1.1 A", "5A.1.1", "A"),
        ("- [ ] Task 3: A", "3", "A"),
        ("1) [ ] A", "", "A"),
        ("\t* [ ] 3D rendering", "", "3D rendering"),
        ("- [ ] S3 upload", "", "S3 upload"),
    ],
)
def test_ids_of_many_kinds_are_read(line, key, title):
    (task,) = dialect.read_tasks(line)
    assert (task.key, task.title) == (key, title)


@pytest.mark.parametrize(
    ("line", "references"),
    [
        ("_Requirements: REQ-6 (FR-6.1, FR-6.2), NFR-1_", ("REQ-6", "FR-6.1", "FR-6.2", "NFR-1")),
        ("_Requirements: FR-4.3 (atomic), All", ("FR-4.3 (atomic)", "All")),
        ("_المتطلبات: 1.1_", ("1.1",)),
        ("**Requirements**: 1.1、1.2", ("1.1", "1.2")),
    ],
)
def test_references_stay_as_they_were_written(line, references):
    assert dialect.read_tasks(f"- [ ] x\n  - {line}\n")[0].requirements == references


def test_files_may_stand_on_several_lines():
    (task,) = dialect.read_tasks("- [ ] x\n  - **Files:**\n    - a.py\n    - `b c.py`\n  - done\n")
    assert (task.files, task.details) == (("a.py", "b c.py"), ("done",))


def test_equal_tasks_are_told_apart_by_their_ordinal():
    assert [task.ordinal for task in dialect.read_tasks("- [ ] 1. A\n- [ ] 1. A\n- [ ] 1. B\n")] == [0, 1, 0]


def test_progress_changes_only_markers_and_blocked_lines():
    new = dialect.write_progress(
        TASKS,
        {1: Progress("completed"), 3: Progress("pending"), 4: Progress("completed"), 5: Progress("blocked", "no_t")},
    )
    assert "- [x] 2. Sign in" in new
    assert "* [X] T003" in new
    assert "waits for the form" not in new
    assert "+ [~] Read it all again\n  - _Blocked: no_t_\n" in new
    assert dialect.neutral(new) == dialect.neutral(TASKS)
    assert (
        dialect.write_progress(new, {3: Progress("blocked", "waits for the form"), 5: Progress("pending")}).count(
            "_Blocked"
        )
        == 1
    )


def test_a_blocked_line_comes_and_goes_at_the_end_of_a_text_without_a_last_line_end():
    text = "- [ ] a\r\n- [ ] b"
    blocked = dialect.write_progress(text, {1: Progress("blocked", "x\ny")})
    assert blocked == '- [ ] a\r\n- [~] b\r\n  - _Blocked: "x\\ny"_'
    assert dialect.write_progress(blocked, {1: Progress("pending")}) == text


def test_unknown_tasks_and_statuses_are_refused():
    with pytest.raises(NotFound) as missing:
        dialect.write_progress("- [ ] a", {1: Progress("pending")})
    assert missing.value.code == "task_not_found"
    with pytest.raises(Invalid) as wrong:
        dialect.write_progress("- [ ] a", {0: Progress("done")})
    assert wrong.value.code == "unknown_task_status"


def test_a_new_task_reads_as_natural_markdown():
    text, key = dialect.add_task(
        skeleton("tasks", title="Login"), title="Form", description="With two fields", phase="Implementation",
        priority="high", requirements=["1.1", "FR-2"],
    )  # fmt: skip
    assert key == "1"
    assert text.endswith(
        "- [ ] 1. Form\n  With two fields\n  - _Phase: Implementation_\n  - _Priority: high_\n"
        "  - _Requirements: 1.1, FR-2_\n"
    )


def test_a_new_task_goes_on_in_the_style_of_the_document():
    assert dialect.add_task("- [ ] T009 A\n- [ ] T010 B\n\nNotes\n", title="C") == (
        "- [ ] T009 A\n- [ ] T010 B\n- [ ] T011 C\n\nNotes\n",
        "T011",
    )
    assert dialect.add_task("- [ ] 1.1 A\n\n- [ ] 2.1 B", title="C") == (
        "- [ ] 1.1 A\n\n- [ ] 2.1 B\n\n- [ ] 3. C",
        "3",
    )


def test_a_description_with_a_blocked_line_is_no_progress():
    text, _ = dialect.add_task("", title="A", description="do\n- _Blocked: never_")
    assert dialect.neutral(text) == text
    (task,) = dialect.read_tasks(dialect.write_progress(text, {0: Progress("blocked", "now")}))
    assert (task.description, task.blocked_reason) == ("do\n- _Blocked: never_", "now")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(titles, values | st.just(""), values | st.just(""), st.lists(values, max_size=3)), max_size=3)
)
def test_what_was_given_comes_back_exactly_from_every_read(given_):
    text, expected = skeleton("tasks", title="T"), []
    for title, description, phase, references in given_:
        text, key = dialect.add_task(text, title=title, description=description, phase=phase, requirements=references)
        expected.append((key, title, description, phase, tuple(references)))
    assert [(t.key, t.title, t.description, t.phase, t.requirements) for t in dialect.read_tasks(text)] == expected
    assert checkboxes(text) == len(expected)


@settings(max_examples=200, deadline=None)
@given(texts, st.data())
def test_no_checkbox_is_lost_and_progress_leaves_the_digest_alone(text, data):
    read = dialect.read_tasks(text)
    assert len(read) == checkboxes(text.removeprefix("\ufeff"))
    same = {task.index: Progress(task.status, task.blocked_reason) for task in read}
    assert dialect.write_progress(text, same) == text
    for task in read[:3]:
        status = data.draw(STATUSES)
        reason = data.draw(values) if status == "blocked" else ""
        new = dialect.write_progress(text, {task.index: Progress(status, reason)})
        assert dialect.neutral(new) == dialect.neutral(text)
        after = dialect.read_tasks(new)[task.index]
        assert (after.status, after.blocked_reason) == (status, reason)


@settings(max_examples=150, deadline=None)
@given(texts, titles, values)
def test_an_edit_of_any_text_is_exact_or_refused(text, title, description):
    added = unless_refused(dialect.add_task, text, title=title, description=description)
    if added is None:
        return
    *others, made = dialect.read_tasks(added[0])
    assert [task.title for task in others] == [task.title for task in dialect.read_tasks(text)]
    assert (made.title, made.description) == (title, description)


def test_real_task_lists_lose_no_checkbox():
    for path in documents("tasks.md"):
        text = text_of(path)
        read = dialect.read_tasks(text)
        assert len(read) == checkboxes(text), path
        assert dialect.write_progress(text, {t.index: Progress(t.status, t.blocked_reason) for t in read}) == text
        everything = dialect.write_progress(text, {task.index: Progress("blocked", "why") for task in read})
        assert dialect.neutral(everything) == dialect.neutral(text), path
        assert len(dialect.read_tasks(dialect.add_task(text, title="More", description="a\n- b")[0])) == len(read) + 1
