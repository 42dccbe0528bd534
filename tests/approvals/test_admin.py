"""People decide in the admin: on the text that they saw, by POST, where the rules let them; everything else is read."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from approvals import actions
from approvals.models import Approval, Decision
from specflow.accounts.actions import add_member, change_policy, create_person
from specflow.accounts.actors import from_session, system
from specflow.audit.models import AuditEntry
from specflow.specs.actions import save_document
from specflow.specs.models import Document
from tests.factories import PASSWORD, make_spec, make_team

pytestmark = pytest.mark.django_db

PAYLOAD = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def asked(team):
    """The robot's request for approval of the requirements of a spec."""
    document = make_spec(team).documents.get(kind="requirements")
    return actions.request_approval(document, actor=team.agent, summary="Please read.")


def login(user):
    client = Client()
    client.force_login(user)
    return client


def page(client, approval):
    return client.get(reverse("admin:approvals_approval_change", args=[approval.pk]))


def decide(client, approval, verdict, *, digest=None, comment=""):
    """Posts the verdict as the page's form does, and follows to the page."""
    data = {"digest": approval.digest if digest is None else digest, "comment": comment}
    return client.post(reverse("admin:approvals_approval_act", args=[approval.pk, verdict]), data, follow=True)


def messages_of(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_the_page_shows_what_one_must_know_to_decide(team, asked):
    html = page(login(team.bob), asked).content.decode()

    for part in (
        "robot",
        "Please read.",
        asked.digest,
        "WHEN",
        "First version",
        "The spec moves to Design.",
        "1 approval",
    ):
        assert part in html, part
    for button in ("Approve", "Request changes", "Reject"):
        assert button in html


def test_a_reviewer_approves_and_the_spec_moves_on(team, asked):
    response = decide(login(team.bob), asked, "approve", comment="Good.")

    asked.refresh_from_db()
    assert asked.state == "approved"
    assert asked.document.spec.phase == "design"
    assert "Approved" in messages_of(response)
    assert asked.decisions.get().door == "admin"
    assert AuditEntry.objects.filter(verb="approval.approved", actor="bob").count() == 1


@pytest.mark.parametrize(("verdict", "state"), [("request-changes", "needs_revision"), ("reject", "rejected")])
def test_changes_and_rejection_say_why(team, asked, verdict, state):
    refused = decide(login(team.bob), asked, verdict)
    assert "comment_missing" in messages_of(refused)
    asked.refresh_from_db()
    assert asked.state == "pending"

    decide(login(team.bob), asked, verdict, comment="The lock never ends.")
    asked.refresh_from_db()
    assert asked.state == state
    assert asked.decisions.get().comment == "The lock never ends."


def test_an_author_is_refused_and_sees_why(team):
    spec = make_spec(team)
    document = spec.documents.get(kind="requirements")
    save_document(team.project, actor=team.maintainer, path=document.path, text=document.current.text + "\nMore.\n")
    document = Document.objects.get(pk=document.pk)
    approval = actions.request_approval(document, actor=team.agent)
    client = login(team.alice)

    html = page(client, approval).content.decode()
    assert "an author of this text" in html
    assert 'data-opens="act-approve"' not in html
    assert "self_approval" in messages_of(decide(client, approval, "approve"))
    approval.refresh_from_db()
    assert approval.state == "pending"


def test_a_text_that_changed_under_the_reader_is_not_approved(team, asked):
    client = login(team.bob)
    page(client, asked)
    document = asked.document
    save_document(team.project, actor=team.agent, path=document.path, text=document.current.text + "\nNew.\n")
    again = actions.request_approval(Document.objects.get(pk=document.pk), actor=team.agent)

    assert "wrong_state" in messages_of(decide(client, asked, "approve"))
    assert "stale_digest" in messages_of(decide(client, again, "approve", digest=asked.digest))
    again.refresh_from_db()
    assert again.state == "pending"


def test_a_form_without_a_digest_decides_nothing(team, asked):
    assert "stale_digest" in messages_of(decide(login(team.bob), asked, "approve", digest=""))


def test_two_tabs_decide_once(team, asked):
    change_policy(team.project, actor=team.maintainer, policy={"approvals_needed": 2})
    asked = actions.withdraw(asked, actor=team.agent) and actions.request_approval(asked.document, actor=team.agent)
    client = login(team.bob)

    decide(client, asked, "approve")
    assert "already_decided" in messages_of(decide(client, asked, "approve"))
    assert Decision.objects.count() == 1


def test_a_get_never_decides(team, asked):
    client = login(team.bob)
    for verdict in ("approve", "request-changes", "reject", "withdraw"):
        address = reverse("admin:approvals_approval_act", args=[asked.pk, verdict])
        assert client.get(address, {"digest": asked.digest, "comment": "x"}).status_code == 405
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_a_decision_needs_the_token_of_the_form(team, asked):
    client = Client(enforce_csrf_checks=True)
    client.force_login(team.bob)
    address = reverse("admin:approvals_approval_act", args=[asked.pk, "approve"])
    assert client.post(address, {"digest": asked.digest}).status_code == 403
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_a_viewer_reads_and_does_not_decide(team, asked):
    vera = create_person("vera", actor=system(door="cli"), password=PASSWORD)
    add_member(team.project, vera, actor=team.maintainer, role="viewer")
    client = login(vera)

    html = page(client, asked).content.decode()
    assert "may not decide" in html
    assert 'data-opens="act-approve"' not in html
    assert "role_may_not" in messages_of(decide(client, asked, "approve"))


def test_a_stranger_finds_nothing(team, asked):
    client = login(team.charlie)
    assert page(client, asked).status_code in (302, 404)
    address = reverse("admin:approvals_approval_act", args=[asked.pk, "approve"])
    assert client.post(address, {"digest": asked.digest}).status_code == 404
    assert asked.title not in client.get(reverse("admin:approvals_approval_changelist")).content.decode()


def test_an_agent_cannot_log_in(team, asked):
    team.robot.set_password(PASSWORD)
    team.robot.save()
    client = Client()
    response = client.post("/admin/login/", {"username": "robot", "password": PASSWORD})
    assert response.status_code == 200
    assert page(client, asked).status_code == 302
    client.force_login(team.robot)
    assert page(client, asked).status_code == 302


def test_a_superuser_is_not_exempt_from_the_rules(team):
    root = create_person("root", actor=system(door="cli"), password=PASSWORD, superuser=True)
    spec = make_spec(team)
    document = spec.documents.get(kind="requirements")
    save_document(
        team.project,
        actor=from_session(root, door="page"),
        path=document.path,
        text=document.current.text + "\nMine.\n",
    )
    approval = actions.request_approval(Document.objects.get(pk=document.pk), actor=team.agent)
    assert "self_approval" in messages_of(decide(login(root), approval, "approve"))


def test_no_field_is_set_by_posting_it(team, asked):
    root = create_person("root", actor=system(door="cli"), password=PASSWORD, superuser=True)
    client = login(root)
    address = reverse("admin:approvals_approval_change", args=[asked.pk])
    assert client.post(address, {"state": "approved", "_save": "Save"}).status_code == 403
    assert client.post(reverse("admin:approvals_approval_delete", args=[asked.pk]), {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:approvals_approval_add")).status_code == 403
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_comments_are_made_and_resolved_on_lines(team, asked):
    client = login(team.bob)
    address = reverse("admin:approvals_approval_act", args=[asked.pk, "comment"])
    client.post(address, {"text": PAYLOAD, "start": 2, "end": 3})
    comment = asked.document.comments.get()
    assert (comment.text, comment.start, comment.end) == (PAYLOAD, 2, 3)

    html = page(client, asked).content.decode()
    assert "<script>alert(1)" not in html
    assert "line 2" in html

    refused = client.post(address, {"text": "Where?", "start": 9_999}, follow=True)
    assert "invalid_lines" in messages_of(refused)

    resolve = reverse("admin:approvals_approval_act", args=[asked.pk, "resolve"])
    client.post(resolve, {"comment": comment.pk})
    comment.refresh_from_db()
    assert comment.resolved_by == team.bob


def test_a_comment_of_another_document_is_not_resolved_here(team, asked):
    other = make_spec(team, "Other").documents.get(kind="requirements")
    comment = actions.add_comment(other, actor=team.reviewer, text="Elsewhere")
    address = reverse("admin:approvals_approval_act", args=[asked.pk, "resolve"])
    response = login(team.bob).post(address, {"comment": comment.pk}, follow=True)
    assert "comment_not_found" in messages_of(response)


def test_the_difference_to_what_people_agreed_on_is_shown(team, asked):
    decide(login(team.bob), asked, "approve")
    document = Document.objects.get(pk=asked.document_id)
    text = document.current.text.replace("lock the account", "lock the account for an hour")
    save_document(team.project, actor=team.agent, path=document.path, text=text)
    again = actions.request_approval(Document.objects.get(pk=document.pk), actor=team.agent)

    html = page(login(team.bob), again).content.decode()
    assert "<ins> for an hour</ins>" in html
    assert f"From revision {asked.revision.number}" in html


def test_a_text_that_is_not_markdown_is_read_line_by_line(team):
    text = '{\n  "type": "object",\n  "title": "Seat",\n  "description": "# no heading"\n}\n'
    document = save_document(team.project, actor=team.agent, path="specflow/seat.schema.json", text=text).document
    html = page(login(team.bob), actions.request_approval(document, actor=team.agent)).content.decode()

    assert '<span id="L4" data-line="4">  &quot;description&quot;: &quot;# no heading&quot;</span>' in html
    assert 'id="tab-text"' not in html
    assert re.search(r'id="view-source"[^>]*class="sf-panel">', html)


def test_the_head_of_a_text_is_shown_by_key(team):
    text = "---\nid: task-1\ntitle: 'Water: by the weather'\nstatus: To Do\n---\n\nWater the plants.\n"
    document = save_document(team.project, actor=team.agent, path="backlog/tasks/task-1 - Water.md", text=text).document
    html = page(login(team.bob), actions.request_approval(document, actor=team.agent)).content.decode()

    assert "<dt>title</dt><dd>Water: by the weather</dd>" in html


def test_open_comments_hold_approval_back_where_the_policy_says_so(team):
    change_policy(team.project, actor=team.maintainer, policy={"comments_resolved": True})
    team.project.refresh_from_db()
    document = make_spec(team).documents.get(kind="requirements")
    approval = actions.request_approval(document, actor=team.agent)
    actions.add_comment(document, actor=team.maintainer, text="Why?", approval=approval)
    client = login(team.bob)

    html = page(client, approval).content.decode()
    assert "Comments must be resolved before approval" in html
    assert 'data-opens="act-approve"' not in html
    assert 'data-opens="act-reject"' in html
    assert "comments_open" in messages_of(decide(client, approval, "approve"))


def test_several_are_approved_with_the_digests_that_were_listed(team, asked):
    other = actions.request_approval(make_spec(team, "Other").documents.get(kind="requirements"), actor=team.agent)
    client = login(team.bob)
    address = reverse("admin:approvals_approval_changelist")
    chosen = {"action": "approve_selected", "_selected_action": [asked.pk, other.pk]}

    listed = client.post(address, chosen)
    assert asked.digest in listed.content.decode()
    assert not Decision.objects.exists()

    seen = {f"seen-{asked.pk}": asked.digest, f"seen-{other.pk}": "0" * 64}
    response = client.post(address, {**chosen, "confirmed": "yes", **seen}, follow=True)
    assert "stale_digest" in messages_of(response)
    assert {one.pk: one.state for one in Approval.objects.all()} == {asked.pk: "approved", other.pk: "pending"}


def test_stored_text_does_not_run_on_the_page(team):
    spec = make_spec(team, f"Lock {PAYLOAD}")
    document = spec.documents.get(kind="requirements")
    save_document(team.project, actor=team.agent, path=document.path, text=document.current.text + f"\n{PAYLOAD}\n")
    document = Document.objects.get(pk=document.pk)
    approval = actions.request_approval(document, actor=team.agent, title=PAYLOAD, summary=PAYLOAD)
    client = login(team.bob)

    for address in (
        reverse("admin:approvals_approval_change", args=[approval.pk]),
        reverse("admin:approvals_approval_changelist"),
        reverse("admin:specs_spec_changelist"),
        reverse("admin:specs_spec_change", args=[spec.pk]),
        reverse("admin:specs_document_change", args=[document.pk]),
    ):
        html = client.get(address).content.decode()
        assert "<img src=x" not in html
        assert "<script>alert" not in html


def test_the_list_costs_the_same_for_1_row_and_for_100(team, asked, django_assert_max_num_queries):
    client = login(team.bob)
    address = reverse("admin:approvals_approval_changelist")
    client.get(address)
    with django_assert_max_num_queries(100) as one:
        client.get(address)
    for number in range(99):
        document = make_spec(team, f"Spec {number}").documents.get(kind="requirements")
        actions.request_approval(document, actor=team.agent)
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert "Spec 98" in client.get(address).content.decode()
