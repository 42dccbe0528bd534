"""Every refusal is one line with its code and how to go on, whatever the server answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Scope
from specflow.accounts.models import ApiKey
from tests.clients.conftest import Machines
from tests.clients.shell import Shell
from tests.factories import Team, make_spec

PROBLEM = "application/problem+json"


@dataclass
class Answers:
    """A server that is none of ours: it gives the answers that it holds, the last one for ever."""

    url: str
    queue: list[tuple[int, str, bytes]]
    asked: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def other() -> Iterator[Answers]:
    """Such a server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.asked.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, body = answers.queue.pop(0) if len(answers.queue) > 1 else answers.queue[0]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if 300 <= status < 400:
                self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers = Answers(f"http://127.0.0.1:{server.server_port}", [])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield answers
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def shell(other: Answers, tmp_path: object) -> Shell:
    """A machine whose server it is."""
    return Shell(tmp_path, {"SPECFLOW_URL": other.url, "SPECFLOW_API_KEY": "sf_x", "SPECFLOW_PROJECT": "demo"})  # type: ignore[arg-type]


def problem(status: int, code: str, detail: str = "It is so.", **more: object) -> tuple[int, str, bytes]:
    said = {"type": "about:blank", "title": "x", "status": status, "code": code, "detail": detail, **more}
    return status, PROBLEM, json.dumps(said).encode()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 503])
def test_every_status_is_one_line_with_code_and_next_step(shell: Shell, other: Answers, status: int) -> None:
    other.queue = [problem(status, "some_code", next_steps=["Do this.", "Or that."], errors={"state": "odd"})]
    assert shell("spec", "list", code=2).err == "error: some_code: It is so. Next: Do this. Or that.\n"


def test_an_error_is_json_where_that_is_wanted(shell: Shell, other: Answers) -> None:
    other.queue = [problem(409, "phase_gate", errors={"missing": ["design"]}, next_steps=["Ask."])]
    done = shell("spec", "list", "--format", "json", code=2)
    assert json.loads(done.err) == {
        "status": 409,
        "code": "phase_gate",
        "detail": "It is so.",
        "next_steps": ["Ask."],
        "errors": {"missing": ["design"]},
    }
    assert done.out == ""


def test_what_the_details_list_stands_below(shell: Shell, other: Answers) -> None:
    problems = [{"line": 3, "column": 5, "message": "No."}, {"line": 9, "message": "Nor this."}]
    other.queue = [problem(400, "invalid_spec_file", errors={"problems": problems, "missing": ["design"] * 30})]
    lines = shell("spec", "list", code=2).err.splitlines()
    assert lines[1:3] == ["  problems: line 3, column 5: No.", "  problems: line 9, column 1: Nor this."]
    assert lines[3].startswith("  missing: design, design")
    assert lines[4:] == ["  missing: 10 more"]


def test_nothing_in_an_error_writes_to_the_terminal(shell: Shell, other: Answers) -> None:
    evil = "\x1b[2J\x9b2J\r\nerror: fake \u202e \x07"
    other.queue = [problem(409, evil, evil, errors={evil: [evil]}, next_steps=[evil])]
    done = shell("spec", "list", code=2)
    assert not set(done.err) & set("\x1b\x9b\r\u202e\x07")
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((502, "text/html", b"<h1>Bad gateway</h1>"), "no_api"),
        ((200, "text/html", b"<h1>Welcome</h1>"), "no_api"),
        ((200, "application/json", b"[1]"), "no_api"),
        ((200, "application/json", b"{"), "no_api"),
        ((400, PROBLEM, b"{"), "no_api"),
        ((400, PROBLEM, b"[]"), "no_api"),
        ((302, "text/html", b""), "redirected"),
    ],
)
def test_an_answer_that_is_none_of_ours_says_so(
    shell: Shell, other: Answers, answer: tuple[int, str, bytes], code: str
) -> None:
    other.queue = [answer]
    assert shell.refusal("spec", "list") == code


