import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings

from specflow.specs.lint import RULES, SEVERITIES, lint
from tests.specs.formats import corpus
from tests.specs.formats.nasty import texts

ONE = """\
# Requirements

### Requirement 1: Sign in

#### Acceptance Criteria

1. WHEN the password is right THEN the system SHALL open the overview
2. IF it is wrong five times THEN the system SHALL lock the account
"""
TASKS = "# Tasks\n\n- [ ] 1. Sign in\n  - _Requirements: 1.1, 1.2_\n"


def spec(requirements: str = ONE, tasks: str | None = TASKS, *, name: str = "login") -> dict[str, str]:
    """The documents of a spec, by path."""
    folder = f".spec-workflow/specs/{name}"
    return {f"{folder}/requirements.md": requirements} | ({f"{folder}/tasks.md": tasks} if tasks is not None else {})


def said(documents: dict[str, str], code: str) -> list[tuple[str, int, int, str]]:
    """(the file's name, line, column, item) of what a rule finds."""
    return [(Path(one.path).name, one.line, one.column, one.key) for one in lint(documents) if one.code == code]


def criteria(*sentences: str) -> str:
    return "### Requirement 1: A\n#### Acceptance Criteria\n" + "".join(f"1. {one}\n" for one in sentences)


def test_a_good_spec_has_nothing_to_mend():
    assert lint(spec()) == []


def test_findings_stand_in_the_order_of_paths_and_lines():
    found = lint({**spec(ONE + "TBD\n"), ".spec-workflow/steering/product.md": "TBD\n", **spec("", name="b")})
    assert [(one.path, one.line) for one in found] == sorted((one.path, one.line) for one in found)


def test_what_is_archived_or_of_no_dialect_is_passed_over():
    assert lint({".spec-workflow/archive/specs/a/requirements.md": "TBD", "README.md": "TBD"}) == []


def test_vague_words_are_named_with_their_column():
    text = criteria("WHEN a THEN the page SHALL load fast, easily etc.", "The page SHALL be user-friendly and/or quick")
    assert said(spec(text, None), "vague-word") == [
        ("requirements.md", 3, 36, "1.1"),
        ("requirements.md", 3, 42, "1.1"),
        ("requirements.md", 3, 49, "1.1"),
        ("requirements.md", 4, 22, "1.2"),
        ("requirements.md", 4, 36, "1.2"),
        ("requirements.md", 4, 43, "1.2"),
    ]


def test_a_vague_word_in_code_in_another_word_or_in_plain_prose_is_none():
    text = "# R\n\nThis is easy.\n\n" + criteria("The app SHALL run `fast` on breakfast and fasten it")
    assert said(spec(text, None), "vague-word") == []


def test_a_second_shall_in_a_criterion_is_found_where_it_stands():
    text = criteria("WHEN a THEN it SHALL b\n   and it SHALL c", "It SHALL refuse files that must be signed")
    assert said(spec(text, None), "several-shalls") == [("requirements.md", 4, 11, "1.1")]


def test_steps_of_a_scenario_may_each_have_their_shall():
    text = criteria("GIVEN a WHEN b THEN it SHALL c AND it SHALL d")
    assert said(spec(text, None), "several-shalls") == []


def test_a_requirement_without_a_criterion_is_found_and_a_point_of_a_list_is_one_itself():
    text = "### Requirement 1: A\n\ntext\n\n## More\n\n- **FR-1**: The app SHALL start\n"
    assert said(spec(text, None), "no-criterion") == [("requirements.md", 1, 1, "1")]


def test_a_criterion_that_no_task_names_is_found_where_others_are_named():
    tasks = "- [ ] 1. A\n  - _Requirements: 1.1_\n"
    assert said(spec(ONE, tasks), "unreferenced-criterion") == [("requirements.md", 8, 1, "1.2")]
    assert said(spec(ONE, tasks.replace("1.1", "1")), "unreferenced-criterion") == []


def test_a_requirement_that_no_task_names_is_found_only_where_there_are_tasks():
    text = ONE + "\n### Requirement 2: B\n"
    assert said(spec(text), "requirement-without-task") == [("requirements.md", 10, 1, "2")]
    assert said(spec(text, None), "requirement-without-task") == []
    assert said(spec(text, TASKS.replace("1.1, 1.2", "All")), "requirement-without-task") == []


