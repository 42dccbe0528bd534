"""Traceability at its doors: REST, CSV, and the pages with their drawing (of the tools: mcp_bridge/test_tracing.py)."""

import csv
import io
import re
from html import unescape
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from approvals.models import Approval
from specflow.accounts.capabilities import Scope
from specflow.specs import actions as specs
from specflow.specs.models import Criterion, Requirement
from specflow.specs.tracing import Edge, Node
from specflow.specs.tracing.drawing import draw, width_of, wrapped
from tests.calling import caller, operation
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team, make_spec, make_team
from tests.specs.traced import Work, crowd, make_task, make_work, refer

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def work(team: Team) -> Work:
    return make_work(team)


# REST


def test_a_trace_over_rest_is_that_of_the_domain(team: Team, work: Work) -> None:
    read = caller(team, team.alice)
    body = read("GET", f"trace/{work.task.public_id}").body
    assert body["node"]["id"] == work.task.public_id
    assert [one["kind"] for one in body["above"]] == ["criterion", "requirement"]
    assert {one["kind"] for one in body["below"]} == {"log", "run", "output", "approval"}
    assert [work.criterion.public_id, work.task.public_id] in body["edges"]
    assert body["complete"] is True


def test_every_kind_of_thing_has_a_trace_over_rest(team: Team, work: Work) -> None:
    read = caller(team, team.alice)
    for name in (*work.ids.values(), *Approval.objects.values_list("public_id", flat=True)):
        assert read("GET", f"trace/{name}").body["node"]["id"] == name


def test_unknown_and_foreign_things_are_the_same_over_rest(team: Team, work: Work) -> None:
    other = make_team("other")
    stranger = caller(other, other.alice)
    for name in (*work.ids.values(), "task-0000000000000000", "nothing", "%20", "A" * 2000):
        answer = stranger("GET", f"trace/{name}")
        assert (answer.status, answer.code) == (404, "trace_not_found")
    for path in (f"specs/{work.spec.public_id}/matrix", f"specs/{work.spec.public_id}/matrix.csv", "specs/x/matrix"):
        answer = stranger("GET", path)
        assert (answer.status, answer.code) == (404, "spec_not_found")


@pytest.mark.parametrize("path", ["trace/{task}", "specs/{spec}/matrix", "specs/{spec}/matrix.csv"])
def test_a_key_needs_the_scope_for_reading(team: Team, work: Work, path: str) -> None:
    key = caller(team, team.alice, Scope.TASKS_RUN)
    answer = key("GET", path.format(task=work.task.public_id, spec=work.spec.public_id))
    assert (answer.status, answer.code) == (403, "scope_missing")


@pytest.mark.parametrize("path", ["trace/task-1", "specs/spec-1/matrix", "specs/spec-1/matrix.csv"])
def test_nothing_of_traceability_is_written(team: Team, path: str) -> None:
    read = caller(team, team.alice)
    assert [read(method, path, {}).code for method in ("POST", "PUT", "DELETE")] == ["method_not_allowed"] * 3


def test_a_trace_and_a_matrix_have_etags(team: Team, work: Work) -> None:
    read = caller(team, team.alice)
    for path in (f"trace/{work.task.public_id}", f"specs/{work.spec.public_id}/matrix"):
        tag = read("GET", path).headers["ETag"]
        assert read("GET", path, If_None_Match=tag).status == 304


def test_a_matrix_over_rest_counts_and_lists(team: Team, work: Work) -> None:
    read = caller(team, team.alice)
    body = read("GET", f"specs/{work.spec.public_id}/matrix").body
    assert (len(body["rows"]), body["criteria"], body["covered"]) == (2, 1, 0)
    assert body["uncovered"] == [work.criterion.public_id]
    assert [one["id"] for one in body["rows"][1]["below"]["task"]] == [work.task.public_id]
    only = read("GET", f"specs/{work.spec.public_id}/matrix?uncovered=true").body
    assert [row["criterion"]["id"] for row in only["rows"]] == [work.criterion.public_id]
    assert read("GET", f"specs/{work.spec.public_id}/matrix?uncovered=maybe").code == "invalid_query"


