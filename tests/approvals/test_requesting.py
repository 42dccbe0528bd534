"""Asking people to agree: what can be asked about, when, and by whom; taking a request back."""

import pytest

from approvals import actions as approvals
from approvals.models import Approval, State
from specflow.accounts import actions as accounts
from specflow.accounts.capabilities import Role
from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, DomainError, NotFound, PermissionDenied
from specflow.specs import actions as specs
from tests.factories import Team, approve, make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def refusal(call, kind=DomainError) -> DomainError:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def test_a_request_names_the_revision_its_digest_and_the_policy_of_the_moment(team):
    document = make_spec(team).documents.get(kind="requirements")

    asked = approvals.request_approval(document, actor=team.agent, summary="Please look")

    assert (asked.state, asked.revision, asked.digest) == (State.PENDING, document.current, document.current.digest)
    assert asked.title == "Requirements of Login lock"
    assert asked.policy["approvals_needed"] == 1
    entry = AuditEntry.objects.get(verb="approval.requested")
    assert (entry.actor, entry.object_id, entry.content["data"]["digest"]) == ("robot", asked.public_id, asked.digest)


def test_requests_about_many_documents_of_a_kind_are_told_apart(team):
    for place in ("tasks/task-1 - Water.md", "tasks/task-2 - Sow.md"):
        text = f"---\nid: {place[6:12]}\ntitle: A task\nstatus: To Do\n---\n\nIt is done by hand.\n"
        document = specs.save_document(team.project, actor=team.agent, path=f"backlog/{place}", text=text).document
        assert approvals.request_approval(document, actor=team.agent).title == f"Task of backlog: {place}"


def test_the_design_cannot_be_asked_for_before_the_requirements_are_approved(team):
    spec = make_spec(team)
    saved = specs.save_document(
        team.project, actor=team.agent, path=".spec-workflow/specs/login-lock/design.md", text="# Design\n"
    )

    error = refusal(lambda: approvals.request_approval(saved.document, actor=team.agent), Conflict)

    assert (error.code, error.details["missing"]) == ("phase_gate", ["requirements"])
    assert "reviewer" in error.details["who"]
    assert spec.phase == "requirements"


def test_a_document_that_names_no_requirement_has_nothing_to_approve(team):
    spec = specs.create_spec(team.project, actor=team.agent, title="Search")

    error = refusal(lambda: approvals.request_approval(spec.documents.get(), actor=team.agent), Conflict)

    assert (error.code, error.details["missing"]) == ("nothing_to_approve", ["requirements"])


def test_a_second_request_names_the_one_that_is_open(team):
    document = make_spec(team).documents.get(kind="requirements")
    asked = approvals.request_approval(document, actor=team.agent)

    error = refusal(lambda: approvals.request_approval(document, actor=team.maintainer), Conflict)

    assert (error.code, error.details["approval"]) == ("approval_open", asked.public_id)


def test_what_people_agreed_on_cannot_be_asked_for_again_before_it_changes(team):
    spec = make_spec(team)
    document = spec.documents.get(kind="requirements")
    approve(team, document)

    assert refusal(lambda: approvals.request_approval(document, actor=team.agent)).code == "already_approved"

    specs.add_requirement(spec, actor=team.agent, title="Unlock", condition="an hour passes", action="unlock it")
    assert approvals.request_approval(document, actor=team.agent).state == State.PENDING


def test_a_viewer_and_a_reviewer_cannot_ask_and_a_stranger_learns_nothing(team):
    document = make_spec(team).documents.get(kind="requirements")

    assert refusal(lambda: approvals.request_approval(document, actor=team.reviewer)).code == "role_may_not"
    assert refusal(lambda: approvals.request_approval(document, actor=team.stranger), NotFound)
    assert not Approval.objects.exists()


def test_a_title_of_two_lines_is_refused_and_nothing_is_asked(team):
    document = make_spec(team).documents.get(kind="requirements")

    error = refusal(lambda: approvals.request_approval(document, actor=team.agent, title="a\nb"))

    assert error.code == "invalid_title"
    assert not Approval.objects.exists()


def test_whoever_asked_takes_the_request_back_and_can_ask_again(team):
    document = make_spec(team).documents.get(kind="requirements")
    asked = approvals.request_approval(document, actor=team.agent)

    assert approvals.withdraw(asked, actor=team.agent).state == State.WITHDRAWN
    assert approvals.request_approval(document, actor=team.agent).state == State.PENDING


def test_a_maintainer_takes_anyones_request_back_and_another_member_does_not(team):
    asked = approvals.request_approval(make_spec(team).documents.get(kind="requirements"), actor=team.agent)
    accounts.add_member(team.project, team.charlie, actor=team.maintainer, role=Role.PRODUCT_MANAGER)

    assert refusal(lambda: approvals.withdraw(asked, actor=team.stranger), PermissionDenied).code == "role_may_not"
    assert approvals.withdraw(asked, actor=team.maintainer).state == State.WITHDRAWN


def test_what_has_ended_is_not_taken_back(team):
    agreed = approve(team, make_spec(team).documents.get(kind="requirements"))

    error = refusal(lambda: approvals.withdraw(agreed, actor=team.agent), Conflict)

    assert (error.code, error.details["state"], error.details["allowed"]) == ("wrong_state", "approved", ["stale"])
