import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.errors import Conflict, Invalid
from specflow.specs.changes.lines import lines_of
from specflow.specs.changes.merge import Given, MergeConflict, Merged, merge, resolved
from specflow.specs.formats.items import Items
from specflow.specs.formats.spec_workflow import read_requirements, read_tasks
from tests.specs.formats.corpus import REQUIREMENTS, TASKS
from tests.specs.formats.nasty import texts

PLAIN = "one\ntwo\nthree\nfour\nfive\n"
# Texts that share most of their lines, so that their changes meet in every way.
LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "a\r\n", "b\r\n", "d\n"]), max_size=8)
ALIKE = st.builds(lambda lines, last: "".join(lines) + last, LINES, st.sampled_from(["", "", "a", "z", "b\r"]))
ANY = ALIKE | texts


def test_changes_in_different_places_go_together():
    assert merge(PLAIN, PLAIN.replace("one", "1"), PLAIN.replace("five", "5")).text == "1\ntwo\nthree\nfour\n5\n"


def test_changes_of_neighbouring_lines_go_together():
    assert merge(PLAIN, PLAIN.replace("two", "2"), PLAIN.replace("three", "3")).text == "one\n2\n3\nfour\nfive\n"


def test_the_same_change_on_both_sides_is_taken_once():
    both = PLAIN.replace("two\n", "2\n2\n")
    assert merge(PLAIN, both, both.replace("five", "5")).text == both.replace("five", "5")


def test_different_changes_of_a_line_are_a_conflict_with_the_lines_of_each():
    merged = merge(PLAIN, "zero\n" + PLAIN.replace("three", "drei"), PLAIN.replace("three\n", "trois\ntres\n"))
    (conflict,) = merged.conflicts
    assert merged.text is None
    assert conflict.as_dict() == {
        "base": {"start": 3, "end": 3, "text": "three\n"},
        "ours": {"start": 4, "end": 4, "text": "drei\n"},
        "theirs": {"start": 3, "end": 4, "text": "trois\ntres\n"},
        "items": [],
    }
    assert merged.parts == ("zero\none\ntwo\n", conflict, "four\nfive\n")


def test_two_texts_put_in_at_one_place_are_a_conflict():
    (conflict,) = merge(PLAIN, PLAIN + "six\n", PLAIN + "seven\n").conflicts
    assert (conflict.base.start, conflict.base.end, conflict.base.text) == (6, 5, "")


def test_what_is_put_in_below_a_line_that_the_other_side_took_out_is_a_conflict():
    assert merge(PLAIN, PLAIN.replace("three\n", ""), PLAIN.replace("three\n", "three\n  more\n")).conflicts


def test_a_conflict_is_settled_by_a_side_or_a_text_of_ones_own():
    merged = merge(PLAIN, PLAIN.replace("three", "drei"), PLAIN.replace("three", "trois"))
    assert resolved(merged, ["base"]) == PLAIN
    assert resolved(merged, ["ours"]) == PLAIN.replace("three", "drei")
    assert resolved(merged, ["theirs"]) == PLAIN.replace("three", "trois")
    assert resolved(merged, [Given("3\n")]) == PLAIN.replace("three", "3")
    assert resolved(merged, [Given("")]) == PLAIN.replace("three\n", "")


def test_a_settled_text_does_not_run_into_the_next_line():
    merged = merge(PLAIN, PLAIN.replace("three", "drei"), PLAIN.replace("three", "trois"))
    assert resolved(merged, [Given("3")]) == PLAIN.replace("three", "3")


def test_what_is_not_settled_is_refused():
    merged = merge(PLAIN, PLAIN.replace("three", "drei"), PLAIN.replace("three", "trois"))
    with pytest.raises(Conflict) as refused:
        resolved(merged, [])
    assert (refused.value.code, refused.value.details) == ("merge_unsettled", {"conflicts": 1, "choices": 0})
    with pytest.raises(Invalid) as unknown:
        resolved(merged, ["mine"])
    assert unknown.value.code == "unknown_choice"


def test_turned_line_ends_do_not_stand_against_a_change_of_words():
    ours = PLAIN.replace("\n", "\r\n")
    merged = merge(PLAIN, ours, PLAIN.replace("three", "drei"))
    assert merged.text == "one\r\ntwo\r\ndrei\nfour\r\nfive\r\n"


def test_a_last_line_without_an_end_gets_one_when_a_line_follows():
    assert merge("a\nb\nc", "a\nb\nc\nd", "A\nb\nc").text == "A\nb\nc\nd"
    assert merge("a\n", "a", "a\nb\n").text == "a\nb\n"