def test_a_matrix_as_csv_comes_as_a_file(team: Team, work: Work) -> None:
    address = f"/api/v1/specs/{work.spec.public_id}/matrix.csv"
    answer = as_(team.bob).get(address)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{work.spec.slug}-matrix.csv"'
    assert answer["Cache-Control"] == "private, no-cache"
    assert len(list(csv.reader(io.StringIO(answer.content.decode())))) == 3
    again = as_(team.bob).get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_schema_describes_the_three_reads() -> None:
    assert operation("get", "/api/v1/trace/task-1")["operationId"] == "get_trace"
    assert operation("get", "/api/v1/specs/spec-1/matrix")["operationId"] == "get_matrix"
    assert "text/csv" in operation("get", "/api/v1/specs/spec-1/matrix.csv")["responses"]["200"]["content"]


def test_rest_costs_the_same_for_one_task_and_for_a_hundred(team: Team, work: Work) -> None:
    bob = as_(team.bob)
    names = (f"trace/{work.requirement.public_id}", f"specs/{work.spec.public_id}/matrix")
    before = [costs(bob, f"/api/v1/{name}") for name in names]
    crowd(team, work)
    assert [costs(bob, f"/api/v1/{name}") for name in names] == before


# Pages


def pages_of(work: Work) -> list[str]:
    """Every address that shows something of traceability."""
    spec = f"/p/demo/specs/{work.spec.slug}"
    names = (*work.ids.values(), *Approval.objects.values_list("public_id", flat=True))
    tabs = ("trace", "trace&only=uncovered", "trace&view=graph", "trace&page=9")
    return [*(f"/p/demo/trace/{one}" for one in names), *(f"{spec}/?tab={one}" for one in tabs), f"{spec}/panels/trace"]


def test_every_thing_has_a_page_of_its_trace(team: Team, work: Work) -> None:
    bob = as_(team.bob)
    for address in pages_of(work):
        assert bob.get(address).status_code == 200, address


def test_a_page_says_where_the_thing_stands_and_leads_to_the_lines(team: Team, work: Work) -> None:
    Requirement.objects.filter(pk=work.requirement.pk).update(start=12, end=18)
    text = as_(team.bob).get(f"/p/demo/trace/{work.requirement.public_id}").content.decode()
    path, number = work.requirement.document.path, work.requirement.document.current.number
    place = (
        f'?tab=requirements&amp;view=text#L12" title="{path}">requirements.md, revision {number}, lines 12\u201318</a>'
    )
    assert place in text


def test_a_line_of_a_document_of_no_tab_is_found_on_the_page_of_the_document(team: Team, work: Work) -> None:
    document = work.requirement.document
    type(document).objects.filter(pk=document.pk).update(kind="specification")
    text = as_(team.bob).get(f"/p/demo/trace/{work.requirement.public_id}").content.decode()
    page = reverse("document", args=("demo", document.public_id))
    assert f'href="{page}?view=text#L{work.requirement.start}"' in text


def test_a_page_lists_what_is_above_and_below_by_kind(team: Team, work: Work) -> None:
    text = as_(team.bob).get(f"/p/demo/trace/{work.task.public_id}").content.decode()
    above, below = text.index('id="trace-above"'), text.index('id="trace-below"')
    assert re.findall(r'group-title">([\w ]+) <', text[above:below]) == ["Acceptance criteria", "Requirements"]
    assert set(re.findall(r'group-title">([\w ]+) <', text[below:])) == {
        "Implementation logs", "Runs", "Approvals", "Outputs",
    }  # fmt: skip


def test_the_drawing_leads_from_each_thing_to_its_own_trace(team: Team, work: Work) -> None:
    text = as_(team.bob).get(f"/p/demo/trace/{work.task.public_id}").content.decode()
    svg = text[text.index("<svg") : text.rindex("</svg>")]
    assert set(work.ids.values()) <= set(re.findall(r'href="/p/demo/trace/([^"]+)"', svg))
    assert svg.count('<path class="trace-curve') == 6
    assert "style=" not in svg
    assert "<script" not in svg


