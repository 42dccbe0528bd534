import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid, NotFound
from specflow.specs.formats.items import Place, Progress
from specflow.specs.formats.lines import Page
from specflow.specs.formats.spec_kit import SpecKit
from tests.specs.formats.corpus import checkboxes, text_of
from tests.specs.formats.nasty import PIECES, texts, titles, unless_refused, values

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "dialects" / "spec-kit"
FEATURE = "specs/001-trail-reports"
DIALECT = SpecKit()


def example(path: str) -> str:
    return text_of(EXAMPLE / path)


def requirements(text: str):
    return DIALECT.read("requirements", text).requirements


def task(title: str):
    return DIALECT.read("tasks", f"- [ ] {title}\n").tasks[0]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("specs/001-login/spec.md", Place("001-login", "requirements", folder="specs/001-login")),
        ("specs/001-login/plan.md", Place("001-login", "design", folder="specs/001-login")),
        ("specs/001-login/tasks.md", Place("001-login", "tasks", folder="specs/001-login")),
        ("specs/20260319-login/tasks.md", Place("20260319-login", "tasks", folder="specs/20260319-login")),
        ("specs/001-login/data-model.md", Place("001-login", "other", folder="specs/001-login")),
        ("specs/001-login/contracts/api.yaml", Place("001-login", "other", folder="specs/001-login")),
        ("specs/001-login/checklists/spec.md", Place("001-login", "other", folder="specs/001-login")),
        (".specify/memory/constitution.md", Place("", "product")),
        (".specify/templates/spec-template.md", Place("", "other")),
        (".specify/specs/001-login/spec.md", Place("001-login", "requirements", folder=".specify/specs/001-login")),
        ("specs/login/spec.md", None),
        ("specs/01-login/spec.md", None),
        ("specs/001-/spec.md", None),
        ("specs/001-login", None),
        ("specs/README.md", None),
        ("specs/001-login/../spec.md", None),
        ("docs/specs/001-login/spec.md", None),
    ],
)  # fmt: skip
def test_a_path_says_what_stands_there(path, place):
    assert DIALECT.place(path) == place


@pytest.mark.parametrize("kind", ["requirements", "design", "tasks"])
def test_every_kind_has_a_place_that_reads_back(kind):
    folder = DIALECT.folder_for("001-login")
    assert DIALECT.place(DIALECT.path_in(folder, kind)) == Place("001-login", kind, folder=folder)


def test_a_feature_without_a_number_gets_one_and_a_kind_without_a_place_is_refused():
    assert DIALECT.folder_for("login") == "specs/001-login"
    with pytest.raises(Invalid) as refused:
        DIALECT.path_in("specs/001-login", "proposal")
    assert refused.value.code == "unknown_document_kind"


def test_a_spec_gives_its_stories_with_scenarios_and_its_requirements():
    text = example(f"{FEATURE}/spec.md")
    read = DIALECT.read("requirements", text)
    assert read.title == "Trail Reports"
    first, second, *rest = read.requirements
    assert (first.key, first.title, first.start, first.end) == ("US1", "Report a fallen tree", 9, 23)
    assert first.user_story == "As a hiker I report what blocks the trail,\nso that the wardens can clear it."
    assert [(one.key, one.start, one.end, one.pattern) for one in first.criteria] == [
        ("US1.1", 20, 20, "given_when_then"),
        ("US1.2", 21, 23, "given_when_then"),
    ]
    assert first.criteria[1].text.startswith("**Given** a phone without a signal,\n**When**")
    assert (second.key, second.title, len(second.criteria)) == ("US2", "Clear a report", 1)
    assert [(one.key, one.start, one.end) for one in rest] == [
        ("FR-001", 43, 43),
        ("FR-002", 44, 45),
        ("FR-003", 46, 46),
        ("SC-001", 56, 56),
    ]
    assert rest[1].statement == "System MUST keep a report on the phone until it is sent\n- for at least 30 days"
    assert rest[1].title == "System MUST keep a report on the phone until it is sent"


