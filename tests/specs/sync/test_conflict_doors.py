"""Conflicts at their doors: pages that show both sides and settle, REST that does the same, agents that only look."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from specflow.accounts.capabilities import Scope
from specflow.audit.models import AuditEntry
from specflow.errors import DomainError
from specflow.specs.actions import save_document
from specflow.specs.models import Conflict
from specflow.specs.sync.actions import settle
from specflow.specs.sync.queries import base_of, draft_of
from specflow.specs.sync.settling import MARKS
from specflow.specs.sync.watching import Watch
from specflow.specs.typing import typed
from tests.calling import Caller, caller
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team, make_team
from tests.specs.formats import nasty
from tests.specs.sync.folders import PATH, file_of, put, text_of

pytestmark = pytest.mark.django_db
TEXT = "# Requirements\n\n### Requirement 1: Lock\n\n1. The system SHALL lock\n2. The system SHALL wait\n\nEnd\n"
FILE = TEXT.replace("SHALL lock", "SHALL lock the account")
DOCUMENT = TEXT.replace("End", "The end")
BOTH = FILE.replace("End", "The end")
OTHER_FILE = TEXT.replace("SHALL wait", "SHALL wait a minute")
OTHER_DOCUMENT = TEXT.replace("SHALL wait", "SHALL wait an hour")


def conflict(team: Team, watch: Watch, *, file: str = FILE, document: str = DOCUMENT, path: str = PATH) -> Conflict:
    """Both sides agreed on TEXT, then each was changed."""
    put(watch, TEXT, path)
    watch.step_all()
    put(watch, file, path)
    save_document(team.project, actor=team.agent, path=path, text=document)
    watch.step_all()
    return Conflict.objects.get(document__path=path, settled_at=None)


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return unescape(answer.content.decode())


def at(row: Conflict) -> str:
    return f"/p/demo/conflicts/{row.public_id}"


def form(page: str) -> dict[str, str]:
    """What the form of the page would send, with the text as a browser sends it."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+_sha256)" value="(\w+)">', page))
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1]
    return {**hidden, "text": re.sub(r"\r\n|\r|\n", "\r\n", text)}


def settled_by_form(client: Client, row: Conflict, **sent: str) -> Any:
    return client.post(f"{at(row)}/settle", {**form(shown(client, at(row))), **sent})


# The pages


def test_open_conflicts_are_listed_first_and_counted_in_the_navigation(team: Team, watch: Watch) -> None:
    other = ".kiro/specs/login/design.md"
    first, second = conflict(team, watch), conflict(team, watch, path=other)
    settle(second, actor=team.maintainer, choice="document")
    text = shown(as_(team.bob), "/p/demo/conflicts/")
    assert text.index(at(first)) < text.index(at(second))
    assert 'aria-label="1 waiting"' in text
    assert "settled by alice" in text


def test_a_project_says_whether_it_has_a_folder_where_nothing_is_in_conflict(team: Team) -> None:
    bob = as_(team.bob)
    assert "This project has no folder" in shown(bob, "/p/demo/conflicts/")
    team.project.workspace = "/srv/demo"
    team.project.save()
    assert "Nothing is in conflict" in shown(bob, "/p/demo/conflicts/")


def test_both_texts_stand_beside_each_other(team: Team, watch: Watch) -> None:
    text = shown(as_(team.alice), at(conflict(team, watch)))
    assert 'conflict-left sf-removed">1. The system SHALL lock</td>' in text
    assert 'conflict-right sf-added">1. The system SHALL lock<ins> the account</ins></td>' in text
    assert "What the file changed" in text
    assert "revision 1</a>" in text


def test_changes_that_go_together_are_offered_merged(team: Team, watch: Watch) -> None:
    alice, row = as_(team.alice), conflict(team, watch)
    assert "nothing of it contradicts" in shown(alice, at(row))
    answer = settled_by_form(alice, row, choice="merged")
    assert (answer.status_code, answer["Location"]) == (303, "/p/demo/conflicts/")
    watch.step_all()
    assert text_of() == file_of(watch) == BOTH


@pytest.mark.parametrize(("choice", "expected"), [("file", FILE), ("document", DOCUMENT)])
def test_one_of_the_two_is_taken_as_it_is(team: Team, watch: Watch, choice: str, expected: str) -> None:
    settled_by_form(as_(team.alice), conflict(team, watch), choice=choice)
    watch.step_all()
    assert text_of() == file_of(watch) == expected
    assert not Conflict.objects.filter(settled_at=None).exists()