def test_requirements_of_another_kind_than_those_that_tasks_name_are_left_in_peace():
    text = "### US-1: Story\n- AC-1: x\n### FR-001: Rule\n- AC-2: y\n"
    assert said(spec(text, "- [ ] T001 Do\n  - _Requirements: US-1_\n"), "requirement-without-task") == []


def test_a_reference_that_names_nothing_is_an_error_with_its_column():
    (found,) = lint(spec(ONE, TASKS.replace("1.2", "1.2, 1.9")))
    assert (found.code, found.severity, found.line, found.column, found.key) == (
        "unresolved-reference", "error", 4, 30, "1",
    )  # fmt: skip
    assert found.path.endswith("tasks.md")


def test_free_text_and_ids_that_only_stand_in_the_text_are_told_as_information():
    found = lint(spec(ONE + "\nSee FR-12.\n", TASKS.replace("1.2", "1.2, FR-12, good looks")))
    assert [(one.code, one.severity) for one in found] == [("unresolved-reference", "info")] * 2


@pytest.mark.parametrize("reference", ["9", "1.9", "REQ-7", "R1-AC9", "Requirement 4", "1.1-1.9", "AC-1.9", "FR-9"])
def test_an_id_that_nothing_bears_is_an_error(reference):
    text = ONE + "\n### FR-1: Quiet\n"
    (found,) = (
        one
        for one in lint(spec(text, TASKS.replace("1.2", f"1.2, {reference}, FR-1")))
        if one.code == "unresolved-reference"
    )
    assert found.severity == "error"


@pytest.mark.parametrize("reference", ["NFR-3", "FR-9", "AC-1", "1.2b"])
def test_a_reference_that_leaves_open_which_is_meant_is_a_warning(reference):
    found = [one for one in lint(spec(ONE, f"{TASKS}  - _Requirements: {reference}_\n")) if one.line == 5]
    assert [(one.code, one.severity) for one in found] == [("unresolved-reference", "warning")]


def test_a_number_that_two_bear_with_a_word_is_a_warning():
    text = "### FR-1: A\n- AC-1: x\n### NFR-1: B\n- AC-2: y\n"
    found = [one for one in lint(spec(text, TASKS.replace("1.1, 1.2", "1"))) if one.code == "unresolved-reference"]
    assert [one.severity for one in found] == ["warning"]


def test_two_items_with_one_id_are_found():
    text = ONE + "- AC-7: x\n- AC-7: y\n" + ONE.replace("# Requirements\n", "")
    tasks = TASKS + "- [ ] 1. Again\n- [ ] 2. More\n  - [ ] 1 sub\n- [ ] 3. Yet more\n  - [ ] 1 sub\n"
    assert said(spec(text, tasks), "duplicate-id") == [
        ("requirements.md", 10, 1, "AC-7"),
        ("requirements.md", 12, 1, "1"),
        ("tasks.md", 5, 1, "1"),
    ]


def test_a_task_that_names_no_requirement_is_told_once_at_the_outermost():
    tasks = TASKS + "- [ ] 2. B\n  - [ ] 2.1 C\n- [ ] 3. D\n  - [ ] 3.1 E\n    - _Requirements: 1_\n"
    assert said(spec(ONE, tasks), "task-without-requirement") == [("tasks.md", 5, 1, "2")]


def test_tasks_that_wait_for_each_other_are_told_with_their_path():
    tasks = "".join(f"- [ ] {at}. T\n  - _Depends: {on}_\n" for at, on in ((1, 2), (2, 3), (3, 1), (4, 3), (5, 5)))
    found = [one for one in lint(spec("", tasks)) if one.code == "cyclic-dependency"]
    assert [one.message for one in found] == [
        "These tasks wait for each other: 1 → 2 → 3 → 1.",
        "These tasks wait for each other: 5 → 5.",
    ]
    assert [one.line for one in found] == [1, 9]


def test_a_long_chain_of_tasks_is_no_cycle():
    tasks = "".join(f"- [ ] {at}. T\n  - _Depends: {at + 1}_\n" for at in range(1, 5001))
    assert said(spec("", tasks), "cyclic-dependency") == []