def test_what_is_too_much_for_a_drawing_is_said(team: Team, work: Work) -> None:
    crowd(team, work, 90)
    text = as_(team.bob).get(f"/p/demo/trace/{work.requirement.public_id}").content.decode()
    assert "<svg" not in text
    assert "too many for a drawing of at most 150" in text
    assert "and 41 more" in text


def test_a_thing_that_nothing_is_connected_with_says_how_that_is_done(team: Team) -> None:
    spec = make_spec(team)
    specs.add_requirement(spec, actor=team.agent, title="Tell", condition="locked", action="tell the user")
    lonely = Requirement.objects.get(title="Tell")
    text = as_(team.bob).get(f"/p/demo/trace/{lonely.public_id}").content.decode()
    assert "_Requirements: 1.2_" in text
    assert "A requirement stands on top" in text


def test_a_page_of_another_project_and_of_nothing_are_the_same(team: Team, work: Work) -> None:
    for name in (*work.ids.values(), "task-0000000000000000"):
        answer = as_(team.charlie).get(f"/p/demo-foreign/trace/{name}")
        assert answer.status_code == 404
        assert "trace_not_found" in answer.content.decode()
    assert as_(team.charlie).get(f"/p/demo/trace/{work.task.public_id}").status_code == 404
    assert Client().get(f"/p/demo/trace/{work.task.public_id}").status_code == 302


def test_the_matrix_of_a_spec_shows_its_work_row_by_row(team: Team, work: Work) -> None:
    text = unescape(as_(team.bob).get(f"/p/demo/specs/{work.spec.slug}/?tab=trace").content.decode())
    assert "0 of 1" in text
    assert text.count("<tr") == 3
    for name in (work.requirement.public_id, work.criterion.public_id, work.task.public_id):
        assert f'href="/p/demo/trace/{name}"' in text
    assert f'href="/api/v1/specs/{work.spec.public_id}/matrix.csv"' in text


def test_a_criterion_without_a_task_says_whether_one_is_for_its_requirement(team: Team) -> None:
    work = make_work(team)
    work.task.references.all().delete()
    address = f"/p/demo/specs/{work.spec.slug}/?tab=trace"
    assert as_(team.bob).get(address).content.decode().count("no task<") == 2
    refer(work.task, work.requirement)
    text = as_(team.bob).get(address).content.decode()
    assert (text.count("no task<"), text.count("with its requirement")) == (0, 1)


def test_only_uncovered_leaves_the_rows_of_criteria(team: Team, work: Work) -> None:
    text = as_(team.bob).get(f"/p/demo/specs/{work.spec.slug}/?tab=trace&only=uncovered").content.decode()
    assert text.count("<tr") == 2


def test_a_matrix_without_tasks_says_how_tasks_refer_to_requirements(team: Team) -> None:
    spec = make_spec(team)
    text = as_(team.bob).get(f"/p/demo/specs/{spec.slug}/?tab=trace").content.decode()
    assert "No task refers to a requirement yet" in text
    assert "_Requirements: 1.1, 2_" in text


def test_a_spec_without_requirements_has_an_empty_matrix(team: Team) -> None:
    spec = specs.create_spec(team.project, actor=team.agent, title="Empty")
    text = as_(team.bob).get(f"/p/demo/specs/{spec.slug}/?tab=trace").content.decode()
    assert "Nothing to trace yet" in text


def test_a_task_and_a_run_lead_to_their_traces(team: Team, work: Work) -> None:
    for name, one in (("tasks", work.task), ("runs", work.run)):
        text = as_(team.bob).get(f"/p/demo/{name}/{one.public_id}/").content.decode()
        assert f'href="/p/demo/trace/{one.public_id}"' in text


def test_the_pages_cost_the_same_for_one_task_and_for_a_hundred(team: Team, work: Work) -> None:
    bob = as_(team.bob)
    names = [f"/p/demo/trace/{work.requirement.public_id}", f"/p/demo/trace/{work.task.public_id}"]
    names += [f"/p/demo/specs/{work.spec.slug}/?tab=trace", f"/p/demo/specs/{work.spec.slug}/?tab=trace&view=graph"]
    costs(bob, names[0])
    before = [costs(bob, one) for one in names]
    crowd(team, work)
    assert [costs(bob, one) for one in names] == before


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_stored_never_runs(team: Team, work: Work, payload: str) -> None:
    Requirement.objects.filter(pk=work.requirement.pk).update(title=payload, key=payload[:90])
    Criterion.objects.filter(pk=work.criterion.pk).update(text=payload)
    type(work.task).objects.update(title=payload, key=payload[:90])
    type(work.output).objects.filter(pk=work.output.pk)
    bob = as_(team.bob)
    for address in pages_of(work):
        inert(bob.get(address), payload, address)


