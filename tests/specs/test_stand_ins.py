"""Specs that have no requirements of their own: what stands for these is agreed on first, and moves the spec on."""

from pathlib import Path

import pytest

from approvals import actions as approvals
from specflow.errors import Conflict
from specflow.specs.imports import import_folder
from specflow.specs.models import Document, Spec
from tests.factories import Team, approve, make_team

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).resolve().parents[2] / "examples/dialects"
CHANGE = "openspec/changes/add-reservations"
PAD = ".specman/scratchpad/neap-warning"


@pytest.fixture
def team() -> Team:
    return make_team()


def bring(team: Team, dialect: str, without: str = "") -> None:
    root = EXAMPLES / dialect
    files = {one.relative_to(root).as_posix(): one.read_text() for one in root.rglob("*") if one.is_file()}
    files.pop(without, None)
    import_folder(team.project, actor=team.agent, files=files)


def agree(team: Team, path: str) -> str:
    """People agree on the document; the phase of its spec afterwards."""
    document = Document.objects.get(path=path)
    approve(team, document)
    return Spec.objects.get(pk=document.spec_id).phase


def missing(team: Team, path: str) -> object:
    with pytest.raises(Conflict) as refused:
        approvals.request_approval(Document.objects.get(path=path), actor=team.agent)
    assert refused.value.code == "phase_gate"
    return refused.value.details["missing"]


def test_the_deltas_of_a_change_are_its_requirements(team: Team) -> None:
    bring(team, "openspec")
    assert missing(team, f"{CHANGE}/tasks.md") == ["delta", "design"]
    assert agree(team, f"{CHANGE}/specs/loan-desk/spec.md") == "requirements"
    assert missing(team, f"{CHANGE}/design.md") == ["delta"]
    assert agree(team, f"{CHANGE}/specs/notices/spec.md") == "design"
    assert agree(team, f"{CHANGE}/design.md") == "tasks"
    assert agree(team, f"{CHANGE}/tasks.md") == "implementation"


def test_a_change_without_a_design_needs_none(team: Team) -> None:
    bring(team, "openspec", without=f"{CHANGE}/design.md")
    agree(team, f"{CHANGE}/specs/loan-desk/spec.md")
    assert agree(team, f"{CHANGE}/specs/notices/spec.md") == "tasks"
    assert agree(team, f"{CHANGE}/tasks.md") == "implementation"


def test_the_tasks_of_a_scratch_pad_wait_for_the_pad(team: Team) -> None:
    bring(team, "specman")
    assert missing(team, f"{PAD}/tasks.md") == ["scratch"]
    assert agree(team, f"{PAD}/scratch.md") == "tasks"
    assert agree(team, f"{PAD}/tasks.md") == "implementation"