def test_open_specs_that_change_the_same_file_are_told_in_each_of_them():
    tasks = TASKS + "  - File: src/login.py, Makefile\n"
    found = [one for one in lint({**spec(ONE, tasks), **spec("", tasks, name="other")}) if one.code == "overlap"]
    assert [(one.path, one.line) for one in found] == [
        (".spec-workflow/specs/login/tasks.md", 5),
        (".spec-workflow/specs/other/tasks.md", 5),
    ]
    assert "other" in found[0].message
    assert "src/login.py" in found[0].message


def test_a_spec_that_is_done_is_in_nobodys_way():
    tasks = TASKS + "  - File: src/login.py\n"
    done = tasks.replace("[ ]", "[x]")
    assert said({**spec(ONE, tasks), **spec(ONE, done, name="other")}, "overlap") == []


def test_open_specs_that_ask_for_the_same_are_told():
    assert said({**spec(), **spec(name="other")}, "overlap") == [
        ("requirements.md", 7, 1, "1.1"),
        ("requirements.md", 7, 1, "1.1"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "[...]", "Purpose: […]", "As a [role], I want [feature]", "[Describe the feature here]", "TBD",
        "The limit is TBD.",
        "TODO: write this", "- TODO", "| cost | TODO |", "TODO(ann) ask", "<name>", "<feature-name>", "<your project>",
        "{{title}}", "[NEEDS CLARIFICATION: which one?]", "[TODO]", "**FIXME**: x",
    ],
)  # fmt: skip
def test_a_placeholder_is_an_error(line):
    found = [one for one in lint(spec(f"{ONE}\n{line}\n")) if one.code == "placeholder"]
    assert found
    assert {(one.severity, one.line) for one in found} == {("error", 10)}


def weights(text: str) -> list[tuple[int, str]]:
    """Line and severity of the placeholders in a design."""
    found = lint({".spec-workflow/specs/login/design.md": text})
    return [(one.line, one.severity) for one in found if one.code == "placeholder"]


def test_a_forgotten_prompt_within_running_text_is_a_warning():
    assert weights("# Design\n\n## Limits\n[List the limits]\n\n- Only one door\n") == [(4, "warning")]
    assert weights("# Design\n\n## Limits\n\n- One door\n- <name> opens it\n") == [(6, "warning")]


def test_a_section_that_is_all_placeholder_is_an_error():
    assert weights("# Design\nText.\n## Limits\n\n[List the limits]\n- TBD\n## Doors\nOne.\n") == [
        (5, "error"), (6, "error"),
    ]  # fmt: skip
    assert weights("# Design\nText.\n## Limits\nTBD") == [(4, "error")]


def test_a_task_that_is_still_to_be_named_is_an_error_and_a_prompt_below_one_a_warning():
    tasks = TASKS + "- [ ] 2. [Describe the task]\n  - Purpose: <purpose>\n  - _Requirements: 1_\n"
    found = [(one.line, one.severity) for one in lint(spec(ONE, tasks)) if one.code == "placeholder"]
    assert found == [(5, "error"), (6, "warning")]


