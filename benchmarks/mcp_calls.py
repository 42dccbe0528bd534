"""MCP: the start on stdio, and each tool's p95 beside that of an empty tool, with 1,000 specs in the database."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

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
DOORS = ("stdio", "http")
READ_LIMIT, WRITE_LIMIT, START_LIMIT = 3.0, 5.0, 1.4
T = TypeVar("T")
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


async def _writes(session: ClientSession, door: int) -> Calls:
    """Each call writes to a spec of its own, as agents do: `begun` ones have requirements, `agreed` ones a released
    task. Each door has other specs than the one before; the order lets no call make stale what a later one needs."""
    count, half = (WRITES + timing.WARM) * ROUNDS, SPECS // 2
    begun, agreed = (range(first + door * half // 2, first + door * half // 2 + count) for first in (0, half))
    places = [await _place(session, number) for number in begun]
    tasks = [await _task(session, number) for number in agreed]
    requirement = {"title": "Unlock", "condition": "an hour has passed", "action": "unlock the account"}
    ask = {"action": "request", "type": "document", "category": "spec", "title": "Please read"}
    artifacts = {"functions": [{"name": "count_failure", "purpose": "Counts", "location": "src/counter.py:12"}]}
    return {
        "create_spec": _each(range(count), lambda n: {"project_id": "demo", "title": f"Measured {door} {n}"}),
        "add_requirement": _each(begun, lambda n: {"spec_id": f"spec-{n}", **requirement}),
        "add_acceptance_criterion": _each(places, lambda place: {**place, "text": "It is seen at once"}),
        "create_ticket": lambda n: {"project_id": "demo", "title": f"Ticket {n}"},
        "approvals": _each(begun, lambda n: {**ask, "categoryName": f"spec-{n}", "filePath": _requirements(n)}),
        "run_task": _each(tasks, lambda task: {"task_id": task}),
        "update_task_status": _each(tasks, lambda task: {"task_id": task, "status": "in_progress"}),
        "log-implementation": _each(
            agreed,
            lambda n: {"specName": f"spec-{n}", "taskId": "1", "summary": "Counts failures", "artifacts": artifacts},
        ),
        "add_spec_task": _each(agreed, lambda n: {"spec_id": f"spec-{n}", "title": "Clear the counter"}),
        "update_design": _each(agreed, lambda n: {"spec_id": f"spec-{n}", "architecture": "One table of counters."}),
    }


def _each(things: Iterable[T], arguments: Callable[[T], dict[str, Any]]) -> Callable[[int], dict[str, Any]]:
    """Arguments for the next of the things at each call."""
    rest = iter(things)
    return lambda _: arguments(next(rest))


def _requirements(number: int) -> str:
    return f".spec-workflow/specs/spec-{number}/requirements.md"


async def _place(session: ClientSession, number: int) -> dict[str, Any]:
    """A spec and its first requirement, as arguments."""
    answer = await session.call_tool("get_spec", {"spec_id": f"spec-{number}"})
    first = (answer.structured_content or {})["requirements"][0]
    return {"spec_id": f"spec-{number}", "requirement_id": first["id"]}


async def _task(session: ClientSession, number: int) -> str:
    """The id of the spec's first task."""
    answer = await session.call_tool("list_tasks", {"spec_id": f"spec-{number}"})
    return str((answer.structured_content or {})["tasks"][0]["id"])


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
    product.serve("--no-demo", "--no-worker")  # the runs that are asked for would be carried out in between
    scopes = "specs:read,specs:write,tasks:write,tasks:run,approvals:request"
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
        ("write", await _writes(ours, DOORS.index(door)), WRITES, WRITE_LIMIT),
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