@pytest.mark.parametrize(
    ("heading", "key", "title"),
    [
        ("### User Story 1 - Borrow (Priority: P1) 🎯 MVP", "US1", "Borrow"),
        ("### User Story 2 — Return (P2)", "US2", "Return"),
        ("### User Story 3: Renew", "US3", "Renew"),
        ("### US4: Reserve", "US4", "Reserve"),
        ("### US-005 Lose", "US-005", "Lose"),
        ("## Story 6 - Find", "US6", "Find"),
        ("### 用户故事 7 - 借书", "US7", "借书"),
        ("### Historia de usuario 8 - Leer", "US8", "Leer"),
        ("### Primary User Story", "Primary User Story", "Primary User Story"),
        ("### FR-009: Pay", "FR-009", "Pay"),
    ],
)
def test_headings_of_many_kinds_name_a_story(heading, key, title):
    (item,) = requirements(f"# Feature Specification: X\n\n{heading}\n\nWords.\n")
    assert (item.key, item.title) == (key, title)


@pytest.mark.parametrize(
    ("line", "key", "title", "statement"),
    [
        ("- **FR-001**: System MUST a", "FR-001", "System MUST a", "System MUST a"),
        ("* **FR-001** - System MUST a", "FR-001", "System MUST a", "System MUST a"),
        ("- **FR-001: Short**: System MUST a", "FR-001", "Short", "System MUST a"),
        ("- **FR-001 (must)**: System MUST a", "FR-001", "System MUST a", "System MUST a"),
        ("**FR-001**: System MUST a", "FR-001", "System MUST a", "System MUST a"),
        ("- FR-001: System MUST a", "FR-001", "System MUST a", "System MUST a"),
        ("- [ ] **FR-AUTH-010a**: System MUST a", "FR-AUTH-010a", "System MUST a", "System MUST a"),
        ("1. **NFR-002**: fast", "NFR-002", "fast", "fast"),
        ("| FR-001 | System MUST a | P1 |", "FR-001", "System MUST a", "System MUST a"),
    ],
)
def test_lines_with_an_id_are_requirements(line, key, title, statement):
    (item,) = requirements(f"## Requirements\n\n{line}\n")
    assert (item.key, item.title, item.statement) == (key, title, statement)


def test_ids_of_assumptions_and_rows_that_only_cite_are_no_requirements():
    text = "- **FR-001**: a\n\n## Coverage\n| FR-001 | T1 |\n\n## Assumptions\n- **A-001**: b\n### FR-2: c\n"
    assert [one.key for one in requirements(text)] == ["FR-001"]


def test_a_scenario_may_be_written_one_step_a_line():
    (item,) = requirements(
        "### User Story 1 - A\n**Acceptance Scenarios**:\n- **Given** a\n- **When** b\n- **Then** c\n- **And** d\n"
        "- **Given** e\n- **When** f\n- **Then** g\n\nGiven h, when i, then j.\n"
    )
    assert [(one.key, one.text) for one in item.criteria] == [
        ("US1.1", "**Given** a\n- **When** b\n- **Then** c\n- **And** d"),
        ("US1.2", "**Given** e\n- **When** f\n- **Then** g"),
        ("US1.3", "Given h, when i, then j."),
    ]


def test_scenarios_under_a_heading_of_their_own_belong_to_the_story_above():
    (item,) = requirements(
        "## User Scenarios\n### Primary User Story\nAs a.\n\n### Acceptance Scenarios\n1. **Given** a, **When** b\n"
        "### Edge Cases\n- c\n"
    )
    assert (item.user_story, [one.key for one in item.criteria], item.end) == ("As a.", ["Primary User Story.1"], 6)


def test_scenarios_without_a_story_stand_for_themselves():
    (item,) = requirements("## Acceptance Criteria\n- a\n- b\n## Else\n- c\n")
    assert [one.text for one in item.criteria] == ["a", "b"]
    assert requirements("## Acceptance Criteria\n\n## Else\n") == ()


def test_comments_and_code_say_nothing():
    assert requirements("<!--\n- **FR-001**: a\n-->\n```\n- **FR-002**: b\n```\n") == ()


