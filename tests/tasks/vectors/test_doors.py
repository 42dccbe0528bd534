"""Test vectors at their doors: REST and the command line."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.accounts.capabilities import Scope
from specflow.specs.models import Spec
from tests.calling import caller
from tests.factories import Team, make_team
from tests.tasks.vectors.booking import Server, program, use_vectors

pytestmark = pytest.mark.django_db


# REST


def test_a_specs_vectors_come_in_the_order_of_the_text(team: Team, spec: Spec) -> None:
    read = caller(team, team.robot)
    found: list[dict[str, Any]] = []
    address = f"specs/{spec.public_id}/vectors?limit=4"
    while address:
        page = read("GET", address).body
        found += page["results"]
        address = (page["next"] or "").partition("/api/v1/")[2]
    assert [one["key"] for one in found] == list(spec.vectors.order_by("position").values_list("key", flat=True))
    first = found[0]
    assert (first["input"], first["expected"], first["expects"]) == (
        {"locker": 7, "code": "123456", "used": True}, {"door": "closed"}, True,
    )  # fmt: skip
    assert first["criterion"] == spec.requirements.get().criteria.get(key="OPEN.1").public_id
    assert first["call"] == {"method": "POST", "path": "/lockers/{locker}/codes"}
    criteria = read("GET", f"specs/{spec.public_id}/vectors?kind=criterion&state=untried").body["results"]
    assert [one["target"] for one in criteria] == ["OPEN.2"]


def test_a_run_over_rest_reports_what_failed_with_input_expected_and_got(
    team: Team, spec: Spec, tmp_path: Path
) -> None:
    use_vectors(team, command=program(tmp_path, 'print("{\\"output\\": {\\"door\\": \\"open\\"}}")'))
    robot = caller(team, team.robot)
    made = robot("POST", f"specs/{spec.public_id}/vectors/run", {})
    assert (made.status, made.body["good"]) == (201, False)
    assert made.body["counts"]["failed"] == len(made.body["failures"]) > 1
    first = made.body["failures"][0]
    assert (first["title"], first["message"]) == ("A code that was used", "Something else came out.")
    assert (first["expected"], first["got"]) == ({"door": "closed"}, {"output": {"door": "open"}})
    again = robot("GET", f"vector-runs/{made.body['id']}")
    assert again.body == made.body
    assert robot("GET", f"vector-runs/{made.body['id']}", If_None_Match=again.headers["ETag"]).status == 304
    runs = robot("GET", f"specs/{spec.public_id}/vector-runs").body["results"]
    assert [one["id"] for one in runs] == [made.body["id"]]


def test_a_run_against_an_address_over_rest(team: Team, spec: Spec, server: Server) -> None:
    use_vectors(team, addresses=[server.address])
    robot = caller(team, team.robot)
    made = robot("POST", f"specs/{spec.public_id}/vectors/run", {"address": server.address})
    assert (made.status, made.body["good"], made.body["target"]) == (201, True, server.address)
    refused = robot("POST", f"specs/{spec.public_id}/vectors/run", {"address": "http://127.0.0.1:1"})
    assert (refused.status, refused.code) == (403, "address_not_allowed")
    assert robot("POST", f"specs/{spec.public_id}/vectors/run", {"command": ["id"]}).code == "unknown_field"


def test_who_may_run_and_read_over_rest(team: Team, spec: Spec) -> None:
    use_vectors(team, command=["true"])
    address = f"specs/{spec.public_id}/vectors"
    assert caller(team, team.bob)("POST", f"{address}/run", {}).code == "role_may_not"
    assert caller(team, team.robot, Scope.SPECS_READ)("POST", f"{address}/run", {}).code == "scope_missing"
    assert caller(team, team.robot, Scope.TASKS_RUN)("GET", address).code == "scope_missing"
    other = make_team("other")
    stranger = caller(other, other.alice)
    assert stranger("GET", address).code == "spec_not_found"
    assert stranger("POST", f"{address}/run", {}).code == "spec_not_found"
    made = caller(team, team.robot)("POST", f"{address}/run", {}).body
    answer = stranger("GET", f"vector-runs/{made['id']}")
    assert (answer.status, answer.code) == (404, "vector_run_not_found")


# The agents' tools


def use(team: Team, tool: str, **arguments: object) -> tuple[str, dict[str, Any]]:
    """The text and the data of a tool as the robot calls it; a refusal's code instead of the text."""
    result = call(lambda: Session(team.agent, team.project, None), tool, arguments, Offer())
    if result.is_error:
        return result.meta["specflow/error"]["code"], {}
    return result.content[0].text, result.structured_content


