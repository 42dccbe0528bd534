"""The floor of the MCP measures: a bare Django and the SDK's own server with one empty tool, on stdio or under daphne.

Run as a program: `python benchmarks/floor.py stdio` or `python benchmarks/floor.py http PORT`.
"""

import asyncio
import contextlib
import sys
from typing import Any

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from mcp.server import MCPServer  # noqa: E402 - after Django, as a server of ours would start

server = MCPServer("floor", log_level="WARNING")


@server.tool()
async def empty() -> str:
    """Nothing."""
    return "ok"


def serve_http(port: int) -> None:
    """The SDK's streamable HTTP application under daphne, its session manager in a task of its own."""
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server

    application = server.streamable_http_app()
    started: dict[str, asyncio.Future[None]] = {}

    async def keep() -> None:
        async with server.session_manager.run():
            started["ready"].set_result(None)
            await asyncio.Event().wait()

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if "ready" not in started:
            started["ready"] = asyncio.get_running_loop().create_future()
            started["task"] = asyncio.create_task(keep())  # type: ignore[assignment]
        await started["ready"]
        await application(scope, receive, send)

    endpoints = build_endpoint_description_strings(host="127.0.0.1", port=port)
    Server(asgi, endpoints=endpoints, verbosity=0).run()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        server.run() if sys.argv[1] == "stdio" else serve_http(int(sys.argv[2]))
