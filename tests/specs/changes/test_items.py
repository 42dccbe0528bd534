import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.specs.changes.items import item_diff
from specflow.specs.formats.items import CriterionItem, Items, RequirementItem, TaskItem
from specflow.specs.formats.spec_workflow import read_requirements, read_tasks
from tests.specs.formats.corpus import REQUIREMENTS, TASKS, documents, text_of


def requirements(text):
    return Items(requirements=read_requirements(text))


def tasks(text):
    return Items(tasks=read_tasks(text))


def between(before, after):
    return item_diff(requirements(before), requirements(after))


def keys(items):
    return [one.key for one in items]


def pairs(changes):
    return [(one.before.key, one.after.key) for one in changes]


def test_a_document_does_not_differ_from_itself():
    assert not between(REQUIREMENTS, REQUIREMENTS)
    assert not item_diff(tasks(TASKS), tasks(TASKS))


def test_a_requirement_that_came_and_one_that_went_are_told():
    gone = REQUIREMENTS.replace(
        "### Requirement 2: Sign out\n\n#### Acceptance Criteria\n\n1. The system SHALL forget", ""
    )
    assert keys(between(REQUIREMENTS, gone).requirements.removed) == ["2"]
    assert keys(between(gone, REQUIREMENTS).requirements.added) == ["2"]


def test_numbered_anew_a_requirement_stays_what_it_is():
    after = REQUIREMENTS.replace("Requirement 2: Sign", "Requirement 3: Sign").replace(
        "### Requirement 1", "### Requirement 1: Sign up\n\nWords.\n\n### Requirement 2"
    )
    found = between(REQUIREMENTS, after)
    assert keys(found.requirements.added) == ["1"]
    assert pairs(found.requirements.renamed) == [("1", "2"), ("2", "3")]
    assert not found.requirements.reworded
    assert not found.requirements.removed
    assert not found.criteria.added
    assert not found.criteria.reworded
    assert [(one.before.criterion.key, one.after.criterion.key) for one in found.criteria.renamed][:2] == [
        ("1.1", "2.1"),
        ("1.2", "2.2"),
    ]


def test_a_new_title_is_a_new_name_and_a_new_story_a_new_wording():
    after = REQUIREMENTS.replace("1: Sign in", "1: Log in").replace("see my own things", "find my own things")
    (pair,) = between(REQUIREMENTS, after).requirements.kept[:1]
    assert (pair.changed, pair.renamed, pair.reworded, pair.moved) == (("title", "user_story"), True, True, False)


def test_lines_broken_elsewhere_are_no_new_wording():
    after = REQUIREMENTS.replace("I want to sign in,\nso that", "I want to\nsign in, so that")
    assert not between(REQUIREMENTS, after)


def test_a_requirement_with_another_number_and_title_is_known_by_its_words():
    before = "### Requirement 1: Sign in\n1. WHEN the password is right THEN the system SHALL open the overview\n"
    after = (
        "### Requirement 1: Export\n1. WHEN a report is done THEN the system SHALL send it as a mail\n"
        "### Requirement 2: Log on\n1. WHEN the password is right THEN the system SHALL show the overview\n"
    )
    found = between(before, after)
    assert pairs(found.requirements.kept) == [("1", "2")]
    assert keys(found.requirements.added) == ["1"]
    assert found.criteria.reworded[0].changed == ("key", "text")


def test_words_are_known_where_no_blanks_stand_between_them():
    before = "### 要件 1：検索\n1. 利用者が検索語を入力したとき、システムは結果を一覧で表示しなければならない\n"  # noqa: RUF001
    after = (
        "### 要件 1：通知\n1. 期限が近づいたとき、システムは担当者に通知を送信しなければならない\n"  # noqa: RUF001
        "### 要件 2：探す\n1. 利用者が検索語を入力したとき、システムは結果を表で表示しなければならない\n"  # noqa: RUF001
    )
    assert pairs(between(before, after).requirements.kept) == [("1", "2")]


