# ruff: noqa: RUF001 - full-width signs and letters of other alphabets stand in real documents
from collections import Counter
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.specs.formats.ears import Clause, Ears, modals, parse, pattern
from specflow.specs.formats.spec_workflow import read_requirements
from tests.specs.formats.corpus import documents, text_of
from tests.specs.formats.nasty import LETTERS, PIECES

KEYWORDS = st.sampled_from([
    "WHEN", "when", "While", "IF", "if", "THEN", "then", "WHERE", "SHALL", "shall", "must", "GIVEN", "**When**", "`if`",
    "and", ",", ".", "場合、", "とき、", "こと。", "当", "时，", "应", "때,", "wenn",
])  # fmt: skip
SENTENCES = st.lists(KEYWORDS | PIECES | LETTERS, max_size=20).map(" ".join)


def clauses(ears: Ears) -> list[Clause]:
    many = chain(ears.triggers, ears.states, ears.conditions, ears.features, ears.given)
    return [*many, *(one for one in (ears.system, ears.modal, ears.response) if one)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The system SHALL answer within 200 ms", "ubiquitous"),
        ("WHEN a form is sent THEN the system SHALL keep it", "event"),
        ("While idle, the lamp shall be off", "state"),
        ("IF the password is wrong, THEN the system SHALL refuse", "unwanted"),
        ("Where a printer is fitted, the desk MUST offer paper", "optional"),
        ("While idle, when a call comes, the phone shall ring", "complex"),
        ("Given a member, when they sign in, then the overview opens", "given_when_then"),
        ("- **GIVEN** a member\n- **WHEN** they sign in\n- **THEN** it opens\n- **AND** greets", "given_when_then"),
        ("Fast and nice", "free"),
    ],
)
def test_a_sentence_follows_one_of_the_patterns_or_none(text, expected):
    assert pattern(text) == expected
    assert parse(text).pattern == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The system SHALL lock the account when five logins fail.", "event"),
        ("The lamp shall stay off while the door is open", "state"),
        ("The system, when idle, shall sleep", "event"),
        ("The system SHALL ring WHEN a call comes WHILE it is idle", "complex"),
        ("The [system] SHALL print WHERE a printer is fitted", "optional"),
    ],
)
def test_the_clauses_may_stand_in_any_order(text, expected):
    assert pattern(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The system shall check if the file exists", "ubiquitous"),
        ("The system SHALL record the time when it began", "ubiquitous"),
        ("The query SHALL use a WHERE clause", "ubiquitous"),
        ("The parser SHALL refuse `IF x THEN y`", "ubiquitous"),
        ("THE SYSTEM SHALL CHECK IF IT IS SO", "ubiquitous"),
        ("The system SHALL lock it. If the member returns, ask them.", "ubiquitous"),
        ("WHEN saved THEN it SHALL show the name, and if there is none, the number", "event"),
        ("The member will be glad", "free"),
        ("Where: Berlin", "free"),
        ("If in doubt ask", "free"),
        ("当前用户应用列表", "free"),
    ],
)
def test_a_keyword_that_means_something_else_is_a_word(text, expected):
    assert pattern(text) == expected


@pytest.mark.parametrize("lead", ["", "1. ", "- ", "**AC-1.2**: ", "2.3) ", "> ", "- [ ] ", "_", "(", "REQ-7: "])
def test_numbering_and_marks_before_a_sentence_are_no_part_of_it(lead):
    read = parse(f"{lead}**When** a form is sent **then** the [system] **shall** keep it")
    assert (read.pattern, read.triggers[0].text) == ("event", "a form is sent")
    assert (read.system.text, read.modal.text, read.response.text) == ("the [system]", "shall", "keep it")


def test_every_clause_is_given_with_its_place():
    text = "WHERE sync is on, WHILE offline AND idle, WHEN a note is saved and IF it is new THEN the app SHALL keep it"
    read = parse(text)
    assert [one.text for one in clauses(read)] == [
        "a note is saved", "offline AND idle", "it is new", "sync is on", "the app", "SHALL", "keep it",
    ]  # fmt: skip
    assert all(text[one.start : one.end] == one.text for one in clauses(read))


