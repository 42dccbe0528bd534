"""Changing a document on the pages: seen before anything is done, proposed, settled, brought up to date, decided."""

import re
from html import unescape

import pytest
from django.test import Client

from approvals.models import Approval, State
from approvals.proposals.actions import propose
from specflow.accounts import actions as accounts
from specflow.accounts.capabilities import Role
from specflow.specs import actions as specs
from specflow.specs.models import Document
from tasks.models import Task
from tests.approvals.test_proposals import MIXED, REQUIREMENTS, TEXT, TWINS, agreed, fresh, released, yes
from tests.dashboard.visits import as_, inert
from tests.factories import Team, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    team = make_team()
    accounts.add_member(team.project, team.charlie, actor=team.maintainer, role=Role.PRODUCT_MANAGER)
    return team


@pytest.fixture
def charlie(team: Team) -> Client:
    return as_(team.charlie)


def page(document: Document, *more: str) -> str:
    return "/".join((f"/p/demo/documents/{document.public_id}", *more))


def hidden(client: Client, address: str) -> dict[str, str]:
    """What the form of a change holds unseen."""
    html = client.get(address).content.decode()
    return {name: re.search(rf'name="{name}" value="([^"]*)"', html)[1] for name in ("base", "seen")}


def sent(client: Client, document: Document, text: str, do: str, query: str = "", **more: str):
    address = page(document, "change") + query
    return client.post(address, {**hidden(client, address), "text": text, "do": do, **more})


