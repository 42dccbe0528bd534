"""Machine-readable specs: three grammars behind one reader, and what is refused with line and column."""

import json
import time
from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from specflow.errors import Invalid, TooLarge
from specflow.specs.formats.items import EndpointItem, Items, Place
from specflow.specs.formats.source import Source, check_source, parse_source, published_schema
from specflow.specs.formats.source.reading import MAX_VALUES
from tests.specs.formats.nasty import texts

DIALECT = Source()
ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "dialects" / "specflow"
SEATS, TICKET, API = "specflow/seat-booking.yaml", "specflow/ticket.schema.json", "api/openapi.yaml"
HEAD = "specflow: 1\nslug: a\ntitle: A\n"


def example(path):
    return (EXAMPLE / path).read_text()


def read(text):
    return DIALECT.read("source", text)


def problems(text, path="specflow/a.yaml"):
    return [(one.code, one.line, one.column, one.pointer) for one in check_source(text, path=path)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (SEATS, Place("seat-booking", "source", folder="specflow/seat-booking")),
        (TICKET, Place("ticket", "source", folder="specflow/ticket.schema")),
        ("./openapi.json", Place("openapi", "source", folder="openapi")),
        (API, Place("openapi", "source", folder="api/openapi")),
        ("specflow/settings.py", None),
        ("specflow/deep/a.yaml", None),
        ("specflow/.hidden.yaml", None),
        ("api/users.yaml", None),
        ("docs/openapi.yaml", None),
        ("specflow", None),
    ],
)
def test_a_file_is_a_spec_and_everyday_folders_stay_what_they_are(path, place):
    assert DIALECT.place(path) == place


@pytest.mark.parametrize("path", [SEATS, TICKET, API])
def test_the_examples_are_right_and_read_the_same_by_both_ways(path):
    assert check_source(example(path), path=path) == []
    assert parse_source(example(path), path=path).items == read(example(path))
    assert DIALECT.neutral("source", example(path)) == example(path)


def test_a_spec_file_says_requirements_design_and_tasks():
    spec = parse_source(example(SEATS), path=SEATS)
    hold, pay, plan = (one.item for one in spec.requirements)

    assert (hold.key, hold.title, hold.start, hold.end) == ("HOLD", "Hold a seat while somebody pays", 8, 17)
    assert hold.condition == "a visitor picks a free seat"
    assert hold.action == "hold that seat for this visitor for ten minutes"
    assert hold.statement.startswith("WHEN a visitor picks a free seat, the box office SHALL hold")
    assert [(one.key, one.pattern, one.start, one.end) for one in hold.criteria] == [
        ("HOLD.1", "event", 15, 16),
        ("HOLD.2", "event", 17, 17),
    ]
    assert pay.condition == "WHILE seats are held, WHEN the payment is confirmed"
    assert (plan.condition, plan.action, plan.statement[:25]) == ("", "", "The plan of the hall SHAL")
    assert spec.requirements[1].depends_on == ("HOLD",)
    assert [(one.key, one.request, one.requirements) for one in spec.endpoints] == [
        ("hold-seat", "/design/endpoints/0/request", ("HOLD",)),
        ("GET /shows/{show}/plan", "", ("PLAN",)),
    ]
    assert spec.design.architecture.startswith("One process keeps")
    assert spec.design.api_spec[0] == EndpointItem("POST", "/shows/{show}/holds", "Holds seats for a visitor")
    assert (spec.design.architecture_lines, spec.design.api_spec_lines) == ((32, 35), (41, 51))
    assert [(one.name, one.start, one.end) for one in spec.schemas] == [("Hold", 54, 65), ("Seat", 66, 71)]
    assert [(one.target, one.expects, one.valid) for one in spec.examples] == [
        ("HOLD.1", True, True),
        ("Hold", False, False),
    ]
    assert [(one.key, one.requirements, one.priority) for one in spec.tasks] == [("load-test", ("HOLD",), "high")]