def test_without_then_the_last_comma_or_the_article_parts_the_clause_from_the_system():
    assert parse("When a, b or c is sent, the app shall keep it").triggers[0].text == "a, b or c is sent"
    read = parse("If the member signs in the app shall greet them")
    assert (read.conditions[0].text, read.system.text) == ("the member signs in", "the app")


def test_then_without_a_modal_still_has_a_response():
    read = parse("WHEN a note has no entries THEN `entries` is an empty list")
    assert (read.modal, read.system, read.response.text) == (None, None, "`entries` is an empty list")


def test_a_must_inside_a_clause_is_not_the_modal():
    read = parse("WHEN a file that must be signed is opened THEN the app SHALL check it")
    assert (read.triggers[0].text, read.modal.text) == ("a file that must be signed is opened", "SHALL")


@pytest.mark.parametrize(
    ("text", "expected", "clause"),
    [
        ("CUANDO la socia entra ENTONCES el sistema DEBE abrir", "event", "la socia entra"),
        ("Si la clave es mala, el sistema debe negar", "unwanted", "la clave es mala"),
        ("Enquanto o alarme toca, o sistema deverá piscar", "state", "o alarme toca"),
        ("Quand le code est faux, alors le système doit refuser", "event", "le code est faux"),
        ("Tant que la porte est ouverte, le système doit sonner", "state", "la porte est ouverte"),
        ("Wenn das Mitglied klickt, muss das System speichern", "event", "das Mitglied klickt"),
        ("Если пароль неверен, то система должна отказать", "unwanted", "пароль неверен"),
        ("عندما يسجل العضو، يجب على النظام فتح الصفحة", "event", "يسجل العضو"),
        ("会員がログインした時、システムは一覧を開くこと", "event", "会員がログインした"),
        ("パスワードが違う場合、システムは拒否しなければならない。", "unwanted", "パスワードが違う"),
        ("応答を作っている間、システムは接続を保つこと", "state", "応答を作っている"),
        ("当会员登录时，系统应显示主页", "event", "会员登录时"),
        ("如果密码错误，则系统必须拒绝", "unwanted", "密码错误"),
        ("회원이 로그인할 때, 시스템은 목록을 열어야 한다", "event", "회원이 로그인할"),
    ],
)
def test_the_keywords_of_other_languages_count(text, expected, clause):
    read = parse(text)
    assert read.pattern == expected
    assert clauses(read)[0].text == clause
    assert read.modal
    assert read.response


@pytest.mark.parametrize(
    "text",
    [
        "システムは、一覧を表示すること",
        "系统应显示主页",
        "시스템은 목록을 열어야 한다",
        "Le système doit répondre",
        "Система должна ответить",
    ],
)
def test_a_sentence_without_clauses_is_ubiquitous_in_any_language(text):
    assert pattern(text) == "ubiquitous"


@pytest.mark.parametrize("text", ["Étant donné que a, quand b, alors c", "Dado un socio, cuando entra, entonces abre",
                                  "假设已登录，当点击时，那么打开", "Angenommen a, wenn b, dann c"])  # fmt: skip
def test_given_when_then_is_read_in_other_languages(text):
    assert pattern(text) == "given_when_then"


def test_keywords_in_capitals_go_with_words_of_any_language():
    read = parse("WHEN 会員がログインした場合、 THEN システムは一覧を開く SHALL")
    assert (read.pattern, len(read.conditions)) == ("event", 0)


def test_every_modal_outside_of_code_is_counted():
    assert [one.text for one in modals("It SHALL a and must b, `SHALL` c")] == ["SHALL", "must"]


@settings(max_examples=400, deadline=None)
@given(SENTENCES)
def test_any_text_is_read_and_every_span_is_true(text):
    read = parse(text)
    assert read.pattern == pattern(text)
    assert all(text[one.start : one.end] == one.text for one in clauses(read))
    assert (read.pattern == "free") == (not any(clauses(read)))


def test_real_criteria_are_mostly_of_a_pattern():
    counted = Counter(
        criterion.pattern
        for path in documents("requirements.md")
        for item in read_requirements(text_of(path))
        for criterion in item.criteria
    )
    assert counted["event"] > counted.total() / 2
    assert counted["free"] < counted.total() / 4  # names such as `**FR-1: Source models**` among them
    assert counted["complex"] < counted.total() / 100
