import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Conflict, Invalid
from specflow.specs.formats.items import Place, Progress
from specflow.specs.formats.lines import Page
from specflow.specs.formats.openspec import OpenSpec
from specflow.specs.formats.openspec.deltas import apply_delta
from tests.specs.formats.corpus import checkboxes, documents, folder, text_of
from tests.specs.formats.nasty import PIECES, texts

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "dialects" / "openspec"
DIALECT = OpenSpec()

CAPABILITY = """\
# Doors Specification

## Purpose
Doors.

## Requirements
### Requirement: Open
The door SHALL open
for a member.

#### Scenario: With a card
- **GIVEN** a member
- **WHEN** the card is held to it
- **THEN** it opens

#### Scenario: At night
- **WHEN** it is night
- **THEN** it SHALL stay shut


### Requirement: Shut
**Priority**: high

The door MUST shut.
"""


def requirements(text: str):
    return DIALECT.read("requirements", text).requirements


def example(path: str) -> str:
    return text_of(EXAMPLE / "openspec" / path)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("openspec/specs/doors/spec.md", Place("doors", "requirements", folder="openspec/specs/doors")),
        ("openspec/specs/doors/design.md", Place("doors", "design", folder="openspec/specs/doors")),
        (
            "openspec/specs/house/doors/spec.md",
            Place("house-doors", "requirements", folder="openspec/specs/house/doors"),
        ),
        ("openspec/specs/doors/pictures/door.txt", Place("", "other")),
        ("openspec/changes/add-bell/proposal.md", Place("add-bell", "proposal", folder="openspec/changes/add-bell")),
        ("openspec/changes/add-bell/tasks.md", Place("add-bell", "tasks", folder="openspec/changes/add-bell")),
        ("openspec/changes/add-bell/.openspec.yaml", Place("add-bell", "other", folder="openspec/changes/add-bell")),
        (
            "openspec/changes/add-bell/specs/doors/spec.md",
            Place("add-bell", "delta", folder="openspec/changes/add-bell"),
        ),
        (
            "openspec/changes/archive/2025-01-02-add-bell/design.md",
            Place("add-bell", "design", archived=True, folder="openspec/changes/archive/2025-01-02-add-bell"),
        ),
        (
            "openspec/changes/archive/2025-01-02-add-bell/specs/a/b/spec.md",
            Place("add-bell", "delta", archived=True, folder="openspec/changes/archive/2025-01-02-add-bell"),
        ),
        ("openspec/config.yaml", Place("", "other")),
        ("openspec/specs/README.md", Place("", "other")),
        ("openspec/changes/archive/notes.md", Place("", "other", archived=True)),
        ("openspec/../spec.md", None),
        ("docs/openspec/project.md", None),
        ("openspec", None),
    ],
)
def test_a_path_says_what_stands_there(path, place):
    assert DIALECT.place(path) == place


def test_every_kind_has_a_place_that_reads_back_and_a_change_has_no_requirements_of_its_own():
    folder_ = DIALECT.folder_for("doors")
    for kind in ("requirements", "design", "tasks"):
        assert DIALECT.place(DIALECT.path_in(folder_, kind)) == Place("doors", kind, folder=folder_)
    assert DIALECT.path_in("openspec/changes/x", "proposal") == "openspec/changes/x/proposal.md"
    with pytest.raises(Invalid) as refused:
        DIALECT.path_in("openspec/changes/x", "requirements")
    assert refused.value.code == "unknown_document_kind"