def test_an_agent_lists_vectors_and_pages_through_them(team: Team, spec: Spec) -> None:
    text, data = use(team, "list_vectors", spec_id="lockers", limit=1)
    first = spec.vectors.get(kind="example")
    assert text.splitlines()[1] == f"- [untried] A code that was used (specflow/lockers.yaml:28, ID: {first.public_id})"
    _, following = use(team, "list_vectors", spec_id="lockers", limit=200, cursor=data["next_cursor"])
    assert len(following["vectors"]) == spec.vectors.count() - 1
    assert use(team, "list_vectors", spec_id="lockers", state="failed")[1]["vectors"] == []


def test_an_agent_runs_vectors_and_reads_what_failed(team: Team, spec: Spec, server: Server, tmp_path: Path) -> None:
    silent = program(tmp_path, "pass")
    use_vectors(team, addresses=[server.address], command=silent)
    text, data = use(team, "run_vectors", spec_id="lockers", address=server.address)
    assert data["good"] is True
    assert f"test vectors against {server.address}" in text
    text, data = use(team, "run_vectors", spec_id="lockers")
    assert data["good"] is False
    assert "FAILED A code that was used" in text
    assert use(team, "run_vectors", spec_id="lockers", address="http://127.0.0.1:1")[0] == "address_not_allowed"


def test_a_server_for_reading_does_not_run_vectors() -> None:
    names = {one.name for one in Offer(read_only=True).tools()}
    assert "list_vectors" in names
    assert "run_vectors" not in names


# The command line


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("vectors", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_lists_vectors_as_text_and_json(team: Team, spec: Spec) -> None:
    text = command("list", "--project", "demo", "--spec", "lockers")
    assert "untried  specflow/lockers.yaml:28 A code that was used" in text.splitlines()
    said = json.loads(command("list", "--project", "demo", "--spec", spec.public_id, "--format", "json"))
    assert len(said["vectors"]) == spec.vectors.count() == len(text.splitlines())


def test_the_command_runs_them_and_ends_well(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path))
    total = spec.vectors.count()
    text = command("run", "--project", "demo", "--spec", "lockers")
    assert text == f"{total} test vectors against the project's command: {total} passed.\n"


def test_the_command_ends_with_1_where_something_failed(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path, 'print("{\\"output\\": {\\"door\\": \\"open\\"}}")'))
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("vectors", "run", "--project", "demo", "--spec", "lockers", stdout=out)
    assert ended.value.code == 1
    lines = out.getvalue().splitlines()
    at = lines.index("FAILED A code that was used (specflow/lockers.yaml:28, /examples/0)")
    assert lines[at + 1 : at + 5] == [
        "  Something else came out.",
        '  input:    {"locker": 7, "code": "123456", "used": true}',
        '  expected: {"door": "closed"}',
        '  got:      {"output": {"door": "open"}}',
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--project", "demo", "--spec", "lockers"), "no_vector_target"),
        (("--project", "demo", "--spec", "lockers", "--address", "http://127.0.0.1:1"), "address_not_allowed"),
        (("--project", "demo", "--spec", "nothing"), "spec_not_found"),
        (("--project", "nothing", "--spec", "lockers"), "project_not_found"),
        (("--project", "demo", "--spec", "a\0b"), "invalid_text"),
    ],
)
def test_the_command_ends_with_2_where_nothing_could_be_run(
    team: Team, spec: Spec, arguments: tuple[str, ...], code: str
) -> None:
    with pytest.raises(CommandError) as refused:
        command("run", *arguments)
    assert refused.value.returncode == 2
    assert str(refused.value).startswith(f"{code}: ")