def test_an_if_clause_is_answered_by_then():
    text = HEAD + "requirements:\n- {id: R, title: T, if: it burns, while: open, system: the door, shall: close}\n"

    (one,) = read(text).requirements
    assert one.statement == "WHILE open, IF it burns, THEN the door SHALL close"


def test_criteria_without_an_id_get_the_next_free_number():
    text = HEAD + "requirements:\n- id: R\n  title: T\n  criteria: [a, {id: R.2, text: b}, {text: c}, {text: d}]\n"

    assert [one.key for one in read(text).requirements[0].criteria] == ["R.1", "R.2", "R.3", "R.4"]


def test_the_rules_of_a_json_schema_are_criteria():
    spec = parse_source(example(TICKET), path=TICKET)
    ticket, seat = spec.requirements

    assert (ticket.item.key, ticket.depends_on, seat.item.key, seat.pointer) == (
        "Ticket",
        ("Seat",),
        "Seat",
        "/$defs/Seat",
    )
    said = {one.key: (one.text, one.start) for one in ticket.item.criteria}
    assert said["Ticket.code.required"] == ("code SHALL be given", 6)
    assert said["Ticket.code.minLength"] == ("code SHALL have at least 8 characters", 8)
    assert said["Ticket.seat.$ref"] == ("seat SHALL be as Seat says", 9)
    assert said["Ticket.price.exclusiveMinimum"] == ("price SHALL be more than 0", 10)
    assert len(ticket.criteria) == len(ticket.item.criteria)


def test_schemas_that_refer_to_each_other_are_no_circle():
    text = '{"$defs": {"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"items": {"$ref": "#/$defs/A"}}}}'
    spec = parse_source(text, path="specflow/a.json")

    assert sorted(one.depends_on for one in spec.requirements) == [(), ("A",)] or sorted(
        one.depends_on for one in spec.requirements
    ) == [(), ("B",)]


def test_the_operations_of_an_api_are_requirements_and_endpoints():
    spec = parse_source(example(API), path=API)
    hold, plan = (one.item for one in spec.requirements)

    assert (spec.title, hold.key, plan.key) == ("Box office", "holdSeats", "GET /shows/{show}/plan")
    assert [(one.key, one.text, one.start) for one in hold.criteria] == [
        ("holdSeats.201", "POST /shows/{show}/holds SHALL answer 201: The seats are held for ten minutes", 19),
        ("holdSeats.409", "POST /shows/{show}/holds SHALL answer 409: Somebody else has one of the seats", 21),
    ]
    assert spec.endpoints[0].request.endswith("/post/requestBody/content/application~1json/schema")
    assert spec.endpoints[1].response.endswith("/get/responses/200/content/application~1json/schema")
    assert read(example(API)).design.api_spec[1].method == "GET"