def test_a_requirement_has_its_statement_its_scenarios_and_its_lines():
    first, second = requirements(CAPABILITY)
    assert DIALECT.read("requirements", CAPABILITY).title == "Doors"
    assert (first.key, first.title, first.start, first.end) == ("Open", "Open", 7, 18)
    assert first.statement == "The door SHALL open\nfor a member."
    assert [(one.key, one.start, one.end, one.pattern) for one in first.criteria] == [
        ("With a card", 11, 14, "given_when_then"),
        ("At night", 16, 18, "given_when_then"),
    ]
    assert first.criteria[1].text == "- **WHEN** it is night\n- **THEN** it SHALL stay shut"
    assert (second.key, second.statement, second.start, second.end) == ("Shut", "The door MUST shut.", 21, 24)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("## Requirements\n###Requirement: No blank\n", ["No blank"]),
        ("## Requirements\n### requirement:  Small letters ###\n", ["Small letters"]),
        ("### Requirement: Without a section\n", ["Without a section"]),
        ("## Requirements\n### The door opens\n#### Scenario: x\n- y\n### It shuts\n", ["The door opens", "It shuts"]),
        ("## Requirements\n### Requirement: A\n### A divider\nNotes.\n", ["A"]),
        ("## Requirements\n### Requirement: A\n### B\n#### Scenario: x\n- **WHEN** y\n", ["A", "B"]),
        ("## ADDED Requirements\n### REQ-ENV-010: No fixed values\n", ["REQ-ENV-010"]),
        ("## Requirements\n### Requirement 3: Third\n", ["3"]),
        ("## Requirements\n### Functional\n#### Requirement: Deep\n", ["Deep"]),
        ("## Requirements\n### Requirement:\n", []),
        ("# Requirements\n## Purpose\n### Background\n", []),
        ("```\n### Requirement: Code\n```\n<!--\n### Requirement: Comment\n-->\n", []),
        ("## 要求\n### 要求：開く\n", ["開く"]),  # noqa: RUF001
    ],
)
def test_requirements_are_known_by_how_they_stand(text, keys):
    assert [one.key for one in requirements(text)] == keys


@pytest.mark.parametrize(
    ("scenario", "key"),
    [
        ("#### Scenario: Named", "Named"),
        ("### Scenario: On the wrong level", "On the wrong level"),
        ("#### Cenário: Em português", "Em português"),
        ("**Scenario: Only bold**", "Only bold"),
        ("- **Scenario**: A bullet", "A bullet"),
        ("#### What happens at night", "What happens at night"),
    ],
)
def test_scenarios_are_known_by_name_or_by_their_steps(scenario, key):
    (item,) = requirements(f"### Requirement: R\nIt SHALL.\n\n{scenario}\n- **WHEN** a\n- **THEN** b\n")
    assert [(one.key, one.text) for one in item.criteria] == [(key, "- **WHEN** a\n- **THEN** b")]
    assert item.statement == "It SHALL."


def test_a_further_heading_without_steps_is_no_scenario():
    (item,) = requirements("### Requirement: R\nIt SHALL.\n#### Notes\nSome.\n#### Scenario: s\n- x\n")
    assert [one.key for one in item.criteria] == ["s"]
    assert item.statement == "It SHALL."


def test_equal_names_are_told_apart_by_their_ordinal():
    assert [one.ordinal for one in requirements("### Requirement: A\n### Requirement: A\n")] == [0, 1]


def test_a_delta_says_what_becomes_of_each_requirement():
    read = DIALECT.read("delta", example("changes/add-reservations/specs/loan-desk/spec.md")).requirements
    assert [(one.change, one.key, one.title) for one in read] == [
        ("added", "Reserve a book", "Reserve a book"),
        ("modified", "Take back a book", "Take back a book"),
        ("removed", "Remind by letter", "Remind by letter"),
        ("renamed", "Take a book back", "Take back a book"),
    ]
    assert read[2].statement.startswith("**Reason**: letters come too late")
    assert (read[3].start, read[3].end) == (37, 38)


@pytest.mark.parametrize(
    ("section", "found"),
    [
        ("## added requirements\n### Requirement: A", [("added", "A")]),
        ("## ADDED Requirements (first part)\n### Requirement: A", [("added", "A")]),
        (
            "## REMOVED Requirements\n- `### Requirement: A`\n- Requirement: B\n- None",
            [("removed", "A"), ("removed", "B")],
        ),
        ("## REMOVED Requirements\n\n(none)", []),
        ("## RENAMED Requirements\nFROM: `A`\nTO: `B`", [("renamed", "A")]),
        ("## RENAMED Requirements\n- **FROM**: ### Requirement: A\n- **TO**: ### Requirement: B", [("renamed", "A")]),
        ("## RENAMED Requirements\n- FROM: `A`", []),
        ("## Requirements\n### Requirement: A", [("", "A")]),
        ("## ADDED Requirements\n### Requirement: A\n## Notes\n### Requirement: B", [("added", "A"), ("", "B")]),
    ],
)
def test_sections_of_a_delta_are_read_as_people_write_them(section, found):
    assert [(one.change, one.key) for one in DIALECT.read("delta", section).requirements] == found


