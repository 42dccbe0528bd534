"""Test vectors: examples, the edges of each rule, one for each criterion; judged by the library itself."""

import contextlib
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from specflow.errors import TooLarge
from specflow.specs import vectors as made_vectors
from specflow.specs.formats.source import check_source, parse_source
from specflow.specs.formats.source.patterns import simple
from specflow.specs.formats.source.samples import FORMATS
from specflow.specs.vectors import vectors

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "dialects" / "specflow"


def example(path):
    return parse_source((EXAMPLE / path).read_text(), path=path)


def of_schema(schema, **beside):
    text = json.dumps({"specflow": 1, "slug": "a", "title": "A", "schemas": {"S": schema, **beside}})
    return vectors(parse_source(text, path="specflow/a.json"))


def edges(schema, **beside):
    """(rule, value, valid) of each boundary vector."""
    return [(one.rule, one.input, one.valid) for one in of_schema(schema, **beside)]


def test_the_examples_of_the_spec_come_first_and_as_they_are():
    first, second, *_ = vectors(example("specflow/seat-booking.yaml"))

    assert (first.kind, first.target, first.title, first.valid) == (
        "example",
        "HOLD.1",
        "The seat of somebody else",
        True,
    )
    assert (first.expected, first.start, first.end) == ({"answer": "refused"}, 74, 77)
    assert (second.target, second.valid, second.expects) == ("Hold", False, False)
    assert "expected" in first.as_dict()
    assert "expected" not in second.as_dict()


def test_every_criterion_has_a_vector_and_no_more_than_it_needs():
    for path in ("specflow/seat-booking.yaml", "specflow/ticket.schema.json", "api/openapi.yaml"):
        spec = example(path)
        targets = [one.target for one in vectors(spec)]
        for requirement in spec.requirements:
            for item in requirement.item.criteria:
                assert item.key in targets, item.key
    criteria = [one for one in vectors(example("specflow/seat-booking.yaml")) if one.kind == "criterion"]
    assert [(one.target, one.input, one.expected) for one in criteria] == [
        ("HOLD.2", {"when": ["ten minutes have passed without payment"]}, {"then": "free the seat"}),
        (
            "PAY.1",
            {"given": ["a held seat"], "when": ["the payment is confirmed twice"]},
            {"then": "be one ticket"},
        ),
    ]


def test_the_answers_of_an_api_are_criteria_with_a_status():
    made = {one.target: one for one in vectors(example("api/openapi.yaml"))}

    assert made["holdSeats.409"].input == {"method": "POST", "path": "/shows/{show}/holds"}
    assert made["holdSeats.409"].expected == {"status": 409}


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "integer", "minimum": 1}, [("minimum", 1, True), ("minimum", 2, True), ("minimum", 0, False)]),
        ({"type": "integer", "maximum": 9}, [("maximum", 9, True), ("maximum", 8, True), ("maximum", 10, False)]),
        ({"type": "number", "exclusiveMinimum": 0}, [("exclusiveMinimum", 1, True), ("exclusiveMinimum", 0, False)]),
        ({"type": "integer", "exclusiveMaximum": 5}, [("exclusiveMaximum", 4, True), ("exclusiveMaximum", 5, False)]),
        ({"multipleOf": 5}, [("multipleOf", 0, True), ("multipleOf", 5, True), ("multipleOf", 1, False)]),
        ({"minLength": 3}, [("minLength", "aaa", True), ("minLength", "aa", False)]),
        ({"maxLength": 3}, [("maxLength", "aaa", True), ("maxLength", "aaaa", False)]),
        ({"pattern": "^[A-Z]{2}-\\d+$"}, [("pattern", "AA-0", True), ("pattern", "~A-0", False)]),
        ({"format": "ipv4"}, [("format", "192.0.2.1", True), ("format", "192.0.2.256", False)]),
        ({"enum": ["a", "b"]}, [("enum", "a", True), ("enum", "b", True), ("enum", "a-x", False)]),
        ({"const": 7}, [("const", 7, True), ("const", 8, False)]),
        ({"type": "boolean"}, [("type", True, True), ("type", "text", False)]),
        ({"minItems": 1, "items": {"type": "null"}}, [("minItems", [None], True), ("minItems", [], False)]),
        ({"maxItems": 1}, [("maxItems", ["a"], True), ("maxItems", ["a", "b"], False)]),
        ({"uniqueItems": True}, [("uniqueItems", ["a", "b"], True), ("uniqueItems", ["a", "a"], False)]),
        ({"required": ["n"]}, [("required", {"n": "a"}, True), ("required", {}, False)]),
        ({"additionalProperties": False}, [
            ("additionalProperties", {}, True), ("additionalProperties", {"unexpected": True}, False),
        ]),
        ({"maxProperties": 1}, [
            ("maxProperties", {"property0": "a"}, True), ("maxProperties", {"property0": "a", "property1": "a"}, False),
        ]),
        ({"minProperties": 1}, [("minProperties", {"property0": "a"}, True), ("minProperties", {}, False)]),
        ({"dependentRequired": {"a": ["b"]}}, [
            ("dependentRequired", {"a": "a", "b": "a"}, True), ("dependentRequired", {"a": "a"}, False),
        ]),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)  # fmt: skip
