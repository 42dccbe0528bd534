"""Rows follow their items: what a difference calls the same item keeps its row, and nothing is guessed."""

import random

import pytest

from specflow.specs import actions as specs
from specflow.specs import hooks
from specflow.specs.changes.items import item_diff
from specflow.specs.formats.spec_workflow import SpecWorkflow
from specflow.specs.models import Criterion, Document, Requirement
from tasks import actions as tasks
from tasks.models import Task
from tests.factories import Team, make_released_task, make_team

pytestmark = pytest.mark.django_db
FOLDER = ".spec-workflow/specs/search"
TEXT = """# Requirements

### Requirement 1: Find pages by their words

1. WHEN a member types a word THEN the system SHALL list the pages that have it
2. IF no page has the word THEN the system SHALL offer near ones

### Requirement 2: Keep what was searched

1. WHEN a member searches THEN the system SHALL keep the words for a week
"""


@pytest.fixture
def team() -> Team:
    return make_team()


def save(team: Team, text: str) -> Document:
    return specs.save_document(team.project, actor=team.agent, path=f"{FOLDER}/requirements.md", text=text).document


def ids(model) -> dict[str, str]:
    """The ids of what the text has now, by title."""
    return {getattr(row, "title", "") or row.text: row.public_id for row in model.objects.filter(present=True)}


def test_a_requirement_that_is_reworded_and_numbered_anew_keeps_its_row_and_its_criteria(team):
    save(team, TEXT)
    before, criteria = ids(Requirement), set(ids(Criterion).values())

    save(
        team,
        TEXT.replace("1: Find pages by their words", "1: Sign in\n\n### Requirement 2: Find pages by words")
        .replace("2: Keep", "3: Keep")
        .replace("near ones", "the nearest ones"),
    )

    after = ids(Requirement)
    assert after["Find pages by words"] == before["Find pages by their words"]
    assert after["Keep what was searched"] == before["Keep what was searched"]
    assert after["Sign in"] not in before.values()
    assert set(ids(Criterion).values()) == criteria
    assert set(Criterion.objects.values_list("key", flat=True)) == {"2.1", "2.2", "3.1"}


def test_a_criterion_that_moves_to_another_requirement_keeps_its_row(team):
    save(team, TEXT)
    line = "2. IF no page has the word THEN the system SHALL offer near ones\n"
    before = ids(Criterion)

    save(team, TEXT.replace(line, "") + line)

    assert ids(Criterion) == before
    moved = Criterion.objects.get(text__contains="near ones")
    assert (moved.key, moved.requirement.title) == ("2.2", "Keep what was searched")


def test_a_task_that_is_reworded_and_numbered_anew_keeps_its_status_and_its_log(team):
    task = make_released_task(team, title="Draw the list of found pages")
    tasks.log_implementation(task, actor=team.agent, summary="Drawn", artifacts={"functions": ["draw"]})
    tasks.set_status(task, actor=team.agent, status="in_progress")
    text = hooks.full_text(task.document).replace(f"{task.key}. Draw the list of found", "7. Draw the table of found")

    specs.save_document(team.project, actor=team.agent, path=task.document.path, text=f"{text}- [ ] 8. Print it\n")

    task.refresh_from_db()
    assert (task.key, task.title, task.status) == ("7", "Draw the table of found pages", "in_progress")
    assert (task.present, task.logs.count(), Task.objects.count()) == (True, 1, 2)


def test_what_cannot_be_told_is_new_and_the_old_one_is_gone(team):
    save(team, "# Requirements\n\n### Requirement 1: Lock the account after five failed logins\n")

    save(
        team,
        "# Requirements\n\n### Requirement 2: Lock the account after six failed logins\n\n"
        "### Requirement 3: Lock the account after nine failed logins\n",
    )

    rows = Requirement.objects.order_by("key")
    assert [(row.key, row.present) for row in rows] == [("1", False), ("2", True), ("3", True)]


