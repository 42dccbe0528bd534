"""A spec file with vectors of every kind, a program that obeys it, and a server that does."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from specflow.accounts import actions as accounts
from specflow.specs import actions as specs
from specflow.specs.models import Spec
from tasks.models import VectorRun
from tasks.vectors.running import run_vectors
from tests.factories import Team

PATH = "specflow/lockers.yaml"
TEXT = """specflow: 1
slug: lockers
title: Parcel lockers
requirements:
  - id: OPEN
    title: Open the right door
    shall: open the door of that parcel
    criteria:
      - id: OPEN.1
        text: WHEN a code was used once THEN the locker SHALL refuse it
      - id: OPEN.2
        text: WHEN a wrong code is typed five times THEN the locker SHALL wait for ten minutes
design:
  endpoints:
    - id: try-code
      method: POST
      path: /lockers/{locker}/codes
      requirements: [OPEN]
      request: {$ref: "#/schemas/Attempt"}
schemas:
  Attempt:
    type: object
    required: [locker, code]
    properties:
      locker: {type: integer}
      code: {type: string, minLength: 6}
examples:
  - for: OPEN.1
    title: A code that was used
    input: {locker: 7, code: "123456", used: true}
    expected: {door: closed}
"""

# Takes what has a number as its locker and six characters of code; opens the door unless the code was used.
PROGRAM = """
import json, sys
vector = json.load(sys.stdin)
said = vector["input"]
if vector["kind"] == "criterion":
    print(json.dumps({"passed": True}))
elif not (isinstance(said, dict) and type(said.get("locker")) is int and len(str(said.get("code", ""))) >= 6
          and isinstance(said["code"], str)):
    print(json.dumps({"valid": False}))
else:
    print(json.dumps({"output": {"door": "closed" if said.get("used") else "open", "at": "now"}}))
"""


def make_lockers(team: Team, text: str = TEXT, path: str = PATH) -> Spec:
    """The spec, as the robot wrote it."""
    saved = specs.save_document(team.project, actor=team.agent, path=path, text=text)
    assert saved.document.spec is not None
    return saved.document.spec


def use_vectors(team: Team, **policy: Any) -> None:
    """Makes this what the project's vectors run against."""
    accounts.change_policy(team.project, actor=team.maintainer, policy={"vectors": policy})
    team.project.refresh_from_db()


def program(folder: Path, text: str = PROGRAM) -> list[str]:
    """The command of a program with this text."""
    file = folder / "vectors.py"
    file.write_text(text)
    return [sys.executable, "-I", "-S", str(file)]


Answering = Callable[[str, str, Any], tuple[int, Any]]


def obey(method: str, path: str, said: Any) -> tuple[int, Any]:
    """What the program does, over HTTP; (status, body) of (method, path, JSON body)."""
    *_, locker, name = path.split("/")
    if method != "POST" or name != "codes":
        return 404, {"error": "nothing here"}
    if not locker.isdigit() or not isinstance(said, dict) or not isinstance(said.get("code"), str):
        return 422, {"error": "no"}
    if len(said["code"]) < 6:
        return 422, {"error": "short"}
    return 200, {"door": "closed" if said.get("used") else "open", "at": "now"}


class Server(ThreadingHTTPServer):
    """A server of this machine; `calls` are the (method, path, headers, body) that came."""

    daemon_threads = True

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.calls.append((self.command, self.path, dict(self.headers), body))
        status, said = self.server.answering(self.command, self.path, json.loads(body) if body else None)
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", said)
        self.end_headers()
        self.wfile.write(said if isinstance(said, bytes) else json.dumps(said).encode())

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""


@contextmanager
def serving(answering: Answering = obey) -> Iterator[Server]:
    """The server, answering in a thread."""
    server = Server(answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def run(team: Team, spec: Spec, address: str = "") -> VectorRun:
    return run_vectors(Spec.objects.select_related("project").get(pk=spec.pk), actor=team.agent, address=address)


def verdicts(found: VectorRun) -> dict[str, list[str]]:
    """The verdicts by what was tested."""
    told: dict[str, list[str]] = {}
    for one in found.results.select_related("vector"):
        told.setdefault(one.vector.target, []).append(one.verdict)
    return told


def messages(found: VectorRun) -> set[str]:
    return set(found.results.values_list("message", flat=True))


def counts(found: VectorRun) -> tuple[int, int, int, int, int]:
    return found.passed, found.failed, found.errors, found.skipped, found.untried
