import time

import pytest
from hypothesis import given, settings

from specflow.errors import Invalid
from specflow.specs.formats import registry
from specflow.specs.formats import spec_workflow as dialect
from specflow.specs.formats.items import Place
from specflow.specs.formats.lines import Page
from specflow.specs.formats.spec_workflow.skeletons import skeleton
from specflow.specs.formats.values import quoted, quoted_list, unquoted, unquoted_list
from tests.specs.formats.corpus import documents, text_of
from tests.specs.formats.nasty import texts, titles, values

SPEC_WORKFLOW, LOGIN = registry.named("spec-workflow"), ".spec-workflow/specs/login"
READERS = (dialect.read_requirements, dialect.read_design, dialect.read_tasks, dialect.neutral)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (".spec-workflow/specs/login/design.md", Place("login", "design", folder=LOGIN)),
        (".spec-workflow/archive/specs/old/tasks.md", Place("old", "tasks", True, ".spec-workflow/archive/specs/old")),
        (".spec-workflow/steering/design-system.md", Place("", "design-system")),
        (".spec-workflow/spec-decomposition/decomposition.md", Place("", "decomposition")),
        (".spec-workflow/specs/login/test-design.md", Place("login", "other", folder=LOGIN)),
        (".spec-workflow/specs/README.md", Place("", "other")),
        (".spec-workflow/templates/design-template.md", Place("", "other")),
        ("docs/design.md", None),
        (".spec-workflow/../design.md", None),
    ],
)
def test_a_path_says_what_stands_there(path, place):
    assert SPEC_WORKFLOW.place(path) == place


@pytest.mark.parametrize("kind", ["requirements", "design", "tasks"])
def test_every_document_of_a_spec_has_a_place_that_reads_back(kind):
    folder = SPEC_WORKFLOW.folder_for("login")
    assert SPEC_WORKFLOW.place(SPEC_WORKFLOW.path_in(folder, kind)) == Place("login", kind, folder=folder)


def test_a_kind_without_a_place_is_refused():
    with pytest.raises(Invalid) as refused:
        SPEC_WORKFLOW.path_in(LOGIN, "source")
    assert refused.value.code == "unknown_document_kind"


@given(values)
def test_a_quoted_value_is_one_line_and_comes_back(value):
    assert unquoted(quoted(value)) == value
    assert unquoted_list(quoted_list([value, "x"])) == (value, "x")
    assert len(quoted(value).splitlines()) == 1


def test_an_escape_that_spells_a_character_we_do_not_take_stays_text():
    for literal in ('"\\u0000"', '"\\ud800"', '"a', '"a" and "b"'):
        assert unquoted(literal) == literal


@given(texts)
def test_a_text_is_its_lines_and_reading_never_fails(text):
    assert Page(text).text == text
    for reader in READERS:
        reader(text)


@settings(max_examples=50, deadline=None)
@given(titles, values)
def test_a_first_text_has_no_items_and_takes_all(title, description):
    requirements = skeleton("requirements", title=title, description=description)
    assert (
        len(dialect.read_requirements(dialect.add_requirement(requirements, title="A", condition="", action="b")[0]))
        == 1
    )
    tasks = skeleton("tasks", title=title, description=description)
    assert len(dialect.read_tasks(dialect.add_task(tasks, title="A")[0])) == 1
    design = skeleton("design", title=title, description=description)
    new = dialect.write_design(design, architecture="a", data_model="b", api_spec=None)
    assert (dialect.read_design(new).architecture, dialect.read_design(new).data_model) == ("a", "b")


LARGE = {
    "tasks": "".join(
        f"- [ ] {n}. Do it\n  - File: src/a_{n}.py\n  - _Leverage: a_b.py_\n  - _Requirements: 1.1, 2.3_\n\n"
        for n in range(4000)
    ),
    "requirements": "".join(
        f"### Requirement {n}: A\n\n**User Story:** As a\n\n#### Acceptance Criteria\n\n1. WHEN x THEN y SHALL z\n\n"
        for n in range(2500)
    ),
    "one list": "### Requirement 1\n#### Acceptance Criteria\n" + "1. x\n" * 20_000,
    "one line": "- [ ] " + 'a_*"`(' * 100_000,
    "fences": "".join("`" * (3 + n % 50) + "x\n" for n in range(20_000)),
    "a table's rule": "## API\n| Method | Path |\n" + "- " * 200_000 + "x\n",
    "nesting": "".join("  " * n + "- [ ] x\n" for n in range(800)) + "  a\n" * 5000,
    "brackets": "- [ ] x\n  - _Requirements: " + "(" * 50_000 + "," * 50_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_large_and_hostile_texts_are_read_in_linear_time(name):
    for reader in READERS:
        begin = time.process_time()
        reader(LARGE[name])
        assert time.process_time() - begin < 2, reader.__name__


def test_real_documents_come_back_byte_for_byte():
    for path in documents("*.md"):
        assert Page(text_of(path)).text == text_of(path)