def test_of_several_that_are_as_alike_a_number_says_which_it_is(team):
    text = "# Requirements\n" + "".join(f"\n### Requirement {at}: Lock after {at} failures\n" for at in (4, 5, 6))
    save(team, text)
    before = {row.key: row.public_id for row in Requirement.objects.all()}

    save(team, text.replace("failures", "bad logins").replace("Lock after 5", "Lock up after 5"))

    assert {row.key: row.public_id for row in Requirement.objects.filter(present=True)} == before


def test_what_comes_back_under_another_number_is_itself_and_another_under_its_number_is_not(team):
    save(team, TEXT)
    before = ids(Requirement)
    first = TEXT.partition("### Requirement 2")[0]
    save(team, first)

    save(team, first + "### Requirement 2: Print\n\n1. The system SHALL print\n")
    assert ids(Requirement)["Print"] not in before.values()

    save(team, first + "### Requirement 7: Keep what was searched\n\n1. It SHALL forget\n")
    assert ids(Requirement)["Keep what was searched"] == before["Keep what was searched"]


def test_of_equal_criteria_one_more_is_one_new_row(team):
    said = "1. The system SHALL ask\n"
    requirement = "# Requirements\n\n### Requirement 1: Ask\n\n" + said * 3
    save(team, requirement)
    before = set(Criterion.objects.values_list("public_id", flat=True))

    save(team, requirement + said)

    after = set(Criterion.objects.filter(present=True).values_list("public_id", flat=True))
    assert before < after
    assert len(after) == 4


VERBS = ("list", "keep", "print", "send", "count", "hide")
NOUNS = ("pages", "words", "members", "letters", "logins", "rooms", "orders", "files", "answers")


def sentence(chance: random.Random, number: int) -> str:
    return " ".join(
        f"{chance.choice(VERBS)} the {chance.choice(NOUNS)} {number}" for number in range(number, number + 3)
    )


def written(parts: list[tuple[str, str, list[str]]]) -> str:
    return "# Requirements\n" + "".join(
        f"\n### Requirement {key}: {title}\n\n" + "".join(f"{at}. {text}\n" for at, text in enumerate(criteria, 1))
        for key, title, criteria in parts
    )


def edited(chance: random.Random, parts: list[tuple[str, str, list[str]]]) -> list[tuple[str, str, list[str]]]:
    """Some reworded, some moved, some gone, some new, some numbered anew."""
    found = []
    for key, title, criteria in parts:
        said = [one if chance.random() < 0.8 else one.replace("the", "all", 1) for one in criteria]
        if chance.random() < 0.3:
            chance.shuffle(said)
        kind = chance.random()
        if kind < 0.1:
            continue
        if kind < 0.2:
            said = said[1:]
        if kind > 0.9:
            found.append((f"{len(found)}9", sentence(chance, 90), [sentence(chance, 80)]))
        found.append(
            (
                key if chance.random() < 0.8 else f"{key}0",
                title.replace("the", "every", 1) if kind < 0.4 else title,
                said,
            )
        )
    if chance.random() < 0.5:
        chance.shuffle(found)
    return found


@pytest.mark.parametrize("seed", range(25))
def test_exactly_what_a_difference_keeps_keeps_its_row(team, seed):
    chance = random.Random(seed)
    parts = [
        (str(at), sentence(chance, at), [sentence(chance, at * 3 + one) for one in range(chance.randrange(4))])
        for at in range(1, 9)
    ]
    texts = [written(parts), written(edited(chance, parts))]
    rows = []
    for text in texts:
        document = save(team, text)
        requirements = list(Requirement.objects.filter(document=document, present=True).order_by("position"))
        rows.append((requirements, [one for row in requirements for one in row.criteria.filter(present=True)]))

    before, after = (SpecWorkflow().read("requirements", text) for text in texts)
    diff = item_diff(before, after)
    for place, changes in enumerate((diff.requirements, diff.criteria)):
        old, new = ({row.start: row.pk for row in found[place]} for found in rows)
        kept = [(old[starts(one.before)], new[starts(one.after)]) for one in changes.kept]
        assert [one for one, _ in kept] == [other for _, other in kept]
        if not changes.ambiguous:
            assert set(old.values()) & set(new.values()) == {one for one, _ in kept}


def starts(item) -> int:
    return getattr(item, "criterion", item).start