def test_json_and_yaml_say_the_same():
    value = pyyaml.safe_load(example(SEATS))
    by_json = parse_source(json.dumps(value, indent="\t"), path="specflow/seat-booking.json")

    def bare(items):
        return [(one.key, one.title, one.statement, [(c.key, c.text) for c in one.criteria]) for one in items]

    assert bare(by_json.items.requirements) == bare(read(example(SEATS)).requirements)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (HEAD + "colour: red\n", [("unknown_key", 4, 1, "/colour")]),
        (HEAD + "title: B\n", [("invalid_yaml", 4, 1, "")]),
        (HEAD + "description: &x y\n", [("invalid_yaml", 4, 14, "")]),
        (HEAD + "description: !x y\n", [("invalid_yaml", 4, 14, "")]),
        (HEAD + "description: [a]\n", [("wrong_type", 4, 1, "/description")]),
        ("specflow: 2\nslug: A b\n", [
            ("missing_key", 1, 1, ""), ("wrong_value", 1, 1, "/specflow"), ("wrong_value", 2, 1, "/slug"),
        ]),
        (HEAD + "requirements:\n- id: 1\n  title: T\n", [("wrong_type", 5, 3, "/requirements/0/id")]),
        (HEAD + "requirements:\n- id: R\n  title: T\n  when: x\n", [("missing_key", 7, 3, "/requirements/0/when")]),
        (HEAD + "requirements:\n- id: R\n  title: T\n  criteria:\n  - {id: R, text: x}\n", [
            ("duplicate_id", 8, 5, "/requirements/0/criteria/0"),
        ]),
        (HEAD + "requirements:\n- id: R\n  title: T\n  depends_on: [R, S]\n", [
            ("cyclic_dependency", 5, 3, "/requirements/0"),
            ("unknown_reference", 7, 19, "/requirements/0/depends_on/1"),
        ]),
        (HEAD + "tasks:\n- {id: t, title: T, requirements: [R]}\n", [
            ("unknown_reference", 5, 36, "/tasks/0/requirements/0"),
        ]),
        (HEAD + "examples:\n- {for: R, input: 1}\n", [("unknown_reference", 5, 4, "/examples/0/for")]),
        (HEAD + "schemas:\n  A: {minimum: low, $ref: '#/schemas/B'}\n", [
            ("invalid_schema", 5, 7, "/schemas/A/minimum"), ("unknown_reference", 5, 21, "/schemas/A/$ref"),
        ]),
        (HEAD + "schemas:\n  a b: {}\n", [("wrong_value", 5, 3, "/schemas/a b")]),
        ("slug: a\n", [("missing_key", 1, 1, ""), ("missing_key", 1, 1, "")]),
        ("- 1\n", [("unknown_grammar", 1, 1, "")]),
        ("a: 1\n", [("unknown_grammar", 1, 1, "")]),
        ("", [("unknown_grammar", 1, 1, "")]),
        ("type: object\nproperties: 1\n", [("invalid_schema", 2, 1, "/properties")]),
        ("a: 1\nb: \0\n", [("invalid_text", 2, 4, "")]),
        ("openapi: 3.1\n", [
            ("missing_key", 1, 1, ""), ("missing_key", 1, 1, ""), ("unsupported_version", 1, 1, "/openapi"),
        ]),
        ("openapi: '3.0.3'\ninfo: {title: A, version: '1'}\npaths:\n  /a:\n    fetch: {}\n    get: {answers: 1}\n", [
            ("unknown_key", 5, 5, "/paths/~1a/fetch"), ("unknown_key", 6, 11, "/paths/~1a/get/answers"),
        ]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_line_and_column(text, found):
    assert problems(text) == found


def test_a_file_with_problems_is_refused_with_all_of_them():
    with pytest.raises(Invalid) as refused:
        parse_source(HEAD + "a: 1\nb: 2\n", path="specflow/a.yaml")

    assert refused.value.code == "invalid_spec_file"
    assert (refused.value.details["line"], refused.value.details["column"]) == (4, 1)
    assert [one["pointer"] for one in refused.value.details["problems"]] == ["/a", "/b"]
    json.dumps(refused.value.details)


def test_a_problem_names_what_would_be_right():
    (one,) = check_source(HEAD + "requirements:\n- id: 1.1\n  title: T\n", path="a.yaml")

    assert one.message == "This must be text, and is a number. Put it in quotes."


def test_at_most_a_hundred_problems_are_listed():
    assert len(check_source(HEAD + "".join(f"k{at}: 1\n" for at in range(500)), path="a.yaml")) == 100


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "x" * 100_000_000,
        "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)),
        '{"specflow": 1, "requirements": [' + "1," * 1_000_000 + "1]}",
        '{"type": "object", "properties": {' + ",".join(f'"p{n}": {{"type": 1}}' for n in range(100_000)) + "}}",
        HEAD + "requirements:\n" + "".join(f"- {{id: R{n}, title: T, depends_on: [R{n + 1}]}}\n" for n in range(9_000)),
        HEAD + "schemas:\n" + "".join(f"  S{n}: {{$ref: '#/schemas/S{n + 1}'}}\n" for n in range(14_000)),
    ],
    ids=["deep", "100 MB", "laughs", "ones", "types", "chain", "references"],
)
def test_bad_and_large_input_is_answered_in_under_two_seconds(text):
    for path in ("specflow/a.json", "specflow/a.yaml"):
        began = time.process_time()
        check_source(text, path=path)
        assert time.process_time() - began < 2
    began = time.process_time()
    read(text)
    assert time.process_time() - began < 2


