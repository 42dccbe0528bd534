"""An old revision restored as a new one: by the action, over REST, and by buttons on the pages."""

from html import unescape

import pytest
from django.test import Client

from approvals import actions as approvals
from approvals.models import State
from specflow.audit.models import AuditEntry
from specflow.errors import DomainError
from specflow.specs import hooks
from specflow.specs.actions import save_document
from specflow.specs.models import Document, Requirement, Revision
from specflow.specs.restoring import restore
from tasks.models import Status, Task
from tests.calling import caller
from tests.dashboard.visits import as_
from tests.factories import Team, approve, make_team

pytestmark = pytest.mark.django_db
PATH = ".spec-workflow/specs/login/requirements.md"
TASKS = ".spec-workflow/specs/login/tasks.md"
FIRST = "# Requirements\r\n\r\n### Requirement 1: Lock\r\n\r\n1. The system SHALL lock\r\n"
SECOND = "# Requirements\n\n### Requirement 2: Wait\n"


@pytest.fixture
def team() -> Team:
    return make_team()


def write(team: Team, text: str, path: str = PATH) -> Document:
    return save_document(team.project, actor=team.agent, path=path, text=text).document


def written(team: Team, *texts: str, path: str = PATH) -> Document:
    for text in texts:
        document = write(team, text, path)
    return document


def newest(path: str = PATH) -> Revision:
    return Document.objects.select_related("current").get(path=path).current


def said(answer: object) -> str:
    return unescape(answer.content.decode())


def test_an_old_text_becomes_a_new_revision_byte_for_byte(team: Team) -> None:
    document = written(team, FIRST, SECOND)
    saved = restore(document, actor=team.maintainer, number=1)
    assert saved.revised
    assert (newest().number, newest().text, newest().author) == (3, FIRST, team.alice)
    assert [one.key for one in Requirement.objects.filter(present=True)] == ["1"]
    assert Revision.objects.get(number=2).text == SECOND


def test_what_was_restored_stands_on_the_log(team: Team) -> None:
    restore(written(team, FIRST, SECOND), actor=team.maintainer, number=1)
    entries = [(one.verb, one.content["data"]) for one in AuditEntry.objects.order_by("-id")[:2]]
    assert entries[0] == ("document.restored", {"path": PATH, "restored": 1})
    assert (entries[1][0], entries[1][1]["revision"]) == ("document.revised", 3)


def test_the_text_that_stands_already_is_not_written_again(team: Team) -> None:
    document, before = written(team, FIRST, SECOND, FIRST), AuditEntry.objects.count()
    for number in (1, 3):
        assert not restore(document, actor=team.maintainer, number=number).revised
    assert (newest().number, AuditEntry.objects.count()) == (3, before)


def test_a_restored_text_makes_a_request_for_approval_stale_as_any_new_text_does(team: Team) -> None:
    document = written(team, FIRST, SECOND)
    approve(team, write(team, SECOND + "\nMore\n"))
    asked = approvals.request_approval(write(team, SECOND), actor=team.agent)
    restore(document, actor=team.agent, number=1)
    asked.refresh_from_db()
    assert (asked.state, Document.objects.get().is_approved) == (State.STALE, False)


def test_progress_stays_as_it_is_whatever_the_old_marks_say(team: Team) -> None:
    document = written(team, "# Tasks\n\n- [ ] 1. Count\n", "# Tasks\n\n- [ ] 1. Count\n- [ ] 2. Wait\n", path=TASKS)
    Task.objects.filter(key="1").update(status=Status.IN_PROGRESS)
    restore(document, actor=team.maintainer, number=1)
    document.refresh_from_db()
    assert hooks.full_text(document) == "# Tasks\n\n- [-] 1. Count\n"
    assert [one.key for one in Task.objects.filter(present=True)] == ["1"]


def test_old_marks_move_no_task_past_its_gates(team: Team) -> None:
    """A text may claim that its tasks are done; nobody has believed it, and restoring it does not either."""
    document = written(team, "# Tasks\n\n- [x] 1. Count\n", "# Tasks\n\n- [ ] 7. Another thing\n", path=TASKS)
    Task.objects.filter(key="1").update(key="9", title="Nothing like it")
    restore(document, actor=team.agent, number=1)
    assert set(Task.objects.values_list("status", flat=True)) == {Status.PENDING}


def test_a_revision_that_differs_in_marks_alone_is_the_same_text(team: Team) -> None:
    document = written(team, "# Tasks\n\n- [x] 1. Count\n", path=TASKS)
    save_document(team.project, actor=team.agent, path=TASKS, text="# Tasks\n\n- [ ] 1. Count\n")
    assert not restore(document, actor=team.agent, number=1).revised
    assert Task.objects.get().status == Status.PENDING


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"number": 9}, "revision_not_found"),
        ({"number": 0}, "revision_not_found"),
        ({"number": 1, "base_sha256": "0" * 64}, "stale_base"),
    ],
)
def test_what_cannot_be_restored_is_refused_by_its_code(team: Team, given: dict, code: str) -> None:
    document = written(team, FIRST, SECOND)
    with pytest.raises(DomainError) as refused:
        restore(document, actor=team.maintainer, **given)
    assert (refused.value.code, newest().number) == (code, 2)