def test_tasks_have_the_heading_above_them_as_phase():
    text = example("changes/add-reservations/tasks.md")
    read = DIALECT.read("tasks", text).tasks
    assert [(one.key, one.phase, one.status) for one in read] == [
        ("1.1", "1. The queue", "completed"),
        ("1.2", "1. The queue", "pending"),
        ("", "1. The queue", "pending"),
        ("2.1", "2. The desk", "in_progress"),
        ("2.2", "2. The desk", "pending"),
        ("3.1", "3. Notices", "pending"),
    ]
    assert DIALECT.read("tasks", "- [ ] a\n  - _Phase: Own_\n").tasks[0].phase == "Own"


def test_ticking_a_box_changes_nothing_in_the_digest():
    text = example("changes/add-reservations/tasks.md")
    ticked = DIALECT.write_progress("tasks", text, {1: Progress("completed")})
    assert ticked == text.replace("- [ ] 1.2", "- [x] 1.2")
    assert DIALECT.neutral("tasks", ticked) == DIALECT.neutral("tasks", text)
    assert DIALECT.neutral("proposal", "- [x] a") == "- [x] a"


@pytest.mark.parametrize(
    ("kind", "heading", "title"),
    [
        ("tasks", "# Tasks", ""),
        ("tasks", "# Tasks: The door", "The door"),
        ("tasks", "# Implementation Tasks", ""),
        ("proposal", "# Change: The door", "The door"),
        ("proposal", "# Never leave a door open", "Never leave a door open"),
        ("design", "# Design: The door", "The door"),
        ("delta", "# Delta for The door", "The door"),
        ("delta", "# The door - Changes", "The door"),
        ("requirements", "# the-door Specification", "the-door"),
        ("requirements", "# Specifications of doors", "Specifications of doors"),
        ("other", "# Anything", ""),
    ],
)
def test_a_title_is_the_document_s_own(kind, heading, title):
    assert DIALECT.read(kind, f"{heading}\n\nWords.\n").title == title


MARKS = st.sampled_from([
    "## Requirements\n", "## ADDED Requirements\n", "## REMOVED Requirements\n", "## RENAMED Requirements\n",
    "## MODIFIED Requirements\n", "### Requirement: A\n", "### Requirement: B\n", "#### Scenario: s\n", "- FROM: A\n",
    "- TO: B\n", "- **WHEN** a\n", "- **THEN** b\n", "**Scenario: t**\n", "<!--\n", "-->\n", "### Note\n", "\n",
])  # fmt: skip
pieces = st.lists(MARKS | PIECES, max_size=25).map("".join)


@settings(max_examples=300, deadline=None)
@given(texts | pieces)
def test_reading_never_fails_and_lines_are_true(text):
    for kind in ("requirements", "delta", "proposal", "design", "tasks", "other"):
        DIALECT.read(kind, text)
    count = len(Page(text).lines)
    for item in DIALECT.read("delta", text).requirements:
        assert 1 <= item.start <= item.end <= count
        for one in item.criteria:
            assert item.start <= one.start <= one.end <= item.end
            assert one.text


@settings(max_examples=200, deadline=None)
@given(texts | pieces, st.sampled_from(["pending", "in_progress", "completed"]))
def test_no_checkbox_is_lost_and_progress_comes_back(text, status):
    read = DIALECT.read("tasks", text).tasks
    assert len(read) == checkboxes(text.removeprefix("\ufeff"))
    for task in read[:2]:
        new = DIALECT.write_progress("tasks", text, {task.index: Progress(status)})
        assert DIALECT.read("tasks", new).tasks[task.index].status == status
        assert DIALECT.neutral("tasks", new) == DIALECT.neutral("tasks", text)