def test_a_place_that_both_changed_is_marked_and_must_be_decided(team: Team, watch: Watch) -> None:
    alice, row = as_(team.alice), conflict(team, watch, file=OTHER_FILE, document=OTHER_DOCUMENT)
    page = shown(alice, at(row))
    assert "1 place that both sides changed" in page
    marked = form(page)["text"].split("\r\n")
    where = marked.index(MARKS.lines[0])
    assert marked[where : where + 5 : 2] == list(MARKS.lines)

    left = settled_by_form(alice, row, choice="merged")
    assert left.status_code == 400
    assert f"Line {where + 1} still marks a place" in left.content.decode()

    decided = "\r\n".join([*marked[:where], marked[where + 3], *marked[where + 5 :]])
    settled_by_form(alice, row, choice="merged", text=decided)
    watch.step_all()
    assert text_of() == file_of(watch) == OTHER_FILE


def test_what_was_written_is_kept_where_it_is_refused(team: Team, watch: Watch) -> None:
    alice, row = as_(team.alice), conflict(team, watch)
    answer = settled_by_form(alice, row, choice="merged", text=f"Mine\r\n{MARKS.lines[2]}\r\n")
    assert form(unescape(answer.content.decode()))["text"] == f"Mine\r\n{MARKS.lines[2]}\r\n"
    assert text_of() == DOCUMENT


def test_a_text_that_changed_since_the_page_was_read_is_not_taken_unseen(team: Team, watch: Watch) -> None:
    alice, row = as_(team.alice), conflict(team, watch)
    sent = form(shown(alice, at(row)))
    put(watch, FILE + "More\n")
    watch.step_all()
    refused = alice.post(f"{at(row)}/settle", {**sent, "choice": "file"})
    assert refused.status_code == 409
    assert "stale_conflict" in refused.content.decode()
    assert text_of() == DOCUMENT
    settled_by_form(alice, row, choice="file")
    assert text_of() == FILE + "More\n"


def test_a_settled_conflict_shows_what_both_said_and_no_form(team: Team, watch: Watch) -> None:
    alice, row = as_(team.alice), conflict(team, watch)
    settle(row, actor=team.maintainer, choice="file")
    save_document(team.project, actor=team.agent, path=PATH, text="# Another\n")
    text = shown(alice, at(row))
    assert "The two texts as they were" in text
    assert "The end</td>" in text
    assert "<textarea" not in text
    again = alice.post(f"{at(row)}/settle", {"choice": "document"})
    assert (again.status_code, "wrong_state" in again.content.decode()) == (409, True)


def test_what_they_agreed_on_is_said_to_be_unknown_where_no_revision_has_it(team: Team, watch: Watch) -> None:
    save_document(team.project, actor=team.agent, path=PATH, text=DOCUMENT)
    put(watch, FILE)
    watch.step_all()
    row = Conflict.objects.get()
    assert base_of(row) is None
    text = shown(as_(team.alice), at(row))
    assert "is not known" in text
    assert form(text)["text"] == DOCUMENT.replace("\n", "\r\n")


def test_line_ends_and_the_byte_order_mark_survive_the_form(team: Team, watch: Watch) -> None:
    windows = "\ufeff" + TEXT.replace("\n", "\r\n")
    put(watch, windows)
    watch.step_all()
    put(watch, windows.replace("SHALL lock", "SHALL lock the account"))
    save_document(team.project, actor=team.agent, path=PATH, text=windows.replace("End", "The end"))
    watch.step_all()
    settled_by_form(as_(team.alice), Conflict.objects.get(), choice="merged")
    assert text_of() == "\ufeff" + BOTH.replace("\n", "\r\n")


def test_who_may_not_write_specs_sees_it_and_settles_nothing(team: Team, watch: Watch) -> None:
    bob, row = as_(team.bob), conflict(team, watch)
    text = shown(bob, at(row))
    assert "Who may write specs settles it" in text
    assert "<textarea" not in text
    refused = bob.post(f"{at(row)}/settle", {"choice": "file"})
    assert (refused.status_code, "role_may_not" in refused.content.decode()) == (403, True)


