"""MCP over HTTP under daphne, in the application that serves everything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx2
import pytest

from tests.mcp_bridge.product import HELLO, Product, connected, line

SCOPES = ("specs:read", "specs:write", "approvals:request")
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


@pytest.fixture(scope="module")
def address(product: Product) -> Iterator[str]:
    with product.http() as address:
        yield address


@pytest.fixture(scope="module")
def key(product: Product) -> str:
    return product.key(*SCOPES, user="web-robot")


def bearer(key: str, **more: str) -> dict[str, str]:
    return {**HEADERS, "authorization": f"Bearer {key}", **more}


async def test_an_agent_works_over_http_and_the_gate_holds(address: str, key: str, foreign_spec: str) -> None:
    async with connected(address, key) as use:
        spec = (await use("create_spec", project_id="demo", title='{"a":1}')).data["id"]
        await use("add_requirement", spec_id=spec, title="Lock", condition="five logins fail", action="lock")
        assert (await use("approve_requirements", spec_id=spec)).code == "approval_required"
        read = await use("get_spec", spec_id=spec)
        assert (read.data["title"], read.data["phase"]) == ('{"a":1}', "requirements")
        assert (await use("get_spec", spec_id=foreign_spec)).code == "spec_not_found"
        assert (await use("run_task", task_id="task-x")).code in {"scope_missing", "task_not_found"}
        large = await use("create_spec", project_id="demo", title="Large", description="x" * 5_000_000)
        assert large.code == "too_large"


async def test_sixteen_calls_at_once_are_all_made(address: str, key: str) -> None:
    async with connected(address, key) as use:
        replies = await asyncio.gather(
            *(use("create_spec", project_id="demo", title=f"Web {number}") for number in range(16))
        )
    assert len({one.data["id"] for one in replies}) == 16


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"authorization": ""}, 401, "unauthenticated"),
        ({"authorization": "Bearer sf_wrong"}, 401, "key_unknown"),
        ({"host": "evil.example"}, 421, "foreign_host"),
        ({"origin": "http://evil.example"}, 403, "foreign_origin"),
        ({"origin": "null"}, 403, "foreign_origin"),
    ],
)
async def test_a_stranger_is_refused(address: str, key: str, more: dict[str, str], status: int, code: str) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.post(address, headers=bearer(key, **more), content=HELLO.splitlines()[0])
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("www-authenticate" in answer.headers) is (status == 401)


async def test_the_own_origin_and_the_other_header_for_keys_are_taken(address: str, key: str) -> None:
    headers = {**HEADERS, "x-api-key": key, "origin": address.removesuffix("/mcp")}
    async with httpx2.AsyncClient() as client:
        answer = await client.post(address, headers=headers, content=HELLO.splitlines()[0])
    assert answer.status_code == 200


async def test_a_session_is_of_the_key_that_opened_it(product: Product, address: str, key: str) -> None:
    other = product.key("specs:read", user="web-robot")
    call = line("tools/list", id=2)
    async with httpx2.AsyncClient() as client:
        opened = await client.post(address, headers=bearer(key), content=HELLO.splitlines()[0])
        session = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
        taken = await client.post(address, headers=bearer(other, **session), content=call)
        own = await client.post(address, headers=bearer(key, **session), content=call)
    assert (taken.status_code, own.status_code) == (404, 200)


async def test_a_revoked_key_stops_at_once(product: Product, address: str) -> None:
    key = product.key("specs:read", user="soon-gone")
    call = line("tools/call", {"name": "list_specs", "arguments": {}}, id=2)
    async with httpx2.AsyncClient() as client:
        opened = await client.post(address, headers=bearer(key), content=HELLO.splitlines()[0])
        session = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
        before = await client.post(address, headers=bearer(key, **session), content=call)
        product.shell(
            "from specflow.accounts import actions, actors; from specflow.accounts.models import ApiKey; "
            "actions.revoke_key(ApiKey.objects.get(user__username='soon-gone'), actor=actors.system(door='cli'))"
        )
        after = await client.post(address, headers=bearer(key, **session), content=call)
    assert before.status_code == 200
    assert (after.status_code, after.json()["code"]) == (401, "key_revoked")


async def test_sigterm_ends_daphne_while_a_stream_is_open(product: Product, key: str) -> None:
    """`Product.http` asserts on the exit code; without the reactor's trigger daphne hung here."""
    with product.http() as address:
        async with httpx2.AsyncClient() as client:
            opened = await client.post(address, headers=bearer(key), content=HELLO.splitlines()[0])
            session = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
            async with client.stream("GET", address, headers=bearer(key, **session)) as stream:
                assert stream.status_code == 200
