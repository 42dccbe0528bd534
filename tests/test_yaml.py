"""YAML as plain data: what is read, what is refused and where, and that no bomb goes off."""

import time

import pytest

from specflow import yaml
from specflow.errors import Invalid, TooLarge


def read(text):
    return yaml.load(text, field="spec")


def refusal(text):
    with pytest.raises(Invalid) as found:
        read(text)
    return found.value


def test_a_document_is_read_as_json_values():
    text = "a: 1\nb: [x, 'y', \"z\\n\", 2.5, true, null, ~, -3]\nc:\n  d: |\n    one\n    two\n  e: {}\n  f:\n"

    assert read(text) == {
        "a": 1,
        "b": ["x", "y", "z\n", 2.5, True, None, None, -3],
        "c": {"d": "one\ntwo\n", "e": {}, "f": None},
    }


@pytest.mark.parametrize("text", ["", "# only words", "---\n", "~"])
def test_nothing_is_none(text):
    assert read(text) is None


@pytest.mark.parametrize("word", ["on", "no", "yes", "Off", "1:30", "2026-01-02", "1_000", "0b1", "=", "1.2.3", "'1'"])
def test_what_only_looks_like_something_is_text(word):
    assert read(f"a: {word}") == {"a": word.strip("'")}


def test_numbers_are_read_by_the_core_schema():
    assert read("[0o17, 0x1F, 010, +1, .5, 1e3, -0.0]") == [15, 31, 10, 1, 0.5, 1000.0, -0.0]


def test_keys_are_the_text_that_stands_there():
    assert read("200: a\non: b\ntrue: c\n'<<': d\n") == {"200": "a", "on": "b", "true": "c", "<<": "d"}


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\nb: *x\n", 2, 4, "aliases"),
        ("a: &x 1\n", 1, 4, "anchors"),
        ("a:\n  <<: {b: 1}\n", 2, 3, "merge"),
        ("a: !!python/object/apply:os.system [id]\n", 1, 4, "tags"),
        ("a: !!str 1\n", 1, 4, "tags"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "twice"),
        ("200: 1\n'200': 3\n", 2, 1, "twice"),
        ("? [a]\n: 1\n", 1, 3, "one piece of text"),
        ("a: 1\n---\nb: 2\n", 2, 1, "one document"),
        ("a: [1, 2\n", 2, 1, "expected"),
        ("a: b: c\n", 1, 5, "mapping values"),
        ("\ta: 1\n", 1, 1, "token"),
        ("a: .inf\n", 1, 4, "finite"),
        ("a: 1e999\n", 1, 4, "finite"),
    ],
)
def test_what_is_refused_is_refused_with_line_and_column(text, line, column, words):
    error = refusal(text)

    assert error.code == "invalid_yaml"
    assert words in error.message
    assert error.details == {"field": "spec", "line": line, "column": column}


def test_nesting_ends_at_fifty():
    assert read("[" * 50 + "]" * 50) is not None
    assert "50 deep" in refusal("[" * 51 + "]" * 51).message


@pytest.mark.parametrize("text", ["a: \ud800", "a: \0", "a: \x1b[0m", 'a: "\\0"', '"\\x1b": 1', 'a: "\\x7f"'])
def test_characters_that_cannot_be_stored_are_refused(text):
    assert refusal(text).code in ("invalid_text", "invalid_yaml")


def test_a_long_row_of_digits_is_text_and_no_endless_number():
    assert read("a: " + "9" * 100_000) == {"a": "9" * 100_000}


def test_more_than_a_mebibyte_is_too_large():
    with pytest.raises(TooLarge):
        read("#" + "x" * yaml.MAX_BYTES)


LAUGHS = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))


@pytest.mark.parametrize(
    "text",
    [LAUGHS, MERGES, "[" * 500_000, "{a: " * 250_000, "- " * 500_000],
    ids=["laughs", "merges", "brackets", "braces", "dashes"],
)
def test_a_bomb_is_refused_in_under_a_second(text):
    began = time.perf_counter()
    error = refusal(text)

    assert error.code == "invalid_yaml"
    assert time.perf_counter() - began < 1


def test_the_slow_parser_reads_the_same(monkeypatch):
    """Where there is no libyaml, PyYAML's own parser does the work."""
    monkeypatch.setattr(yaml, "_Loader", yaml.yaml.SafeLoader)

    assert read("a: [1, 'x']\nb: |\n  t\n") == {"a": [1, "x"], "b": "t\n"}
    for bomb in (LAUGHS, MERGES, "[" * 500_000):
        began = time.perf_counter()
        assert refusal(bomb).code == "invalid_yaml"
        assert time.perf_counter() - began < 1


def places(text):
    """(key, begin, end, size) of each value, as the text that stands there."""
    _, marks = yaml.load_marked(text, field="spec", limit=yaml.MAX_BYTES)
    numbers = marks.numbers
    return [
        (text[numbers[at] : numbers[at + 1]].rstrip(), text[numbers[at + 1] : numbers[at + 2]], numbers[at + 3])
        for at in range(0, len(numbers), 4)
    ]


def test_every_value_knows_where_it_stands():
    assert places("a: 1\nb:\n  - 'x'\n  - |\n    y\n\n\nc: {d: [2]} # end\n") == [
        ("", "a: 1\nb:\n  - 'x'\n  - |\n    y\n\n\nc: {d: [2]}", 8),
        ("a:", "1", 1),
        ("b:", "- 'x'\n  - |\n    y", 3),
        ("", "'x'", 1),
        ("", "|\n    y", 1),
        ("c:", "{d: [2]}", 3),
        ("d:", "[2]", 2),
        ("", "2", 1),
    ]


def test_the_slow_parser_finds_the_same_places(monkeypatch):
    text = "ä: \U0001f600\r\nb:\r\n- [x,\r\n  y]\r\n- >\r\n  z\r\n\r\nc:\r\n"
    fast = places(text)
    monkeypatch.setattr(yaml, "_Loader", yaml.yaml.SafeLoader)

    assert places(text) == fast


def test_a_text_with_places_may_be_as_large_as_is_said():
    text = "a: " + "x" * yaml.MAX_BYTES

    assert yaml.load_marked(text, field="spec", limit=2 * yaml.MAX_BYTES)[0] == {"a": "x" * yaml.MAX_BYTES}
    with pytest.raises(TooLarge):
        yaml.load_marked(text, field="spec", limit=yaml.MAX_BYTES)


def test_lines_end_at_the_line_feed_alone():
    """A YAML reader also takes U+2028 for a line end; documents here do not."""
    assert refusal('a: "\u2028"\nb: *x\n').details["line"] == 2
