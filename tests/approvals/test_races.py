"""Requests, decisions and edits at the same moment: never an approval of a text that nobody saw (QUALITY 27, 30)."""

import pytest

from approvals import actions as approvals
from approvals.models import Approval, Decision, State
from approvals.proposals.actions import propose
from specflow.audit.models import AuditEntry
from specflow.specs import actions as specs
from specflow.specs.models import Document, Revision, Spec
from tests.factories import approve, make_spec, make_team
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 40


def test_fifty_requests_at_once_make_one():
    team = make_team()
    document = make_spec(team).documents.get(kind="requirements")

    ended = at_once([lambda: approvals.request_approval(document, actor=team.agent) for _ in range(50)])

    assert len(ended.values) == 1
    assert ended.codes == ["approval_open"] * 49
    assert Approval.objects.count() == AuditEntry.objects.filter(verb="approval.requested").count() == 1


def test_one_person_in_twenty_windows_decides_once():
    team = make_team()
    asked = approvals.request_approval(make_spec(team).documents.get(kind="requirements"), actor=team.agent)

    ended = at_once([lambda: approvals.approve(asked, actor=team.reviewer, digest=asked.digest) for _ in range(20)])

    assert len(ended.values) == 1
    assert set(ended.codes) <= {"wrong_state", "already_decided"}
    assert Decision.objects.count() == AuditEntry.objects.filter(verb="approval.approved").count() == 1


def test_two_people_who_say_yes_and_no_at_once_leave_one_verdict():
    team = make_team()
    for n in range(10):
        asked = approvals.request_approval(
            make_spec(team, f"Search {n}").documents.get(kind="requirements"), actor=team.agent
        )
        ended = at_once(
            [
                lambda asked=asked: approvals.approve(asked, actor=team.reviewer, digest=asked.digest),
                lambda asked=asked: approvals.reject(asked, actor=team.maintainer, digest=asked.digest, comment="No"),
            ]
        )

        asked.refresh_from_db()
        document = Document.objects.get(pk=asked.document_id)
        assert (len(ended.values), ended.codes) == (1, ["wrong_state"])
        assert document.is_approved == (asked.state == State.APPROVED)


def test_an_edit_while_a_person_approves_never_leaves_a_text_approved_that_nobody_saw():
    team = make_team()
    spec = make_spec(team)
    document = spec.documents.get(kind="requirements")
    path = document.path

    for n in range(ROUNDS):
        asked = approvals.request_approval(document, actor=team.agent)
        seen = Revision.objects.get(pk=asked.revision_id)
        text = f"{seen.text}\n### Requirement {n + 2}: Rule {n}\n\n- **WHEN** a\n- **THE SYSTEM SHALL** b\n"
        ended = at_once(
            [
                lambda asked=asked: approvals.approve(asked, actor=team.reviewer, digest=asked.digest),
                lambda text=text: specs.save_document(team.project, actor=team.agent, path=path, text=text),
            ]
        )

        assert set(ended.codes) <= {"wrong_state", "stale_digest"}
        document = Document.objects.select_related("current", "approved").get(pk=document.pk)
        asked.refresh_from_db()
        decided = Decision.objects.filter(approval=asked).first()
        assert document.current.text == text
        assert not document.is_approved
        assert asked.state == State.STALE
        if decided:
            assert (decided.digest, document.approved_id) == (seen.digest, seen.pk)
        else:
            assert document.approved_id != seen.pk


def test_an_approval_that_stands_after_a_race_is_of_the_text_that_stands():
    team = make_team()
    for n in range(ROUNDS // 2):
        document = make_spec(team, f"Search {n}").documents.get(kind="requirements")
        asked = approvals.request_approval(document, actor=team.agent)
        text = f"{document.current.text}\nMore.\n"
        ended = at_once(
            [
                lambda asked=asked: approvals.approve(asked, actor=team.reviewer, digest=asked.digest),
                lambda document=document, text=text: specs.save_document(
                    team.project, actor=team.agent, path=document.path, text=text, base_sha256=document.current.sha256
                ),
                lambda asked=asked: approvals.withdraw(asked, actor=team.agent),
                lambda document=document: approvals.request_approval(document, actor=team.maintainer),
            ]
        )

        assert set(ended.codes) <= {"wrong_state", "stale_digest", "approval_open", "already_approved"}
        for row in Approval.objects.filter(document=document, state=State.APPROVED).select_related("document"):
            assert row.document.approved_id == row.document.current_id == row.revision_id
        assert Approval.objects.filter(document=document, state=State.PENDING).count() <= 1
        spec = Spec.objects.get(documents=document)
        approved = AuditEntry.objects.filter(verb="approval.approved", object_id=asked.public_id).exists()
        assert spec.phase == ("design" if approved else "requirements")


def test_of_two_proposals_on_which_people_agree_at_once_one_takes_effect():
    team = make_team()
    for n in range(10):
        document = approve(team, make_spec(team, f"Lock {n}").documents.get(kind="requirements")).document
        asked = [propose(document, actor=team.agent, text=f"{document.current.text}\n{end}\n") for end in "ab"]

        ended = at_once(
            [
                lambda row=row, actor=actor: approvals.approve(row, actor=actor, digest=row.digest)
                for row, actor in zip(asked, (team.reviewer, team.maintainer), strict=True)
            ]
        )

        document.refresh_from_db()
        assert (len(ended.values), set(ended.codes) <= {"wrong_state", "stale_digest"}) == (1, True), ended.codes
        assert document.is_approved
        assert document.current == ended.values[0].revision


def test_an_edit_while_a_person_agrees_on_a_proposal_leaves_no_text_approved_that_nobody_saw():
    team = make_team()
    for n in range(20):
        spec = make_spec(team, f"Find {n}")
        document = approve(team, spec.documents.get(kind="requirements")).document
        asked = propose(document, actor=team.agent, text=f"{document.current.text}\nMore.\n")
        requirement = spec.requirements.get()

        ended = at_once(
            [
                lambda asked=asked: approvals.approve(asked, actor=team.reviewer, digest=asked.digest),
                lambda one=requirement: specs.add_criterion(one, actor=team.agent, text="It is quick"),
            ]
        )

        document.refresh_from_db()
        asked.refresh_from_db()
        assert set(ended.codes) <= {"wrong_state", "stale_digest"}, ended.codes
        assert (document.is_approved, asked.state) == (False, State.STALE)
        assert "It is quick" in document.current.text
        assert ("More." in document.current.text) == (not ended.codes)