def test_a_stranger_and_another_project_know_nothing_of_it(team: Team, watch: Watch) -> None:
    row, other = conflict(team, watch), make_team("other")
    assert as_(team.charlie).get(at(row)).status_code == 404
    assert as_(other.alice).get(f"/p/other/conflicts/{row.public_id}").status_code == 404
    assert as_(team.alice).get("/p/demo/conflicts/nothing").status_code == 404


def test_settling_needs_its_token_and_is_posted(team: Team, watch: Watch) -> None:
    row, strict = conflict(team, watch), Client(enforce_csrf_checks=True)
    strict.force_login(team.alice)
    assert strict.post(f"{at(row)}/settle", {"choice": "file"}).status_code == 403
    assert as_(team.alice).get(f"{at(row)}/settle").status_code == 405


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_conflict_runs(team: Team, watch: Watch, payload: str) -> None:
    row = conflict(team, watch, file=f"{TEXT}</textarea>{payload}\n", document=f"{TEXT}{payload} too\n")
    for address in ("/p/demo/conflicts/", at(row)):
        inert(as_(team.alice).get(address), payload, address)


def test_the_list_costs_the_same_for_one_and_for_many(team: Team, watch: Watch) -> None:
    row, bob = conflict(team, watch), as_(team.bob)
    bob.get("/")
    before = costs(bob, "/p/demo/conflicts/")
    settle(row, actor=team.maintainer, choice="document")
    for _ in range(20):
        Conflict.objects.create(
            project=row.project, document=row.document, revision=row.revision, text="x", sha256="0" * 64,
            choice="file", settled_by=team.alice, settled_at=row.found_at,
        )  # fmt: skip
    assert costs(bob, "/p/demo/conflicts/") == before


@given(nasty.texts)
def test_a_text_that_was_only_looked_at_comes_back_from_the_form_byte_for_byte(text: str) -> None:
    assert typed(re.sub(r"\r\n|\r|\n", "\r\n", text), text) == text


@given(nasty.texts, nasty.texts)
def test_what_was_written_in_the_form_is_what_comes_back_but_for_line_ends(text: str, like: str) -> None:
    def bare(value: str) -> str:
        return re.sub(r"\r\n|\r|\n", "\n", value.removeprefix("\ufeff"))

    assert bare(typed(re.sub(r"\r\n|\r|\n", "\r\n", text), like)) == bare(text)


@given(st.lists(st.sampled_from(["a", "b", "c"])), st.integers(0, 5))
def test_a_line_that_is_put_in_leaves_the_ends_of_the_others(lines: list[str], where: int) -> None:
    like = "".join(f"{line}{index}\r\n" if index % 2 else f"{line}{index}\n" for index, line in enumerate(lines))
    kept = like.split("\n")
    at = min(where, len(kept) - 1)
    sent = [*kept[:at], "new", *kept[at:]]
    found = typed("\r\n".join(line.removesuffix("\r") for line in sent), like).split("\n")
    assert found[at].removesuffix("\r") == "new"
    assert [*found[:at], *found[at + 1 :]] == kept


# REST


def test_conflicts_over_rest_are_filtered_by_project_and_state(team: Team, watch: Watch) -> None:
    row, read = conflict(team, watch), caller(team, team.alice)
    [line] = read("GET", "conflicts?project=demo&state=open").body["results"]
    assert (line["id"], line["path"], line["state"], line["choice"]) == (row.public_id, PATH, "open", "")
    assert read("GET", "conflicts?project=demo&state=settled").body["results"] == []
    assert read("GET", "conflicts?state=odd").code == "invalid_query"
    assert read("GET", "conflicts?project=demo-foreign").code == "project_not_found"


def test_a_conflict_over_rest_has_both_texts_and_their_merge(team: Team, watch: Watch) -> None:
    body = caller(team, team.alice)("GET", f"conflicts/{conflict(team, watch).public_id}").body
    assert (body["file_text"], body["document_text"], body["base_revision"]) == (FILE, DOCUMENT, 1)
    assert body["draft"] == {"text": BOTH, "unsettled": 0}


