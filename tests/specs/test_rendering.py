"""Stored text on a page: nothing runs, nothing is fetched, nothing is hidden, in bounded time."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specflow.specs.differences import shared
from specflow.specs.rendering import MAX_ROWS, diff_rows, diff_summary, rendered

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox)",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](x)',
    '[x](https://a.example "onmouseover=alert(1)")',
    "<https://a.example/\"onclick='alert(1)'>",
    '```"><script>alert(1)</script>\ncode\n```',
    "| <b onclick=alert(1)> |\n|---|\n| <script>alert(1)</script> |",
    "- [x] <iframe srcdoc='<script>alert(1)</script>'>",
    "# <style>*{display:none}</style>",
    "<math><mtext></mtext><mglyph><style><img src onerror=alert(1)></style></mglyph></math>",
    "[x]: javascript:alert(1)\n\n[x]",
]
ALLOWED = re.compile(
    r"</?(?:p|h[1-6]|ul|ol|li|blockquote|pre|code|em|strong|s|a|hr|br|table|thead|tbody|tr|th|td|span)\b"
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_text_cannot_make_a_tag_an_attribute_or_an_address_of_its_own(payload):
    html = rendered(payload)

    for tag in re.findall(r"<[^>]*>", html):
        assert ALLOWED.match(tag), tag
        names = set(re.findall(r'([\w-]+)="[^"]*"', tag))
        assert names <= {"data-line", "class", "href", "title", "rel", "start"}, tag
        assert not re.search(r'href="(?!https?:|mailto:|[./#\w]*")', tag), tag


def test_raw_html_is_shown_as_text():
    assert "&lt;b&gt;bold&lt;/b&gt;" in rendered("<b>bold</b>")
    assert "&lt;!-- hidden --&gt;" in rendered("a\n\n<!-- hidden -->")


def test_an_image_is_named_and_not_loaded():
    html = rendered("![a plan](https://tracker.example/pixel.png)")
    assert "<img" not in html
    assert "a plan" in html
    assert "https://tracker.example/pixel.png" in html


def test_blocks_carry_the_line_they_begin_on():
    html = rendered("# One\n\ntext\n\n- a\n- b\n")
    assert '<h1 data-line="1">' in html
    assert '<p data-line="3">' in html
    assert '<li data-line="6">' in html


def test_checkboxes_are_drawn_as_signs():
    html = rendered("- [ ] open\n- [x] done\n- [-] begun\n- [link] no box")
    assert html.count("sf-check") == 3
    assert "<input" not in html
    assert all(sign in html for sign in "☐☑◐")
    assert "[link] no box" in html


def test_links_tell_the_other_page_nothing():
    html = rendered("[a](https://a.example) [b](design.md)")
    assert html.count('rel="noopener noreferrer nofollow"') == 2


def test_text_nested_too_deep_for_the_parser_is_not_left_out():
    assert "at the bottom" in rendered("> " * 500 + "at the bottom")


def test_a_long_text_is_shown_as_it_was_written():
    html = rendered("# Title <x>\n" + "word " * 10 + "\n" * 400_000)
    assert "too long" in html
    assert "# Title &lt;x&gt;" in html


@pytest.mark.parametrize(
    "text",
    [
        "a\n" * 150_000,
        "[\n" * 150_000,
        "*a **b _c\n" * 30_000,
        "> " * 9_000,
        "![" * 9_000,
        "- a\n" * 70_000,
        "x" * 2_000_000,
    ],
    ids=["lines", "brackets", "emphasis", "quotes", "images", "list", "one line"],
)
def test_no_text_takes_long(text):
    begun = time.thread_time()  # the work alone: other processes may hold the machine
    rendered(text)
    assert time.thread_time() - begun < 10


@given(st.text())
def test_any_text_can_be_shown(text):
    assert isinstance(rendered(text), str)


lines = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d e f\n", "\n", "x <y>\n"]), max_size=30)


@given(lines, lines)
def test_a_diff_tells_both_texts(before, after):
    rows = diff_rows("".join(before), "".join(after))
    folded = before == after

    added = [row.new_line for row in rows if row.kind == "added"]
    removed = [row.old_line for row in rows if row.kind == "removed"]
    kept_before = [line for number, line in enumerate(before, 1) if number not in removed]
    kept_after = [line for number, line in enumerate(after, 1) if number not in added]
    assert folded or kept_before == kept_after


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcde")))
def test_shared_pieces_are_equal_and_in_order(before, after):
    pairs = shared(before, after)
    assert all(before[i] == after[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))


def test_a_diff_marks_the_words_that_differ():
    removed, added = diff_rows("the old word stands\n", "the new word stands\n")
    assert removed.html == "the <del>old</del> word stands"
    assert added.html == "the <ins>new</ins> word stands"


def test_a_diff_escapes_what_it_shows():
    rows = diff_rows("<script>old</script>\n", "<script>new</script>\n")
    assert all("<script" not in row.html for row in rows)


def test_a_diff_folds_what_is_far_from_a_change():
    before = "".join(f"line {number}\n" for number in range(100))
    rows = diff_rows(before, before.replace("line 50\n", "line fifty\n"))
    assert [row.kind for row in rows] == ["folded", *["same"] * 3, "removed", "added", *["same"] * 3, "folded"]
    assert rows[0].html == "47 unchanged lines"


def test_a_missing_line_break_at_the_end_is_a_difference():
    assert [row.kind for row in diff_rows("a", "a\n")] == ["removed", "added"]


def test_equal_texts_differ_in_nothing():
    assert diff_rows("a\n", "a\n") == []


def test_a_summary_counts_lines():
    summary = diff_summary("a\nb\n", "a\nc\nd\n")
    assert (summary.added, summary.removed) == (2, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n" * 15_000, "\n" * 7_000 + "x\n" + "\n" * 7_000),
        ("a\nb\n" * 2_500, "b\na\na\n" * 1_700),
        ("".join(f"{n}\n" for n in range(5_000)), "".join(f"{n}\n" for n in range(5_000, 10_000))),
        ("a b c d\n" * 5_000, "a c b d\n" * 5_000),
    ],
    ids=["blank lines", "repeating", "all new", "words"],
)
def test_no_difference_takes_long(before, after):
    begun = time.process_time()
    rows = diff_rows(before, after)
    assert time.process_time() - begun < 5  # under a second where nothing else runs
    assert len(rows) <= MAX_ROWS + 1