def test_tasks_have_phase_stories_and_files():
    text = example(f"{FEATURE}/tasks.md")
    read = DIALECT.read("tasks", text)
    assert read.title == "Trail Reports"
    assert [(one.key, one.requirements, one.files) for one in read.tasks] == [
        ("T001", (), ("pyproject.toml",)),
        ("T002", (), ("src/map/tiles.py",)),
        ("T003", ("US1",), ("tests/contract/test_reports.py",)),
        ("T004", ("US1", "FR-001"), ("src/reports/api.py", "src/reports/models.py")),
        ("T005", ("US1",), ("src/web/worker.js",)),
        ("T006", ("US2",), ("src/reports/closing.py",)),
    ]
    assert read.tasks[2].title == "[P] [US1] Contract test for POST /reports in tests/contract/test_reports.py"
    assert [one.phase[:7] for one in read.tasks] == ["Phase 1"] * 2 + ["Phase 2"] * 3 + ["Phase 3"]


@pytest.mark.parametrize(
    ("title", "references"),
    [
        ("T001 [P] [US1] a", ("US1",)),
        ("T001 [US1, US2] a", ("US1", "US2")),
        ("T001 [P1] [AUTH-US3] a", ("AUTH-US3",)),
        ("T001 [P] a per FR-004 and SC-002", ("FR-004", "SC-002")),
        ("T001 a [US1] in the middle", ()),
        ("T012a [US1] a", ("US1",)),
    ],
)
def test_references_stand_in_the_title(title, references):
    read = task(title)
    assert read.requirements == references
    assert read.key + " " + read.title == title


def test_references_of_title_and_label_are_one_list():
    read = DIALECT.read("tasks", "- [ ] T1 [US1] a\n  - _Requirements: US1, 2.1_\n").tasks[0]
    assert read.requirements == ("US1", "2.1")


@pytest.mark.parametrize(
    ("title", "files"),
    [
        ("Create it in src/a-b/model_x.py with all()", ("src/a-b/model_x.py",)),
        ("Add `src/a.py`, `lib/b` and `run x/y.py now`", ("src/a.py",)),
        ("PATCH src/app/(auth)/[id]/route.ts (see docs/x.md).", ("src/app/(auth)/[id]/route.ts", "docs/x.md")),
        ("Create src/app/, src/types/", ("src/app/", "src/types/")),
        ("Configure TypeScript in tsconfig.json", ("tsconfig.json",)),
        ("GET /api/tasks as application/json, and/or TCP/IP 1.5/2.x", ()),
        ("Install Next.js and @scope/pkg from https://example.org/a.html", ()),
        ("Write the Dockerfile in Dockerfile", ("Dockerfile",)),
        ("Touch src/a.py twice: src/a.py", ("src/a.py",)),
    ],
)
def test_files_are_the_paths_in_a_title(title, files):
    assert task(f"T001 {title}").files == files


def test_the_phase_is_the_nearest_heading_that_is_one():
    text = "# Tasks\n## Phase 1: A\n### Tests\n- [ ] a\n## Notes\n### More\n- [ ] b\n## C\n- [ ] c\n  - _Phase: D_\n"
    assert [one.phase for one in DIALECT.read("tasks", text).tasks] == ["Phase 1: A", "More", "D"]


def test_ticking_a_box_changes_nothing_in_the_digest():
    text = example(f"{FEATURE}/tasks.md")
    ticked = DIALECT.write_progress("tasks", text, {1: Progress("completed")})
    assert ticked == text.replace("- [ ] T002", "- [x] T002")
    assert DIALECT.neutral("tasks", ticked) == DIALECT.neutral("tasks", text)


def test_a_plan_is_a_design_and_a_constitution_has_a_title():
    read = DIALECT.read("design", example(f"{FEATURE}/plan.md"))
    assert (read.title, read.design.architecture[:15]) == ("Trail Reports", "One web service")
    assert DIALECT.read("product", example(".specify/memory/constitution.md")).title == "Trailhead"
    assert DIALECT.read("other", "# X\n").title == ""


MARKS = st.sampled_from([
    "### User Story 1 - A\n", "### Acceptance Scenarios\n", "**Acceptance Scenarios**:\n", "1. **Given** a\n",
    "- **When** b\n", "**Then** c\n", "- **FR-001**: d\n", "| FR-002 | e |\n", "## Assumptions\n", "## Phase 1\n",
    "- [ ] T001 [US1] f in a/b.py\n", "  g\n", "\n", "<!--\n", "-->\n", "```\n",
])  # fmt: skip
pieces = st.lists(MARKS | PIECES, max_size=25).map("".join)