def test_a_conflict_tells_the_requirement_and_the_criterion_that_it_lies_in():
    def read(text):
        return Items(requirements=read_requirements(text))

    ours = REQUIREMENTS.replace("password is right", "password is correct").replace("The system SHALL forget", "A")
    theirs = REQUIREMENTS.replace("open the overview", "show the overview").replace("Sign out", "Leave")
    merged = merge(REQUIREMENTS, ours, theirs.replace("see my own", "find my own"), read=read)
    (conflict,) = merged.conflicts
    (item,) = conflict.items
    assert (item.kind, item.key, item.requirement) == ("criterion", "1.1", "1")
    assert item.title.startswith("WHEN the password is right")
    (story,) = merge(
        REQUIREMENTS, REQUIREMENTS.replace("my own", "her own"), REQUIREMENTS.replace("my own", "his own"), read=read
    ).conflicts
    assert [one.as_dict() for one in story.items] == [
        {"kind": "requirement", "key": "1", "title": "Sign in", "requirement": ""}
    ]


def test_a_conflict_tells_the_innermost_task():
    ours, theirs = TASKS.replace("_Leverage_: forms.py", "x"), TASKS.replace("_Leverage_: forms.py", "y")
    (conflict,) = merge(TASKS, ours, theirs, read=lambda text: Items(tasks=read_tasks(text))).conflicts
    assert [(one.kind, one.key, one.title) for one in conflict.items] == [("task", "2.1", "The form")]


@given(base=ANY, other=ANY)
@settings(deadline=None)
def test_what_one_side_or_both_sides_alike_changed_is_the_merge(base, other):
    assert merge(base, base, other).text == other
    assert merge(base, other, base).text == other
    assert merge(base, other, other).text == other


def turned(merged):
    return Merged(
        tuple(
            MergeConflict(part.base, part.theirs, part.ours) if isinstance(part, MergeConflict) else part
            for part in merged.parts
        ),
        merged.newline,
    )


@given(base=ANY, ours=ANY, theirs=ANY)
@settings(deadline=None)
def test_a_merge_is_the_same_from_both_sides(base, ours, theirs):
    one, other = merge(base, ours, theirs), turned(merge(base, theirs, ours))
    assert one.parts == other.parts


@given(base=ANY, ours=ANY, theirs=ANY)
@settings(deadline=None)
def test_the_lines_of_a_conflict_are_the_lines_of_its_sides(base, ours, theirs):
    for conflict in merge(base, ours, theirs).conflicts:
        for lines, text in ((conflict.base, base), (conflict.ours, ours), (conflict.theirs, theirs)):
            assert lines.text == "".join(lines_of(text)[lines.start - 1 : lines.end])


@given(base=LINES, ours=st.lists(st.text("xyz", min_size=1), max_size=6), theirs=ALIKE, place=st.integers(0, 8))
@settings(deadline=None)
def test_no_new_line_of_a_side_is_lost(base, ours, theirs, place):
    new = [f"{line}\n" for line in ours]
    merged = merge("".join(base), "".join([*base[:place], *new, *base[place:]]), theirs)
    told = lines_of(resolved(merged, ["ours"] * len(merged.conflicts)))
    assert [line for line in told if line in set(new)] == new


@given(
    count=st.integers(1, 30),
    edits=st.dictionaries(st.integers(0, 29), st.tuples(st.booleans(), st.lists(st.text("pqr"), max_size=3))),
)
@settings(deadline=None)
def test_changes_of_different_lines_always_merge(count, edits):
    base = [f"line {at}\n" for at in range(count)]

    def written(who):
        lines = []
        for at, line in enumerate(base):
            mine, new = edits.get(at, (None, []))
            changed = mine is not None and who in (mine, "both")
            lines += [f"{at} {one}\n" for one in new] if changed else [line]
        return "".join(lines)

    assert merge("".join(base), written(True), written(False)).text == written("both")


def test_two_large_texts_are_merged_in_time():
    base = [f"line {at} of the text\n" if at % 3 else "\n" for at in range(60_000)]
    ours = [line.replace("of the", "in the") if at % 7 == 1 else line for at, line in enumerate(base)]
    theirs = [line.replace("of the", "on the") if at % 11 == 1 else line for at, line in enumerate(base)]
    begun = time.process_time()
    merged = merge("".join(base), "".join(ours), "".join(theirs))
    assert time.process_time() - begun < 2
    assert len(merged.conflicts) == sum(1 for at in range(60_000) if at % 77 == 1 and at % 3)
