"""Decisions: on the very text that a person saw, once, with what follows from them."""

import pytest

from approvals import actions as approvals
from approvals.models import Approval, Decision, State
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Role
from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, DomainError, Invalid
from specflow.specs import actions as specs
from specflow.specs.models import Document
from tasks import actions as tasks
from tests.factories import Team, approve, make_released_task, make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def asked(team) -> Approval:
    return approvals.request_approval(make_spec(team).documents.get(kind="requirements"), actor=team.agent)


def refusal(call, kind=DomainError) -> DomainError:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def add_reviewer(team: Team, name: str, role: str = Role.REVIEWER):
    person = accounts.create_person(name, actor=actors.system(door="cli"), password="correct horse battery")
    accounts.add_member(team.project, person, actor=team.maintainer, role=role)
    return team.session(person)


def test_approval_follows_approval_from_requirements_to_implementation_and_releases_the_tasks(team):
    spec = make_spec(team)
    phases = [spec.phase]
    approve(team, spec.documents.get(kind="requirements"))
    phases.append(type(spec).objects.get().phase)
    specs.update_design(spec, actor=team.agent, architecture="A counter")
    approve(team, spec.documents.get(kind="design"))
    phases.append(type(spec).objects.get().phase)
    task = tasks.add_task(spec, actor=team.agent, title="Count")
    assert task.released_at is None
    approve(team, spec.documents.get(kind="tasks"))
    phases.append(type(spec).objects.get().phase)

    task.refresh_from_db()
    assert phases == ["requirements", "design", "tasks", "implementation"]
    assert task.released_at is not None
    moves = AuditEntry.objects.filter(verb="spec.phase_changed").order_by("sequence")
    assert [entry.content["data"]["after"] for entry in moves] == phases[1:]


def test_the_approved_revision_is_the_one_that_was_decided_on(team, asked):
    approvals.approve(asked, actor=team.reviewer, digest=asked.digest, comment="Good")

    document = Document.objects.get(pk=asked.document_id)
    decision = Decision.objects.get()
    assert (document.approved_id, document.is_approved) == (asked.revision_id, True)
    assert (decision.user, decision.digest, decision.comment, decision.door) == (team.bob, asked.digest, "Good", "page")
    assert AuditEntry.objects.get(verb="approval.approved").content["data"]["digest"] == asked.digest


@pytest.mark.parametrize("decide", [approvals.approve, approvals.request_changes, approvals.reject])
def test_a_digest_of_another_text_is_refused_by_every_verdict(team, asked, decide):
    error = refusal(lambda: decide(asked, actor=team.reviewer, digest="0" * 64, comment="Yes"), Conflict)

    assert (error.code, error.details["digest"]) == ("stale_digest", asked.digest)
    assert not Decision.objects.exists()


def test_new_text_makes_a_pending_request_stale_and_it_cannot_be_decided(team, asked):
    specs.add_requirement(asked.document.spec, actor=team.agent, title="Unlock", condition="an hour", action="unlock")

    error = refusal(lambda: approvals.approve(asked, actor=team.reviewer, digest=asked.digest), Conflict)

    asked.refresh_from_db()
    assert (error.code, error.details["state"], asked.state) == ("wrong_state", "stale", State.STALE)
    assert AuditEntry.objects.get(verb="approval.became_stale").content["data"]["before"] == "pending"


def test_new_text_makes_a_given_approval_stale_and_closes_the_gate_behind_it(team):
    spec = make_spec(team)
    agreed = approve(team, spec.documents.get(kind="requirements"))
    specs.update_design(spec, actor=team.agent, architecture="A counter")

    specs.add_requirement(spec, actor=team.agent, title="Unlock", condition="an hour passes", action="unlock it")

    agreed.refresh_from_db()
    error = refusal(lambda: specs.update_design(spec, actor=team.agent, architecture="Two counters"), Conflict)
    assert agreed.state == State.STALE
    assert (error.code, error.details["missing"]) == ("phase_gate", ["requirements"])


