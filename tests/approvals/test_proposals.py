"""Proposals: a change of an agreed text waits beside it, and takes its place when people agree on it."""

from typing import Any

import pytest

from approvals import actions as approvals
from approvals.models import Approval, State
from approvals.proposals.actions import propose
from approvals.proposals.queries import change_of, has_moved
from specflow.accounts import actions as accounts
from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, DomainError, Invalid, NotFound, PermissionDenied
from specflow.specs import actions as specs
from specflow.specs.hooks import full_text
from specflow.specs.models import Document, Requirement
from tasks import actions as work
from tasks.models import Status, Task
from tests.factories import ECHO, Team, approve, make_spec, make_team

pytestmark = pytest.mark.django_db
REQUIREMENTS = ".spec-workflow/specs/search/requirements.md"
TASKS = ".spec-workflow/specs/search/tasks.md"
TEXT = """# Requirements

### Requirement 1: Find

**User Story:** As a reader, I want to find books, so that I read them.

#### Acceptance Criteria

1. WHEN a word is typed THEN the system SHALL list the books that contain it
2. WHEN no book contains it THEN the system SHALL say so

### Requirement 2: Sort

#### Acceptance Criteria

1. WHEN books are listed THEN the system SHALL put the newest first
"""


@pytest.fixture
def team() -> Team:
    return make_team()


def agreed(team: Team, path: str = REQUIREMENTS, text: str = TEXT) -> Document:
    """A document on whose text bob agreed."""
    saved = specs.save_document(team.project, actor=team.agent, path=path, text=text)
    approve(team, saved.document)
    return fresh(saved.document)


def fresh(document: Document) -> Document:
    return Document.objects.select_related("project", "spec__project", "current", "approved").get(pk=document.pk)


def released(team: Team, text: str) -> Document:
    """A tasks document that bob approved, after the documents before it."""
    accounts.change_policy(team.project, actor=team.maintainer, policy=ECHO)
    spec = make_spec(team, "Search")
    approve(team, spec.documents.get(kind="requirements"))
    specs.update_design(spec, actor=team.agent, architecture="One index.", data_model="", api_spec=[])
    approve(team, spec.documents.get(kind="design"))
    return agreed(team, TASKS, text)


def yes(team: Team, asked: Approval) -> Approval:
    return approvals.approve(asked, actor=team.reviewer, digest=asked.digest)


def refused(kind: type[DomainError], document: Document, team: Team, **given: Any) -> DomainError:
    with pytest.raises(kind) as caught:
        propose(document, actor=team.agent, **given)
    return caught.value


def test_the_agreed_text_stands_until_people_agree_on_the_proposed_one(team):
    document = agreed(team)
    sort = Requirement.objects.get(key="2")
    new = TEXT.replace("newest first", "best match first")

    asked = propose(document, actor=team.agent, text=new, summary="Readers want the best match.")

    assert (asked.state, asked.revision.number, asked.base.number) == (State.PENDING, 2, 1)
    assert (fresh(document).current.text, fresh(document).is_approved) == (TEXT, True)
    assert Approval.objects.filter(state=State.APPROVED).count() == 1

    yes(team, asked)

    assert (fresh(document).current.text, fresh(document).is_approved) == (new, True)
    assert Requirement.objects.get(key="2", present=True).pk == sort.pk
    assert {one.revision.number: one.state for one in Approval.objects.all()} == {1: "stale", 2: "approved"}
    verbs = AuditEntry.objects.filter(object_id=document.public_id).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["document.revised", "document.proposed", "document.revised"]


def test_tasks_keep_their_status_logs_and_ids_when_a_proposal_is_applied(team):
    document = released(team, "# Tasks\n\n- [ ] 1. Build the index\n- [ ] 2. Show the list\n")
    index, listing = Task.objects.order_by("position")
    work.set_status(index, actor=team.agent, status=Status.IN_PROGRESS)
    work.log_implementation(index, actor=team.agent, summary="A trie.", artifacts={"classes": [{"name": "Trie"}]})
    new = "# Tasks\n\n- [ ] 1. Choose a store\n- [ ] 2. Build the index\n- [ ] 3. Show the list of books\n"

    yes(team, propose(document, actor=team.agent, text=new))

    rows = {row.key: row for row in Task.objects.filter(present=True)}
    assert [rows[key].status for key in ("1", "2", "3")] == ["pending", "in_progress", "pending"]
    assert (rows["2"].pk, rows["3"].pk, rows["2"].logs.count()) == (index.pk, listing.pk, 1)
    assert rows["1"].released_at is not None
    assert full_text(fresh(document)) == new.replace("[ ] 2.", "[-] 2.")


