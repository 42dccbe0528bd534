"""YAML and JSON that know where they stand, and what is refused with line and column."""

import json
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Invalid, TooLarge
from specflow.specs.formats.marked import pointer_of, read_json, read_marked, read_yaml, unescaped
from specflow.text import MAX_DOCUMENT_BYTES
from tests.specs.formats.nasty import texts

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def every(node):
    yield node
    for one in node.children():
        yield from every(one)


def refusal(read, text):
    with pytest.raises(Invalid) as found:
        read(text, field="spec.json")
    return found.value


def test_each_part_has_its_lines_and_its_column():
    root = read_yaml("# head\na:\n  b: |\n    x\n\n    y\n\n\nc:\n- d: 1\n  e: [2,\n   3]\n\n# tail\n", field="x")

    assert [(one.pointer, one.start, one.column, one.end) for one in every(root)] == [
        ("", 2, 1, 12),
        ("/a", 2, 1, 6),
        ("/a/b", 3, 3, 6),
        ("/c", 9, 1, 12),
        ("/c/0", 10, 3, 12),
        ("/c/0/d", 10, 3, 10),
        ("/c/0/e", 11, 3, 12),
        ("/c/0/e/0", 11, 7, 11),
        ("/c/0/e/1", 12, 4, 12),
    ]


def test_json_has_tabs_carriage_returns_and_a_byte_order_mark():
    root = read_json('\ufeff{\r\n\t"a~/": [1,\r\n\t\ttrue]\r\n}', field="x.json")

    assert root.value == {"a~/": [1, True]}
    assert [(one.pointer, one.start, one.column, one.end) for one in every(root)] == [
        ("", 1, 1, 4),
        ("/a~0~1", 2, 2, 3),
        ("/a~0~1/0", 2, 10, 2),
        ("/a~0~1/1", 3, 3, 3),
    ]
    assert root.at("/a~0~1/1").value is True
    assert root.at("/a~0~1/2") is root.at("/b") is root.at("/a~0~1/01") is None


@given(VALUES, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_what_json_writes_is_read_and_found_again(value, indent, ascii_):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    root = read_json(text, field="x")

    assert root.value == value
    for node in every(root):
        begin, end = node.span
        assert json.loads(text[begin:end]) == node.value
        assert root.at(node.pointer).span == node.span
        assert pointer_of(unescaped(node.pointer)) == node.pointer
        assert 1 <= node.start <= node.end <= text.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "a value is expected"),
        ('{"a": 1,\n "a": 2}', 2, 2, "twice"),
        ("[1,\n NaN]", 2, 2, "NaN"),
        ("[-Infinity]", 1, 2, "Infinity"),
        ("[1e999]", 1, 2, "finite"),
        (f"[{'9' * 65}]", 1, 2, "digits"),
        ('["a\\ud800"]', 1, 2, "cannot be kept"),
        ('["\\u0000"]', 1, 2, "cannot be kept"),
        ('["a\nb"]', 1, 4, "control"),
        ('["\\x"]', 1, 3, "escape"),
        ('["a', 1, 2, "unterminated"),
        ("[1,]", 1, 4, "a value is expected"),
        ("[1 2]", 1, 4, "comma"),
        ("[01]", 1, 3, "comma"),
        ("{a: 1}", 1, 2, "double quotes"),
        ('{"a" 1}', 1, 6, "colon"),
        ('{"a": 1,}', 1, 9, "double quotes"),
        ("// no\n1", 1, 1, "a value is expected"),
        ("1 2", 1, 3, "follows"),
        ("tru", 1, 1, "no JSON value"),
        ("[" * 51, 1, 51, "50 deep"),
        ("[" + "1," * 200_000, 1, 400_000, "200000 values"),
    ],
)
def test_what_is_no_json_is_refused_with_line_and_column(text, line, column, words):
    error = refusal(read_json, text)

    assert error.code == "invalid_json"
    assert words in error.message
    assert (error.details["line"], error.details["column"]) == (line, column)


@pytest.mark.parametrize(
    "text",
    ["[" * 10_000, '{"a":' * 10_000, "[" * 100_000_000, '"' + "x" * 100_000_000, "1" * 100_000_000],
    ids=["lists", "mappings", "100 MB of lists", "100 MB of text", "100 MB of digits"],
)
@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_a_bomb_is_refused_at_once_and_with_little_memory(read, text):
    tracemalloc.start()
    began = time.process_time()
    refusal(read, text)
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seconds < 2
    assert peak < 10 * 1024 * 1024


def test_the_limit_is_that_of_a_document():
    assert len(read_json(json.dumps("x" * (MAX_DOCUMENT_BYTES - 2)), field="x").value) == MAX_DOCUMENT_BYTES - 2
    with pytest.raises(TooLarge):
        read_json(json.dumps("x" * (MAX_DOCUMENT_BYTES - 1)), field="x")
    with pytest.raises(TooLarge):
        read_yaml("é" * (MAX_DOCUMENT_BYTES // 2 + 1), field="x")


def test_places_cost_little_beside_the_values():
    text = "[" + "1," * 50_000 + "1]"
    tracemalloc.start()
    root = read_json(text, field="x")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(root.value) == 50_001
    assert kept < 20 * len(text)


def test_the_name_tells_json_from_yaml_and_without_one_the_text_does():
    assert read_marked('{"a": 1}', field="").value == read_marked("a: 1", field="").value == {"a": 1}
    assert read_marked("{a: 1}", field="").value == {"a": 1}
    assert refusal(lambda text, field: read_marked(text, field="a.json"), "{a: 1}").code == "invalid_json"
    assert refusal(lambda text, field: read_marked(text, field="a.yaml"), "\t{").code == "invalid_yaml"
    assert refusal(lambda text, field: read_marked(text, field=""), '{"a": 1, "a": 2}').code == "invalid_json"


@settings(max_examples=300, deadline=None)
@given(texts | st.text(max_size=40), st.sampled_from(["", "a.json", "a.yaml"]))
def test_any_text_is_read_or_refused(text, name):
    try:
        root = read_marked(text, field=name)
    except Invalid:
        return
    for node in every(root):
        assert 1 <= node.start <= node.end
        assert node.column >= 1
