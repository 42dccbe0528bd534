"""Edits of OpenSpec documents by tools: written in their own way, read back exactly, or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Conflict, Invalid, NotFound
from specflow.specs.formats.lines import Page
from tests.specs.formats.nasty import texts, titles, unless_refused, values
from tests.specs.formats.test_openspec import CAPABILITY, DIALECT, example, pieces, requirements


def test_a_new_requirement_and_a_new_scenario_read_as_natural_markdown():
    text = DIALECT.skeleton("requirements", title="Doors", description="Who comes in.")
    assert text == "# Doors Specification\n\n## Purpose\n\nWho comes in.\n\n## Requirements\n"
    text, key = DIALECT.add_requirement(text, title="Open", condition="a member knocks", action="open the door")
    assert key == "Open"
    assert text.endswith("### Requirement: Open\n\n- **WHEN** a member knocks\n- **THE SYSTEM SHALL** open the door\n")
    value = "- **WHEN** it is night\n- **THEN** it stays shut"
    text, key = DIALECT.add_criterion(text, requirement_key="Open", ordinal=0, value=value)
    assert key == "WHEN it is night THEN it stays shut"
    assert text.endswith(f"open the door\n\n#### Scenario: {key}\n{value}\n")


def test_a_value_never_begins_a_comment_that_a_later_one_ends():
    text, _ = DIALECT.add_requirement("", title="A", condition="x", action="y")
    text, _ = DIALECT.add_criterion(text, requirement_key="A", ordinal=0, value="<!--")
    text, _ = DIALECT.add_requirement(text, title="B", condition="-->", action="z")
    assert [(one.condition, [c.text for c in one.criteria]) for one in requirements(text)] == [
        ("x", ["<!--"]),
        ("-->", []),
    ]


def test_a_new_requirement_of_a_delta_is_one_more_to_add():
    delta = example("changes/add-reservations/specs/loan-desk/spec.md")
    new, _ = DIALECT.add_requirement(delta, title="Give up a place", condition="", action="free it")
    assert [one.change for one in DIALECT.read("delta", new).requirements if one.key == "Give up a place"] == ["added"]


def test_a_name_that_is_taken_and_a_place_that_is_none_are_refused():
    with pytest.raises(Conflict) as taken:
        DIALECT.add_requirement(CAPABILITY, title="Open", condition="", action="")
    assert taken.value.code == "requirement_exists"
    with pytest.raises(NotFound) as missing:
        DIALECT.add_criterion(CAPABILITY, requirement_key="Ring", ordinal=0, value="x")
    assert missing.value.code == "requirement_not_found"
    with pytest.raises(Invalid) as line:
        DIALECT.add_criterion("## RENAMED Requirements\nFROM: A\nTO: B\n", requirement_key="A", ordinal=0, value="x")
    assert line.value.code == "criterion_has_no_place"


@pytest.mark.parametrize(
    ("phase", "key", "line"),
    [("", "3.2", "- [ ] 3.1 Send"), ("1. The queue", "1.3", "  - [ ] refuse"), ("Later", "3.2", "- [ ] 3.1 Send")],
)
def test_a_new_task_goes_to_the_end_of_its_group(phase, key, line):
    text = example("changes/add-reservations/tasks.md")
    new, made = DIALECT.add_task(text, title="Say so", phase=phase)
    assert made == key
    lines = new.split("\n")
    at = next(at for at, one in enumerate(lines) if one.startswith(line))
    assert lines[at + 1].startswith(f"- [ ] {key}")
    (read,) = [one for one in DIALECT.read("tasks", new).tasks if one.key == key]
    assert (read.title, read.phase) == ("Say so", phase or "3. Notices")


def test_a_group_without_a_task_takes_its_first():
    new, key = DIALECT.add_task("# Tasks\n\n## A\n\n- [ ] 1. x\n\n## B\n## C\n", title="y", phase="B")
    assert (new, key) == ("# Tasks\n\n## A\n\n- [ ] 1. x\n\n## B\n\n- [ ] 2. y\n\n## C\n", "2")


def test_a_design_takes_the_sections_of_the_tools():
    text = DIALECT.skeleton("design", title="Doors")
    new = DIALECT.write_design(text, architecture="One door.")
    assert DIALECT.read("design", new).design.architecture == "One door."
    assert DIALECT.skeleton("proposal", title="Doors").startswith("# Proposal: Doors\n")
    with pytest.raises(Invalid) as refused:
        DIALECT.skeleton("delta", title="Doors")
    assert refused.value.code == "unknown_document_kind"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(titles, values, values, values), min_size=1, max_size=2, unique_by=lambda one: one[0]))
def test_what_was_given_comes_back_exactly_from_every_read(given_):
    text, expected = DIALECT.skeleton("requirements", title="T"), []
    for title, condition, action, criterion in given_:
        text, key = DIALECT.add_requirement(text, title=title, condition=condition, action=action)
        text, name = DIALECT.add_criterion(text, requirement_key=key, ordinal=0, value=criterion)
        expected.append((title, title, condition, action, [(name, criterion)]))
    read = requirements(text)
    assert [
        (one.key, one.title, one.condition, one.action, [(c.key, c.text) for c in one.criteria]) for one in read
    ] == expected


@settings(max_examples=150, deadline=None)
@given(texts | pieces, titles, values)
def test_an_edit_of_any_text_is_exact_or_refused_and_keeps_every_line(text, title, value):
    try:
        made = unless_refused(DIALECT.add_requirement, text, title=title, condition=value, action="act")
    except Conflict:
        made = None
    task = unless_refused(DIALECT.add_task, text, title=title, description=value)
    for new in (one[0] for one in (made, task) if one):
        fresh = iter(Page(new).lines)
        assert all(line in fresh for line in Page(text).lines)
    if made:
        (item,) = [one for one in requirements(made[0]) if one.key == made[1]]
        assert (item.title, item.condition, item.action) == (title, value, "act")
    if task:
        added = [one for one in DIALECT.read("tasks", task[0]).tasks if (one.key, one.title) == (task[1], title)]
        assert value in [one.description for one in added]