def test_who_may_not_write_specs_restores_nothing(team: Team) -> None:
    document = written(team, FIRST, SECOND)
    with pytest.raises(DomainError) as reviewer:
        restore(document, actor=team.reviewer, number=1)
    with pytest.raises(DomainError) as stranger:
        restore(document, actor=team.stranger, number=1)
    assert [one.value.code for one in (reviewer, stranger)] == ["role_may_not", "project_not_found"]


# REST


def test_a_revision_is_restored_over_rest(team: Team) -> None:
    document, send = written(team, FIRST, SECOND), caller(team, team.alice)
    path = f"documents/{document.public_id}/revisions/1/restore"
    answer = send("POST", path, {"base_sha256": newest().sha256})
    assert (answer.status, answer.body["revised"], answer.body["document"]["text"]) == (200, True, FIRST)
    assert (send("POST", path, {}).body["revised"], newest().number) == (False, 3)


def test_restoring_over_rest_is_refused_by_the_same_codes(team: Team) -> None:
    document, other = written(team, FIRST, SECOND), make_team("other")
    send, path = caller(team, team.alice), f"documents/{document.public_id}/revisions"
    refused = [
        send("POST", f"{path}/9/restore", {}).code,
        send("POST", f"{path}/{10**25}/restore", {}).code,
        send("POST", f"{path}/1/restore", {"base_sha256": "0"}).code,
        send("POST", f"{path}/1/restore", {"text": "x"}).code,
        send("POST", f"{path}/1/restore", {}, If_Match='"other"').code,
        caller(other, other.alice)("POST", f"{path}/1/restore", {}).code,
    ]
    assert refused == [
        *("revision_not_found", "revision_not_found", "stale_base", "unknown_field"),
        *("precondition_failed", "document_not_found"),
    ]
    assert newest().number == 2


# Pages


def test_old_revisions_have_a_button_on_the_pages(team: Team) -> None:
    document = written(team, FIRST, SECOND, SECOND + "\nMore\n")
    alice, page = as_(team.alice), f"/p/demo/documents/{document.public_id}"
    text = said(alice.get(page))
    assert [f'aria-label="Restore revision {number}"' in text for number in (1, 2, 3)] == [True, True, False]
    assert "Restore revision 2" in said(alice.get(f"{page}/difference"))
    assert "Restore revision 2" in said(alice.get(f"{page}/difference?from=1&to=2"))
    assert "Restore revision 1" in said(alice.get(f"{page}/difference?from=0&to=1"))
    assert "Restore revision 2" in said(alice.get("/p/demo/specs/login/requirements/difference"))
    bob = as_(team.bob)
    assert [("Restore revision" in said(bob.get(one))) for one in (page, f"{page}/difference")] == [False, False]


def test_the_first_text_of_all_offers_nothing_to_restore(team: Team) -> None:
    document = written(team, FIRST)
    page = f"/p/demo/documents/{document.public_id}"
    for address in (page, f"{page}/difference?from=0&to=1"):
        assert "Restore revision" not in said(as_(team.alice).get(address))


def test_the_button_restores_and_says_so(team: Team) -> None:
    document, alice = written(team, FIRST, SECOND), as_(team.alice)
    page = f"/p/demo/documents/{document.public_id}"
    sent = {"number": "1", "base": newest().sha256}
    assert "Revision 1 was restored" in said(alice.post(f"{page}/restore", sent, follow=True))
    assert newest().text == FIRST
    stale = alice.post(f"{page}/restore", {**sent, "number": "2"})
    assert (stale.status_code, "stale_base" in said(stale)) == (409, True)
    assert "stands already" in said(alice.post(f"{page}/restore", {"number": "3"}, follow=True))


@pytest.mark.parametrize("number", ["", "x", "-1", "0", "9", "99999999999999999999"])
def test_a_number_that_is_none_restores_nothing(team: Team, number: str) -> None:
    document = written(team, FIRST, SECOND)
    answer = as_(team.alice).post(f"/p/demo/documents/{document.public_id}/restore", {"number": number})
    assert (answer.status_code, newest().number) == (404, 2)


def test_restoring_on_the_pages_is_posted_with_a_token_by_who_may(team: Team) -> None:
    document = written(team, FIRST, SECOND)
    address = f"/p/demo/documents/{document.public_id}/restore"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(team.alice)
    assert strict.post(address, {"number": "1"}).status_code == 403
    assert as_(team.alice).get(address).status_code == 405
    assert as_(team.bob).post(address, {"number": "1"}).status_code == 403
    assert as_(team.charlie).post(address, {"number": "1"}).status_code == 404
    assert newest().number == 2
