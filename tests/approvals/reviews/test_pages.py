"""Reviews on the page of their task, and the form by which a person gives one."""

import re

import pytest

from approvals.models import Review
from approvals.reviewing import Found, record_review
from specflow.accounts import actions as accounts
from specflow.accounts.actors import Actor
from tasks.models import ImplementationLog, Reference
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team, make_released_task
from tests.specs.traced import Work, refer


def page(work: Work) -> str:
    return f"/p/demo/tasks/{work.task.public_id}/"


def form(work: Work) -> str:
    return f"{page(work)[:-1]}/review"


def begun(team: Team, work: Work, **more: str) -> dict[str, str]:
    """What the form holds when bob opens it, with what he types."""
    text = as_(team.bob).get(form(work)).content.decode()
    hidden = dict(re.findall(r'name="(digest|rows)" value="([^"]*)"', text))
    return {**hidden, "summary": "It works", **more}


def test_a_task_without_a_review_says_who_gives_one_and_leads_there(team: Team, work: Work) -> None:
    text = as_(team.bob).get(page(work)).content.decode()
    assert "Not reviewed yet" in text
    assert f'href="{form(work)}"' in text
    accounts.change_policy(team.project, actor=team.maintainer, policy={"review_required": True})
    assert "only with a review that passed" in as_(team.bob).get(page(work)).content.decode()


def test_the_page_has_each_review_with_its_findings_and_how_it_stands(team: Team, work: Work, ada: Actor) -> None:
    found = [Found("critical", "Never reset", "The count stays.", "lock.py", 12, criterion=work.criterion.key)]
    record_review(work.task, actor=ada, verdict="fail", summary="Not yet", findings=found)
    record_review(work.task, actor=ada, verdict="pass", summary="All of it works")
    text = as_(team.bob).get(page(work)).content.decode()
    for words in ("v1", "Not yet", "Critical", "Never reset", "The count stays.", "lock.py:12", "Failed"):
        assert words in text
    for words in ("v2", "All of it works", "Passed"):
        assert words in text
    ImplementationLog.objects.create(project=team.project, task=work.task, summary="More", author=team.robot)
    assert "Counts no more" in as_(team.bob).get(page(work)).content.decode()


def test_a_person_passes_the_work_that_they_saw(team: Team, work: Work) -> None:
    answer = as_(team.bob).post(form(work), begun(team, work, do="pass", summary="It works.\r\nTried it."))
    row = Review.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{page(work)}#reviews")
    assert (row.verdict, row.summary, row.reviewer) == ("pass", "It works.\nTried it.", team.bob)


def test_findings_of_the_form_make_the_verdict_and_empty_ones_are_none(team: Team, work: Work) -> None:
    sent = begun(team, work, do="findings", **{"severity-0": "warning", "severity-1": "critical", "title-1": "Stays"})
    sent |= {"file-1": "lock.py", "line-1": "12", "criterion-1": work.criterion.public_id}
    as_(team.bob).post(form(work), sent)
    row = Review.objects.get()
    [found] = row.findings.all()
    assert (row.verdict, found.title, found.file, found.line) == ("fail", "Stays", "lock.py", 12)
    assert found.criterion == work.criterion


@pytest.mark.parametrize(
    ("typed", "status", "code"),
    [
        ({"do": "findings"}, 400, "verdict_mismatch"),
        ({"do": "pass", "title-0": "But", "severity-0": "info"}, 400, "verdict_mismatch"),
        ({"do": "findings", "title-0": "T", "severity-0": "info", "line-0": "x"}, 400, "invalid_finding"),
        ({"do": "findings", "title-0": "T", "severity-0": "worst"}, 400, "invalid_finding"),
        ({"do": "pass", "summary": " "}, 400, "missing_value"),
        ({"do": "pass", "digest": "0"}, 409, "stale_digest"),
    ],
)
def test_what_does_not_fit_comes_back_with_what_was_typed(
    team: Team, work: Work, typed: dict[str, str], status: int, code: str
) -> None:
    answer = as_(team.bob).post(form(work), begun(team, work, **typed))
    text = answer.content.decode()
    assert (answer.status_code, f'<code class="subtle">{code}</code>' in text) == (status, True)
    assert typed.get("summary", "It works") in text
    assert typed.get("title-0", "") in text
    assert not Review.objects.exists()


