"""How a text cites what changed in another spec, and what is no citation though it looks like one."""

import time

import pytest
from hypothesis import given, settings

from specflow.specs.changes.impact import touched
from specflow.specs.changes.items import item_diff
from specflow.specs.citing.grammar import Grammar, Subject
from specflow.specs.citing.names import Names, TaskName
from specflow.specs.formats.items import Items
from specflow.specs.formats.spec_workflow import read_requirements, read_tasks
from tests.specs.formats import nasty

PATH = ".spec-workflow/specs/login-lock/requirements.md"
HERE = ".spec-workflow/specs/billing/design.md"
BEFORE = """# Requirements

### Requirement 1: Lock the account

1. WHEN five logins fail THEN the system SHALL lock the account
2. WHEN a day has passed THEN the system SHALL open it

### Requirement 2: Tell the owner

1. WHEN an account is locked THEN the system SHALL write to its owner

### FR-3: Keep a list

1. The system SHALL keep a list
"""
# 1.2 says something else, and so does FR-3; 1.1 and requirement 2 mean the same.
AFTER = BEFORE.replace("a day has", "two days have").replace("keep a list", "keep a list for a year")


def subject(before: str = BEFORE, after: str = AFTER, **more) -> Subject:
    what = touched(item_diff(*(Items(requirements=read_requirements(text)) for text in (before, after))))
    sides = [Names(items, found, text) for text, (items, found) in zip((before, after), what.sides, strict=True)]
    return Subject(PATH, ("login-lock",), sides, **{"ids": {}, **more})


def cited(text: str, path: str = HERE, **more) -> list[tuple[int, tuple[str, ...]]]:
    return [(one.line, one.names) for one in Grammar(subject(**more)).cited(path, text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("As login-lock/1.2 asks.", ("1.2",)),
        ("See login-lock#FR-3", ("FR-3",)),
        ("login-lock 1.2 says so", ("1.2",)),
        ("login-lock: Requirement 1", ("1",)),
        ("login-lock: requirement 1, and more", ("1",)),
        ("`login-lock` FR-3", ("FR-3",)),
        ("**login-lock**, Requirement 1", ("1",)),
        ("login-lock's requirement 1.2", ("1.2",)),
        ("login-lock (FR-3)", ("FR-3",)),
        ("login-lock § 1.2", ("1.2",)),
        ("login-lock/1.1-1.2", ("1.2",)),
        ("login-lock/1.1, 1.2 and FR-3", ("1.2", "FR-3")),
        ("login-lock: Requirements 1 and 2", ("1",)),
        ("login-lock: Lock the account", ("1",)),
        ("Requirement 1 of login-lock", ("1",)),
        ("what FR-3 of the spec `login-lock` asks", ("FR-3",)),
        ("_Requirements: login-lock/1.2_", ("1.2",)),
        ("| login-lock | FR-3 | later |", ("FR-3",)),
        ("login-lockの要件1", ("1",)),
        ("login-lock の FR-3", ("FR-3",)),
        ("login-lock/requirements/1.2", ("1.2",)),
        ("specs/login-lock#FR-3", ("FR-3",)),
        ('"dependencies": ["login-lock/1.2"],', ("1.2",)),
    ],
)
def test_an_item_is_cited_by_the_name_of_its_spec_and_its_own(text, names):
    assert cited(text) == [(1, names)]


@pytest.mark.parametrize(
    "text",
    [
        "As login-lock asks.",  # the spec, not what changed
        "login-lock/1.1 and login-lock: Requirement 2",  # these mean the same
        "login-lock/9.9",
        "1.2 and FR-3",  # of this document's own
        "login-lock-ui/1.2",
        "my-login-lock/1.2",
        "Login-lock has 2 parts, 1.2 seconds each",
        "login-lock: 1 day",
        "login-lock 1",
        "login-lock: all users are told",
        "login-lock: Lock the account page",
        "login-lock_1.2",
        "login-lock/1.2.md",
        "https://example.com/login-lock/1.2",
        "login-lock. Requirement 1 here is another.",
        "login-lock is version 1.2",
        "login-lock 1 (the first of two)",
        "login-lock: 1",
    ],
)
def test_what_only_looks_like_one_is_none(text):
    assert cited(text) == []


def test_an_everyday_word_that_is_a_spec_s_name_needs_a_sign():
    grammar = Grammar(Subject(PATH, ("search",), subject().sides, {}))
    assert grammar.cited(HERE, "search 1.2 pages") == []
    assert [one.names for one in grammar.cited(HERE, "`search` 1.2")] == [("1.2",)]
    assert [one.names for one in grammar.cited(HERE, "search/1.2")] == [("1.2",)]


