"""What changed between two revisions, as every door tells it: by item in words, by line and word, and who cites it."""

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings

from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.specs import actions as specs
from specflow.specs.changes.items import item_diff
from specflow.specs.changes.lines import lines_of
from specflow.specs.changes.telling import summary, told
from specflow.specs.changes.words import MAX_COUNTED
from specflow.specs.difference_drawing import MAX_ROWS, draw
from specflow.specs.formats import registry
from specflow.specs.formats.items import Items
from specflow.specs.formats.spec_workflow import read_requirements, read_tasks
from specflow.specs.models import Document
from tasks.models import Task
from tests.calling import Caller, caller
from tests.dashboard.visits import as_, inert
from tests.factories import Team, approve, make_team
from tests.specs.formats import nasty

FOLDER = ".spec-workflow/specs/search"
PATH = f"{FOLDER}/requirements.md"
TEXT = """# Requirements

### Requirement 1: Find pages

1. WHEN a member types a word THEN the system SHALL list the pages that have it
2. IF no page has the word THEN the system SHALL offer near ones

### Requirement 2: Keep what was searched

1. WHEN a member searches THEN the system SHALL keep the words for a week
"""
CHANGED = TEXT.replace("a week", "a month").replace(
    "\n### Requirement 2", "3. WHEN a word is short THEN the system SHALL ask for a longer one\n\n### Requirement 2"
)
TODO = """# Tasks

- [ ] 1. Build the index
  - _Requirements: 1.1_
- [ ] 2. Store the words
  - _Requirements: 2.1_
- [ ] 3. Clear them out
  - _Requirements: 2_
"""
SAID = "Criterion 2.1 reworded; criterion 1.3 added; 2 tasks cite what changed"


def between(before: str, after: str) -> str:
    return summary(told(item_diff(*(Items(requirements=read_requirements(text)) for text in (before, after)))))


# In words


def test_nothing_is_said_where_no_item_changed():
    assert between(TEXT, TEXT.replace("# Requirements", "# What is required")) == ""


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (CHANGED, "Criterion 2.1 reworded; criterion 1.3 added"),
        (TEXT.replace("Find pages", "Find any pages"), "Requirement 1 renamed"),
        (TEXT.replace("Requirement 2", "Requirement 5"), "Requirement 5 numbered anew"),
        (TEXT.partition("### Requirement 2")[0], "Requirement 2 removed"),
        (TEXT + "\n### Requirement 3: Print\n\n1. The system SHALL print\n", "Requirement 3 added"),
        (TEXT.replace("offer near ones", "say so").replace("a week", "a day"), "Criteria 1.2 and 2.1 reworded"),
    ],
    ids=["reworded and added", "renamed", "numbered anew", "removed with criteria", "added with criteria", "several"],
)
def test_a_change_is_told_in_words(after, said):
    assert between(TEXT, after) == said


def test_what_cannot_be_told_apart_is_said():
    before = "### A\n### Requirement 1: Lock the account after five failed logins\n"
    after = "".join(
        f"### Requirement {at}: Lock the account after {word} failed logins\n" for at, word in ((2, "six"), (3, "nine"))
    )
    assert between(before, after) == "Requirements 2 and 3 not to be told apart"


def test_many_are_counted_and_those_without_a_key_are_called_by_their_beginning():
    before = "".join(f"### Requirement {at}: Part {at}\n1. The system SHALL do {at}\n" for at in range(1, 9))
    assert between("### Requirement 90: Old\n", before) == "8 requirements added; requirement 90 removed"
    tasks = [Items(tasks=read_tasks(text)) for text in ("# Tasks\n", "- [ ] " + "Word " * 40)]
    assert re.fullmatch(r"Task “(Word ){16}…” added", summary(told(item_diff(*tasks))))


# Drawn


def seen(html: str) -> str:
    """What a reader sees of a line, without the signs for its end."""
    return unescape(re.sub(r"<span[^>]*>.</span>|</?(?:del|ins)>", "", html))


