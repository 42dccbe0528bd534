"""An agent's view of the product: real processes, the SDK's own client, a data folder of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
_FOREIGN = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DEBUG", "ALLOWED_HOSTS")


@dataclass(frozen=True)
class Reply:
    """A tool's result: whether it is an error, its text, its data, and the error that `_meta` carries."""

    is_error: bool
    text: str
    data: dict[str, Any] | None
    error: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.error["code"])


class Agent:
    """A connected client."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session

    async def __call__(self, tool: str, **arguments: Any) -> Reply:
        result = await self.session.call_tool(tool, arguments)
        [block] = result.content
        error = (result.meta or {}).get("specflow/error", {})
        return Reply(bool(result.is_error), block.text, result.structured_content, error)

    async def tools(self) -> dict[str, Any]:
        return {one.name: one for one in (await self.session.list_tools()).tools}


@dataclass(frozen=True)
class Product:
    """A data folder, and what is started on it."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in _FOREIGN and not k.startswith("SPECFLOW_")}
        return {**kept, "SPECFLOW_HOME": str(self.home)}

    def manage(self, *arguments: str) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(
            self.command(*arguments), cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    def shell(self, code: str) -> str:
        """What Python code in the product prints."""
        return self.manage("shell", "--verbosity", "0", "-c", code)

    def key(self, *scopes: str, user: str = "robot", project: str = "demo") -> str:
        named = ("--project", project, "--user", user, "--scopes", ",".join(scopes))
        return self.manage("key_create", *named, "--agent").split()[-1]

    @asynccontextmanager
    async def stdio(self, *arguments: str, **more: str) -> AsyncIterator[Agent]:
        """An agent on a stdio server of its own."""
        [program, *rest] = self.command("mcp_serve", *arguments)
        server = StdioServerParameters(command=program, args=rest, cwd=ROOT, env={**self.environment, **more})
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            yield Agent(session)

    def raw(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """A stdio server without a client."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command("mcp_serve", *arguments),
            cwd=ROOT,
            env={**self.environment, **more},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )

    @contextmanager
    def http(self) -> Iterator[str]:
        """The address of `/mcp` under daphne, in the application that serves everything."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "specflow.settings"}
        server = subprocess.Popen([*command, "specflow.asgi:application"], cwd=ROOT, env=environment)
        try:
            wait_until(lambda: _listens(port), within=20, what="daphne listens")
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.terminate()
            assert server.wait(20) == 0


@asynccontextmanager
async def connected(address: str, key: str) -> AsyncIterator[Agent]:
    """An agent over HTTP."""
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        create_mcp_http_client(headers=headers) as client,
        streamable_http_client(address, http_client=client) as streams,
        ClientSession(streams[0], streams[1]) as session,
    ):
        await session.initialize()
        yield Agent(session)


def line(method: str, params: dict[str, Any] | None = None, id: int | None = None) -> bytes:
    """One line of the stdio wire."""
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params or {}}
    return json.dumps(message if id is None else {**message, "id": id}).encode() + b"\n"


HELLO = line(
    "initialize",
    {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
    id=1,
) + line("notifications/initialized")


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