def test_marks_of_progress_in_a_proposed_text_move_no_task(team):
    document = released(team, "- [ ] 1. Build the index\n")

    yes(team, propose(document, actor=team.agent, text="- [x] 1. Build the index\n- [x] 2. Show it\n"))

    assert set(Task.objects.values_list("status", flat=True)) == {"pending"}


def test_nobody_decides_on_a_proposal_of_their_own_or_of_one_that_it_was_made_from(team):
    document = agreed(team)
    first = propose(document, actor=team.maintainer, text=TEXT.replace("newest", "best"))
    with pytest.raises(PermissionDenied) as caught:
        approvals.approve(first, actor=team.maintainer, digest=first.digest)
    assert caught.value.code == "self_approval"
    approvals.withdraw(first, actor=team.maintainer)

    second = propose(document, actor=team.agent, text=TEXT.replace("newest", "cheapest"), replaces=first)

    with pytest.raises(PermissionDenied) as caught:
        approvals.approve(second, actor=team.maintainer, digest=second.digest)
    assert caught.value.code == "self_approval"
    yes(team, second)


def test_a_pending_proposal_is_taken_back_by_the_one_that_replaces_it_and_only_by_who_may(team):
    document = agreed(team)
    first = propose(document, actor=team.agent, text=TEXT.replace("newest", "best"))
    second = propose(document, actor=team.agent, text=TEXT.replace("newest", "cheapest"), replaces=first)
    third = propose(document, actor=team.maintainer, text=TEXT.replace("newest", "longest"), replaces=second)

    assert refused(PermissionDenied, document, team, text=TEXT + "\n", replaces=third).code == "agent_may_not"
    assert list(Approval.objects.exclude(base=None).order_by("pk").values_list("state", flat=True)) == [
        "withdrawn",
        "withdrawn",
        "pending",
    ]


def test_what_was_proposed_on_a_text_that_changed_is_stale_and_is_brought_up_to_date(team):
    document = agreed(team)
    first = propose(document, actor=team.agent, text=TEXT.replace("newest first", "best match first"))
    specs.save_document(
        team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("say so", "say so plainly")
    )

    first = Approval.objects.select_related("document").get(pk=first.pk)
    assert (first.state, has_moved(first)) == (State.STALE, True)
    with pytest.raises(Conflict) as caught:
        yes(team, first)
    assert caught.value.code == "wrong_state"

    second = propose(document, actor=team.agent, replaces=first)
    assert (second.replaces, second.base, second.title) == (first, fresh(document).current, first.title)
    yes(team, second)
    assert fresh(document).current.text == TEXT.replace("newest first", "best match first").replace(
        "say so", "say so plainly"
    )


def test_of_two_proposals_the_second_waits_until_it_is_brought_up_to_date_with_the_first(team):
    document = agreed(team)
    one = propose(document, actor=team.agent, text=TEXT.replace("newest first", "best match first"))
    other = propose(document, actor=team.agent, text=TEXT.replace("say so", "say so plainly"))

    yes(team, one)

    other.refresh_from_db()
    assert other.state == State.STALE
    yes(team, propose(fresh(document), actor=team.agent, replaces=other))
    assert "say so plainly" in fresh(document).current.text
    assert "best match first" in fresh(document).current.text


def test_a_text_written_on_an_older_revision_is_brought_together_with_todays(team):
    document = agreed(team)
    specs.save_document(
        team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("say so", "say so plainly")
    )

    asked = propose(document, actor=team.agent, text=TEXT.replace("newest", "best"), base_revision=1)

    assert asked.base.number == 2
    assert asked.revision.text == TEXT.replace("newest", "best").replace("say so", "say so plainly")