@pytest.mark.parametrize(
    "line",
    [
        "GET /users/<name>", "see <project>/specs", "run --name <name>", "run -n=<name>",
        "`[...]` and `<name>`", "[name](https://x.example)", "[describe it][1]", "the [system] SHALL", "- [ ] a",
        "<br>",
        "<details>", "<https://x.example>", "List<Name>", "No TODO comments are left", "{names: [...]}",
        "[1] [P] [US1]",
        "<!-- TODO: not shown -->", "    ```\nTBD\n    ```", "${{ secrets.KEY }}", "a < b > c", "write the TBD marker",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_placeholder_is_none(line):
    assert said(spec(f"{ONE}\n{line}\n"), "placeholder") == []


def test_a_comment_over_several_lines_is_passed_over():
    assert said(spec(f"{ONE}\n<!-- a\nTBD\n--> TBD <!-- b -->\n"), "placeholder") == [("requirements.md", 12, 5, "")]


def test_a_criterion_in_no_pattern_is_told_as_information():
    (found,) = lint(spec(criteria("Colours are nice"), None))
    assert (found.code, found.severity, found.line, found.key) == ("not-ears", "info", 3, "1.1")


@pytest.mark.parametrize("text", ["", "\ufeff", "\r\n \r\n", "# Requirements\n\n## A\n---\n", "<!-- only this -->\n"])
def test_a_document_that_says_nothing_is_an_error(text):
    assert [(one.code, one.severity, one.line) for one in lint(spec(text, None))] == [("empty-document", "error", 1)]


def test_a_document_of_code_or_of_boxes_says_something():
    assert said({**spec("```\nx\n```\n", "- [ ] \n- [ ] 1. A\n")}, "empty-document") == []


def test_a_requirement_that_is_a_heading_alone_says_something():
    found = lint(spec("# Requirements\n\n### Requirement 1: Lock the door\n", None))
    assert [(one.code, one.severity) for one in found] == [("no-criterion", "warning")]


def test_a_blocked_task_says_why():
    tasks = TASKS + "- [~] 2. B\n  - _Requirements: 1_\n- [~] 3. C\n  - _Requirements: 1_\n  - _Blocked: rain_\n"
    assert said(spec(ONE, tasks), "blocked-without-reason") == [("tasks.md", 5, 1, "2")]


@pytest.mark.parametrize("line", ["- [] a", "-[ ] a", "- [  ] a", "[ ] a", "* [✓] a", "- [ ]a", "1. [] a"])
def test_what_looks_like_a_checkbox_and_is_none_is_found(line):
    assert [found[1] for found in said(spec(ONE, f"{TASKS}\n{line}\n"), "unparsed-box")] == [6]


@pytest.mark.parametrize(
    "line", ["- [link](a)", "- [1] a source", "`- []` in code", "- [x] 2. A", "- [P] a", "[ref]: x"]
)
def test_brackets_that_are_no_checkbox_are_left_in_peace(line):
    assert said(spec(ONE, f"{TASKS}\n{line}\n"), "unparsed-box") == []


def test_every_rule_has_its_severity_and_says_how_to_mend():
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.severity in SEVERITIES and rule.says and rule.mend for rule in RULES)
    assert {rule.code for rule in RULES if rule.severity == "error"} == {
        "duplicate-id", "unresolved-reference", "cyclic-dependency", "empty-document", "placeholder",
        "invalid-spec-file",
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(texts, texts)
def test_any_text_is_linted_and_every_finding_has_a_true_place(requirements, tasks):
    documents = spec(requirements, tasks)
    for one in lint(documents):
        lines = documents[one.path].split("\n")
        assert 1 <= one.line <= one.end_line <= len(lines)
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1


@pytest.mark.parametrize(
    "piece",
    ["[", "<", "`", "``a", "<!--", "-->", " ", "\t\n", "- [", "TODO ", "{{", "[add ", "- [ ] 1. a\n", "**", "SHALL ",
     ".",
     "1. WHEN a THEN b SHALL c\n", "  - _Requirements: 1.1-9, All_\n", "### Requirement 1\n", "\n\n", "  - File: ...."],
)  # fmt: skip
def test_hostile_text_is_linted_in_time(piece):
    text = (piece * (200_000 // len(piece)))[:200_000]
    began = time.process_time()
    lint(spec(ONE + text, TASKS + text))
    lint(spec(ONE + "1. a" + text + "a", TASKS + "  - _Requirements: " + text + "a"))
    assert time.process_time() - began < 8


def test_a_megabyte_is_linted_within_a_second():
    lines = (
        f"{at}. WHEN the member {at} signs in THEN the app SHALL open the overview of it all\n" for at in range(1, 6)
    )
    block = "#### Acceptance Criteria\n\n" + "".join(lines) + "\n"
    text = "# R\n\n" + "".join(f"### Requirement {at}: Sign in\n\n{block}" for at in range(1, 2300))
    assert len(text) > 1_000_000
    began = time.process_time()
    assert lint(spec(text, None)) == []
    assert time.process_time() - began < 3  # 0.8 s on a quiet machine


def test_real_documents_do_not_drown():
    where = corpus.folder()
    if where is None:
        pytest.skip("no folder of real documents: set SPECFLOW_CORPUS")
    counted: Counter[str] = Counter()
    documents = 0
    for root in sorted(path for path in where.iterdir() if path.is_dir()):
        paths = [path for path in root.rglob("*.md") if path.is_file()]
        counted.update(
            one.severity for one in lint({path.relative_to(root).as_posix(): corpus.text_of(path) for path in paths})
        )
        documents += len(paths)
    assert counted["error"] < documents / 5
    assert counted["warning"] < documents * 4
