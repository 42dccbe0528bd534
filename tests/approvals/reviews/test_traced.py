"""Reviews in a trace, and the coverage that a pass gives."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.models import Review
from approvals.reviewing import Found, record_review
from specflow.accounts.actors import Actor
from specflow.specs.tracing import Node, graph_of, trace
from specflow.specs.tracing.matrix import Matrix, matrix_of
from tasks.models import ImplementationLog, Reference, Task
from tests.factories import Team
from tests.specs.traced import Work, make_task, refer


def passing(work: Work, by: Actor, **more: object) -> Review:
    return record_review(work.task, actor=by, verdict="pass", summary="All of it works", **more)


def matrix(work: Work) -> Matrix:
    return matrix_of(graph_of(work.spec))


def reviews(nodes: list[Node]) -> list[tuple[str, str, str]]:
    return [(one.key, one.title, one.state) for one in nodes if one.kind == "review"]


def test_a_review_stands_below_its_task_and_below_what_the_task_names(team: Team, work: Work, ada: Actor) -> None:
    row = passing(work, ada)
    for thing in (work.task, work.criterion, work.requirement):
        assert reviews(trace(team.reviewer, thing.public_id).below) == [("v1", "All of it works", "passed")]
    found = trace(team.reviewer, row.public_id)
    assert [one.id for one in found.above] == [
        work.task.public_id, work.criterion.public_id, work.requirement.public_id,
    ]  # fmt: skip
    assert (found.node.state, found.node.spec, found.below) == ("passed", work.spec.slug, [])


def test_a_criterion_whose_task_passed_a_review_is_covered_until_the_pass_counts_no_more(
    team: Team, work: Work, ada: Actor
) -> None:
    assert [row.criterion.id for row in matrix(work).uncovered] == [work.criterion.public_id]
    passing(work, ada)
    assert matrix(work).uncovered == []
    ImplementationLog.objects.create(project=team.project, task=work.task, summary="More", author=team.robot)
    assert len(matrix(work).uncovered) == 1
    assert reviews(trace(team.reviewer, work.task.public_id).below) == [("v1", "All of it works", "stale")]


@pytest.mark.parametrize(
    ("verdict", "severity", "state"), [("fail", "critical", "failed"), ("findings", "info", "findings")]
)
def test_a_review_that_found_something_covers_nothing(
    team: Team, work: Work, ada: Actor, verdict: str, severity: str, state: str
) -> None:
    found = [Found(severity, "Something")]
    record_review(
        work.task, actor=ada, verdict=verdict, summary="S", findings=found, criteria=[work.criterion.public_id]
    )
    assert len(matrix(work).uncovered) == 1
    assert reviews(trace(team.reviewer, work.criterion.public_id).below) == [("v1", "S", state)]


def test_a_task_for_a_whole_requirement_covers_the_criteria_that_its_reviewer_saw_met(
    team: Team, work: Work, ada: Actor
) -> None:
    Reference.objects.all().delete()
    refer(work.task, work.requirement)
    passing(work, ada)
    assert len(matrix(work).uncovered) == 1
    row = passing(work, ada, criteria=[work.criterion.key])
    assert matrix(work).uncovered == []
    assert [one.id for one in trace(team.reviewer, work.criterion.public_id).below] == [row.public_id]
    assert work.criterion.public_id in [one.id for one in trace(team.reviewer, row.public_id).above]


def test_the_matrix_as_csv_has_reviews_and_how_they_stand(team: Team, work: Work, ada: Actor) -> None:
    record_review(work.task, actor=ada, verdict="findings", summary="S", findings=[Found("info", "T")])
    passing(work, ada)
    head, _, line = csv.reader(io.StringIO(matrix(work).as_csv()))
    row = dict(zip(head, line, strict=True))
    assert (row["review"], row["covered"]) == ("v1 (findings); v2 (passed)", "yes")


def test_a_trace_with_a_hundred_reviews_costs_what_it_costs_with_one(team: Team, work: Work, ada: Actor) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert {state for *_, state in reviews(trace(team.reviewer, work.requirement.public_id).below)} == {
                "passed"
            }
        return len(asked)

    passing(work, ada)
    before = cost()
    made = [make_task(work.task, number) for number in range(2, 101)]
    for task in made:
        refer(task, work.requirement, work.criterion)
        ImplementationLog.objects.create(project=team.project, task=task, summary="S", author=team.robot)
        record_review(Task.objects.get(pk=task.pk), actor=ada, verdict="pass", summary="S")
    assert cost() == before