def test_a_place_that_both_changed_is_told_by_its_item_and_nothing_is_proposed(team):
    document = agreed(team)
    specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT.replace("newest", "oldest"))

    error = refused(Conflict, document, team, text=TEXT.replace("newest", "best"), base_revision=1)

    (place,) = error.details["conflicts"]
    assert (error.code, place["items"][0]["key"]) == ("merge_conflict", "2.1")
    assert "oldest first" in place["ours"]["text"]
    assert "best first" in place["theirs"]["text"]
    assert fresh(document).revisions.count() == 2


def test_marks_of_progress_are_no_conflict(team):
    document = released(team, "- [ ] 1. Build the index\n- [ ] 2. Show it\n")
    first = propose(document, actor=team.agent, text="- [ ] 1. Build the index\n- [ ] 2. Show the list\n")
    (index, *_) = Task.objects.order_by("position")
    work.set_status(index, actor=team.agent, status=Status.IN_PROGRESS)
    text = full_text(fresh(document)).replace("the index", "an index of words")
    specs.save_document(team.project, actor=team.agent, path=TASKS, text=text)

    second = propose(document, actor=team.agent, replaces=first)

    assert second.revision.text == "- [-] 1. Build an index of words\n- [ ] 2. Show the list\n"


def test_marks_alone_are_never_in_the_way(team):
    text = "# Tasks\n\n- [ ] 1. Build the index\n\nSoon.\n"
    document = released(team, text)
    first = propose(document, actor=team.agent, text=text.replace("[ ]", "[x]").replace("Soon", "Very soon"))
    edited = text.replace("[ ]", "[-]").replace("# Tasks", "# What is to do")
    specs.save_document(team.project, actor=team.agent, path=TASKS, text=edited)

    second = propose(document, actor=team.agent, replaces=first)

    assert second.revision.text == text.replace("# Tasks", "# What is to do").replace("Soon", "Very soon")


BACKLOG = """---
id: task-1
title: Show the list
status: To Do
updated_date: '2026-05-01'
---

## Description

A list of books.
"""


def test_a_task_that_is_a_document_is_released_by_its_approval_and_keeps_its_lines(team):
    document = agreed(team, "backlog/tasks/task-1 - Show-the-list.md", BACKLOG)
    task = Task.objects.get()
    assert task.released_at is not None

    yes(team, propose(document, actor=team.agent, text=BACKLOG.replace("books.", "all books.")))

    assert fresh(document).current.text == BACKLOG.replace("books.", "all books.")


TWINS, MIXED = (
    "".join(f"- [ ] {key}. Write the report of sales for the {name} region\n" for key, name in pairs)
    for pairs in ((("1", "first"), ("2", "second")), (("7", "other"), ("8", "new")))
)


def test_what_cannot_be_told_apart_is_asked_and_the_answer_is_kept(team):
    document = released(team, TWINS)
    first, second = Task.objects.order_by("position")
    work.set_status(first, actor=team.agent, status=Status.IN_PROGRESS)

    error = refused(Conflict, document, team, text=MIXED)

    (question,) = error.details["questions"]
    assert (error.code, question["kind"]) == ("ambiguous_match", "task")
    assert [one["id"] for one in question["before"]] == [first.public_id, second.public_id]
    assert [one["line"] for one in question["after"]] == [1, 2]

    asked = propose(document, actor=team.agent, text=MIXED, matches={first.public_id: 2, second.public_id: 0})
    yes(team, asked)

    rows = {row.key: row for row in Task.objects.filter(present=True)}
    assert (rows["8"].pk, rows["8"].status) == (first.pk, "in_progress")
    assert rows["7"].pk not in (first.pk, second.pk)
    second.refresh_from_db()
    assert second.present is False


@pytest.mark.parametrize(
    "matches",
    [{"task-nobody": 1}, {"first": 3}, {"first": 1, "second": 1}],
    ids=["unknown row", "no item there", "one item for two"],
)
def test_an_answer_that_fits_nothing_is_refused(team, matches):
    document = released(team, TWINS)
    names = dict(zip(("first", "second"), Task.objects.order_by("position"), strict=True))

    given = {names[name].public_id if name in names else name: line for name, line in matches.items()}
    assert refused(Invalid, document, team, text=MIXED, matches=given).code == "unknown_match"


