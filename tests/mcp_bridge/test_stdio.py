"""The stdio server as a process, with the SDK's own client."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.mcp_bridge.product import HELLO, ROOT, Product, line

NINE = {
    "create_spec",
    "get_spec",
    "add_requirement",
    "add_acceptance_criterion",
    "update_design",
    "add_spec_task",
    "create_ticket",
    "approve_requirements",
    "approve_design",
}
THREE = {"approvals", "spec-status", "log-implementation"}
APPROVE = """
from approvals import actions
from approvals.models import Approval
from specflow.accounts import actors
from specflow.accounts.models import User
asked = Approval.objects.get(public_id="{}")
bob = actors.from_session(User.objects.get(username="bob"), door="admin")
actions.approve(asked, actor=bob, digest=asked.digest)
"""


async def test_an_agent_goes_from_an_empty_spec_through_the_gates(product: Product) -> None:
    async with product.stdio("--project", "demo", "--agent", "robot") as use:
        made = await use("create_spec", project_id="demo", title="Login lock", description="Guards accounts.")
        spec = made.data["id"]
        assert made.text == f"Created spec 'Login lock' (ID: {spec})"
        added = await use(
            "add_requirement", spec_id=spec, title="Lock", condition="five logins fail", action="lock the account"
        )
        assert added.text == f"Added requirement 'Lock' (ID: {added.data['id']})"
        criterion = await use(
            "add_acceptance_criterion", spec_id=spec, requirement_id=added.data["id"], text="The sixth is refused"
        )
        assert criterion.text == f"Added criterion (ID: {criterion.data['id']}): The sixth is refused"
        assert (await use("update_design", spec_id=spec, architecture="A counter")).code == "phase_gate"
        assert (await use("approve_design", spec_id=spec)).code == "phase_gate"

        refused = await use("approve_requirements", spec_id=spec)
        again = await use("approve_requirements", spec_id=spec)
        assert refused.is_error
        assert (refused.code, again.code) == ("approval_required", "approval_required")
        asked = refused.error["details"]
        assert asked == again.error["details"]
        assert asked["state"] == "pending"
        assert asked["url"].endswith("/change/")
        assert (await use("get_spec", spec_id=spec)).data["phase"] == "requirements"

        product.shell(APPROVE.format(asked["approval"]))
        moved = await use("approve_requirements", spec_id=spec)
        assert moved.text == f"Requirements approved for spec {spec}. Now in Design phase."
        design = await use(
            "update_design",
            spec_id=spec,
            architecture="A counter",
            data_model="Counter(user, failures)",
            api_spec=[{"method": "GET", "endpoint": "/lock", "description": "Says whether"}],
        )
        assert design.text == f"Updated design for spec {spec}"
        product.shell(APPROVE.format((await use("approve_design", spec_id=spec)).error["details"]["approval"]))
        assert "Now in Tasks phase." in (await use("approve_design", spec_id=spec)).text
        task = await use("add_spec_task", spec_id=spec, title="Count failures", priority="high")
        assert task.text == f"Added task 'Count failures' (ID: {task.data['id']})"
        assert (await use("update_task_status", task_id=task.data["id"], status="in_progress")).code == "not_released"
        ticket = await use("create_ticket", title="Watch the lock")
        assert ticket.text == f"Created ticket 'Watch the lock' (ID: {ticket.data['id']})"

        whole = (await use("get_spec", spec_id="login-lock")).text
    for expected in (
        f"Spec: Login lock (ID: {spec})",
        "Status: draft | Phase: tasks",
        "Progress: 0%",
        "    WHEN five logins fail\n    THE SYSTEM SHALL lock the account",
        "The sixth is refused",
        "Architecture: A counter",
        "GET /lock Says whether",
        "- [pending] Count failures (high)",
    ):
        assert expected in whole


async def test_every_tool_is_listed_with_schemas_that_refuse_what_they_do_not_know(product: Product) -> None:
    async with product.stdio("--project", "demo") as use:
        tools = await use.tools()
    assert set(tools) >= NINE | THREE
    for tool in tools.values():
        assert tool.input_schema["additionalProperties"] is False, tool.name
        assert tool.output_schema["type"] == "object", tool.name
        assert tool.description
        assert tool.annotations.read_only_hint is not None
        assert all("description" in one for one in tool.input_schema["properties"].values()), tool.name


@pytest.mark.parametrize("value", ['{"a":1}', "[1]", "null", "123", "true", '"x"', "1e400"])
async def test_a_string_that_looks_like_json_comes_back_as_it_was(product: Product, value: str) -> None:
    async with product.stdio("--project", "demo") as use:
        spec = (await use("create_spec", project_id="demo", title=value, description=value)).data["id"]
        requirement = await use("add_requirement", spec_id=spec, title=value, condition=value, action=value)
        await use("add_acceptance_criterion", spec_id=spec, requirement_id=requirement.data["id"], text=value)
        read = (await use("get_spec", spec_id=spec)).data
    [row] = read["requirements"]
    assert (read["title"], read["description"]) == (value, value)
    assert (row["title"], row["condition"], row["action"]) == (value, value, value)
    assert row["criteria"][0]["text"] == value


async def test_wrong_calls_are_told_what_is_wrong(product: Product, foreign_spec: str) -> None:
    async with product.stdio("--project", "demo") as use:
        unknown = await use("get_spec", spec_id="x", verbose=True)
        missing = await use("add_requirement", spec_id="x", title="t")
        number = await use("create_spec", project_id="demo", title=5)
        tool = await use("drop_tables")
        absent = await use("get_spec", spec_id="spec-does-not-exist")
        foreign = await use("get_spec", spec_id=foreign_spec)
        project = await use("create_spec", project_id="foreign", title="Mine")
        control = await use("create_spec", project_id="demo", title="a\x00b")
        large = await use("create_spec", project_id="demo", title="Large", description="x" * 5_000_000)
        listed = await use("list_specs")
    assert unknown.error["details"]["errors"] == [{"field": "verbose", "problem": "Extra inputs are not permitted"}]
    assert [one["field"] for one in missing.error["details"]["errors"]] == ["condition", "action"]
    assert number.error["details"]["errors"][0]["field"] == "title"
    assert {unknown.code, missing.code, number.code} == {"invalid_arguments"}
    assert tool.code == "unknown_tool"
    assert (absent.code, foreign.code, project.code) == ("spec_not_found", "spec_not_found", "project_not_found")
    assert (control.code, large.code) == ("invalid_text", "too_large")
    assert "Large" not in {one["title"] for one in listed.data["specs"]}
    for refused in (unknown, tool, absent, large):
        assert refused.is_error
        assert refused.data is None
        assert json.loads(refused.text) == refused.error
        assert set(refused.error) == {"code", "message", "details", "next_steps"}


async def test_sixteen_calls_at_once_are_all_made(product: Product) -> None:
    async with product.stdio("--project", "demo") as use:
        replies = await asyncio.gather(
            *(use("create_spec", project_id="demo", title=f"At once {number}") for number in range(16))
        )
        found = await use("search_specs", query="At once")
    assert not any(one.is_error for one in replies)
    assert len({one.data["slug"] for one in replies}) == 16
    assert len(found.data["specs"]) == 16


async def test_a_revoked_key_stops_at_once(product: Product) -> None:
    key = product.key("specs:read", user="keyed")
    async with product.stdio(SPECFLOW_API_KEY=key) as use:
        assert not (await use("list_specs")).is_error
        assert (await use("create_spec", project_id="demo", title="No")).code == "scope_missing"
        product.shell(
            "from specflow.accounts import actions, actors; from specflow.accounts.models import ApiKey; "
            "actions.revoke_key(ApiKey.objects.get(user__username='keyed'), actor=actors.system(door='cli'))"
        )
        assert (await use("list_specs")).code == "key_revoked"
        assert (await use("spec-status", specName="x")).code == "key_revoked"


async def test_a_read_only_server_offers_and_does_nothing_that_writes(product: Product) -> None:
    async with product.stdio("--project", "demo", "--read-only") as use:
        tools = await use.tools()
        refused = await use("create_spec", project_id="demo", title="No")
    assert all(one.annotations.read_only_hint for one in tools.values())
    assert {"get_spec", "list_specs", "spec-status"} <= set(tools)
    assert refused.code == "tool_not_offered"


async def test_toolsets_choose_what_is_offered(product: Product) -> None:
    async with product.stdio("--project", "demo", "--toolsets", "workflow") as use:
        assert set(await use.tools()) >= THREE
        assert not set(await use.tools()) & NINE
        assert (await use("get_spec", spec_id="x")).code == "tool_not_offered"


def test_nothing_but_the_protocol_reaches_standard_output(product: Product) -> None:
    talk = (
        b"this is no JSON\n",
        HELLO,
        b"\n",
        b'{"jsonrpc":"2.0"}\n',
        b"\xff\xfe\n",
        line("tools/call", {"name": "get_spec", "arguments": {"spec_id": "nope"}}, id=2),
        line("tools/call", {"name": "create_spec", "arguments": {"project_id": "demo", "title": "\ud800"}}, id=3),
        line("tools/call", {"name": "get_spec", "arguments": {"spec_id": "\ud800"}}, id=4),
        line("resources/\ud800", id=5),
    )
    server = product.raw("--project", "demo")
    out, _ = server.communicate(b"".join(talk), timeout=30)
    answers = [json.loads(one) for one in out.splitlines()]
    assert server.returncode == 0
    assert all(one["jsonrpc"] == "2.0" for one in answers)
    assert [one["error"]["code"] for one in answers if one.get("id") is None] == [-32700, -32700, -32700]
    results = {one["id"]: one["result"] for one in answers if "result" in one}
    broken = [(one["id"], one["error"]["code"]) for one in answers if one.get("id") and "error" in one]
    assert results[1]["serverInfo"]["name"] == "specflow"
    assert results[2]["_meta"]["specflow/error"]["code"] == "spec_not_found"
    assert results[3]["_meta"]["specflow/error"]["code"] == "invalid_text"
    assert results[4]["_meta"]["specflow/error"]["code"] == "invalid_text"
    assert broken == [(5, -32603)]


def test_a_line_over_the_limit_is_refused_and_the_next_one_served(product: Product) -> None:
    server = product.raw("--project", "demo")
    out, _ = server.communicate(b"x" * (17 * 1024 * 1024) + b"\n" + HELLO, timeout=30)
    answers = [json.loads(one) for one in out.splitlines()]
    assert answers[0]["error"]["code"] == -32700
    assert answers[1]["id"] == 1


def test_input_may_be_a_file(product: Product, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(HELLO + line("tools/list", id=2))
    with (tmp_path / "in").open("rb") as given, (tmp_path / "out").open("wb") as taken:
        done = subprocess.run(
            product.command("mcp_serve", "--project", "demo"),
            cwd=ROOT,
            env=product.environment,
            stdin=given,
            stdout=taken,
            timeout=30,
            check=False,
        )
    assert done.returncode == 0
    assert [json.loads(one)["id"] for one in (tmp_path / "out").read_bytes().splitlines()] == [1, 2]


def test_sigterm_ends_it_in_good_order(product: Product) -> None:
    server = product.raw("--project", "demo")
    assert server.stdin
    assert server.stdout
    server.stdin.write(HELLO)
    server.stdin.flush()
    assert json.loads(server.stdout.readline())["id"] == 1
    server.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert server.wait(10) == 0
    assert time.monotonic() - began < 5
    server.communicate()


def test_a_fresh_home_is_made_ready_quietly_by_several_at_once(tmp_path: Path, folder: Path) -> None:
    fresh = Product(tmp_path / "fresh")
    servers = [fresh.raw("--workspace", str(folder)) for _ in range(3)]
    for server in servers:
        out, err = server.communicate(HELLO, timeout=60)
        assert server.returncode == 0, err
        assert json.loads(out)["id"] == 1
    said = fresh.shell("from specflow.accounts.models import Project; print(list(Project.objects.values_list('slug')))")
    assert said == "[('login',)]"


@pytest.mark.parametrize(
    ("arguments", "environment", "code"),
    [
        (("--project", "nowhere"), {}, "project_not_found"),
        (("--project", "demo", "--agent", "alice"), {}, "not_an_agent"),
        (("--toolsets", "specs,magic"), {}, "There is no toolset magic"),
        ((), {"SPECFLOW_API_KEY": "sf_wrong"}, "key_unknown"),
        (("--workspace", "/nowhere/at/all"), {}, "There is no folder"),
    ],
)
def test_a_server_that_cannot_serve_says_why_and_ends(
    product: Product, arguments: tuple[str, ...], environment: dict[str, str], code: str
) -> None:
    server = product.raw(*arguments, **environment)
    out, err = server.communicate(b"", timeout=30)
    assert server.returncode == 1
    assert out == b""
    assert code in err.decode()
    assert "Traceback" not in err.decode()


def test_starting_loads_neither_the_admin_nor_the_worker(product: Product) -> None:
    code = (
        "import os, sys; os.environ['SPECFLOW_LEAN'] = '1'; import django; django.setup(); "
        "import mcp_bridge.opening, mcp_bridge.server, mcp_bridge.stdio; from mcp_bridge.registry import Offer; "
        "Offer().tools(); heavy = ('rest_framework', 'celery', 'daphne', 'unfold', 'twisted', 'channels'); "
        "print([one for one in heavy if one in sys.modules])"
    )
    environment = {**product.environment, "DJANGO_SETTINGS_MODULE": "specflow.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
