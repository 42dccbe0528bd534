import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid, NotFound
from specflow.specs.formats import spec_workflow as dialect
from specflow.specs.formats.lines import Page
from specflow.specs.formats.spec_workflow.skeletons import skeleton
from tests.specs.formats.corpus import REQUIREMENTS, documents, text_of
from tests.specs.formats.nasty import texts, titles, unless_refused, values


def test_a_document_gives_its_requirements_with_stories_criteria_and_lines():
    first, second, speed = dialect.read_requirements(REQUIREMENTS)
    assert (first.key, first.title, first.start, first.end) == ("1", "Sign in", 5, 15)
    assert first.user_story.startswith("As a member")
    assert first.user_story.endswith("my own things.")
    assert [(one.key, one.pattern, one.start, one.end) for one in first.criteria] == [
        ("1.1", "event", 12, 12),
        ("1.2", "unwanted", 13, 15),
    ]
    assert first.criteria[1].text.endswith("lock the account:\n- for ten minutes\n- with a mail to the member")
    assert (second.key, second.criteria[0].pattern) == ("2", "ubiquitous")
    assert (speed.key, speed.title) == ("NFR-1", "Answers within 200 ms")


@pytest.mark.parametrize(
    ("heading", "key", "title"),
    [
        ("### Requirement 1", "1", ""),
        ("### Requirement 2.1 - Two", "2.1", "Two"),
        ("### 3. Three", "3", "Three"),
        ("### 4.", "4", ""),
        ("### REQ-3: Log in", "REQ-3", "Log in"),
        ("#### FR-1", "FR-1", ""),
        ("### REQ-AUTH-001: Deep", "REQ-AUTH-001", "Deep"),
        ("### 要件 5：検索", "5", "検索"),  # noqa: RUF001
        ("- **FR-7**: as a bullet", "FR-7", "as a bullet"),
    ],
)
def test_headings_of_many_kinds_name_a_requirement(heading, key, title):
    (item,) = dialect.read_requirements(f"# R\n\n## Requirements\n\n{heading}\n\ntext\n")
    assert (item.key, item.title) == (key, title)


def test_a_numbered_section_of_something_else_is_no_requirement():
    assert dialect.read_requirements("## Non-Functional Requirements\n### 1. Speed\n## Glossary\n### 2. Words\n") == ()


def test_headings_in_code_are_text():
    assert len(dialect.read_requirements("### Requirement 1: A\n```\n### Requirement 2: B\n```\n")) == 1


def test_two_requirements_with_one_key_are_told_apart_by_their_ordinal():
    read = dialect.read_requirements("### Requirement 1: A\n### Requirement 1: B\n")
    assert [(item.ordinal, item.title) for item in read] == [(0, "A"), (1, "B")]


def test_points_with_ids_keep_them_and_equal_numbers_get_the_next_free_one():
    (item,) = dialect.read_requirements(
        "### REQ-1: A\n#### Acceptance Criteria\n- AC-1.1: x\n- **AC-1.2**: y\n1. z\n1. w\n"
    )
    assert [one.key for one in item.criteria] == ["AC-1.1", "AC-1.2", "REQ-1.1", "REQ-1.2"]


def test_a_new_requirement_reads_as_natural_markdown():
    text, key = dialect.add_requirement(
        skeleton("requirements", title="Login"), title="Lock", condition="five logins fail", action="lock it"
    )
    assert key == "1"
    assert text.endswith("### Requirement 1: Lock\n\n- **WHEN** five logins fail\n- **THE SYSTEM SHALL** lock it\n")
    text, key = dialect.add_criterion(text, requirement_key="1", value="WHEN locked THEN say so")
    assert key == "1.1"
    assert text.endswith("#### Acceptance Criteria\n\n1. WHEN locked THEN say so\n")


def test_a_new_requirement_goes_on_in_the_style_of_the_document():
    text, key = dialect.add_requirement("### REQ-009: A\n\ntext\n\n## Later\n", title="B", condition="", action="")
    assert (key, text) == ("REQ-010", "### REQ-009: A\n\ntext\n\n### REQ-010: B\n\n## Later\n")