# The drawing


def chain(*kinds: str) -> tuple[list[Node], list[Edge]]:
    """A thing of each kind, each below the one before."""
    nodes = [Node(kind, at, f"{kind}-{at}", f"{kind} {at}") for at, kind in enumerate(kinds)]
    return nodes, [Edge(a.id, b.id) for a, b in pairwise(nodes)]


def test_kinds_stand_in_columns_from_left_to_right() -> None:
    nodes, edges = chain("requirement", "criterion", "task", "run", "output")
    drawing = draw(nodes, edges, lambda node: f"/{node.id}", here=nodes[2].id)
    assert [line.text for line in drawing.titles] == ["Requirements", "Criteria", "Tasks", "Logs and runs", "Outputs"]
    assert [box.x for box in drawing.boxes] == sorted({box.x for box in drawing.boxes})
    assert [box.here for box in drawing.boxes] == [False, False, True, False, False]
    assert [curve.near for curve in drawing.curves] == [False, True, True, False]


def test_a_kind_that_nobody_foresaw_has_a_column_of_its_own() -> None:
    nodes, edges = chain("requirement", "sighting")
    assert [line.text for line in draw(nodes, edges, str).titles] == ["Requirements", "Sighting"]


KINDS = st.sampled_from(["requirement", "criterion", "task", "log", "run", "output", "approval", "odd"])


@given(st.lists(st.tuples(KINDS, st.text(max_size=60)), max_size=40), st.data())
def test_boxes_never_overlap_and_all_is_within_the_drawing(things: list[tuple[str, str]], data: st.DataObject) -> None:
    nodes = [Node(kind, at, f"n-{at}", title) for at, (kind, title) in enumerate(things)]
    name = st.sampled_from([one.id for one in nodes] or ["none"])
    edges = [Edge(a, b) for a, b in data.draw(st.lists(st.tuples(name, name), max_size=40))]
    drawing = draw(nodes, edges, lambda node: node.id)
    assert sorted(box.node.id for box in drawing.boxes) == sorted(one.id for one in nodes)
    spots = {(box.x, box.y) for box in drawing.boxes}
    assert len(spots) == len(nodes)
    for box in drawing.boxes:
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height
        assert all(abs(box.y - y) >= box.height for x, y in spots if x == box.x and y != box.y)


@given(st.text(max_size=200), st.integers(24, 200), st.integers(1, 4))
def test_a_title_fits_its_box_in_any_script(text: str, room: int, most: int) -> None:
    lines = wrapped(text, room, most)
    assert len(lines) <= most
    assert all(sum(map(width_of, line)) <= room for line in lines)
    said = "".join(lines).replace(" ", "")
    assert "".join(text.split()).startswith(said.removesuffix("…")) or said == ""


def test_a_title_is_cut_between_words() -> None:
    assert wrapped("Count the failed logins of one", 110, 2) == ["Count the failed", "logins of one"]
    assert wrapped("Count the failed logins of every account", 110, 2) == [
        "Count the failed",
        "logins of every a\u2026",
    ]
    assert wrapped("x" * 50, 70, 2) == ["x" * 10, f"{'x' * 8}\u2026"]


@pytest.mark.parametrize(("more", "drawn"), [(0, True), (1, False)])
def test_a_drawing_has_at_most_150_things(team: Team, work: Work, more: int, drawn: bool) -> None:
    crowd(team, work, 71)
    for number in range(more):
        refer(make_task(work.task, 1000 + number), work.requirement)
    text = as_(team.bob).get(f"/p/demo/trace/{work.requirement.public_id}").content.decode()
    assert text.count('class="trace-box') == (150 if drawn else 0)
