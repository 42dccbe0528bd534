from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid
from specflow.specs.formats.items import EndpointItem, Place, Progress
from specflow.specs.formats.omoios import OmoiOS
from tests.specs.formats.nasty import texts, titles, unless_refused, values
from tests.specs.formats.timed import seconds

OMOIOS = OmoiOS()
EXAMPLE = Path(__file__).parents[3] / "examples" / "dialects" / "omoios" / ".omoi_os"


def example(path: str) -> str:
    return (EXAMPLE / path).read_text()


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (".omoi_os/requirements/quiet-hours.md", Place("quiet-hours", "requirements", folder=".omoi_os/quiet-hours")),
        (
            ".omoi_os/requirements/REQ-quiet-hours.md",
            Place("quiet-hours", "requirements", folder=".omoi_os/quiet-hours"),
        ),
        (".omoi_os/designs/quiet-hours.md", Place("quiet-hours", "design", folder=".omoi_os/quiet-hours")),
        (".omoi_os/tasks/TSK-001.md", Place("omoi-os-tasks", "task", folder=".omoi_os/tasks")),
        (".omoi_os/tickets/TKT-001-a.md", Place("omoi-os-tickets", "task", folder=".omoi_os/tickets")),
        (".omoi_os/docs/prd-x.md", Place("", "other")),
        (".omoi_os/tasks/index.json", Place("", "other")),
        (".omoi_os", None),
        ("omoi_os/tasks/TSK-001.md", None),
    ],
)
def test_a_path_says_what_stands_there(path, place):
    assert OMOIOS.place(path) == place


@pytest.mark.parametrize("kind", ["requirements", "design"])
def test_the_documents_of_a_feature_have_places_that_read_back(kind):
    folder = OMOIOS.folder_for("login")
    assert OMOIOS.place(OMOIOS.path_in(folder, kind)) == Place("login", kind, folder=folder)
    with pytest.raises(Invalid):
        OMOIOS.path_in(folder, "tasks")


def test_requirements_say_when_and_what_and_their_boxes_are_criteria():
    read = OMOIOS.read("requirements", example("requirements/quiet-hours.md"))
    first, second, third = read.requirements
    assert read.title == "Quiet Hours"
    assert (first.key, first.condition) == ("REQ-QUIET-FUNC-001", "a message arrives in a member's quiet hours")
    assert first.action == "keep it until they end."
    assert (
        first.statement == "WHEN a message arrives in a member's quiet hours, THE SYSTEM SHALL keep it until they end."
    )
    assert [one.text for one in first.criteria] == [
        "The message is delivered within a minute of their end",
        "The sender sees that it waits",
    ]
    assert (second.condition, second.action) == ("a message is marked as urgent", "deliver it at once.")
    assert (third.condition, third.action[:4], third.criteria) == ("", "hold", ())


def test_a_requirement_may_be_a_whole_document():
    text = (
        '---\nid: REQ-A-001\ntitle: A\ncondition: "it rains"\naction: wait\n---\n\n'
        "# A\n\n## Acceptance Criteria\n\n- [ ] It waits\n- [x] It tells so\n\n## Notes\n\n- none\n"
    )
    (item,) = OMOIOS.read("requirements", text).requirements
    assert (item.key, item.title, item.condition, item.action) == ("REQ-A-001", "A", "it rains", "wait")
    assert [(one.key, one.text, one.start) for one in item.criteria] == [
        ("REQ-A-001.1", "It waits", 12),
        ("REQ-A-001.2", "It tells so", 13),
    ]
    with pytest.raises(Invalid) as refused:
        OMOIOS.add_requirement(text, title="B", condition="", action="x")
    assert refused.value.code == "not_editable"


def test_a_design_has_its_parts():
    read = OMOIOS.read("design", example("designs/quiet-hours.md"))
    assert read.title == "Quiet Hours Design"
    assert read.design.architecture == "A queue for each member holds what waits; a clock empties it."
    assert [one.endpoint for one in read.design.api_spec] == ["/api/quiet-hours", "/api/quiet-hours"]