@settings(max_examples=300, deadline=None)
@given(texts | pieces)
def test_reading_never_fails_and_lines_are_true(text):
    for kind in ("requirements", "design", "tasks", "product", "other"):
        DIALECT.read(kind, text)
    count = len(Page(text).lines)
    for item in requirements(text):
        assert 1 <= item.start <= item.end <= count
        for one in item.criteria:
            assert item.start <= one.start <= one.end <= item.end


@settings(max_examples=200, deadline=None)
@given(texts | pieces, st.sampled_from(["pending", "in_progress", "completed"]))
def test_no_checkbox_is_lost_and_progress_comes_back(text, status):
    read = DIALECT.read("tasks", text).tasks
    assert len(read) == checkboxes(text.removeprefix("\ufeff"))
    assert len({(one.key, one.title, one.ordinal) for one in read}) == len(read)
    for one in read[:2]:
        new = DIALECT.write_progress("tasks", text, {one.index: Progress(status)})
        assert DIALECT.read("tasks", new).tasks[one.index].status == status
        assert DIALECT.neutral("tasks", new) == DIALECT.neutral("tasks", text)


def test_the_example_is_all_of_the_dialect_s():
    paths = [path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*") if path.is_file()]
    assert len(paths) == 7
    assert all(DIALECT.place(path) for path in paths)


def test_a_new_requirement_goes_to_the_end_of_its_list():
    text = example(f"{FEATURE}/spec.md")
    new, key = DIALECT.add_requirement(text, title="System MUST thank the hiker", condition="", action="")
    assert key == "FR-004"
    assert new == text.replace("of all regions?]\n", "of all regions?]\n- **FR-004**: System MUST thank the hiker\n")


def test_a_first_text_takes_its_first_requirement_scenario_and_task():
    text = DIALECT.skeleton("requirements", title="Trails", description="What blocks them.")
    text, key = DIALECT.add_requirement(text, title="Show", condition="a tree falls", action="show it")
    assert key == "FR-001"
    assert (
        "### Functional Requirements\n\n- **FR-001**: Show\n  - **WHEN** a tree falls\n"
        "  - **THE SYSTEM SHALL** show it\n\n## Success"
    ) in text
    story = text.replace("## Requirements", "### User Story 1 - See\n\nAs a hiker.\n\n## Requirements", 1)
    new, key = DIALECT.add_criterion(story, requirement_key="US1", ordinal=0, value="Given a, when b, then c")
    assert key == "US1.1"
    assert "As a hiker.\n\n**Acceptance Scenarios**:\n\n1. Given a, when b, then c\n\n## Requirements" in new
    tasks, key = DIALECT.add_task(DIALECT.skeleton("tasks", title="Trails"), title="[US1] Do it in src/a.py")
    assert (key, DIALECT.read("tasks", tasks).tasks[0].requirements) == ("1", ("US1",))
    assert DIALECT.skeleton("design", title="Trails").startswith("# Implementation Plan: Trails\n")


def test_a_new_scenario_goes_on_in_the_list_of_its_story():
    text = example(f"{FEATURE}/spec.md")
    value = "**Given** none,\n**When** a\n**Then** b"
    new, key = DIALECT.add_criterion(text, requirement_key="US1", ordinal=0, value=value)
    assert key == "US1.3"
    assert "signal is back\n3. **Given** none,\n   **When** a\n   **Then** b\n\n---\n" in new
    with pytest.raises(Invalid) as line:
        DIALECT.add_criterion(text, requirement_key="FR-001", ordinal=0, value="x")
    assert line.value.code == "criterion_has_no_place"
    with pytest.raises(NotFound) as missing:
        DIALECT.add_criterion(text, requirement_key="US9", ordinal=0, value="x")
    assert missing.value.code == "requirement_not_found"


@pytest.mark.parametrize(
    ("phase", "above"),
    [
        ("", "- [ ] T006 [US2]"),
        ("Phase 1: Setup", "- [ ] T002 [P]"),
        ("Phase 2: User Story 1 - Report a fallen tree (Priority: P1)", "- [ ] T005 [US1]"),
    ],
)
def test_a_new_task_goes_to_the_end_of_its_phase(phase, above):
    new, key = DIALECT.add_task(
        example(f"{FEATURE}/tasks.md"), title="[P] [US1] Tell them in src/tell.py", phase=phase, requirements=["FR-001"]
    )
    lines = new.split("\n")
    at = next(at for at, line in enumerate(lines) if line.startswith(above))
    assert lines[at + 1 : at + 3] == [f"- [ ] {key} [P] [US1] Tell them in src/tell.py", "  - _Requirements: FR-001_"]
    (made,) = [one for one in DIALECT.read("tasks", new).tasks if one.key == key]
    assert (made.requirements, made.files, key) == (("US1", "FR-001"), ("src/tell.py",), "T007")
    assert made.phase == (phase or "Phase 3: User Story 2 - Clear a report (Priority: P2)")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(titles, values, values), min_size=1, max_size=3))