def test_a_key_follows_no_list_to_another_address(shell: Shell, other: Answers) -> None:
    page = {"next": "http://elsewhere.example/api/v1/specs?cursor=abc", "previous": None, "results": []}
    last = {"next": None, "previous": None, "results": []}
    other.queue = [(200, "application/json", json.dumps(one).encode()) for one in (page, last)]
    assert shell("spec", "list").out == "None.\n"
    assert [("cursor=abc" in one["path"], one["host"]) for one in other.asked] == [
        (False, other.url.removeprefix("http://")),
        (True, other.url.removeprefix("http://")),
    ]


def test_a_busy_server_is_asked_again_under_the_same_key_of_idempotency(shell: Shell, other: Answers) -> None:
    row = {"id": "apr-1", "state": "withdrawn"}
    other.queue = [problem(409, "busy"), problem(409, "busy"), (200, "application/json", json.dumps(row).encode())]
    assert shell("approval", "withdraw", "apr-1").out == "apr-1: withdrawn.\n"
    assert len({one["idempotency-key"] for one in other.asked}) == 1
    assert len(other.asked) == 3

    other.queue, other.asked = [problem(409, "busy")], []
    assert shell.refusal("approval", "withdraw", "apr-1") == "busy"
    assert len(other.asked) == 3


@pytest.mark.parametrize("name", ["", ".", "..", "...", "../../admin", "task-1/runs"])
def test_an_id_that_would_be_another_address_is_none(shell: Shell, name: str) -> None:
    assert shell.refusal("task", "show", name) == "unusable_id"


def test_an_id_stays_one_name_of_the_address(shell: Shell, other: Answers) -> None:
    other.queue = [problem(404, "task_not_found")]
    shell.refusal("task", "show", "admin?x=1#y\n")
    assert other.asked[0]["path"] == "/api/v1/tasks/admin%3Fx%3D1%23y%0A"


# The server's own refusals


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["spec", "show", "no-such"], "spec_not_found"),
        (["spec", "diff", "doc-none"], "document_not_found"),
        (["spec", "list", "--phase", "odd"], "invalid_query"),
        (["spec", "list", "--project", "demo-foreign"], "project_not_found"),
        (["spec", "list", "--project", "'; rm -rf /; #"], "project_not_found"),
        (["task", "show", "task-none"], "task_not_found"),
        (["task", "run", "task-none"], "task_not_found"),
        (["trace", "show", "x"], "trace_not_found"),
        (["vectors", "list", "no-such"], "spec_not_found"),
        (["vectors", "run", "login-lock"], "no_vector_target"),
        (["approval", "show", "apr-none"], "approval_not_found"),
        (["approval", "request", "doc-none"], "document_not_found"),
        (["approval", "request", ".spec-workflow/specs/login-lock/requirements.md"], "scope_missing"),
        (["audit", "verify"], "role_may_not"),
        (["spec", "export", "out", "--dialect", "latin"], "unknown_dialect"),
    ],
    ids=" ".join,
)
def test_what_the_server_refuses_is_shown_with_its_code(
    team: Team, machine: Machines, words: list[str], code: str
) -> None:
    make_spec(team)
    shell = machine(team.robot, Scope.SPECS_READ, Scope.TASKS_RUN)
    done = shell(*words, code=2)
    assert done.err.startswith(f"error: {code}: "), done.err
    assert done.out == ""


def test_a_key_that_was_revoked_says_so(team: Team, machine: Machines) -> None:
    shell = machine(team.robot)
    key = ApiKey.objects.get(user=team.robot)
    accounts.revoke_key(key, actor=actors.system(door="cli"))
    assert shell.refusal("spec", "list", "--project", "demo") == "key_revoked"


@pytest.mark.parametrize("words", [["odd"], ["spec"], ["spec", "show"], ["task", "run"], ["approval", "approve"]])
def test_bad_use_ends_with_2_and_says_how_it_is_used(tmp_path: object, words: list[str]) -> None:
    done = Shell(tmp_path)(*words, code=2)  # type: ignore[arg-type]
    assert done.err.startswith("Usage: specflow")


def test_help_ends_with_0(tmp_path: object) -> None:
    shell = Shell(tmp_path)  # type: ignore[arg-type]
    assert shell("--help").out.startswith("Usage: specflow")
    assert "--digest" in shell("approval", "approve", "--help").out
    assert shell("--version").out.startswith("specflow, version ")
