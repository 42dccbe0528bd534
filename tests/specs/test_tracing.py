"""What stands above and below a thing, how far a trace goes, and the matrix of a spec."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from approvals.models import Approval
from specflow.accounts import actions as accounts
from specflow.accounts.actors import from_key
from specflow.accounts.capabilities import Scope
from specflow.errors import NotFound, PermissionDenied
from specflow.specs import actions as specs
from specflow.specs import tracing
from specflow.specs.models import Criterion, Requirement
from specflow.specs.tracing import Edge, Graph, Node, graph_of, matrix, trace
from specflow.specs.tracing.matrix import Matrix, Row, matrix_of
from tasks.models import Task
from tests.factories import Team, make_spec, make_team
from tests.specs.traced import Work, make_run, make_task, make_work, refer

BELOW = {"criterion", "task", "log", "run", "output", "approval"}


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def work(team: Team) -> Work:
    return make_work(team)


def kinds(nodes: list[Node]) -> set[str]:
    return {one.kind for one in nodes}


def names(nodes: list[Node]) -> list[str]:
    return [one.id for one in nodes]


def test_below_a_requirement_stands_everything_that_came_of_it(team: Team, work: Work) -> None:
    found = trace(team.reviewer, work.requirement.public_id)
    assert found.node.title == "Lock"
    assert (found.above, kinds(found.below), found.complete) == ([], BELOW, True)
    assert {work.criterion.public_id, work.task.public_id, work.output.public_id} < set(names(found.below))


@pytest.mark.parametrize("kind", ["task", "log", "run", "output"])
def test_above_work_stands_the_criterion_and_its_requirement(team: Team, work: Work, kind: str) -> None:
    found = trace(team.reviewer, work.ids[kind])
    assert names(found.above)[-2:] == [work.criterion.public_id, work.requirement.public_id]


def test_a_criterion_has_its_requirement_above_and_its_work_below(team: Team, work: Work) -> None:
    found = trace(team.reviewer, work.criterion.public_id)
    assert names(found.above) == [work.requirement.public_id]
    assert kinds(found.below) == {"task", "log", "run", "output", "approval"}


@pytest.mark.parametrize(("document", "above"), [("requirements", {"requirement"}), ("design", set())])
def test_an_approval_stands_below_what_its_document_says(team: Team, work: Work, document: str, above: set) -> None:
    approval = Approval.objects.get(document__kind=document)
    assert kinds(trace(team.reviewer, approval.public_id).above) == above


def test_an_approval_of_tasks_stands_below_them_and_what_they_are_for(team: Team, work: Work) -> None:
    approval = Approval.objects.get(document__kind="tasks")
    assert kinds(trace(team.reviewer, approval.public_id).above) == {"task", "criterion", "requirement"}


def test_every_thing_says_where_it_stands(team: Team, work: Work) -> None:
    node = trace(team.reviewer, work.criterion.public_id).node
    document = work.criterion.document
    assert (node.path, node.revision) == (document.path, document.current.number)
    assert node.lines == (work.criterion.start, work.criterion.end)
    said = document.current.text.splitlines()[node.lines[0] - 1 : node.lines[1]]
    assert node.title in "\n".join(said)


def test_what_is_above_and_below_are_one_relation(team: Team, work: Work) -> None:
    """Whatever stands below a thing has that thing above it."""
    for name in work.ids.values():
        for other in trace(team.reviewer, name).below:
            assert name in names(trace(team.reviewer, other.id).above), (name, other)


def test_a_task_for_a_whole_requirement_stands_below_it_and_below_none_of_its_criteria(team: Team, work: Work) -> None:
    task = make_task(work.task, 7)
    refer(task, work.requirement)
    assert Edge(work.requirement.public_id, task.public_id) in trace(team.reviewer, work.requirement.public_id).edges
    assert task.public_id not in names(trace(team.reviewer, work.criterion.public_id).below)
    assert names(trace(team.reviewer, task.public_id).above) == [work.requirement.public_id]


def test_a_task_that_names_a_criterion_twice_stands_below_it_once(team: Team, work: Work) -> None:
    refer(work.task, work.requirement, work.criterion)
    found = trace(team.reviewer, work.criterion.public_id)
    assert len(found.edges) == len(set(found.edges))
    assert names(found.below).count(work.task.public_id) == 1


def test_what_a_text_says_no_more_stands_below_nothing(team: Team, work: Work) -> None:
    Task.objects.filter(pk=work.task.pk).update(present=False)
    assert kinds(trace(team.reviewer, work.criterion.public_id).below) == set()


def test_what_a_text_says_no_more_is_still_found_and_above_what_came_of_it(team: Team, work: Work) -> None:
    Task.objects.filter(pk=work.task.pk).update(present=False)
    node = trace(team.reviewer, work.task.public_id).node
    assert (node.state, node.revision, node.lines) == ("removed", None, None)
    assert work.task.public_id in names(trace(team.reviewer, work.output.public_id).above)


def test_unknown_and_foreign_things_are_the_same(team: Team, work: Work) -> None:
    for name in (*work.ids.values(), "task-0000000000000000", "task-", "", "nothing", "doc-1", "x" * 5000):
        with pytest.raises(NotFound) as refused:
            trace(team.stranger, name)
        assert refused.value.code == "trace_not_found"


def test_a_thing_of_another_project_is_unknown_in_this_one(team: Team, work: Work) -> None:
    with pytest.raises(NotFound):
        trace(team.maintainer, work.task.public_id, team.foreign)


def test_a_key_reads_traces_only_with_the_scope_for_it(team: Team, work: Work) -> None:
    key = accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=[Scope.TASKS_RUN])
    with pytest.raises(PermissionDenied) as refused:
        trace(from_key(key, door="api"), work.task.public_id)
    assert refused.value.code == "scope_missing"


def test_a_trace_costs_the_same_for_one_task_and_for_a_hundred(team: Team, work: Work) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            trace(team.reviewer, work.requirement.public_id)
        return len(asked)

    before = cost()
    for number in range(2, 100):
        task = make_task(work.task, number)
        refer(task, work.requirement, work.criterion)
        make_run(team, task)
    assert cost() == before


def test_a_trace_that_is_too_long_says_so_and_keeps_what_is_nearest(
    team: Team, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2, 12):
        refer(make_task(work.task, number), work.requirement, work.criterion)
    monkeypatch.setattr(tracing, "MOST", 6)
    found = trace(team.reviewer, work.requirement.public_id)
    assert (len(found.below), found.complete) == (5, False)
    assert found.below[0].id == work.criterion.public_id
    reached = {found.node.id, *names(found.below)}
    assert all({one.above, one.below} <= reached for one in found.edges)


def test_a_way_with_too_many_pairs_is_cut_and_says_so(team: Team, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2, 12):
        refer(make_task(work.task, number), work.requirement, work.criterion)
    monkeypatch.setattr(tracing, "PAIRS", 4)
    found = trace(team.reviewer, work.criterion.public_id)
    assert not found.complete
    assert len([one for one in found.below if one.kind == "task"]) == 4


def test_a_graph_has_the_requirements_of_a_spec_in_order_and_only_its_own(team: Team, work: Work) -> None:
    other = make_spec(team, "Another")
    specs.add_requirement(work.spec, actor=team.agent, title="Tell", condition="locked", action="tell the user")
    graph = graph_of(work.spec)
    assert [one.title for one in graph.nodes if one.kind == "requirement"] == ["Lock", "Tell"]
    assert other.requirements.get().public_id not in names(graph.nodes)
    assert len(graph.edges) == len(set(graph.edges))


def test_a_requirement_that_a_text_says_no_more_is_in_no_matrix(team: Team, work: Work) -> None:
    Requirement.objects.filter(pk=work.requirement.pk).update(present=False)
    Criterion.objects.filter(pk=work.criterion.pk).update(present=False)
    assert matrix_of(graph_of(work.spec)).rows == []


def test_a_matrix_has_a_row_for_each_requirement_and_criterion(team: Team, work: Work) -> None:
    of_requirement, of_criterion = matrix_of(graph_of(work.spec)).rows
    assert (of_requirement.criterion, of_requirement.covered) == (None, None)
    assert set(of_requirement.below) == {"approval"}
    assert of_criterion.criterion.id == work.criterion.public_id
    assert set(of_criterion.below) == {"task", "log", "run", "output", "approval"}
    assert of_criterion.covered is False


def test_a_criterion_is_covered_by_what_counts_as_evidence(
    team: Team, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "evidence", {("run", "succeeded")})
    assert matrix_of(graph_of(work.spec)).uncovered == []
    work.run.__class__.objects.update(status="failed")
    assert [row.criterion.id for row in matrix_of(graph_of(work.spec)).uncovered] == [work.criterion.public_id]


def test_a_matrix_whose_rows_hold_too_much_ends_and_says_so(
    team: Team, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "MOST", 3)
    found = matrix_of(graph_of(work.spec))
    assert (len(found.rows), found.complete) == (1, False)


def test_a_matrix_as_csv_is_read_back(team: Team, work: Work) -> None:
    head, *lines = csv.reader(io.StringIO(matrix_of(graph_of(work.spec)).as_csv()))
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    assert [row["criterion_text"] for row in rows] == ["", work.criterion.text]
    assert rows[1]["task"] == f"{work.task.key} (pending)"
    assert rows[1]["covered"] == "no"
    assert rows[1]["first_line"] == str(work.criterion.start)


TEXTS = st.text(max_size=40) | st.sampled_from(["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", '"=1', "a,b\r\nc"])


@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
def test_no_cell_of_the_csv_is_a_formula_and_no_text_is_lost(texts: list[str]) -> None:
    nodes = [Node("requirement", at, f"req-{at}", text, key=text) for at, text in enumerate(texts)]
    written = Matrix([Row(one, None, {"task": [one]}) for one in nodes]).as_csv()
    head, *lines = csv.reader(io.StringIO(written, newline=""))
    assert len(lines) == len(texts)
    for text, line in zip(texts, lines, strict=True):
        cell = line[head.index("requirement_title")]
        assert cell in (text, f"'{text}")
        assert not any(one.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for one in line)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30))
def test_a_matrix_ends_whatever_the_edges_are(pairs: list[tuple[int, int]]) -> None:
    """A circle cannot be, and would not hang it."""
    kinds = ("requirement", "criterion", "task")
    nodes = [Node(kinds[at % 3], at, f"n-{at}", str(at)) for at in range(9)]
    found = matrix_of(Graph(nodes, [Edge(f"n-{a}", f"n-{b}") for a, b in pairs]))
    assert [row.requirement.id for row in found.rows if not row.criterion] == ["n-0", "n-3", "n-6"]
