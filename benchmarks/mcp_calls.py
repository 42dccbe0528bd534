"""MCP: the start on stdio, and each tool's p95 beside that of an empty tool, with 1,000 specs in the database."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters

from benchmarks import timing
from benchmarks.report import Figure
from benchmarks.timing import Times
from tests.e2e.product import Product
from tests.services.launch import free_port
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]
SPECS = 1000
READS, WRITES, ROUNDS = 200, 60, 3
READ_LIMIT, WRITE_LIMIT, START_LIMIT = 3.0, 5.0, 1.4
Calls = dict[str, Callable[[int], dict[str, Any]]]


async def measure(folder: Path) -> list[Figure]:
    """The figures of both transports."""
    product = Product(folder)
    try:
        product.run("migrate", "-v0")
        seeding = product.start("-m", "benchmarks.seed", "demo", str(SPECS), name="seed")
        if seeding.wait(120):
            raise RuntimeError(seeding.said[-2000:])
        spec = seeding.said.split()[-1]
        return [*await _on_stdio(product, spec), *await _on_http(product, spec)]
    finally:
        product.close()


def _reads(spec: str) -> Calls:
    return {
        "get_spec": lambda _: {"spec_id": spec},
        "list_specs": lambda _: {"project_id": "demo"},
        "list_tasks": lambda _: {"spec_id": spec},
        "spec-status": lambda _: {"specName": spec},
    }


async def _writes(session: ClientSession) -> Calls:
    """Each call writes to a spec of its own, as agents do."""
    numbers, specs = count(), count()
    places = iter([await _place(session, f"spec-{number}") for number in range(500, 500 + (WRITES + 20) * ROUNDS)])
    requirement = {"title": "Unlock", "condition": "an hour has passed", "action": "unlock the account"}
    return {
        "create_spec": lambda _: {"project_id": "demo", "title": f"Measured {next(numbers)}"},
        "add_requirement": lambda _: {"spec_id": f"spec-{next(specs)}", **requirement},
        "add_acceptance_criterion": lambda _: {**next(places), "text": "It is seen at once"},
        "create_ticket": lambda n: {"project_id": "demo", "title": f"Ticket {n}"},
    }


async def _place(session: ClientSession, slug: str) -> dict[str, Any]:
    """A spec and its first requirement, as arguments."""
    answer = await session.call_tool("get_spec", {"spec_id": slug})
    first = (answer.structured_content or {})["requirements"][0]
    return {"spec_id": slug, "requirement_id": first["id"]}


async def _on_stdio(product: Product, spec: str) -> list[Figure]:
    floor = StdioServerParameters(command=sys.executable, args=["benchmarks/floor.py", "stdio"], cwd=ROOT)
    ours = StdioServerParameters(
        command=sys.executable, args=["manage.py", "mcp_serve", "--project", "demo", "--agent", "bench"],
        cwd=ROOT, env=product.environment,
    )  # fmt: skip
    starts: dict[str, list[float]] = {"floor": [], "ours": []}
    for _ in range(5):
        for name, params in (("floor", floor), ("ours", ours)):
            async with timing.stdio(params) as (_session, seconds):
                starts[name].append(seconds)
    begin, bare = (sorted(starts[name])[2] for name in ("ours", "floor"))
    figures = [
        Figure("mcp stdio: start to initialize", begin / bare, "x", START_LIMIT, f"{begin:.2f} s / {bare:.2f} s")
    ]
    async with timing.stdio(floor) as (empty, _), timing.stdio(ours) as (session, _):
        return figures + await _compared("stdio", empty, session, spec)


async def _on_http(product: Product, spec: str) -> list[Figure]:
    product.serve("--no-demo")
    scopes = "specs:read,specs:write,tasks:write,approvals:request"
    said = product.run("key_create", "--project", "demo", "--user", "bench", "--agent", "--scopes", scopes)
    with _floor_over_http() as url:
        async with timing.http(url) as empty, timing.http(f"{product.url}/mcp", said.split()[-1]) as session:
            return await _compared("http", empty, session, spec)


@contextmanager
def _floor_over_http() -> Iterator[str]:
    """The floor's address while it runs."""
    port = free_port()
    command = [sys.executable, "benchmarks/floor.py", "http", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))

    def answers() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/mcp", timeout=1)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    try:
        wait_until(answers, within=20, what="the floor over HTTP")
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()


async def _compared(door: str, empty: ClientSession, ours: ClientSession, spec: str) -> list[Figure]:
    """Each tool's p95 over the empty tool's; both in turn, so that a change of the machine's speed hits both."""
    figures = []
    for kind, tools, calls, limit in (
        ("read", _reads(spec), READS, READ_LIMIT),
        ("write", await _writes(ours), WRITES, WRITE_LIMIT),
    ):
        for tool, arguments in tools.items():
            floors, times = [], []
            for _ in range(ROUNDS):
                floors.append(await timing.calls(empty, "empty", lambda _: {}, READS))
                times.append(await timing.calls(ours, tool, arguments, calls))
            figures.append(_figure(f"mcp {door}: {kind} {tool}", times, floors, limit))
    return figures


def _figure(name: str, times: list[Times], floors: list[Times], limit: float) -> Figure:
    ratio = sorted(one.p95 / floor.p95 for one, floor in zip(times, floors, strict=True))[len(times) // 2]
    middle = sorted(times, key=lambda one: one.p95)[len(times) // 2]
    floor = sorted(floors, key=lambda one: one.p95)[len(floors) // 2]
    return Figure(name, ratio, "x", limit, f"p50/p95 {middle.p50:.2f}/{middle.p95:.2f} ms, empty {floor.p95:.2f} ms")