def test_where_two_are_about_as_alike_a_person_is_asked():
    before = "### A\n### Requirement 1: Lock the account after five failed logins\n"
    after = (
        "### Requirement 2: Lock the account after six failed logins\n"
        "### Requirement 3: Lock the account after nine failed logins\n"
    )
    found = between(before, after).requirements
    (unclear,) = found.ambiguous
    assert (keys(unclear.before), keys(unclear.after)) == (["1"], ["2", "3"])
    assert found.kept == found.added == found.removed == ()
    merged = between(after, before).requirements.ambiguous[0]
    assert (keys(merged.before), keys(merged.after)) == (["2", "3"], ["1"])


def test_the_key_decides_between_two_that_are_about_as_alike():
    before = "### Requirement 7: Lock the account after five failed logins\n"
    after = before.replace("five", "six") + before.replace("five", "nine").replace("7", "8")
    assert pairs(between(before, after).requirements.kept) == [("7", "7")]


def test_a_requirement_that_was_written_anew_keeps_its_key():
    found = between("### REQ-3: Search\nold\n", "### REQ-3: Nothing alike\nnew\n").requirements
    assert pairs(found.renamed) == [("REQ-3", "REQ-3")]


def test_the_fewest_that_explain_a_new_order_have_moved():
    before = "".join(f"### Requirement {name}: {name * 5}\n" for name in ("1", "2", "3", "4"))
    after = "".join(f"### Requirement {name}: {name * 5}\n" for name in ("4", "1", "2", "3"))
    assert pairs(between(before, after).requirements.moved) == [("4", "4")]


def test_a_criterion_that_goes_to_another_requirement_has_moved():
    line = "2. WHEN the session ends THEN the system SHALL say so\n"
    first = "### Requirement 1: A\n1. The system SHALL start\n"
    second = "### Requirement 2: B\n1. The system SHALL stop\n"
    found = between(first + line + second, first + second + line)
    (pair,) = found.criteria.moved
    assert (pair.before.requirement.title, pair.after.requirement.title) == ("A", "B")
    assert (pair.before.criterion.key, pair.after.criterion.key) == ("1.2", "2.2")
    assert found.criteria.added == found.criteria.removed == ()
    assert not found.requirements


def test_the_same_criterion_under_many_requirements_stays_under_each():
    said = "1. The system SHALL write a log\n"
    before = "".join(f"### Requirement {number}: Part {number}\n{said}" for number in range(1, 40))
    after = before.replace("### Requirement 5: Part 5\n", "### Requirement 5: Part 5\nMore.\n1. The system SHALL ask\n")
    found = between(before, after).criteria
    assert [one.criterion.text for one in found.added] == ["The system SHALL ask"]
    assert found.removed == found.moved == found.ambiguous == ()


def test_ticking_a_box_is_no_change():
    assert not item_diff(tasks(TASKS), tasks(TASKS.replace("- [-] 2.", "- [x] 2.").replace("waits for", "wants")))


def test_a_task_that_goes_under_another_parent_has_moved():
    before = "- [ ] 1. One\n  - [ ] 1.1 Draw the form\n- [ ] 2. Two\n"
    after = "- [ ] 1. One\n- [ ] 2. Two\n  - [ ] 1.1 Draw the form\n"
    found = item_diff(tasks(before), tasks(after)).tasks
    assert "1.1" in [one.after.key for one in found.moved]
    assert found.added == found.removed == found.renamed == found.reworded == ()


def test_equal_tasks_are_told_apart_by_their_neighbours_or_not_at_all():
    before = "- [ ] 1. A\n- [ ] Test it\n- [ ] 2. B\n- [ ] Test it\n- [ ] 3. C\n"
    found = item_diff(tasks(before), tasks(before.replace("- [ ] 1. A\n- [ ] Test it\n", "- [ ] 1. A\n"))).tasks
    assert [one.start for one in found.removed] == [2]
    unclear = item_diff(tasks("- [ ] Test it\n- [ ] Test it\n"), tasks("- [ ] Test it\n")).tasks
    assert len(unclear.ambiguous[0].before) == 2
    assert not unclear.kept