def ended(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r") if line.endswith("\n") else line


@given(before=nasty.texts, after=nasty.texts)
@settings(deadline=None)
def test_a_drawing_has_all_that_changed_and_nothing_that_runs(before, after):
    drawing = draw(before, after)

    for side, number, text in (("left", "old", before), ("right", "new", after)):
        rows = [(getattr(line, number), getattr(line, side)) for line in drawing.lines if getattr(line, number)]
        assert [at for at, _ in rows] == sorted({at for at, _ in rows})
        lines = lines_of(text)
        assert [seen(html) for _, html in rows] == [ended(lines[at - 1]) for at, _ in rows]
    html = "".join(str(line.html) for line in drawing.lines)
    assert set(re.findall(r"<(\w+)", html)) <= {"del", "ins", "span"}
    assert bool(drawing.lines) is (before != after)


def test_words_are_marked_inline_and_on_each_side():
    (line,) = [one for one in draw("keep it for a week\n", "keep it for a month\n").lines if one.kind == "changed"]
    assert line.html == "keep it for a <del>week</del><ins>month</ins>"
    assert (line.left, line.right) == ("keep it for a <del>week</del>", "keep it for a <ins>month</ins>")


def test_what_is_the_same_is_folded_and_counted():
    text = "".join(f"line {at}\n" for at in range(1, 101))
    drawing = draw(text, text.replace("line 50\n", "line fifty\n"))
    assert [one.html for one in drawing.lines if one.kind == "folded"] == ["46 unchanged lines", "47 unchanged lines"]
    assert (drawing.added, drawing.removed) == (1, 1)


def test_ends_of_lines_that_cannot_be_seen_are_shown():
    assert [str(one.html).count("␍") for one in draw("a\r\n", "a\n").lines] == [1]
    assert "⌁" in draw("a\n", "a\nb").lines[-1].html


def test_texts_that_are_too_long_are_not_drawn_line_by_line():
    lines = draw("".join(f"{at}\n" for at in range(MAX_ROWS)), "").lines
    assert len(lines) <= MAX_ROWS + 1
    (whole,) = draw("a\n" * MAX_COUNTED, "").lines
    assert whole.kind == "folded"


# On the doors


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def document(team: Team) -> Document:
    """A document of two revisions, and the tasks that cite it."""
    for path, text in ((PATH, TEXT), (f"{FOLDER}/tasks.md", TODO), (PATH, CHANGED)):
        specs.save_document(team.project, actor=team.agent, path=path, text=text)
    return Document.objects.select_related("spec").get(path=PATH)


def use(team: Team, **arguments: object) -> tuple[str, dict[str, Any]]:
    """The text and the data of diff_revisions as the robot calls it; a refusal's code instead of the text."""
    result = call(lambda: Session(team.agent, team.project, None), "diff_revisions", arguments, Offer())
    if result.is_error:
        return result.meta["specflow/error"]["code"], {}
    return result.content[0].text, result.structured_content


@pytest.fixture
def robot(team: Team) -> Caller:
    return caller(team, team.robot)


def test_rest_tells_what_changed_by_item_and_who_cites_it(document: Document, robot: Caller) -> None:
    found = robot("GET", f"documents/{document.public_id}/diff?from=1&to=2").body
    assert found["summary"] == SAID
    assert [one["after"]["text"][-7:] for one in found["items"]["criteria"]["reworded"]] == ["a month"]
    assert [one["key"] for one in found["items"]["criteria"]["added"]] == ["1.3"]
    assert found["impact"]["criteria"] == ["1.3", "2.1"] or found["impact"]["criteria"] == ["2.1", "1.3"]
    cites = Task.objects.filter(key__in=("2", "3")).order_by("key")
    assert [one["id"] for one in found["impact"]["tasks"]] == [one.public_id for one in cites]
    assert "words" not in found


def test_rest_gives_words_where_they_are_asked_for(document: Document, robot: Caller) -> None:
    hunks = robot("GET", f"documents/{document.public_id}/diff?words=true").body["words"]
    segments = [one for hunk in hunks for row in hunk["rows"] if row["kind"] == "changed" for one in row["segments"]]
    assert [one["text"] for one in segments if one["kind"] != "equal"] == ["week", "month"]


def test_an_agent_reads_the_items_first_and_then_the_lines(team: Team, document: Document) -> None:
    text, data = use(team, path=PATH, **{"from": 1, "to": 2})
    lines = text.splitlines()
    assert lines[0] == f"{PATH} (ID: {document.public_id}), revision 1 to 2"
    assert lines[1] == f"{SAID}."
    assert lines[2].startswith("- criterion 1.3 WHEN a word is short THEN the system SHALL ask")
    assert lines[2].endswith(": added, line 7")
    assert "- 2 Store the words [pending] (ID: " in text
    assert text.index("Tasks that cite") < text.index("\n--- a/")
    assert (data["from"], data["to"], data["summary"]) == (1, 2, SAID)


def test_an_agent_names_a_document_by_spec_and_kind(team: Team, document: Document) -> None:
    assert document.spec is not None
    asked = {"spec_id": document.spec.slug, "kind": "requirements"}
    assert use(team, **asked)[1] == use(team, path=PATH)[1]
    assert use(team, **asked, **{"from": 0, "to": 1})[1]["summary"].startswith("Requirements 1 and 2 added; ")


def test_without_numbers_it_is_what_changed_since_people_approved(team: Team, document: Document) -> None:
    approve(team, document)
    specs.save_document(team.project, actor=team.agent, path=PATH, text=CHANGED + "\nMore.\n")
    specs.save_document(team.project, actor=team.agent, path=PATH, text=CHANGED.replace("a month", "a year"))
    assert use(team, path=PATH)[1]["from"] == 2
    assert use(team, path=PATH)[0].splitlines()[1] == "Criterion 2.1 reworded; 2 tasks cite what changed."


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "invalid_arguments"),
        ({"spec_id": "search"}, "invalid_arguments"),
        ({"path": PATH, "from": -1}, "invalid_arguments"),
        ({"path": PATH, "to": 10**30}, "invalid_arguments"),
        ({"path": PATH, "to": 9}, "revision_not_found"),
        ({"path": f"{FOLDER}/none.md"}, "document_not_found"),
        ({"spec_id": "none", "kind": "design"}, "spec_not_found"),
        ({"spec_id": "search", "kind": "design"}, "document_not_found"),
    ],
)
def test_what_an_agent_cannot_compare_is_refused(team: Team, document: Document, asked: Any, code: str) -> None:
    assert use(team, **asked)[0] == code


