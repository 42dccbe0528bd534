"""A spec of a dialect that knows tasks alone is agreed on without requirements and design, which it cannot have."""

from pathlib import Path

import pytest

from approvals import actions as approvals
from specflow.errors import Conflict
from specflow.specs.actions import save_document
from specflow.specs.models import Document, Spec
from tasks.models import Task
from tests.factories import Team, approve, make_team

pytestmark = pytest.mark.django_db
PATH = ".taskmaster/tasks/tasks.json"
TEXT = (Path(__file__).resolve().parents[2] / "examples/dialects/task-master" / PATH).read_text()


@pytest.fixture
def team() -> Team:
    return make_team()


def test_its_tasks_are_approved_and_released_at_once(team: Team) -> None:
    approve(team, save_document(team.project, actor=team.agent, path=PATH, text=TEXT).document)
    assert Spec.objects.get().phase == "implementation"
    assert Task.objects.exists()
    assert not Task.objects.filter(released_at=None).exists()


def test_a_tasks_document_of_another_dialect_still_waits(team: Team) -> None:
    path = ".kiro/specs/login/tasks.md"
    document = save_document(team.project, actor=team.agent, path=path, text="- [ ] 1. Lock\n").document
    with pytest.raises(Conflict) as refused:
        approvals.request_approval(document, actor=team.agent)
    assert refused.value.details["missing"] == ["requirements", "design"]


def test_a_proposed_text_keeps_the_lines_that_say_progress(team: Team) -> None:
    """Where progress stands in lines of a document's head, a text without them could not be written out as it was."""
    from approvals.proposals.actions import propose
    from specflow.specs.imports import exported

    path = "backlog/tasks/task-1 - Water.md"
    text = "---\nid: task-1\ntitle: Water\nstatus: To Do\nupdated_date: '2026-01-02'\n---\n\nWater the plants.\n"
    document = save_document(team.project, actor=team.agent, path=path, text=text).document
    asked = propose(Document.objects.get(pk=document.pk), actor=team.agent, text=text.replace("plants", "trees"))
    approvals.approve(asked, actor=team.reviewer, digest=asked.digest)
    assert exported(team.project) == {path: text.replace("plants", "trees")}