def test_tickets_and_tasks_are_tasks_with_what_comes_first():
    ticket, *boxes = OMOIOS.read("task", example("tickets/TKT-001.md")).tasks
    assert (ticket.key, ticket.status, ticket.priority) == ("TKT-001", "in_progress", "HIGH")
    assert ticket.requirements == ("REQ-QUIET-FUNC-001", "REQ-QUIET-FUNC-002")
    assert [one.status for one in boxes] == ["completed", "pending"]
    task = OMOIOS.read("task", example("tasks/TSK-002-urgent-messages.md")).tasks[0]
    assert (task.title, task.dependencies, task.box) == ("Urgent messages", ("TSK-001",), False)


def test_each_has_its_own_words_for_progress():
    ticket, task = example("tickets/TKT-001.md"), example("tasks/TSK-001.md")
    assert OMOIOS.write_progress("task", ticket, {0: Progress("in_progress")}) == ticket
    assert "\nstatus: backlog\n" in OMOIOS.write_progress("task", ticket, {0: Progress("pending")})
    assert "\nstatus: in_progress\n" in OMOIOS.write_progress("task", task, {0: Progress("in_progress")})


def test_a_criterion_is_added_with_a_box_and_a_requirement_goes_on_from_the_last():
    text, key = OMOIOS.add_criterion(
        example("requirements/quiet-hours.md"), requirement_key="REQ-QUIET-FUNC-001", ordinal=0, value="None is lost"
    )
    assert "waits\n- [ ] None is lost\n" in text
    assert key == "REQ-QUIET-FUNC-001.3"
    text, key = OMOIOS.add_requirement(text, title="More", condition="a", action="b")
    assert key == "REQ-QUIET-PERF-002"


def test_a_spec_is_written_from_its_skeletons():
    text, key = OMOIOS.add_requirement(
        OMOIOS.skeleton("requirements", title='A "b": c'), title="T", condition="", action="x"
    )
    read = OMOIOS.read("requirements", text)
    assert (read.title, [one.key for one in read.requirements]) == ('A "b": c', [key])
    endpoint = EndpointItem("GET", "/x", "reads")
    text = OMOIOS.write_design(OMOIOS.skeleton("design", title="A"), architecture="One part", api_spec=[endpoint])
    assert OMOIOS.read("design", text).design.api_spec == (endpoint,)
    with pytest.raises(Invalid) as refused:
        OMOIOS.add_task(text, title="A")
    assert refused.value.code == "not_editable"


@settings(max_examples=150, deadline=None)
@given(texts, st.sampled_from(["requirements", "design", "task", "other"]))
def test_reading_never_raises(text, kind):
    for whole in (text, f"---\nid: REQ-A-1\ncondition: x\n---\n{text}"):
        OMOIOS.read(kind, whole)
        assert OMOIOS.neutral(kind, OMOIOS.neutral(kind, whole)) == OMOIOS.neutral(kind, whole)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(titles, values, values), max_size=2), values)
def test_what_was_given_comes_back_exactly(given_, value):
    text = example("requirements/quiet-hours.md")
    for title, condition, action in given_:
        made = unless_refused(OMOIOS.add_requirement, text, title=title, condition=condition, action=action)
        if made is None:
            continue
        text, key = made
        item = next(one for one in OMOIOS.read("requirements", text).requirements if one.key == key)
        assert (item.title, item.condition, item.action) == (title, condition, action)
    key = "REQ-QUIET-FUNC-002"
    made = unless_refused(OMOIOS.add_criterion, text, requirement_key=key, ordinal=0, value=value)
    if made is not None:
        item = next(one for one in OMOIOS.read("requirements", made[0]).requirements if one.key == key)
        assert item.criteria[-1].text == value


def test_reading_grows_with_the_text_and_no_faster():
    form = "### REQ-AB-FUNC-{0}: T\n\n**Priority**: HIGH\n\nWHEN a, THE SYSTEM SHALL b.\n\n"
    form += "**Acceptance Criteria**:\n- [ ] c\n\n"
    took = []
    for count in (2_500, 5_000, 10_000):
        text = "".join(form.format(n) for n in range(count))
        assert len(OMOIOS.read("requirements", text).requirements) == count
        took.append(seconds(partial(OMOIOS.read, "requirements", text)))
    assert took[2] < 12 * took[0] + 0.05, took
