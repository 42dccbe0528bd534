import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.specs.changes.lines import lines_of
from specflow.specs.changes.words import diff_words
from tests.specs.formats.nasty import texts


def segments(row):
    return [(one.kind, one.text) for one in row.segments]


def rows(before, after):
    return [row for hunk in diff_words(before, after) for row in hunk.rows]


def test_equal_texts_have_no_hunks():
    assert diff_words("a\n", "a\n") == []
    assert diff_words("", "") == []


def test_a_changed_line_tells_its_words():
    (row,) = rows("the old word stands\n", "the new word stands\n")
    assert (row.kind, row.old, row.new) == ("changed", 1, 1)
    assert segments(row) == [
        ("equal", "the "),
        ("deleted", "old"),
        ("inserted", "new"),
        ("equal", " word stands\n"),
    ]
    assert (row.side("inserted"), row.side("deleted")) == ("the old word stands\n", "the new word stands\n")


def test_in_a_script_without_blanks_each_sign_counts():
    (row,) = rows("利用者は結果を一覧で見る\n", "利用者は結果を図で見る\n")
    assert segments(row)[1:3] == [("deleted", "一覧"), ("inserted", "図")]


def test_an_accent_stays_with_its_letter():
    (row,) = rows("take the cafe\u0301 please\n", "take the cafe\u0300 please\n")
    assert segments(row)[1:3] == [("deleted", "cafe\u0301"), ("inserted", "cafe\u0300")]


def test_a_new_line_above_a_changed_one_is_not_taken_for_it():
    found = rows("one\nsend a mail to the member\ntwo\n", "one\nask first\nsend a mail to the owner\ntwo\n")
    assert [(row.kind, row.old, row.new) for row in found] == [
        ("same", 1, 1),
        ("added", None, 2),
        ("changed", 2, 3),
        ("same", 3, 4),
    ]


def test_lines_with_little_in_common_are_not_set_beside_each_other():
    assert [row.kind for row in rows("one two three\n", "four five six\n")] == ["removed", "added"]


def test_another_line_end_is_a_change_that_can_be_seen():
    (row,) = rows("a word\r\n", "a word\n")
    assert segments(row) == [("equal", "a word"), ("deleted", "\r\n"), ("inserted", "\n")]


def test_hunks_stand_apart_with_three_lines_around_each():
    before = "".join(f"line {number}\n" for number in range(100))
    after = before.replace("line 20\n", "row 20\n").replace("line 60\n", "")
    first, second = diff_words(before, after)
    assert (first.old_start, first.old_lines, first.new_start, first.new_lines) == (18, 7, 18, 7)
    assert (second.old_start, second.old_lines, second.new_start, second.new_lines) == (58, 7, 58, 6)
    assert (diff_words("", "a\n")[0].old_start, diff_words("", "a\n")[0].new_start) == (0, 1)


def test_a_hunk_is_plain_data():
    (shown,) = [hunk.as_dict() for hunk in diff_words("a b\n", "a c\n")]
    assert shown["rows"][0] == {
        "kind": "changed",
        "old": 1,
        "new": 1,
        "segments": [
            {"kind": "equal", "text": "a "},
            {"kind": "deleted", "text": "b"},
            {"kind": "inserted", "text": "c"},
            {"kind": "equal", "text": "\n"},
        ],
    }


@given(before=texts, after=texts)
@settings(deadline=None)
def test_the_hunks_make_one_text_from_the_other(before, after):
    old, new = lines_of(before), lines_of(after)
    made: list[str] = []
    at = 0
    for hunk in diff_words(before, after, context=1):
        start = hunk.old_start - 1 if hunk.old_lines else hunk.old_start
        made += old[at:start]
        assert "".join(row.side("inserted") for row in hunk.rows) == "".join(old[start : start + hunk.old_lines])
        assert len(made) == (hunk.new_start - 1 if hunk.new_lines else hunk.new_start)
        made += [row.side("deleted") for row in hunk.rows if row.new]
        at = start + hunk.old_lines
    assert made + old[at:] == new


@given(text=st.text(max_size=200) | texts)
def test_lines_put_together_are_the_text(text):
    assert "".join(lines_of(text)) == text


def sentences(seed, count):
    chance = random.Random(seed)
    words = ["account", "open", "list", "member", "mail", "page", "send", "when"]
    return "".join(" ".join(chance.choices(words, k=8)) + "\n" for _ in range(count))


def long_lines(seed):
    chance = random.Random(seed)
    return "".join(" ".join(chance.choices("abcdefgh", k=990)) + "\n" for _ in range(2_500))


MEGABYTES = 5 * 1024 * 1024


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(lambda: sentences(1, 115_000), lambda: sentences(2, 115_000), id="every line another"),
        pytest.param(
            lambda: sentences(1, 115_000),
            lambda: "".join(
                line if at % 40 else line.replace("a", "e", 1)
                for at, line in enumerate(lines_of(sentences(1, 115_000)))
            ),
            id="every fortieth line changed",
        ),
        pytest.param(lambda: "\n" * MEGABYTES, lambda: "x\n" * (MEGABYTES // 2), id="nothing but lines"),
        pytest.param(lambda: "a b " * (MEGABYTES // 4), lambda: "a c " * (MEGABYTES // 4), id="one line"),
        pytest.param(lambda: long_lines(1), lambda: long_lines(2), id="long lines of the same words"),
        pytest.param(lambda: "x\ny\n" * 60_000, lambda: "y\nx\nx\n" * 40_000, id="two lines over and over"),
    ],
)
def test_the_largest_texts_are_compared_within_two_seconds(before, after):
    old, new = before(), after()
    begun = time.process_time()
    found = diff_words(old, new)
    assert time.process_time() - begun < 2
    assert found


def test_a_line_that_takes_all_the_effort_is_told_as_changed():
    before = "\r- [x] 1. y1. WHEN a THEN b SHALL c_Blocked: x_:1:1~1"
    after = "#### Acceptance Criteria- [ ] x1. WHEN a THEN b SHALL c::0:0**User Story:** me1. WHEN a THEN b SHALL c"
    after += "\u09cf0~0"
    (hunk,) = diff_words(before, after)
    assert [row.kind for row in hunk.rows]