def test_specs_that_are_numbered_are_not_taken_for_items():
    grammar = Grammar(Subject(PATH, ("SPEC-1",), subject().sides, {}))
    for text in ("SPEC-1/2", "SPEC-1/2/3 pass", "(as SPEC-1/1)", "SPEC-1#1"):
        assert grammar.cited(HERE, text) == []
    assert [one.names for one in grammar.cited(HERE, "SPEC-1/1.2, SPEC-1/FR-3")] == [("1.2", "FR-3")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[lock](../login-lock/requirements.md)", ()),
        ("[lock](../login-lock/requirements.md#requirement-1-lock-the-account)", ("1",)),
        ("[lock](../login-lock/requirements.md#FR-3)", ("FR-3",)),
        ("[lock](../login-lock/requirements.md#requirement-1)", ("1",)),
        ("[lock](../login-lock/requirements.md#introduction)", ()),
        (".spec-workflow/specs/login-lock/requirements.md", ()),
        ("see /.spec-workflow/specs/login-lock/requirements.md.", ()),
        ("specs/login-lock/requirements.md#1.2", ("1.2",)),
        (f"<https://forge.example/a/b/blob/main/{PATH}#fr-3-keep-a-list>", ("FR-3",)),
        ("..%2Flogin-lock/requirements.md", ()),
        ("- ref: ../login-lock/requirements.md", ()),
        ("spec://login-lock", ()),
    ],
)  # fmt: skip
def test_a_path_or_link_cites_an_item_by_its_anchor_else_the_document(text, names):
    assert cited(text, handle="spec://") == [(1, names)]


@pytest.mark.parametrize(
    "text",
    [
        "requirements.md",  # its own neighbour
        "[lock](../login-lock/requirements.md#requirement-2-tell-the-owner)",  # means the same
        "../login-lock/requirements.md.bak",
        "../login-lock/old-requirements.md",
        "../../login-lock/requirements.md",
        "https://example.com/login-lock/requirements.md",
        "other/login-lock/requirements.md",
        "http://login-lock 1.2",
    ],
)
def test_a_path_that_leads_elsewhere_cites_nothing(text):
    assert cited(text) == []


def test_a_path_that_two_documents_have_must_be_whole():
    assert cited("login-lock/requirements.md", short=False) == []
    assert cited("../login-lock/requirements.md", short=False) == [(1, ())]


def test_an_outside_id_cites_its_item():
    name = "crit-7m2k0t9xw4c1n8zd"
    assert cited(f"see {name}, {name}x", ids={name: "1.2"}) == [(1, ("1.2",))]
    assert cited("see crit-7m2k0t9xw4c1n8ze", ids={name: "1.2"}) == []


def test_what_a_line_cites_is_told_once_with_its_number_and_words():
    text = f"one\r\ntwo\r\n{'x ' * 300}login-lock/1.2, login-lock#FR-3 {'y ' * 300}\r\n"
    (found,) = Grammar(subject()).cited(HERE, text)
    assert (found.line, found.names) == (3, ("1.2", "FR-3"))
    assert "login-lock/1.2, login-lock#FR-3" in found.text
    assert len(found.text) < 210


def test_a_task_is_cited_by_a_word_with_its_number():
    tasks = read_tasks("- [ ] 1. Count\n- [ ] T002 Lock\n")
    names = Names([TaskName.of(one) for one in tasks], frozenset({(0, None), (1, None)}), bare=False)
    grammar = Grammar(Subject(PATH, ("login-lock",), [names], {}))
    for text, found in (
        ("after login-lock task 1", ("Task 1",)),
        ("after login-lock: Task 1", ("Task 1",)),
        ("after login-lock/T002", ("T002",)),
        ("after login-lock/1", None),
    ):
        assert [one.names for one in grammar.cited(HERE, text)] == ([found] if found else [])


@given(text=nasty.texts)
@settings(deadline=None)
def test_any_text_is_read(text):
    for one in Grammar(subject()).cited(HERE, f"{text} login-lock/1.2 {text}"):
        assert one.line >= 1
        assert len(one.text) < 210


@pytest.mark.parametrize(
    "piece",
    ["login-lock/", "login-lock 1.2, ", "../login-lock/requirements.md#", "a", "login-lock: Requirement 1 and ", "-_"],
)
def test_the_time_grows_with_the_text_alone(piece):
    took = []
    for size in (100_000, 400_000):
        begin = time.perf_counter()
        Grammar(subject()).cited(HERE, piece * (size // len(piece)))
        took.append(time.perf_counter() - begin)
    assert took[1] < max(0.5, 12 * took[0])
