"""The whole product as processes: started, asked, killed and ended by the tests, each with a data folder of its own."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "the admin of the tests"
START = 30.0
# What a developer's shell may hold, and what the suite sets for itself.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "DEBUG", "ALLOWED_HOSTS", "SECRET_KEY", "HOST", "PORT")


class Process:
    """One process of the product; its output goes to a file, and what it started ends with it."""

    def __init__(self, argv: list[str], environment: dict[str, str], log: Path, *, cwd: Path = ROOT) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self._process.pid

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def ended(self) -> int | None:
        return self._process.poll()

    def wait(self, within: float) -> int:
        """Its exit code; AssertionError with its last words where it has none in time."""
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"Still running after {within:g} s:\n{self.said[-3000:]}") from None

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        """Ends the process and whatever is left of its session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(10)


class Product:
    """A data folder, the environment that goes with it, and the processes that were started on it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        kept = {k: v for k, v in os.environ.items() if k not in FOREIGN and not k.startswith("SPECFLOW_")}
        self.environment = {
            **kept,
            "SPECFLOW_HOME": str(self.home),
            "SPECFLOW_ADMIN_PASSWORD": PASSWORD,
            "SPECFLOW_LEASE_SECONDS": "2",
            **environment,
        }
        self._processes: list[Process] = []
        self.url = ""

    def start(self, *argv: str, name: str, **environment: str) -> Process:
        """Starts a program; `argv` begins after the interpreter."""
        log = self.folder / f"{name}-{len(self._processes)}.log"
        process = Process([sys.executable, *argv], {**self.environment, **environment}, log)
        self._processes.append(process)
        return process

    def manage(self, *words: str, name: str = "", **environment: str) -> Process:
        return self.start("manage.py", *words, name=name or words[0], **environment)

    def run(self, *words: str, within: float = 60) -> str:
        """The output of a command that ends well."""
        process = self.manage(*words)
        code = process.wait(within)
        assert code == 0, f"{words} ended {code}:\n{process.said[-3000:]}"
        return process.said

    def serve(self, *words: str, port: int = 0) -> Process:
        """Serves, and comes back when requests are answered."""
        process = self.manage("serve", "--port", str(port), *words)
        wait_until(
            lambda: "is served at" in process.said or process.ended() is not None, within=START, what="a served product"
        )
        assert process.ended() is None, process.said[-3000:]
        self.url = re.search(r"is served at (\S+)", process.said)[1]
        return process

    def python(self, code: str) -> Any:
        """What `code` prints last, read as JSON, in a process with the product's settings."""
        setup = "import django, json; django.setup()\n"
        done = subprocess.run(
            [sys.executable, "-c", setup + code],
            cwd=ROOT,
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "specflow.settings"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else None

    def close(self) -> None:
        for process in self._processes:
            process.end()


class Browser:
    """A person's session: logged in over the form, as a browser would be, without a browser."""

    def __init__(self, url: str, username: str = "admin", password: str = PASSWORD) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.get("/admin/login/")
        form = {"username": username, "password": password, "next": "/healthz"}
        _, page = self.post_form("/admin/login/", form)
        assert "sessionid" in self.cookie, page[-500:]

    @property
    def cookie(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.cookies)

    def get(self, path: str) -> tuple[int, str]:
        return self._open(urllib.request.Request(self.url + path))

    def post_form(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        return self._post(path, urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        status, text = self._post(path, json.dumps(body).encode(), "application/json")
        return status, json.loads(text) if text else None

    def read(self, path: str) -> Any:
        status, text = self.get(path)
        assert status == 200, f"{path}: {status} {text[:500]}"
        return json.loads(text)

    def _post(self, path: str, body: bytes, kind: str) -> tuple[int, str]:
        token = next((one.value for one in self.cookies if one.name == "csrftoken"), "")
        headers = {"Content-Type": kind, "X-CSRFToken": token or "", "Referer": self.url + path, "Origin": self.url}
        return self._open(urllib.request.Request(self.url + path, data=body, headers=headers))

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self._opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")


@contextlib.contextmanager
def measured() -> Iterator[dict[str, float]]:
    """A mapping that holds `seconds` afterwards."""
    found: dict[str, float] = {}
    begin = time.monotonic()
    yield found
    found["seconds"] = time.monotonic() - begin
