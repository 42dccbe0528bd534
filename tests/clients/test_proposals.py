"""Proposing a change of an agreed text by the command."""

from pathlib import Path

import pytest

from approvals.models import Approval
from specflow.specs.actions import save_document
from specflow.specs.hooks import full_text
from specflow.specs.models import Document
from tests.approvals.test_proposals import REQUIREMENTS, TEXT, agreed
from tests.clients.shell import Shell
from tests.factories import Team

CHANGED = TEXT.replace("SHALL say so", "SHALL say which words it looked for")


@pytest.fixture
def document(team: Team) -> Document:
    """A document that people agreed on."""
    return agreed(team)


@pytest.fixture
def file(robot: Shell) -> Path:
    """The changed text, where it stands in the robot's checkout."""
    made = robot.folder / REQUIREMENTS
    made.parent.mkdir(parents=True)
    made.write_text(CHANGED)
    return made


def text(document: Document) -> str:
    return full_text(Document.objects.select_related("project", "spec", "current").get(pk=document.pk))


def proposed() -> Approval:
    found = Approval.objects.exclude(base=None).order_by("-pk").first()
    assert found
    return found


def test_a_change_waits_beside_the_text_until_a_person_agrees(
    robot: Shell, bob: Shell, document: Document, file: Path
) -> None:
    told = robot("propose", str(file), "--title", "Say which words", "--summary", "Readers asked.").out
    assert f"{proposed().public_id}: pending: Say which words" in told
    assert text(document) == TEXT

    name = proposed().public_id
    shown = bob("approval", "show", name)
    assert "+2. WHEN no book contains it THEN the system SHALL say which words it looked for" in shown.out
    bob("approval", "approve", name, "--digest", proposed().digest)
    assert text(document) == CHANGED


def test_the_document_may_be_named(robot: Shell, document: Document) -> None:
    (robot.folder / "draft.md").write_text(CHANGED)
    assert robot.refusal("propose", "draft.md") == "no_document"
    robot("propose", "draft.md", "--path", REQUIREMENTS)
    assert robot.refusal("propose", "draft.md", "--path", "elsewhere.md") == "document_not_found"


def test_a_proposal_is_brought_to_date(team: Team, robot: Shell, document: Document, file: Path) -> None:
    robot("propose", str(file))
    first = proposed().public_id
    save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("newest", "oldest"))

    assert "both go together" in robot("approval", "show", first).out
    robot("propose", "--update", first)
    second = proposed()
    assert second.replaces is not None
    assert second.replaces.public_id == first
    assert "oldest" in second.revision.text
    assert "which words" in second.revision.text


def test_what_both_changed_is_told_by_place(team: Team, robot: Shell, document: Document, file: Path) -> None:
    save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("say so", "be silent"))
    done = robot("propose", str(file), "--base", "1", code=2)
    assert done.err.startswith("error: merge_conflict: ")
    assert "be silent" in done.err


def test_a_match_that_fits_nothing_is_refused(robot: Shell, document: Document, file: Path) -> None:
    assert robot.refusal("propose", str(file), "--match", "req-none=3") == "unknown_match"
    for said in ("req-none", "=3", "req-none=x", "req-none=-1"):
        assert robot("propose", str(file), "--match", said, code=2).err.startswith("Usage: ")


def test_the_same_text_is_no_change(robot: Shell, document: Document, file: Path) -> None:
    file.write_text(TEXT)
    assert robot.refusal("propose", str(file)) == "nothing_changed"
    assert robot("propose", code=2).err.startswith("Usage: ")