def test_a_person_settles_over_rest(team: Team, watch: Watch) -> None:
    row, send = conflict(team, watch), caller(team, team.alice)
    answer = send("POST", f"conflicts/{row.public_id}/settle", {"choice": "merged", "text": BOTH})
    assert (answer.status, answer.body["state"], answer.body["settled_by"]) == (200, "settled", "alice")
    watch.step_all()
    assert text_of() == file_of(watch) == BOTH
    again = send("POST", f"conflicts/{row.public_id}/settle", {"choice": "file"})
    assert (again.status, again.code) == (409, "wrong_state")


def test_an_agent_sees_a_conflict_and_settles_nothing(team: Team, watch: Watch) -> None:
    row, agent = conflict(team, watch), caller(team, team.robot)
    assert agent("GET", f"conflicts/{row.public_id}").body["file_text"] == FILE
    before = AuditEntry.objects.count()
    answer = agent("POST", f"conflicts/{row.public_id}/settle", {"choice": "file"})
    assert (answer.status, answer.code) == (403, "agent_may_not")
    assert (text_of(), AuditEntry.objects.count()) == (DOCUMENT, before)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"choice": "mine"}, 400, "unknown_choice"),
        ({"choice": "merged", "text": f"{MARKS.lines[1]}\r\n"}, 400, "marks_left"),
        ({"choice": "merged", "text": "a\0"}, 400, "invalid_text"),
        ({"choice": "file", "file_sha256": "0" * 64}, 409, "stale_conflict"),
        ({"choice": "document", "document_sha256": "0" * 64}, 409, "stale_conflict"),
        ({"choice": "file", "by": "bob"}, 400, "unknown_field"),
        ({"text": "x"}, 400, "invalid_body"),
    ],
)
def test_a_settlement_that_cannot_be_taken_is_refused_by_its_code(
    team: Team, watch: Watch, sent: dict[str, str], status: int, code: str
) -> None:
    row = conflict(team, watch)
    answer = caller(team, team.alice)("POST", f"conflicts/{row.public_id}/settle", sent)
    assert (answer.status, answer.code) == (status, code)
    assert Conflict.objects.get().settled_at is None


def test_a_settlement_honours_if_match_and_is_not_repeated_under_one_key(team: Team, watch: Watch) -> None:
    row, send = conflict(team, watch), caller(team, team.alice)
    path, body = f"conflicts/{row.public_id}", {"choice": "file"}
    assert send("POST", f"{path}/settle", body, If_Match='"other"').code == "precondition_failed"
    tag = send("GET", path).headers["ETag"]
    first = send("POST", f"{path}/settle", body, If_Match=tag, Idempotency_Key="once")
    second = send("POST", f"{path}/settle", body, If_Match=tag, Idempotency_Key="once")
    assert (first.status, second.status, first.body) == (200, 200, second.body)


def test_a_key_needs_its_scope_and_a_stranger_finds_nothing(team: Team, watch: Watch) -> None:
    row, other = conflict(team, watch), make_team("other")
    read: Caller = caller(team, team.alice, Scope.SPECS_READ)
    assert read("POST", f"conflicts/{row.public_id}/settle", {"choice": "file"}).code == "scope_missing"
    stranger = caller(other, other.alice)
    assert stranger("GET", f"conflicts/{row.public_id}").code == "conflict_not_found"
    assert stranger("POST", f"conflicts/{row.public_id}/settle", {"choice": "file"}).code == "conflict_not_found"
    assert stranger("GET", "conflicts").body["results"] == []


# What both doors call


def test_progress_is_no_part_of_a_merge_that_is_not_known(team: Team, watch: Watch) -> None:
    tasks = ".spec-workflow/specs/login/tasks.md"
    put(watch, "# Tasks\n\n- [ ] 1. Count\n", tasks)
    watch.step_all()
    put(watch, "# Tasks\n\n- [ ] 1. Count\n- [ ] 2. File\n", tasks)
    save_document(team.project, actor=team.agent, path=tasks, text="# Tasks, all\n\n- [ ] 1. Count\n")
    watch.step_all()
    row = Conflict.objects.get()
    assert draft_of(row, base_of(row)).text == "# Tasks, all\n\n- [ ] 1. Count\n- [ ] 2. File\n"


def test_a_settled_conflict_says_so_before_anything_else(team: Team, watch: Watch) -> None:
    row = conflict(team, watch)
    settle(row, actor=team.maintainer, choice="file")
    with pytest.raises(DomainError) as refused:
        settle(row, actor=team.maintainer, choice="file", file_sha256="another")
    assert refused.value.code == "wrong_state"
