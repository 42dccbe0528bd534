"""Remarks on a text: where they may stand, who resolves them, and approvals that wait for that."""

import pytest

from approvals import actions as approvals
from approvals.models import Comment, State
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Role
from specflow.errors import DomainError, NotFound
from specflow.specs.models import Document
from tests.factories import PASSWORD, Team, make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def document(team) -> Document:
    return make_spec(team).documents.get(kind="requirements")


def refusal(call) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.code


def last_line(document: Document) -> int:
    return document.current.text.count("\n") + 1


def test_a_comment_stands_on_the_current_text_or_on_some_of_its_lines(team, document):
    whole = approvals.add_comment(document, actor=team.reviewer, text="Who unlocks it?")
    line = approvals.add_comment(document, actor=team.reviewer, text="Five?", start=3)
    lines = approvals.add_comment(document, actor=team.reviewer, text="Sure?", start=1, end=last_line(document))

    assert (whole.revision, whole.start, whole.end) == (document.current, None, None)
    assert (line.start, line.end) == (3, 3)
    assert (lines.start, lines.end) == (1, last_line(document))


@pytest.mark.parametrize(("start", "end"), [(0, 1), (-1, None), (2, 1), (1, 10_000), (10_000, None), (None, 3)])
def test_lines_that_the_text_does_not_have_are_refused(team, document, start, end):
    code = refusal(lambda: approvals.add_comment(document, actor=team.reviewer, text="?", start=start, end=end))

    assert code == "invalid_lines"
    assert not Comment.objects.exists()


@pytest.mark.parametrize(("text", "code"), [("", "missing_value"), (" \n", "missing_value"), ("a\0b", "invalid_text")])
def test_a_comment_says_something_that_can_be_kept(team, document, text, code):
    assert refusal(lambda: approvals.add_comment(document, actor=team.reviewer, text=text)) == code


def test_a_comment_on_a_request_stands_on_the_text_that_was_asked_about(team, document):
    asked = approvals.request_approval(document, actor=team.agent)

    row = approvals.add_comment(document, actor=team.reviewer, text="Vague", approval=asked, start=1)

    assert (row.approval, row.revision) == (asked, asked.revision)


def test_a_comment_does_not_go_to_the_request_of_another_document(team, document):
    other = approvals.request_approval(make_spec(team, "Search").documents.get(kind="requirements"), actor=team.agent)

    with pytest.raises(NotFound) as caught:
        approvals.add_comment(document, actor=team.reviewer, text="Vague", approval=other)
    assert caught.value.code == "approval_not_found"


def test_a_viewer_does_not_comment(team, document):
    accounts.add_member(team.project, team.charlie, actor=team.maintainer, role=Role.VIEWER)

    assert refusal(lambda: approvals.add_comment(document, actor=team.stranger, text="Hm")) == "role_may_not"


def test_a_persons_comment_is_resolved_by_a_person_once(team, document):
    row = approvals.add_comment(document, actor=team.reviewer, text="Who unlocks it?")

    assert refusal(lambda: approvals.resolve_comment(row, actor=team.agent)) == "agent_may_not"
    assert approvals.resolve_comment(row, actor=team.maintainer).resolved_by == team.alice
    assert refusal(lambda: approvals.resolve_comment(row, actor=team.maintainer)) == "wrong_state"


def test_an_agent_resolves_its_own_comment(team, document):
    row = approvals.add_comment(document, actor=team.agent, text="I was not sure here")

    assert approvals.resolve_comment(row, actor=team.agent).resolved_by == team.robot


def test_where_the_policy_says_so_an_approval_waits_for_every_comment_to_be_resolved(team, document):
    accounts.change_policy(team.project, actor=team.maintainer, policy={"comments_resolved": True})
    asked = approvals.request_approval(document, actor=team.agent)
    row = approvals.add_comment(document, actor=team.reviewer, text="Who unlocks it?")

    def decide():
        return approvals.approve(asked, actor=team.reviewer, digest=asked.digest)

    assert refusal(decide) == "comments_open"
    approvals.resolve_comment(row, actor=team.reviewer)
    assert decide().state == State.APPROVED


def test_without_that_policy_a_comment_holds_nothing_up(team, document):
    asked = approvals.request_approval(document, actor=team.agent)
    approvals.add_comment(document, actor=team.reviewer, text="Who unlocks it?")

    assert approvals.approve(asked, actor=team.reviewer, digest=asked.digest).state == State.APPROVED


def test_a_stranger_neither_comments_nor_resolves(team, document):
    row = approvals.add_comment(document, actor=team.reviewer, text="Hm")
    outside = team.session(accounts.create_person("eve", actor=actors.system(door="cli"), password=PASSWORD))

    assert refusal(lambda: approvals.add_comment(document, actor=outside, text="Hm")) == "project_not_found"
    assert refusal(lambda: approvals.resolve_comment(row, actor=outside)) == "project_not_found"