def test_there_is_room_for_another_finding(team: Team, work: Work) -> None:
    answer = as_(team.bob).post(form(work), begun(team, work, **{"do": "more", "title-0": "First"}))
    text = answer.content.decode()
    assert text.count("<fieldset") == 3
    assert 'value="First"' in text


def test_of_a_requirement_that_is_named_as_a_whole_a_person_ticks_what_is_met(team: Team, work: Work) -> None:
    Reference.objects.all().delete()
    refer(work.task, work.requirement)
    sent = begun(team, work, do="pass", criteria=work.criterion.public_id)
    as_(team.bob).post(form(work), sent)
    assert [one.criterion for one in Review.objects.get().met.all()] == [work.criterion]


def test_who_did_the_work_sees_why_they_may_not_and_gets_no_form(team: Team, work: Work) -> None:
    ImplementationLog.objects.update(author=team.alice)
    alice = as_(team.alice)
    text = alice.get(page(work)).content.decode()
    assert "You cannot review this work: you are an author of it." in text
    assert form(work) not in text
    assert (alice.get(form(work)).status_code, alice.post(form(work), {"do": "pass"}).status_code) == (403, 403)


def test_a_task_without_work_is_not_reviewed(team: Team) -> None:
    task = make_released_task(team)
    answer = as_(team.bob).get(f"/p/demo/tasks/{task.public_id}/review")
    assert (answer.status_code, "nothing_to_review" in answer.content.decode()) == (409, True)


def test_a_stranger_finds_no_form(team: Team, work: Work) -> None:
    charlie = as_(team.charlie)
    assert charlie.get(form(work)).status_code == 404
    assert charlie.get(form(work).replace("/demo/", "/demo-foreign/")).status_code == 404


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_review_says_never_runs(team: Team, work: Work, ada: Actor, payload: str) -> None:
    found = [Found("info", payload, payload, payload, 1, payload)]
    row = record_review(work.task, actor=ada, verdict="findings", summary=payload, findings=found)
    work.log.__class__.objects.update(summary=payload, files_created=[payload])
    bob = as_(team.bob)
    for address in (page(work), form(work), f"/p/demo/trace/{row.public_id}"):
        inert(bob.get(address), payload, address)
    refused = bob.post(form(work), begun(team, work, **{"do": "pass", "title-0": payload, "summary": payload}))
    assert refused.status_code == 400
    assert "<script>alert" not in refused.content.decode()


def test_a_task_with_many_reviews_costs_what_it_costs_with_one(team: Team, work: Work, ada: Actor) -> None:
    bob = as_(team.bob)
    bob.get(page(work))

    def review() -> None:
        found = [Found("info", f"T{number}", criterion=work.criterion.key) for number in range(3)]
        record_review(work.task, actor=ada, verdict="findings", summary="S", findings=found)

    record_review(work.task, actor=ada, verdict="pass", summary="S")
    review()
    before = costs(bob, page(work))
    for _ in range(20):
        review()
    record_review(work.task, actor=ada, verdict="pass", summary="S")
    assert costs(bob, page(work)) == before


def test_a_review_stands_in_the_drawing_and_the_matrix_of_its_spec(team: Team, work: Work, ada: Actor) -> None:
    record_review(work.task, actor=ada, verdict="pass", summary="All of it works")
    bob = as_(team.bob)
    text = bob.get(f"/p/demo/trace/{work.criterion.public_id}").content.decode()
    assert "Reviews" in text
    assert "All of it works" in text
    tab = bob.get("/p/demo/specs/login-lock/?tab=trace").content.decode()
    assert "1 of 1" in tab
    assert 'title="Review: All of it works"' in tab
    assert "All of it works" in bob.get("/p/demo/specs/login-lock/?tab=trace&view=graph").content.decode()