def test_what_was_given_comes_back_exactly_from_every_read(given_):
    text, expected = DIALECT.skeleton("requirements", title="T"), []
    for title, condition, action in given_:
        text, key = DIALECT.add_requirement(text, title=title, condition=condition, action=action)
        expected.append((key, title, condition, action))
    assert [(one.key, one.title, one.condition, one.action) for one in requirements(text)] == expected


@settings(max_examples=150, deadline=None)
@given(texts | pieces, titles, values)
def test_an_edit_of_any_text_is_exact_or_refused_and_keeps_every_line(text, title, value):
    made = unless_refused(DIALECT.add_requirement, text, title=title, condition=value, action="act")
    added = unless_refused(DIALECT.add_task, text, title=title, description=value)
    for new in (one[0] for one in (made, added) if one):
        fresh = iter(Page(new).lines)
        assert all(line in fresh for line in Page(text).lines)
    if made:
        (item,) = [one for one in requirements(made[0]) if one.key == made[1]]
        assert (item.title, item.condition, item.action) == (title, value, "act")
    if added:
        told = [one for one in DIALECT.read("tasks", added[0]).tasks if (one.key, one.title) == (added[1], title)]
        assert value in [one.description for one in told]


@settings(max_examples=150, deadline=None)
@given(texts | pieces, values)
def test_a_scenario_given_comes_back_exactly_or_is_refused(text, value):
    text = f"### User Story 1 - A\n\nAs a.\n\n{text}"
    made = unless_refused(DIALECT.add_criterion, text, requirement_key="US1", ordinal=0, value=value)
    if made:
        told = [(one.key, one.text) for one in requirements(made[0])[0].criteria]
        assert told[-1] == (made[1], value)


LARGE = {
    "tasks": "".join(
        f"## Phase {n}: G\n\n**Goal**: x\n\n- [ ] T{n} [P] [US{n}] Create it in src/a_{n}.py\n  - with care\n\n"
        for n in range(2000)
    ),
    "requirements": "".join(f"- **FR-{n:03d}**: System MUST do the thing\n" for n in range(25_000)),
    "stories": "".join(f"### User Story {n} - A\n\nAs a.\n\n1. **Given** a, **When** b\n" for n in range(8000)),
    "a heading of blanks": "### User Story 1 " + " (" * 200_000 + "x",
    "a title of words": "- [ ] T001 in " + "a" * 300_000 + " " * 100_000 + "in a./" * 50_000,
    "brackets": "- [ ] T001 " + "[" * 100_000 + "a/b" + ")" * 100_000,
    "marks": "- [ ] T001 " + "[P] " * 100_000 + "`" * 100_001,
    "one scenario": "### User Story 1\n- **Given** a\n" + "- **When** b\n" * 40_000,
    "rows": "| FR-001 " * 100_000,
    "bold": "**Given" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_large_and_hostile_texts_are_read_in_linear_time(name):
    for kind in ("requirements", "tasks"):
        begin = time.process_time()
        DIALECT.read(kind, LARGE[name])
        assert time.process_time() - begin < 2, kind