def test_each_rule_has_its_edges(schema, wanted):
    rule = wanted[0][0]

    assert [one for one in edges(schema) if one[0] == rule] == wanted


def test_a_wrong_value_stands_in_an_otherwise_right_whole_and_names_its_rule():
    schema = {
        "type": "object",
        "required": ["name", "of"],
        "properties": {"name": {"type": "string"}, "of": {"$ref": "#/schemas/T"}, "tags": {"items": {"maxLength": 2}}},
    }
    made = [one for one in of_schema(schema, T={"type": "integer"}) if not one.valid]

    assert [(one.pointer, one.input) for one in made if one.target == "S"][1:] == [
        ("/schemas/S/required/0", {"of": 0}),
        ("/schemas/S/required/1", {"name": "a"}),
        ("/schemas/S/properties/name/type", {"name": 1, "of": 0}),
        ("/schemas/S/properties/of/$ref", {"name": "a", "of": "text"}),
        ("/schemas/S/properties/tags/items/maxLength", {"name": "a", "of": 0, "tags": ["aaa"]}),
    ]
    assert all(one.title.startswith("the whole: required") for one in made if one.rule == "required")


def test_what_an_endpoint_takes_has_edges_as_well():
    text = json.dumps(
        {
            "specflow": 1, "slug": "a", "title": "A",
            "design": {"endpoints": [{"id": "e", "method": "PUT", "path": "/e", "request": {"type": "integer"}}]},
        }
    )  # fmt: skip
    made = vectors(parse_source(text, path="a.json"))

    assert [(one.target, one.pointer, one.input, one.valid) for one in made] == [
        ("e", "/design/endpoints/0/request/type", 0, True),
        ("e", "/design/endpoints/0/request/type", 1.5, False),
    ]


def test_the_place_of_a_schema_may_hold_any_sign():
    text = """
    {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {"/a%20b/{c~d}": {"post": {
      "requestBody": {"content": {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/A%20B"}],
        "properties": {"n": {"type": "integer", "minimum": 1, "exclusiveMinimum": true}}}}}}}}},
     "components": {"schemas": {"A B": {"type": "object", "required": ["m"]}}}}
    """
    made = vectors(parse_source(text, path="openapi.json"))

    assert [one.input for one in made if one.rule == "required" and not one.valid] == [{}]
    assert not [one for one in made if one.rule in ("minimum", "exclusiveMinimum")], (
        "what 3.0 means by it is not judged"
    )


