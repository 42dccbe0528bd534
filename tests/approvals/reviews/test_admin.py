"""Reviews in the admin: read by members, changed by nobody."""

import pytest
from django.urls import reverse

from approvals.models import Review
from approvals.reviewing import Found, record_review
from specflow.accounts.actors import Actor
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_
from tests.factories import Team
from tests.specs.traced import Work

LIST = "admin:approvals_review_changelist"


def address(row: Review) -> str:
    return reverse("admin:approvals_review_change", args=[row.pk])


def test_a_review_is_read_with_its_findings_and_how_it_stands(team: Team, work: Work, ada: Actor) -> None:
    row = record_review(work.task, actor=ada, verdict="pass", summary="All of it works")
    found = [Found("critical", "Never reset", file="lock.py", line=12)]
    second = record_review(work.task, actor=ada, verdict="fail", summary="No", findings=found)
    bob = as_(team.bob)
    assert "ada" in bob.get(reverse(LIST)).content.decode()
    assert "stale" in bob.get(address(row)).content.decode()
    text = bob.get(address(second)).content.decode()
    for words in ("Never reset", "lock.py:12", "Critical"):
        assert words in text


def test_nobody_changes_a_review_and_a_stranger_sees_none(team: Team, work: Work, ada: Actor) -> None:
    row = record_review(work.task, actor=ada, verdict="pass", summary="All of it works")
    alice, charlie = as_(team.alice), as_(team.charlie)
    alice.post(address(row), {"summary": "Mine", "verdict": "fail"})
    delete = alice.post(reverse("admin:approvals_review_delete", args=[row.pk]), {"post": "yes"})
    assert delete.status_code == 403
    assert [(one.summary, one.verdict) for one in Review.objects.all()] == [("All of it works", "pass")]
    assert "All of it works" not in charlie.get(address(row), follow=True).content.decode()
    assert f"/{row.pk}/change/" not in charlie.get(reverse(LIST)).content.decode()


@pytest.mark.parametrize("payload", PAYLOADS[:4])
def test_what_a_review_says_does_not_run_there(team: Team, work: Work, ada: Actor, payload: str) -> None:
    found = [Found("info", payload, payload, payload, 1, payload)]
    row = record_review(work.task, actor=ada, verdict="findings", summary=payload, findings=found)
    text = as_(team.bob).get(address(row)).content.decode()
    assert payload not in text
