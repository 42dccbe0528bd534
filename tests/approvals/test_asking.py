"""Asking by spec and kind: the same request for whoever asks, and no move by asking."""

import pytest

from approvals.asking import ask_for
from approvals.models import Approval, State
from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, NotFound, PermissionDenied
from specflow.specs import actions as specs
from tests.factories import Team, approve, make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def test_asking_files_the_request_and_moves_nothing(team: Team) -> None:
    spec = make_spec(team)
    asked = ask_for(spec, "requirements", actor=team.agent)
    spec.refresh_from_db()
    assert (asked.state, asked.requested_by, spec.phase) == (State.PENDING, team.robot, "requirements")
    assert asked.digest == spec.documents.get(kind="requirements").current.digest


def test_asking_again_finds_the_same_request(team: Team) -> None:
    spec = make_spec(team)
    first = ask_for(spec, "requirements", actor=team.agent)
    assert ask_for(spec, "requirements", actor=team.maintainer) == first
    assert ask_for(spec, "requirements", actor=team.reviewer) == first
    assert AuditEntry.objects.filter(verb="approval.requested").count() == 1


def test_an_approved_text_answers_with_its_approval(team: Team) -> None:
    spec = make_spec(team)
    decided = approve(team, spec.documents.get(kind="requirements"))
    assert ask_for(spec, "requirements", actor=team.agent) == decided
    assert Approval.objects.count() == 1


def test_changed_text_is_asked_for_anew(team: Team) -> None:
    spec = make_spec(team)
    before = approve(team, spec.documents.get(kind="requirements"))
    specs.add_requirement(spec, actor=team.agent, title="More", condition="it rains", action="close the roof")
    after = ask_for(spec, "requirements", actor=team.agent)
    assert after != before
    assert after.state == State.PENDING


def test_design_waits_for_the_requirements(team: Team) -> None:
    with pytest.raises(Conflict) as refused:
        ask_for(make_spec(team), "design", actor=team.agent)
    assert refused.value.code == "phase_gate"


def test_there_is_nothing_to_approve_without_a_document(team: Team) -> None:
    spec = make_spec(team)
    approve(team, spec.documents.get(kind="requirements"))
    with pytest.raises(Conflict) as refused:
        ask_for(spec, "design", actor=team.agent)
    assert refused.value.code == "nothing_to_approve"


def test_who_may_not_request_files_nothing(team: Team) -> None:
    spec = make_spec(team)
    with pytest.raises(PermissionDenied):
        ask_for(spec, "requirements", actor=team.reviewer)
    with pytest.raises(NotFound):
        ask_for(spec, "requirements", actor=team.stranger)
    assert not Approval.objects.exists()
