"""Many calls of one tool by a real MCP client; the figures that are compared."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

WARM = 20  # first calls that do not count


@dataclass(frozen=True)
class Times:
    """Milliseconds of one call at the median and at the 95th percentile."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Times":
        ordered = sorted(one * 1000 for one in seconds)
        return cls(statistics.median(ordered), ordered[int(len(ordered) * 0.95)])


@asynccontextmanager
async def stdio(params: StdioServerParameters) -> AsyncIterator[tuple[ClientSession, float]]:
    """A session over stdio, and the seconds from the start of the process to the answer to `initialize`."""
    begin = time.perf_counter()
    async with stdio_client(params) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session, time.perf_counter() - begin


@asynccontextmanager
async def http(url: str, token: str = "") -> AsyncIterator[ClientSession]:
    """A session over streamable HTTP."""
    import httpx2

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as client,
        streamable_http_client(url, http_client=client) as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


async def calls(session: ClientSession, tool: str, arguments: Callable[[int], dict[str, Any]], count: int) -> Times:
    """The times of `count` calls after a few that do not count; a call that fails ends the benchmark."""
    seconds = []
    for number in range(count + WARM):
        begin = time.perf_counter()
        answer = await session.call_tool(tool, arguments(number))
        if number >= WARM:
            seconds.append(time.perf_counter() - begin)
        if answer.is_error:
            raise RuntimeError(f"{tool}: {answer.content[0].text[:300]}")  # type: ignore[union-attr]
    return Times.of(seconds)


async def repeated(times: int, measure: Callable[[], Awaitable[Times]]) -> Times:
    """The medians over several repetitions: machines are noisy."""
    rows = [await measure() for _ in range(times)]
    return Times(statistics.median(row.p50 for row in rows), statistics.median(row.p95 for row in rows))