def test_a_new_criterion_goes_on_in_the_style_of_its_list():
    text = "### REQ-1: A\n#### Acceptance Criteria\n- AC-1.1: x\n\n## Later\n"
    assert dialect.add_criterion(text, requirement_key="REQ-1", value="y") == (
        "### REQ-1: A\n#### Acceptance Criteria\n- AC-1.1: x\n- AC-1.2: y\n\n## Later\n",
        "AC-1.2",
    )


def test_windows_line_ends_a_byte_order_mark_and_a_missing_last_end_stay():
    text = "\ufeff# R\r\n\r\n### Requirement 1: A\r\n\r\ntext  "
    new, _ = dialect.add_requirement(text, title="B", condition="x\ny", action="z")
    assert new.startswith(text + "\r\n")
    assert not new.endswith("\n")
    assert new.count("\n") == new.count("\r\n")
    assert dialect.read_requirements(new)[1].condition == "x\ny"


def test_an_unknown_requirement_and_one_without_room_are_refused():
    with pytest.raises(NotFound) as missing:
        dialect.add_criterion("", requirement_key="7", value="x")
    assert missing.value.code == "requirement_not_found"
    with pytest.raises(Invalid) as bare:
        dialect.add_criterion("- **FR-1**: x\n", requirement_key="FR-1", value="x")
    assert bare.value.code == "criterion_has_no_place"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(titles, values, values, st.lists(values, max_size=3)), min_size=1, max_size=3))
def test_what_was_given_comes_back_exactly_from_every_read(given_):
    text, expected = skeleton("requirements", title="T"), []
    for title, condition, action, criteria in given_:
        text, key = dialect.add_requirement(text, title=title, condition=condition, action=action)
        for value in criteria:
            text, _ = dialect.add_criterion(text, requirement_key=key, value=value)
        expected.append((key, title, condition, action, criteria))
    read = dialect.read_requirements(text)
    assert [(r.key, r.title, r.condition, r.action, [c.text for c in r.criteria]) for r in read] == expected


@settings(max_examples=150, deadline=None)
@given(texts, titles, values)
def test_an_edit_of_any_text_is_exact_or_refused_and_keeps_every_line(text, title, value):
    dialect.read_requirements(text)
    made = unless_refused(dialect.add_requirement, text, title=title, condition=value, action="act")
    if made is None:
        return
    new, key = made
    fresh = iter(Page(new).lines)
    assert all(line in fresh for line in Page(text).lines)
    items = [item for item in dialect.read_requirements(new) if item.key == key]
    assert [(item.title, item.condition, item.action) for item in items] == [(title, value, "act")]


def test_real_documents_are_read_and_edited_in_place():
    for path in documents("requirements.md"):
        text = text_of(path)
        items = dialect.read_requirements(text)
        assert items, path
        assert all(item.criteria for item in items if item.key.isdecimal()), path
        new, _ = dialect.add_requirement(text, title="More", condition="x\n- y", action="z")
        assert len(dialect.read_requirements(new)) == len(items) + 1
        for item in items:
            if item.criteria:
                dialect.add_criterion(text, requirement_key=item.key, ordinal=item.ordinal, value="a\n\nb")


def test_a_bold_line_with_an_id_is_a_criterion_of_its_requirement():
    text = "### Requirement 1: Catalog\n\n**FR-1: Source Models**\n- `id`: a slug\n\n**FR-2: Words**\n\n**Note**\n"
    [item] = dialect.read_requirements(text)
    assert [(one.key, one.text, one.start) for one in item.criteria] == [
        ("FR-1", "Source Models", 3),
        ("FR-2", "Words", 6),
    ]


def test_ids_have_letters_and_digits_between_their_hyphens():
    keys = [one.key for one in dialect.read_requirements("### REQ-F-001: A\n\n### REQ-AI074-002: B\n")]
    assert keys == ["REQ-F-001", "REQ-AI074-002"]