def said(answer) -> str:
    """The page's words."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def test_what_a_change_would_do_is_seen_before_anything_is_done(team, charlie):
    document = agreed(team)

    answer = sent(charlie, document, TEXT.replace("newest", "best").replace("\n", "\r\n"), "preview")

    assert "Criterion 2.1 reworded" in said(answer)
    assert (fresh(document).revisions.count(), Approval.objects.count()) == (1, 1)


def test_a_change_of_an_agreed_text_is_proposed_and_decided(team, charlie):
    document = agreed(team)

    answer = sent(charlie, document, TEXT.replace("newest", "best").replace("\n", "\r\n"), "propose", summary="Why")

    asked = Approval.objects.get(base__isnull=False)
    assert (answer.status_code, answer["Location"]) == (303, f"/p/demo/proposals/{asked.public_id}")
    assert (asked.revision.text, asked.summary) == (TEXT.replace("newest", "best"), "Why")
    shown = said(charlie.get(answer["Location"]))
    assert "Criterion 2.1 reworded" in shown
    assert "You cannot decide on this" in shown
    assert "Criterion 2.1 reworded" in said(as_(team.bob).get(f"/admin/approvals/approval/{asked.pk}/change/"))
    assert asked.title in said(charlie.get(page(document)))
    yes(team, asked)
    assert "best first" in fresh(document).current.text


def test_a_draft_is_saved_with_the_line_ends_that_it_had(team, charlie):
    path = ".kiro/specs/search/requirements.md"
    text = TEXT.replace("\n", "\r\n")
    document = specs.save_document(team.project, actor=team.agent, path=path, text=text).document

    answer = sent(charlie, document, text.replace("newest", "best"), "save")

    assert answer.status_code == 303
    assert fresh(document).current.text == text.replace("newest", "best")


def test_a_text_that_was_changed_meanwhile_is_not_overwritten(team, charlie):
    document = agreed(team)
    address = page(document, "change")
    form = hidden(charlie, address)
    specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("say so", "tell"))

    saved = charlie.post(address, {**form, "text": TEXT + "\nMore.\n", "do": "save"})
    assert (saved.status_code, "stale_base" in said(saved)) == (409, True)
    torn = charlie.post(address, {**form, "text": TEXT.replace("say so", "ask"), "do": "propose"})
    assert (torn.status_code, "merge_conflict" in said(torn)) == (409, True)
    assert "<<<<<<< The document says:" in said(torn)
    marked = charlie.post(address, {**form, "text": "<<<<<<< The document says:\n", "do": "propose"})
    assert "marks_left" in said(marked)
    clean = charlie.post(address, {**form, "text": TEXT.replace("newest", "best"), "do": "propose"})
    assert clean.status_code == 303
    assert Approval.objects.get(base__isnull=False).revision.text == TEXT.replace("newest", "best").replace(
        "say so", "tell"
    )


def test_a_person_says_which_is_which(team, charlie):
    document = released(team, TWINS)
    first, second = Task.objects.order_by("position")

    asked = sent(charlie, document, MIXED, "propose")
    assert (asked.status_code, "Which is which?" in said(asked)) == (409, True)
    answers = {f"match-{first.public_id}": "2", f"match-{second.public_id}": "1"}
    assert sent(charlie, document, MIXED, "propose", **answers).status_code == 303

    assert Approval.objects.get(base__isnull=False).matches == {first.public_id: 2, second.public_id: 1}


def test_a_proposal_is_brought_up_to_date_or_settled(team, charlie):
    document = agreed(team)
    clean = propose(document, actor=team.agent, text=TEXT.replace("say so", "tell"))
    torn = propose(document, actor=team.agent, text=TEXT.replace("newest", "best"))
    specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("newest", "oldest"))

    assert "Both changes go together" in said(charlie.get(f"/p/demo/proposals/{clean.public_id}"))
    answer = charlie.post(f"/p/demo/proposals/{clean.public_id}/update")
    assert Approval.objects.get(replaces=clean).public_id in answer["Location"]
    assert "criterion 2.1" in said(charlie.get(f"/p/demo/proposals/{torn.public_id}"))
    answer = charlie.post(f"/p/demo/proposals/{torn.public_id}/update")
    query = f"?replaces={torn.public_id}"
    assert answer["Location"] == page(document, "change") + query
    assert "======= The change says:" in said(charlie.get(answer["Location"]))
    text = TEXT.replace("newest", "very best")
    assert sent(charlie, document, text, "propose", query).status_code == 303
    assert Approval.objects.get(replaces=torn).revision.text == text


def test_people_are_asked_from_the_documents_page(team, charlie):
    document = specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT).document

    assert "Ask for approval" in said(charlie.get(page(document)))
    charlie.post(page(document, "ask"))
    asked = Approval.objects.get()
    assert (asked.state, asked.requested_by) == (State.PENDING, team.charlie)
    again = charlie.post(page(document, "ask"), follow=True)
    assert "Wait for the decision" in said(again)
    charlie.post(f"/p/demo/proposals/{asked.public_id}/withdraw")
    asked.refresh_from_db()
    assert asked.state == State.WITHDRAWN


def test_what_cannot_be_agreed_on_yet_says_what_it_waits_for(team, charlie):
    path = ".kiro/specs/search/tasks.md"
    document = specs.save_document(team.project, actor=team.agent, path=path, text="- [ ] 1. Search\n").document

    shown = said(charlie.get(page(document)))
    assert "The tasks of this spec wait until its requirements and design are approved." in shown
    assert "Ask for approval" not in shown


def test_a_file_that_is_only_kept_is_changed_and_nobody_is_asked_about_it(team, charlie):
    path = ".kiro/specs/search/spec.json"
    document = specs.save_document(team.project, actor=team.agent, path=path, text='{"phase": "tasks"}\n').document

    shown, form = said(charlie.get(page(document))), said(charlie.get(page(document, "change")))
    assert "This file is kept as it came." in shown
    assert ("Ask for approval" in shown, "Propose this change" in form) == (False, False)
    assert sent(charlie, document, '{"phase": "done"}\n', "save").status_code == 303


def test_who_may_not_write_is_offered_nothing_and_refused(team):
    document = agreed(team)
    bob = as_(team.bob)

    assert "Propose a change" not in said(bob.get(page(document)))
    for do in ("save", "propose"):
        assert sent(bob, document, TEXT + "\nMore.\n", do).status_code == 403
    assert fresh(document).revisions.count() == 1


def test_proposals_of_another_project_are_not_found(team):
    document = agreed(team)
    asked = propose(document, actor=team.agent, text=TEXT.replace("newest", "best"))
    charlie = as_(team.charlie)

    for address in (f"proposals/{asked.public_id}", f"documents/{document.public_id}/change"):
        assert charlie.get(f"/p/{team.foreign.slug}/{address}").status_code == 404


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</textarea><script>"]
)
def test_nothing_in_a_proposal_runs(team, charlie, payload):
    document = agreed(team)
    asked = propose(
        document, actor=team.maintainer, text=TEXT.replace("newest", payload), title=payload, summary=payload
    )
    specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("newest", payload * 2))

    for address in (
        f"/p/demo/proposals/{asked.public_id}",
        page(document),
        page(document, "change"),
        page(document, f"change?replaces={asked.public_id}"),
    ):
        inert(charlie.get(address), payload, address)