def test_another_project_s_document_is_not_found(document: Document) -> None:
    assert use(make_team("other"), path=PATH)[0] == "document_not_found"


def test_a_long_difference_is_shortened_for_an_agent(team: Team, document: Document) -> None:
    long = TEXT + "".join(f"\n### Requirement {at}: Part {at}\n\n1. It SHALL do {at}\n" for at in range(3, 2000))
    specs.save_document(team.project, actor=team.agent, path=PATH, text=long)
    text, data = use(team, path=PATH)
    assert len(text) < 21_000
    assert "[Shortened:" in text.splitlines()[-1]
    assert data["shortened"]["items_left_out"] > 0


def test_a_page_says_what_changed_then_shows_the_words(team: Team, document: Document) -> None:
    address = f"/p/demo/documents/{document.public_id}/difference"
    html = as_(team.bob).get(address).content.decode()
    assert f"</span>{SAID}</h2>" in html
    assert html.index(SAID) < html.index("<del>week</del><ins>month</ins>")
    assert f"/p/demo/trace/{Task.objects.get(key='2').public_id}" in html
    sides = as_(team.bob).get(f"{address}?view=sides").content.decode()
    assert re.search(r"<del>week</del></td>.*<ins>month</ins></td>", sides)
    assert 'view=sides" aria-current="true"' in sides


def test_a_page_without_changed_items_says_so(team: Team, document: Document) -> None:
    specs.save_document(team.project, actor=team.agent, path=PATH, text=f"{CHANGED}\n<!-- read -->\n")
    html = as_(team.bob).get(f"/p/demo/specs/{document.spec.slug}/requirements/difference").content.decode()  # type: ignore[union-attr]
    assert "No requirement, criterion or task says something else" in html


@pytest.mark.parametrize("view", ["", "&view=sides", "&view=<script>"])
def test_nothing_of_a_text_runs_on_the_page(team: Team, document: Document, view: str) -> None:
    payload = '<script>alert(1)</script> "><img src=x onerror=alert(1)>'
    text = f"# A\n\n### Requirement 1: {payload}\n\n1. {payload} SHALL {payload}\n"
    for one in (text, text.replace("SHALL", "MUST")):
        specs.save_document(team.project, actor=team.agent, path=PATH, text=one)
    address = f"/p/demo/documents/{document.public_id}/difference?from=2{view}"
    inert(as_(team.bob).get(address), payload, address)


def test_a_requirement_that_is_called_by_its_title_is_renamed_and_not_numbered_anew() -> None:
    before = "## Requirements\n\n### Requirement: Session expiry\n\nThe system SHALL end sessions.\n"
    dialect = registry.of("openspec/specs/auth/spec.md")
    sides = [dialect.read("requirements", text) for text in (before, before.replace("expiry", "end"))]
    assert [one.what for one in told(item_diff(*sides))] == ["renamed"]