def test_the_same_spec_gives_the_same_vectors_and_ids_stay_when_others_change():
    spec = {"specflow": 1, "slug": "a", "title": "A", "schemas": {"S": {"type": "integer", "minimum": 1}}}
    before = vectors(parse_source(json.dumps(spec), path="a.json"))
    again = vectors(parse_source(json.dumps(spec, indent=4), path="a.json"))
    more = {**spec, "description": "More", "schemas": {"R": {"maxLength": 1}, "S": {"type": "integer", "minimum": 1}}}
    after = vectors(parse_source(json.dumps(more), path="a.json"))
    other = vectors(parse_source(json.dumps({**spec, "slug": "b"}), path="a.json"))

    assert [one.id for one in before] == [one.id for one in again]
    assert {one.id for one in before} < {one.id for one in after}
    assert not {one.id for one in before} & {one.id for one in other}
    assert before[0].id == "vec-a1ab506326e226cc1e11ae51"
    assert len({one.id for one in after}) == len(after)


LETTERS = st.text("ab~é", max_size=2)
SCALARS = st.one_of(
    st.fixed_dictionaries({"type": st.just("integer")}, optional={
        "minimum": st.integers(-5, 5), "maximum": st.integers(-5, 5), "multipleOf": st.sampled_from([1, 2, 5]),
        "exclusiveMinimum": st.integers(-5, 5), "exclusiveMaximum": st.integers(-5, 5),
    }),
    st.fixed_dictionaries({"type": st.just("number")}, optional={
        "minimum": st.sampled_from([-1.5, 0, 2.25]), "exclusiveMaximum": st.sampled_from([2.5, 3, 1e9]),
        "multipleOf": st.sampled_from([0.5, 0.25]),
    }),
    st.fixed_dictionaries({"type": st.just("string")}, optional={
        "minLength": st.integers(0, 4), "maxLength": st.integers(0, 6),
        "pattern": st.sampled_from(["^[a-z]+$", "^[A-Z]{2}[0-9]*$", "x", "^a?b$", "(a|b)+", "\\d{3}"]),
        "format": st.sampled_from(["email", "date", "uuid", "colour"]),
    }),
    st.fixed_dictionaries({"enum": st.lists(st.integers(0, 3) | LETTERS, min_size=1, max_size=3)}),
    st.sampled_from([{}, True, {"type": "null"}, {"type": ["string", "null"]}, {"const": [1]}]),
    st.just({"$ref": "#/schemas/T"}),
)  # fmt: skip
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("object")}, optional={
            "properties": st.dictionaries(st.sampled_from(["a", "b", "c/d", "e~"]), inner, max_size=3),
            "required": st.lists(st.sampled_from(["a", "b", "z"]), unique=True, max_size=2),
            "additionalProperties": st.booleans(),
            "minProperties": st.integers(0, 3), "maxProperties": st.integers(0, 3),
        }),
        st.fixed_dictionaries({"type": st.just("array")}, optional={
            "items": inner, "minItems": st.integers(0, 3), "maxItems": st.integers(0, 3), "uniqueItems": st.booleans(),
        }),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"not": inner, "type": st.just("string")}),
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(SCHEMAS, SCALARS.filter(lambda one: one != {"$ref": "#/schemas/T"}))
def test_the_library_agrees_with_every_vector(schema, other):
    """It judges every rule but formats, which it only notes."""
    document = {"schemas": {"S": schema, "T": other}}
    plain = Draft202012Validator({"$ref": "#/schemas/S", **document})
    made = of_schema(schema, T=other)
    for one in made:
        if not one.pointer.startswith("/schemas/S"):
            continue
        wrong = any(bad in json.dumps(one.input) for _, bad in FORMATS.values())
        if one.valid or not wrong:
            assert plain.is_valid(one.input) == one.valid, one
    assert made == of_schema(schema, T=other)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["object", "#/schemas/S", "#", "string", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "properties",
                    "items",
                    "$ref",
                    "required",
                    "allOf",
                    "enum",
                    "minimum",
                    "pattern",
                    "a",
                    "oneOf",
                    "$id",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_any_schema_that_is_taken_gives_vectors_or_none(schema):
    text = json.dumps({"specflow": 1, "slug": "a", "title": "A", "schemas": {"S": schema}})
    if not check_source(text, path="a.json"):
        vectors(parse_source(text, path="a.json"))


@given(
    st.from_regex(r"\^?([a-z]|\\d|\[[A-F0-9_.-]{1,4}\]|\.)([?*+]|\{[0-9](,[0-9]?)?\})?\$?", fullmatch=True),
    st.integers(0, 9),
)
def test_a_text_that_is_made_for_a_pattern_is_taken_by_it(pattern, least):
    known = simple(pattern)
    if known is None:
        return
    made = known.text(least)
    assert made is not None
    assert re.search(pattern, made)


@pytest.mark.parametrize("pattern", ["(a+)+$", "a|b", "^(?=x)", "\\1", "[[:alpha:]]", "a{2", "x*y*z*", "^\\p{L}$", "["])
def test_a_pattern_that_is_not_simple_is_never_run(pattern):
    assert simple(pattern) is None


def test_a_pattern_that_runs_forever_elsewhere_takes_no_time_here():
    began = time.perf_counter()
    made = of_schema({"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}, "b": {"minLength": 40}}})

    assert time.perf_counter() - began < 1
    assert {one.rule for one in made} == {"minLength"}


def test_a_schema_that_names_its_language_is_judged_with_the_same_care():
    """Under its `$schema` the library would go on with its own rules, which run any pattern."""
    said = {"type": "string", "pattern": "^(a+)+$", "enum": ["a" * 40 + "!"]}
    text = json.dumps(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"a": said}, "type": "object"}
    )
    began = time.perf_counter()
    made = vectors(parse_source(text, path="specflow/a.json"))

    assert time.perf_counter() - began < 1
    assert {one.rule for one in made if one.kind == "boundary" and one.valid} == {"type"}, "nobody can say of the enum"


@pytest.mark.parametrize("rule", ["anyOf", "allOf", "properties"])
def test_references_that_fan_out_end_soon(rule):
    def fan(at):
        both = [{"$ref": f"#/schemas/S{at + 1}"}] * 2
        if rule == "properties":
            return {"type": "object", "required": ["a", "b"], "properties": dict(zip("ab", both, strict=True))}
        return {rule: both, "maxLength": 3}

    schemas = {f"S{at}": fan(at) for at in range(60)}
    text = json.dumps({"specflow": 1, "slug": "a", "title": "A", "schemas": {**schemas, "S60": False}})
    began = time.perf_counter()
    with contextlib.suppress(TooLarge):
        vectors(parse_source(text, path="a.json"))
    assert time.perf_counter() - began < 10  # 1 s on a quiet machine


def test_a_schema_without_end_has_no_vectors_that_need_one():
    assert (
        edges({"type": "object", "required": ["s"], "properties": {"s": {"$ref": "#/schemas/S"}}})
        == [
            ("type", "text", False),
            ("required", {}, False),
        ][:0]
        or edges({"$ref": "#/schemas/S"}) == []
    )


def test_more_vectors_than_anybody_runs_are_refused(monkeypatch):
    monkeypatch.setattr(made_vectors, "MAX_VECTORS", 10)
    with pytest.raises(TooLarge):
        of_schema({"properties": {f"p{at}": {"maxLength": at} for at in range(10)}})


def test_vectors_grow_with_the_spec_and_no_faster():
    seconds = {}
    for count in (100, 200, 400):
        schema = {"type": "object", "properties": {f"p{at}": {"type": "integer", "minimum": at} for at in range(count)}}
        began = time.perf_counter()
        assert len(of_schema(schema)) == 5 * count + 2
        seconds[count] = time.perf_counter() - began
    print({count: f"{1000 * one:.0f} ms" for count, one in seconds.items()})
    assert seconds[400] < 5
