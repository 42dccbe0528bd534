"""A run for the tests of providers: real work in a real folder, with what was emitted kept."""

import sys
import time
from pathlib import Path

from tasks.providers import get
from tasks.providers.base import Event, Outcome, Provider, Work

# Leaves its session and its parent, says who it is, and stays.
DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(sys.argv[1] + ".new", "w").write(str(os.getpid()))
        os.rename(sys.argv[1] + ".new", sys.argv[1])
        time.sleep(600)
    os._exit(0)
os.wait()
"""


class Running:
    """Executes work with a provider and keeps `events` and the `seconds` it took."""

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self.run = run
        self.events: list[Event] = []
        self.seconds = 0.0

    def work(self, options: dict, *, timeout: float = 20.0, environment: dict | None = None) -> Work:
        return Work(
            run=self.run,
            task="task-1",
            title="Lock the account",
            prompt="Do it.",
            folder=self.folder,
            options=options,
            timeout=timeout,
            environment=environment or {},
        )

    def __call__(
        self,
        options: dict,
        *,
        provider: Provider | None = None,
        timeout: float = 20.0,
        environment: dict | None = None,
        stop=lambda: None,
        emit=None,
    ) -> Outcome:
        began = time.monotonic()
        try:
            work = self.work(options, timeout=timeout, environment=environment)
            return (provider or get("command")).execute(work, emit or self.events.append, stop)
        finally:
            self.seconds = time.monotonic() - began

    def python(self, code: str, *arguments: str, options: dict | None = None, **more) -> Outcome:
        """Runs `code` in a Python of its own."""
        return self({"argv": [sys.executable, "-c", code, *arguments], **(options or {})}, **more)

    def text(self, kind: str) -> str:
        return "".join(event.data["text"] for event in self.events if event.kind == kind)

    def pid(self, name: str) -> int | None:
        """The process number that an agent wrote into the file `name`."""
        path = self.folder / name
        return int(path.read_text()) if path.exists() else None


def alive(process: int) -> bool:
    """Whether `process` runs; one that is dead and only waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(b")")[2].split()[0] != b"Z"