def test_a_difference_is_plain_data():
    shown = between(REQUIREMENTS, REQUIREMENTS.replace("Sign out", "Leave").replace("right", "correct")).as_dict()
    assert set(shown) == {"requirements", "criteria", "tasks"}
    assert set(shown["tasks"]) == {"added", "removed", "renamed", "reworded", "moved", "ambiguous"}
    (renamed,) = shown["requirements"]["renamed"]
    assert (renamed["before"]["title"], renamed["after"]["title"]) == ("Sign out", "Leave")
    (reworded,) = shown["criteria"]["reworded"]
    assert reworded["after"]["requirement"] == {"key": "1", "ordinal": 0, "title": "Sign in"}
    assert shown["tasks"]["added"] == []


WORDS = st.sampled_from(["lock", "account", "five", "six", "logins", "the", "mail", "検索語", ""])
SENTENCES = st.lists(WORDS, max_size=4).map(" ".join)
KEYS = st.sampled_from(["", "1", "2", "3", "FR-1"])
REQUIREMENT_ITEMS = st.lists(st.tuples(KEYS, SENTENCES, SENTENCES, st.lists(SENTENCES, max_size=3)), max_size=6)
TASK_ITEMS = st.lists(st.tuples(KEYS, SENTENCES, st.integers(0, 5)), max_size=7)


def built(requirement_parts, task_parts):
    made = tuple(
        RequirementItem(
            key, 0, title, story, "", "",
            tuple(CriterionItem(f"{key}.{n}", text, 1, 1, "free") for n, text in enumerate(criteria)), at, at,
        )
        for at, (key, title, story, criteria) in enumerate(requirement_parts, 1)
    )  # fmt: skip
    todo = tuple(
        TaskItem(at, key, 0, title, "pending", "", 0, at - up if 0 < up <= at else None, at + 1, at + 1)
        for at, (key, title, up) in enumerate(task_parts)
    )
    return Items(requirements=made, tasks=todo)


DOCUMENTS = st.builds(built, REQUIREMENT_ITEMS, TASK_ITEMS)


@given(before=DOCUMENTS, after=DOCUMENTS)
@settings(deadline=None)
def test_every_item_is_in_one_place_of_a_difference(before, after):
    found = item_diff(before, after)
    for changes, olds, news in (
        (found.requirements, before.requirements, after.requirements),
        (found.tasks, before.tasks, after.tasks),
    ):
        told = [id(one.before) for one in changes.kept] + [id(one) for one in changes.removed]
        told += [id(one) for group in changes.ambiguous for one in group.before]
        assert sorted(told) == sorted(map(id, olds))
        told = [id(one.after) for one in changes.kept] + [id(one) for one in changes.added]
        told += [id(one) for group in changes.ambiguous for one in group.after]
        assert sorted(told) == sorted(map(id, news))
    assert len(found.criteria.kept) + len(found.criteria.added) + sum(
        len(group.after) for group in found.criteria.ambiguous
    ) == sum(len(one.criteria) for one in after.requirements)


@given(document=DOCUMENTS)
@settings(deadline=None)
def test_nothing_differs_from_itself(document):
    assert not item_diff(document, document)


def test_every_real_document_is_itself():
    for name, read in (("requirements.md", requirements), ("tasks.md", tasks)):
        for path in documents(name):
            assert not item_diff(read(text_of(path)), read(text_of(path))), path


def large(number, *, changed):
    lines = []
    for at in range(number):
        word = "correct" if at % 10 == changed else "right"
        lines.append(
            f"### Requirement {at}: Part {at * 7919 % number} of the tool {at * 31 % 97}\n\n"
            f"**User Story:** As a member of team {at % 50}, I want page {at}, so that list {at % 89} is {word}\n\n"
            f"1. WHEN form {at * 13 % 101} of page {at} is {word} THEN the system SHALL open view {at * 3}\n"
            f"2. IF field {at * 11 % 103} is missing THEN the system SHALL ask for it\n"
        )
    return "".join(lines)


@pytest.mark.parametrize(("number", "seconds"), [(1000, 0.6), (4000, 2.4)])
def test_large_documents_are_compared_in_time_that_grows_with_them(number, seconds):
    before, after = requirements(large(number, changed=0)), requirements(large(number, changed=1))
    begun = time.process_time()
    found = item_diff(before, after)
    assert time.process_time() - begun < seconds
    assert len(found.requirements.reworded) == number // 5
