"""A user's machine with the command `specflow`: a home of its own, an address and a key in its environment."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Scope
from specflow.accounts.models import User
from tests.calling import EVERYDAY
from tests.factories import Team

COMMAND = (sys.executable, "-m", "specflow_client")


@dataclass(frozen=True)
class Done:
    """How a call of the command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """Calls the command as a process, in a folder."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **self.settings}

    def __call__(self, *words: str, said: str = "", code: int | None = 0) -> Done:
        """Runs `specflow words`; `said` is on its standard input, `code` how it must end."""
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=self.folder,
            env=self.environment,
            input=said.encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        found = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert code in (None, found.code), found
        assert "Traceback" not in found.err, found
        return found

    def refusal(self, *words: str, said: str = "") -> str:
        """The code with which a call is refused; exit code 2, and nothing on standard output."""
        done = self(*words, said=said, code=2)
        assert done.err.startswith("error: "), done
        return done.err.removeprefix("error: ").partition(":")[0]

    def at_terminal(self, *words: str, answers: dict[str, str]) -> tuple[int, str]:
        """Runs it at a terminal, where a person types the answer when its question stands there; gives the exit code
        and all that stood on the screen."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=self.folder,
            env={**self.environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        try:
            screen = _watched(ours, dict(answers))
            return process.wait(10), screen
        finally:
            process.kill()
            os.close(ours)


def _watched(terminal: int, answers: dict[str, str]) -> str:
    screen, end = b"", time.monotonic() + 30
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            read = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not read:
            break
        screen += read
        for question in [one for one in answers if one.encode() in screen]:
            os.write(terminal, answers.pop(question).encode())
    return screen.decode()


def key_of(team: Team, user: User, *scopes: str) -> str:
    """A new API key of the user's; everything that the user's kind may have, unless said."""
    wanted = scopes or (*EVERYDAY, Scope.AUDIT_READ, *((Scope.APPROVALS_DECIDE,) if user.is_person else ()))
    made = accounts.create_key(team.project, user, actor=actors.system(door="cli"), scopes=wanted)
    return str(made.text)  # type: ignore[attr-defined]