@settings(max_examples=300, deadline=None)
@given(pieces | texts, pieces)
def test_a_delta_is_applied_whole_or_refused_with_a_code(base, delta):
    try:
        new = apply_delta(base, delta)
    except (Conflict, Invalid):
        return
    wanted = DIALECT.read("delta", delta).requirements
    keys = [one.key for one in requirements(new)]
    assert all(one.key in keys for one in wanted if one.change in {"added", "modified"})
    assert all(one.key not in keys for one in wanted if one.change == "removed")
    named = {one.key for one in wanted}
    assert [one.key for one in requirements(base) if one.key not in named] == [
        key for key in keys if key not in named | {one.title for one in wanted if one.change == "renamed"}
    ]


def test_the_example_is_all_of_the_dialect_s():
    paths = [path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*") if path.is_file()]
    assert len(paths) == 10
    assert all(DIALECT.place(path) for path in paths)


def test_real_documents_are_read_whole():
    root = folder()
    for path in [*documents("spec.md"), *documents("tasks.md"), *documents("design.md"), *documents("proposal.md")]:
        parts = path.relative_to(root).parts
        place = DIALECT.place("/".join(parts[parts.index("openspec") + 1 :])) if "openspec" in parts else None
        if place is None:
            continue
        text = text_of(path)
        items = DIALECT.read(place.kind, text)
        assert Page(text).text == text
        if place.kind in {"requirements", "delta"}:
            assert len(items.requirements) == text.count("\n### Requirement:"), path
            assert all(one.criteria and one.statement for one in items.requirements), path
        if place.kind == "tasks":
            assert len(items.tasks) == checkboxes(text), path
            assert all(one.phase for one in items.tasks), path


def test_real_changes_apply_to_the_capabilities_that_stand():
    root = folder()
    for path in documents("spec.md"):
        base = path.parents[4] / "specs" / path.parent.name / "spec.md"
        if root is None or "changes" not in path.parts or not base.is_file():
            continue
        old, delta = text_of(base), text_of(path)
        wanted = DIALECT.read("delta", delta).requirements
        new = apply_delta(old, delta)
        added = sum(one.change == "added" for one in wanted)
        assert len(requirements(new)) == len(requirements(old)) + added
        by_name = {one.key: one for one in requirements(new)}
        assert all(by_name[one.key].criteria[0].text == one.criteria[0].text for one in wanted)


LARGE = {
    "requirements": "## Requirements\n"
    + "".join(
        f"### Requirement: R {n}\nThe system SHALL do it, and do it well.\n\n#### Scenario: s\n- **GIVEN** it is\n"
        "- **WHEN** it is asked for\n- **THEN** it comes\n\n"
        for n in range(7000)
    ),
    "headings": "### Requirement: x\n" * 40_000,
    "deep": "".join("#" * (2 + n % 5) + " x\n" for n in range(40_000)),
    "blanks": "### Requirement: x\n#### Scenario: s\na" + "\n" * 100_000 + "b",
    "one line": "### Requirement: " + " #" * 200_000 + "x",
    "comments": "<!--\n" * 40_000,
    "bold": "### Requirement: x\n" + "**Scenario: y**\n" * 30_000,
    "renames": "## RENAMED Requirements\n" + "".join(f"- FROM: A{n}\n- TO: B{n}\n" for n in range(15_000)),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_and_hostile_texts_are_read_in_linear_time(name):
    for kind in ("requirements", "tasks"):
        begin = time.process_time()
        DIALECT.read(kind, LARGE[name])
        assert time.process_time() - begin < 2, kind


def test_a_large_delta_is_applied_in_linear_time():
    base = "## Requirements\n" + "".join(f"### Requirement: R{n}\nIt SHALL.\n\n" for n in range(5000))
    delta = "## MODIFIED Requirements\n" + "".join(f"### Requirement: R{n}\nIt MUST.\n\n" for n in range(5000))
    begin = time.process_time()
    assert apply_delta(base, delta).count("MUST") == 5000
    assert time.process_time() - begin < 2
