"""Traceability as agents read it: a thing with what is above and below it, and a spec's matrix by pages."""

import pytest

from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from tests.factories import Team, make_team
from tests.specs.traced import Work, crowd, make_work

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def work(team: Team) -> Work:
    return make_work(team)


def use(team: Team, tool: str, **arguments: object) -> tuple[str, dict]:
    """The text and the data of a tool as the robot calls it; a refusal's code instead of the text."""
    result = call(lambda: Session(team.agent, team.project, None), tool, arguments, Offer())
    if result.is_error:
        return result.meta["specflow/error"]["code"], {}
    return result.content[0].text, result.structured_content


def test_an_agent_reads_a_trace_as_an_indented_list(team: Team, work: Work) -> None:
    text, data = use(team, "get_trace", id=work.task.public_id)
    assert data["node"]["id"] == work.task.public_id
    lines = text.splitlines()
    assert lines[0].startswith(f"Trace of task {work.task.key} Count failures [pending] ({work.task.public_id}; ")
    above = lines[lines.index("Above (2):") + 1 :][:2]
    assert [one[:14] for one in above] == ["  - criterion ", "    - requirem"]
    assert any(line.startswith("    - output stdout") for line in lines)


def test_an_agent_is_told_where_a_thing_stands(team: Team, work: Work) -> None:
    text, _ = use(team, "get_trace", id=work.criterion.public_id)
    path, start = work.criterion.document.path, work.criterion.start
    assert f"{path}, revision {work.criterion.document.current.number}, line {start})" in text.splitlines()[0]


def test_a_trace_of_nothing_is_refused_with_the_code_of_the_other_doors(team: Team, work: Work) -> None:
    stranger = make_team("other")
    assert use(stranger, "get_trace", id=work.task.public_id)[0] == "trace_not_found"
    assert use(team, "get_trace", id="task-0000000000000000")[0] == "trace_not_found"
    assert use(stranger, "get_matrix", spec_id=work.spec.public_id)[0] == "spec_not_found"


def test_an_agent_reads_which_criteria_are_open(team: Team, work: Work) -> None:
    text, data = use(team, "get_matrix", spec_id=work.spec.slug)
    assert text.startswith("Shown to be met: 0 of 1 criterion.")
    assert f"  - [open] criterion {work.criterion.key}" in text
    assert len(data["rows"]) == 2
    _, only = use(team, "get_matrix", spec_id=work.spec.slug, uncovered_only=True)
    assert [row["criterion"]["id"] for row in only["rows"]] == [work.criterion.public_id]


def test_an_agent_reads_a_long_matrix_page_by_page(team: Team, work: Work) -> None:
    crowd(team, work, 3)
    _, whole = use(team, "get_matrix", spec_id=work.spec.slug)
    rows, cursor = [], None
    while not rows or cursor:
        text, page = use(team, "get_matrix", spec_id=work.spec.slug, limit=1, cursor=cursor)
        rows, cursor = [*rows, *page["rows"]], page["next_cursor"]
        assert (f"cursor={cursor}." in text.splitlines()[-1]) is bool(cursor)
        assert len(page["rows"]) == 1
        assert (page["criteria"], page["uncovered"]) == (whole["criteria"], whole["uncovered"])
    assert (rows, whole["next_cursor"]) == (whole["rows"], None)
    assert len(rows) > 1
    assert use(team, "get_matrix", spec_id=work.spec.slug, cursor="crit-0")[0] == "invalid_cursor"


def test_a_long_trace_is_shortened_for_an_agent(team: Team, work: Work) -> None:
    crowd(team, work, 300)
    text, data = use(team, "get_trace", id=work.requirement.public_id)
    assert "[Shortened: " in text.splitlines()[-1]
    assert len(text) < 21_000
    assert data["shortened"]["items_left_out"] > 0