def test_the_design_cannot_be_approved_while_the_requirements_have_changed(team):
    spec = make_spec(team)
    approve(team, spec.documents.get(kind="requirements"))
    specs.update_design(spec, actor=team.agent, architecture="A counter")
    asked = approvals.request_approval(spec.documents.get(kind="design"), actor=team.agent)
    specs.add_requirement(spec, actor=team.agent, title="Unlock", condition="an hour passes", action="unlock it")

    error = refusal(lambda: approvals.approve(asked, actor=team.reviewer, digest=asked.digest), Conflict)

    assert error.code == "phase_gate"
    assert not spec.documents.get(kind="design").is_approved


@pytest.mark.parametrize("decide", [approvals.request_changes, approvals.reject])
@pytest.mark.parametrize("comment", ["", " \n\t"])
def test_who_says_no_says_why(team, asked, decide, comment):
    error = refusal(lambda: decide(asked, actor=team.reviewer, digest=asked.digest, comment=comment), Invalid)

    asked.refresh_from_db()
    assert (error.code, asked.state) == ("comment_missing", State.PENDING)


@pytest.mark.parametrize(
    ("decide", "state", "verb"),
    [
        (approvals.request_changes, State.NEEDS_REVISION, "approval.changes_requested"),
        (approvals.reject, State.REJECTED, "approval.rejected"),
    ],
)
def test_a_no_ends_the_request_and_moves_nothing(team, asked, decide, state, verb):
    ended = decide(asked, actor=team.reviewer, digest=asked.digest, comment="Too vague")

    document = Document.objects.select_related("spec").get(pk=asked.document_id)
    assert (ended.state, document.approved, document.spec.phase) == (state, None, "requirements")
    assert AuditEntry.objects.get(verb=verb).content["data"]["comment"] == "Too vague"


@pytest.mark.parametrize("first", [approvals.approve, approvals.request_changes, approvals.reject])
@pytest.mark.parametrize("second", [approvals.approve, approvals.request_changes, approvals.reject])
def test_what_was_decided_is_not_decided_again(team, asked, first, second):
    other = add_reviewer(team, "dora")
    first(asked, actor=team.reviewer, digest=asked.digest, comment="Mine")

    error = refusal(lambda: second(asked, actor=other, digest=asked.digest, comment="Other"), Conflict)

    assert error.code == "wrong_state"
    assert Decision.objects.count() == 1


def test_two_approvals_come_from_two_people(team):
    accounts.change_policy(team.project, actor=team.maintainer, policy={"approvals_needed": 2})
    document = make_spec(team).documents.get(kind="requirements")
    asked = approvals.request_approval(document, actor=team.agent)

    assert approvals.approve(asked, actor=team.reviewer, digest=asked.digest).state == State.PENDING
    again = refusal(lambda: approvals.approve(asked, actor=team.reviewer, digest=asked.digest), Conflict)
    assert again.code == "already_decided"
    document.refresh_from_db()
    assert (document.approved, AuditEntry.objects.get(verb="approval.counted").content["data"]["given"]) == (None, 1)

    assert approvals.approve(asked, actor=team.maintainer, digest=asked.digest).state == State.APPROVED


def test_a_policy_loosened_later_does_not_loosen_what_was_asked_before(team):
    accounts.change_policy(team.project, actor=team.maintainer, policy={"approvals_needed": 2})
    document = make_spec(team).documents.get(kind="requirements")
    asked = approvals.request_approval(document, actor=team.agent)
    accounts.change_policy(team.project, actor=team.maintainer, policy={"approvals_needed": 1})

    assert approvals.approve(asked, actor=team.reviewer, digest=asked.digest).state == State.PENDING


def test_the_tasks_added_after_an_approval_are_released_by_the_next_one(team):
    first = make_released_task(team)
    second = tasks.add_task(first.spec, actor=team.agent, title="Unlock")
    second.refresh_from_db()
    assert second.released_at is None

    approve(team, first.document)

    second.refresh_from_db()
    released = first.released_at
    first.refresh_from_db()
    assert (second.released_at is not None, first.released_at) == (True, released)
    assert first.spec.phase == "implementation"


def test_a_decision_cannot_be_changed_or_removed_in_the_database(team, asked):
    from django.db import DatabaseError, transaction

    approvals.approve(asked, actor=team.reviewer, digest=asked.digest)
    for attempt in (
        lambda: Decision.objects.update(verdict="reject"),
        lambda: Decision.objects.all().delete(),
        lambda: Decision.objects.get().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()
    assert Decision.objects.get().verdict == "approve"
