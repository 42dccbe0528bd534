"""Each door as someone comes through it with a mistake. A way in sends one call and gives the code of the refusal, an
empty text where the door took it.

REST and MCP give codes as data; the error page prints its code; the admin tags its message with it, and shows the error
page where there is no such row; a command's error begins with it; a run that failed has it in its summary.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.apps import apps
from django.contrib.sessions.models import Session as LoginSession
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from mcp_bridge.http import application as endpoint
from mcp_bridge.identity import KeyHolder, Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.dashboard.consumer import UNKNOWN
from specflow.dashboard.routing import websocket_urlpatterns
from tests.calling import Caller, caller
from tests.dashboard.visits import as_
from tests.factories import Team

_PRINTED = re.compile(r"<code>(\w+)</code> · \d{3}")
# When someone was last seen is no state (accounts.authentication).
_SEEN = ("last_used_at", "last_login")


@dataclass(frozen=True)
class Names:
    """What a caller may name: a project and one thing of each kind in it, by outside id; the admin goes by `pk`s."""

    project: str
    spec: str
    requirement: str
    document: str
    task: str
    run: str
    approval: str
    pks: dict[str, int]

    @classmethod
    def unknown(cls) -> Names:
        """Names of things that are not there."""
        ids = (f"{noun}-{'0' * 16}" for noun in ("spec", "req", "doc", "task", "run", "apr"))
        return cls("none", *ids, pks=dict.fromkeys(("task", "run", "approval"), 987_654))


class Doors:
    """The ways into the project of a team: `robot` by its keys, alice and bob by keys and logged in."""

    def __init__(self, team: Team, folder: Path) -> None:
        self.team, self.folder = team, folder
        self._callers: dict[str, Caller] = {user.username: caller(team, user) for user in self._users()}
        self._clients: dict[str, Client] = {user.username: as_(user) for user in self._users() if user.is_person}

    def rest(self, method: str, path: str, body: Any = None, *, by: str = "robot", key: str | None = None) -> str:
        """A call of REST by this user's key, or with this very key."""
        answer = (self._callers[by] if key is None else Caller(key))(method, path, body)
        return answer.code if answer.status >= 400 else ""

    def mcp(self, tool: str, *, key: str | None = None, **arguments: Any) -> str:
        """A tool as the robot calls it on its machine, in the folder, or as whoever holds this key calls it."""
        result = call(lambda: self._session(key), tool, arguments, Offer())
        return str(result.meta["specflow/error"]["code"]) if result.is_error and result.meta else ""

    def page(self, path: str, *, post: bool = False, by: str = "alice") -> str:
        """A page below the project's, or a button's POST; the code as the error page prints it."""
        client, address = self._clients[by], f"/p/{path}"
        answer = client.post(address) if post else client.get(address)
        return _printed(answer) if answer.status_code >= 400 else ""

    def admin(self, model: type[Model], pk: int, act: str, *, by: str = "alice", **data: Any) -> str:
        """A button of a row's page in the admin; the code is its message's tag."""
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}_act"
        answer = self._clients[by].post(reverse(place, args=[pk, act]), data, follow=True)
        if answer.status_code >= 400:
            return _printed(answer)
        return " ".join(one.extra_tags for one in answer.context["messages"] if one.level_tag == "error")

    def command(self, name: str, *arguments: str) -> str:
        """A management command."""
        try:
            call_command(name, *arguments, stdout=StringIO(), stderr=StringIO())
        except CommandError as error:
            return str(error).partition(":")[0]
        return ""

    def write(self, path: str, data: bytes) -> str:
        """Puts a file into the folder; gives its path from there."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return path

    def ask(self, path: str) -> str:
        """The robot asks over MCP for approval of a file, as agents do that write files (003)."""
        return self.mcp("approvals", action="request", title="Please read", filePath=path)

    def take(self) -> str:
        """The owner of the machine imports the folder."""
        return self.command("spec_import", str(self.folder), "--project", "demo")

    def _session(self, key: str | None) -> Session:
        if key is not None:
            return KeyHolder(key, self.folder).session()
        return Session(self.team.agent, self.team.project, self.folder)

    def _users(self) -> list[Any]:
        return [self.team.robot, self.team.alice, self.team.bob]


async def feed(key: str) -> str:
    """A program that names its key to the live feed; the connection must end with the refusal."""
    socket = WebsocketCommunicator(URLRouter(websocket_urlpatterns), "/ws", headers=[(b"host", b"testserver")])
    assert (await socket.connect(timeout=5))[0]
    await socket.send_json_to({"type": "auth", "key": key})
    told = await socket.receive_json_from(5)
    ended = await socket.receive_output(5)
    assert (ended["type"], ended["code"]) == ("websocket.close", UNKNOWN)
    await socket.wait()
    return str(told["code"])


async def mcp_over_http(key: str) -> str:
    """A request of MCP over HTTP with this key."""
    request = ApplicationCommunicator(
        endpoint,
        {
            "type": "http",
            "method": "POST",
            "path": "/mcp",
            "headers": [(b"host", b"testserver"), (b"authorization", f"Bearer {key}".encode())],
        },
    )
    start, body = await request.receive_output(5), await request.receive_output(5)
    assert start["status"] == 401
    return str(json.loads(body["body"])["code"])


def everything() -> dict[str, list[str]]:
    """Every row of every table with all that it holds, the heads of the log's chains among them; but for logins, and
    when someone was last seen."""
    found = {}
    for model in apps.get_models():
        if model is not LoginSession:
            fields = [one.attname for one in model._meta.concrete_fields if one.attname not in _SEEN]
            found[model._meta.label] = sorted(map(repr, model._base_manager.values_list(*fields)))
    return found


def _printed(answer: Any) -> str:
    found = _PRINTED.search(answer.content.decode())
    return found[1] if found else f"{answer.status_code} without a code"