def test_edits_name_what_stands_exactly_once(team):
    document = agreed(team)

    asked = propose(document, actor=team.agent, edits=[("newest first", "best match first"), ("say so", "tell")])

    assert asked.revision.text == TEXT.replace("newest first", "best match first").replace("say so", "tell")
    assert refused(Conflict, document, team, edits=[("SHALL", "MUST")]).code == "edit_not_unique"
    assert refused(Conflict, document, team, edits=[("nowhere", "x")]).code == "edit_not_found"
    assert refused(Conflict, document, team, edits=[("", "x")]).code == "edit_not_found"
    assert refused(Invalid, document, team, edits=[("say so", "x")], text="# T\n").code == "text_and_edits"


def test_what_proposes_nothing_is_refused(team):
    document = agreed(team)
    other = agreed(team, ".spec-workflow/steering/product.md", "# Product\n\nDoors.\n")
    elsewhere = propose(other, actor=team.agent, text="# Product\n\nAll doors.\n")

    assert refused(Conflict, document, team, text=TEXT).code == "nothing_changed"
    assert refused(Invalid, document, team).code == "text_missing"
    assert refused(Conflict, document, team, text="# Requirements\n").code == "nothing_to_approve"
    assert refused(NotFound, document, team, text=TEXT, base_revision=9).code == "revision_not_found"
    assert refused(NotFound, document, team, text=TEXT, replaces=elsewhere).code == "approval_not_found"


def test_what_people_agreed_on_is_replaced_by_nothing(team):
    document = agreed(team)
    asked = yes(team, propose(document, actor=team.agent, text=TEXT.replace("newest", "best")))

    assert refused(Conflict, fresh(document), team, text=TEXT, replaces=asked).code == "wrong_state"


def test_a_stranger_and_a_viewer_propose_nothing(team):
    document = agreed(team)
    for actor in (team.stranger, team.reviewer):
        with pytest.raises((PermissionDenied, NotFound)):
            propose(document, actor=actor, text=TEXT.replace("newest", "best"))


def test_where_the_policy_says_so_an_agreed_text_changes_by_proposal_alone(team):
    document = agreed(team)
    accounts.change_policy(team.project, actor=team.maintainer, policy={"proposals_only": True})
    team.project.refresh_from_db()
    requirement = Requirement.objects.get(key="1")

    for change in (
        lambda: specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT + "\nMore.\n"),
        lambda: specs.add_criterion(requirement, actor=team.agent, text="It is fast"),
    ):
        with pytest.raises(Conflict) as caught:
            change()
        assert caught.value.code == "approved_document"
    yes(team, propose(document, actor=team.agent, text=TEXT.replace("newest", "best")))
    assert "best first" in fresh(document).current.text


def test_a_request_and_a_proposal_wait_side_by_side(team):
    document = agreed(team)
    specs.save_document(team.project, actor=team.agent, path=REQUIREMENTS, text=TEXT + "\nMore.\n")
    direct = approvals.request_approval(document, actor=team.agent)
    asked = propose(document, actor=team.agent, text=TEXT + "\nMore.\n\nAnd more.\n")

    yes(team, asked)

    direct.refresh_from_db()
    assert direct.state == State.STALE
    assert fresh(document).is_approved


def test_a_text_with_errors_is_not_proposed(team):
    document = agreed(team)

    error = refused(Conflict, document, team, text=TEXT.replace("Requirement 2:", "Requirement 1:"))

    assert (error.code, {one["code"] for one in error.details["findings"]}) == ("lint_errors", {"duplicate-id"})


def test_marks_of_progress_are_no_part_of_what_a_proposal_changes(team):
    document = released(team, "- [x] 1. Build the index\n- [ ] 2. Show it\n")
    text = "- [ ] 1. Build the index\n- [x] 2. Show it\n- [ ] 3. Sort it\n"

    compared = change_of(propose(document, actor=team.agent, text=text))

    assert compared.texts == (
        "- [x] 1. Build the index\n- [ ] 2. Show it\n",
        "- [x] 1. Build the index\n- [ ] 2. Show it\n- [ ] 3. Sort it\n",
    )
