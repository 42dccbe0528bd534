"""From the commit of a change in one process to the WebSocket message in another."""

import asyncio
import json
import sys
import time
from pathlib import Path

import websockets

from benchmarks.report import Figure
from benchmarks.timing import Times
from tests.e2e.product import ROOT, Browser, Product

CHANGES = 200
# Another process makes a change each 40 ms and says when each was committed.
WRITER = """
import sys, time
import django; django.setup()
from specflow.accounts import actors
from specflow.accounts.models import Project
from specflow.specs import actions
owner = actors.system(door="cli")
spec = actions.create_spec(Project.objects.get(slug="demo"), actor=owner, title="Watched")
for number in range(int(sys.argv[1])):
    time.sleep(0.04)
    actions.update_spec(spec, actor=owner, title=f"Watched {number}")
    print(number, time.time(), flush=True)
"""


async def measure(product: Product, name: str, limit: float) -> list[Figure]:
    """The p95 in milliseconds on this stack; the product serves already."""
    cookie = Browser(product.url).cookie
    address = product.url.replace("http", "ws", 1) + "/ws"
    async with websockets.connect(address, additional_headers={"Cookie": cookie}, origin=product.url) as socket:
        await socket.send(json.dumps({"type": "subscribe", "project": "demo", "topics": ["specs"]}))
        writing = asyncio.create_task(_write(product))
        heard: dict[int, float] = {}
        while len(heard) < CHANGES:
            event = json.loads(await asyncio.wait_for(socket.recv(), 30))
            if event.get("verb") == "spec.updated":
                heard[int(event["data"]["title"].split()[-1])] = asyncio.get_running_loop().time()
        committed = await writing
    times = Times.of([heard[number] - at for number, at in committed.items()])
    return [Figure(f"feed {name}: commit to WebSocket, p95", times.p95, "ms", limit, f"p50 {times.p50:.1f} ms")]


async def _write(product: Product) -> dict[int, float]:
    """When each change was committed, on this loop's clock."""
    offset = asyncio.get_running_loop().time() - time.time()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(CHANGES), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**product.environment, "DJANGO_SETTINGS_MODULE": "specflow.settings"},
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the writer failed")
    rows = (line.split() for line in said.decode().splitlines())
    return {int(number): float(at) + offset for number, at in rows}


async def embedded(folder: Path) -> list[Figure]:
    """SQLite and one process."""
    product = Product(folder)
    try:
        product.serve()
        return await measure(product, "embedded", 150)
    finally:
        product.close()


async def grown(folder: Path) -> list[Figure]:
    """PostgreSQL and Redis, web apart from workers."""
    from tests.services import postgres, redis

    product = Product(folder, DATABASE_URL=postgres.create_database(), REDIS_URL=redis.fresh_url())
    try:
        product.serve()
        return await measure(product, "PostgreSQL + Redis", 50)
    finally:
        product.close()