def test_too_much_is_too_large():
    for text in ("x" * 3_000_000, "[" + "1," * MAX_VALUES + "1]"):
        with pytest.raises(TooLarge):
            parse_source(text, path="specflow/a.json")


def test_a_file_that_is_wrong_reads_as_far_as_it_can():
    text = "specflow: 9\nrequirements:\n- 1\n- {id: R, title: 2, criteria: [3, {text: c}, {}], when: []}\ndesign: x\n"

    (one,) = read(text).requirements
    assert (one.key, one.title, [c.text for c in one.criteria]) == ("R", "", ["c"])
    assert read("{") == read("a: &x 1") == Items()


GRAMMARS = st.sampled_from([example(path) for path in (SEATS, TICKET, API)])
KEYS = st.sampled_from([
    "specflow", "openapi", "$schema", "type", "properties", "$defs", "requirements", "criteria", "id", "title", "text",
    "design", "endpoints", "schemas", "examples", "for", "input", "tasks", "depends_on", "paths", "/a", "get", "info",
    "responses", "200", "content", "application/json", "schema", "components", "$ref", "required", "items", "request",
])  # fmt: skip
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["object", "3.1.0", "#/schemas/A", "#/", "", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(texts | TREES.map(json.dumps) | st.dictionaries(KEYS, TREES, max_size=6).map(json.dumps))
def test_any_text_is_read_and_checked(text):
    for item in read(text).requirements:
        assert 1 <= item.start <= item.end
    lines = text.count("\n") + 1
    for one in check_source(text, path="specflow/a.yaml"):
        assert 1 <= one.line <= lines + 1
        assert one.column >= 1


@settings(max_examples=150, deadline=None)
@given(GRAMMARS, st.integers(0, 2_000), st.sampled_from(["", " ", "\n", "x", ":", "- ", '"', "}", "1"]))
def test_a_broken_example_is_read_or_refused_and_never_worse(text, at, sign):
    broken = text[:at] + sign + text[at + 1 :]
    read(broken)
    check_source(broken, path="specflow/a.yaml")


def test_the_published_schema_is_a_schema_and_takes_the_example():
    Draft202012Validator.check_schema(published_schema())
    assert Draft202012Validator(published_schema()).is_valid(pyyaml.safe_load(example(SEATS)))


def many(count):
    said = "- id: R{0}\n  title: T\n  when: x\n  shall: y\n  criteria:\n  - a THEN b\n  - c THEN d\n"
    return HEAD + "requirements:\n" + "".join(said.format(at) for at in range(count))


def test_reading_grows_with_the_text_and_no_faster():
    seconds = {}
    for count in (500, 1_000, 2_000):
        text = many(count)
        began = time.process_time()
        assert len(read(text).requirements) == count
        seconds[f"{len(text) // 1024} KiB"] = time.process_time() - began
    print({size: f"{1000 * one:.0f} ms" for size, one in seconds.items()})
    assert max(seconds.values()) < 2


def test_the_page_about_spec_files_shows_a_right_one_and_knows_every_key():
    page = (ROOT / "docs" / "spec-files.md").read_text()
    shown = page.split("```yaml\n")[1].split("```")[0]

    assert check_source(shown, path="specflow/parcel-lockers.yaml") == []
    schema = published_schema()
    keys = [*schema["properties"], *(key for one in schema["$defs"].values() for key in one.get("properties", ()))]
    assert [key for key in keys if f"`{key}`" not in page] == []
