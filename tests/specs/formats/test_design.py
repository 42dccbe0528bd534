from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.specs.formats import spec_workflow as dialect
from specflow.specs.formats.items import EndpointItem
from specflow.specs.formats.spec_workflow.skeletons import skeleton
from tests.specs.formats.corpus import DESIGN, documents, text_of
from tests.specs.formats.nasty import texts, unless_refused, values

maybe = values | st.just("")
endpoints = st.lists(st.builds(EndpointItem, values, values, maybe), min_size=1, max_size=3)


def test_a_design_gives_its_parts_with_their_lines():
    item = dialect.read_design(DESIGN)
    assert (item.architecture, item.architecture_lines) == ("One process.\n\n### Parts\n\nTwo of them.", (7, 13))
    assert item.data_model_lines == (15, 18)
    assert item.api_spec == (EndpointItem("GET", "/users", "lists a|b"),)


def test_endpoints_are_read_from_lists_and_headings_too():
    text = "## API Design\n\n### POST /users\n\nMakes one.\n\n- `GET /users/{id}` - one of them\n"
    assert dialect.read_design(text).api_spec == (
        EndpointItem("POST", "/users", ""),
        EndpointItem("GET", "/users/{id}", "one of them"),
    )


def test_a_part_is_written_into_its_section_and_the_rest_stays():
    new = dialect.write_design(DESIGN, architecture="Two.", data_model=None, api_spec=[EndpointItem("PUT", "/a", "b")])
    assert new == DESIGN.replace("One process.\n\n### Parts\n\nTwo of them.", "Two.").replace(
        "| Method | Path | Purpose |\n|---|---|---|\n| GET | `/users` | lists a\\|b |",
        "| Method | Endpoint | Description |\n| --- | --- | --- |\n| PUT | /a | b |",
    )
    assert dialect.write_design(new, architecture="Two.", data_model="", api_spec=None) == new


def test_an_architecture_with_headings_stands_in_a_visible_block():
    new = dialect.write_design("", architecture="## Architecture\n```\nx\n```", data_model=None, api_spec=None)
    assert new == "## Architecture\n\n````verbatim\n## Architecture\n```\nx\n```\n````\n"


def test_a_missing_section_is_added_at_the_end():
    new = dialect.write_design("# D\r\n", architecture=None, data_model="a\nb", api_spec=None)
    assert new == "# D\r\n\r\n## Data Models\r\n\r\na\r\nb\r\n"
    assert dialect.read_design(new).data_model == "a\nb"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(values, values, endpoints), min_size=1, max_size=2))
def test_what_was_given_comes_back_exactly_after_every_write(writes):
    text = skeleton("design", title="T")
    for architecture, data_model, api in writes:
        text = dialect.write_design(text, architecture=architecture, data_model=data_model, api_spec=api)
        item = dialect.read_design(text)
        assert (item.architecture, item.data_model, item.api_spec) == (architecture, data_model, tuple(api))


@settings(max_examples=150, deadline=None)
@given(texts, values, endpoints)
def test_an_edit_of_any_text_is_exact_or_refused(text, value, api):
    new = unless_refused(dialect.write_design, text, architecture=value, data_model=None, api_spec=api)
    if new is None:
        return
    item = dialect.read_design(new)
    assert (item.architecture, item.api_spec) == (value, tuple(api))
    assert item.data_model == dialect.read_design(text).data_model


def test_real_designs_are_read_and_edited_in_place():
    for path in documents("design.md"):
        text = text_of(path)
        new = dialect.write_design(
            text, architecture="# a\n## b", data_model="x", api_spec=[EndpointItem("GET", "/", "")]
        )
        assert dialect.read_design(new).architecture == "# a\n## b", path
