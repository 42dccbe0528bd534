"""What text is taken and what is refused, at its limits (the issue's bad input; QUALITY 40)."""

from typing import Any

import pytest

from specflow import text
from specflow.errors import Invalid, TooLarge

MIB = 1024 * 1024
CONTROLS = [chr(number) for number in (*range(0x20), 0x7F) if chr(number) not in "\t\n\r"]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff"]
PLAIN = [
    "",
    "a",
    "\t\n\r\r\n",
    "naïve ☃ 😀",
    "\u200b\ufeff\u202e",
    "\x80\x85\x9f",
    "\ufffe\uffff",
    "\U0010ffff",
    "<b>&",
]


@pytest.mark.parametrize("value", PLAIN)
def test_text_comes_back_as_it_came(value: str):
    assert text.checked(value, field="x") == value
    assert text.checked_document(value) == value
    assert text.checked_json({"k": [value]}, field="x") == {"k": [value]}
    assert text.decoded(value.encode()) == value


@pytest.mark.parametrize("character", [*CONTROLS, *SURROGATES], ids=lambda one: f"U+{ord(one):04X}")
def test_a_character_that_cannot_be_kept_is_named_with_its_place(character: str):
    for call in (text.checked, text.checked_title, text.checked_document):
        with pytest.raises(Invalid) as refused:
            call(f"ab{character}c", field="words")
        assert refused.value.code == "invalid_text"
        assert refused.value.details == {"field": "words", "position": 2, "character": f"U+{ord(character):04X}"}
        str(refused.value.as_dict()).encode()


@pytest.mark.parametrize("character", ["\0", "\x1b", "\ud800"])
@pytest.mark.parametrize("wrap", [lambda c: {"k": c}, lambda c: {c: 1}, lambda c: [[c]], lambda c: {"a": {"b": [c]}}])
def test_it_is_found_anywhere_in_json(character: str, wrap: Any):
    with pytest.raises(Invalid) as refused:
        text.checked_json(wrap(character), field="data")

    assert refused.value.code == "invalid_text"


def test_a_value_has_a_limit_in_bytes():
    assert text.checked("é" * 5, field="x", limit=10) == "é" * 5

    with pytest.raises(TooLarge) as refused:
        text.checked("é" * 5 + "a", field="x", limit=10)

    assert refused.value.code == "too_large"
    assert refused.value.details == {"field": "x", "size": 11, "limit": 10}


def test_a_document_of_2_mib_is_taken_and_one_byte_more_is_not():
    assert text.checked_document("x" * 2 * MIB)

    with pytest.raises(TooLarge) as refused:
        text.checked_document("x" * (2 * MIB + 1))

    assert refused.value.details == {"field": "text", "size": 2 * MIB + 1, "limit": 2 * MIB}


def test_5_mb_are_refused():
    with pytest.raises(TooLarge) as refused:
        text.checked_document("# Title\n" + "word " * 1_000_000)

    assert refused.value.code == "too_large"


def test_a_document_of_15000_lines_is_taken_and_one_of_20000_is_not():
    assert text.checked_document("x\n" * 14_999)
    assert text.checked_document("\n" * 14_999)

    for lines in (15_001, 20_000):
        with pytest.raises(TooLarge) as refused:
            text.checked_document("- [ ] task\n" * (lines - 1))
        assert refused.value.details == {"field": "text", "lines": lines, "limit": 15_000}


@pytest.mark.parametrize("value", ["a", "a" * 300, "naïve ☃", " padded "])
def test_a_title_is_one_line_with_something_to_see(value: str):
    assert text.checked_title(value) == value


@pytest.mark.parametrize("value", ["", " ", "\t", "a" * 301, "a\nb", "a\n", "a\r", "a\u2028b", "a\x85b", "\u3000"])
def test_a_title_that_is_none_is_refused(value: str):
    with pytest.raises(Invalid) as refused:
        text.checked_title(value)

    assert refused.value.code == "invalid_title"
    assert refused.value.details == {"field": "title", "limit": 300}


def test_a_title_may_have_a_smaller_limit():
    assert text.checked_title("a" * 100, limit=100)

    with pytest.raises(Invalid, match="1 to 100 characters"):
        text.checked_title("a" * 101, limit=100)


@pytest.mark.parametrize("value", [None, True, 0, -1, 10**30, 1.5, "a", [], {}, [1, [2, {"a": None}]], ("a",)])
def test_json_values_come_back_as_they_came(value: Any):
    assert text.checked_json(value, field="x") == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), object(), b"a", {1, 2}, 1j])
def test_what_json_cannot_hold_is_refused(value: Any):
    for wrapped in (value, [value], {"k": value}):
        with pytest.raises(Invalid) as refused:
            text.checked_json(wrapped, field="x")
        assert refused.value.code == "invalid_json"


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_json_is_nested_50_deep_and_no_deeper():
    assert text.checked_json(nested(50), field="x") == nested(50)

    for depth in (51, 100_000):
        with pytest.raises(Invalid) as refused:
            text.checked_json(nested(depth), field="x")
        assert refused.value.code == "invalid_json"


def test_all_texts_of_json_count_together():
    assert text.checked_json({"a": "12345", "b": ["678"]}, field="x", limit=10)

    with pytest.raises(TooLarge) as refused:
        text.checked_json({"a": "12345", "b": ["6789"]}, field="x", limit=10)

    assert refused.value.details == {"field": "x", "limit": 10}


@pytest.mark.parametrize(
    ("data", "position"),
    [
        (b"\xff", 0),
        (b"ab\xc3", 2),
        (b"ab\xc3(", 2),
        (b"\xed\xa0\x80", 0),
        (b"\xc0\xaf", 0),
        (b"\xf4\x90\x80\x80", 0),
        ("naïve".encode("latin-1"), 2),
        ("a".encode("utf-16"), 0),
    ],
)
def test_bytes_that_are_no_utf_8_are_refused_with_the_place(data: bytes, position: int):
    with pytest.raises(Invalid) as refused:
        text.decoded(data, field="tasks.md")

    assert refused.value.code == "invalid_utf8"
    assert refused.value.details == {"field": "tasks.md", "position": position}


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbfa\r\nb\r", "☃\n".encode()])
def test_bytes_come_back_as_they_came(data: bytes):
    assert text.decoded(data).encode() == data
