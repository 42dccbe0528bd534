"""Reviews of one task at the same moment."""

import pytest

from approvals.reviewing import Found, prepare, record_review
from approvals.reviews.queries import state_of
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.errors import DomainError
from tasks.actions import log_implementation
from tests.factories import make_team
from tests.specs.traced import make_work
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
REVIEWERS = 8


def test_each_of_many_at_once_has_a_number_of_its_own() -> None:
    team = make_team()
    work, owner = make_work(team), actors.system(door="cli")
    agents = [accounts.create_agent(f"a{n}", actor=owner, project=team.project) for n in range(REVIEWERS)]
    found = [Found("info", "T")]
    ended = at_once(
        [
            lambda one=one: record_review(
                work.task,
                actor=actors.local_agent(one, team.project),
                verdict="findings",
                summary="S",
                findings=found,
            )
            for one in agents
        ]
    )
    assert sorted(row.version for row in ended.values) == list(range(1, REVIEWERS + 1)), ended.codes


def test_a_pass_never_counts_for_work_that_came_at_the_same_moment() -> None:
    team = make_team()
    work = make_work(team)
    for _ in range(10):
        digest = prepare(work.task, actor=team.reviewer).digest
        ended = at_once(
            [
                lambda digest=digest: record_review(
                    work.task, actor=team.reviewer, verdict="pass", summary="S", digest=digest
                ),
                lambda: log_implementation(
                    work.task, actor=team.agent, summary="More", artifacts={"functions": ["count"]}
                ),
            ]
        )
        passed, _ = ended.results
        assert isinstance(passed, DomainError) or state_of(passed) == "stale", ended.codes
        assert ended.codes in ([], ["stale_digest"])
