"""Start a server that ends with the process that started it, and wait until it answers."""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
START_SECONDS = 30


class Unavailable(Exception):
    """A server that the tests need is not there; the message says what to install."""


class Running:
    """The servers that this process started."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._owner = os.getpid()
        atexit.register(self.stop)

    def add(self, process: subprocess.Popen[bytes]) -> None:
        self._processes.append(process)

    def stop(self) -> None:
        if os.getpid() != self._owner:
            return
        while self._processes:
            process = self._processes.pop()
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


running = Running()


def wheel_folder(package: str) -> Path | None:
    """Where a wheel put `package`. Found without importing it: the packages' own code changes the machine."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def copy_aside(source: Path, target: Path, names: Sequence[str]) -> None:
    """Copy programs to where another user can read them; the modes of the copy let everybody."""
    for name in names:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, place, symlinks=True)
        else:
            shutil.copy2(source / name, place)


def server_user() -> dict[str, int]:
    """The arguments of Popen that give up root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def own_folder(folder: Path) -> Path:
    """Make `folder` for the server's user alone."""
    folder.mkdir(mode=0o700)
    if user := server_user():
        os.chown(folder, user["user"], user["group"])
    return folder


def plain_environment(home: Path) -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(home), "TMPDIR": str(home)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    argv: Sequence[str], *, folder: Path, answers: Callable[[], bool], feed: str = "", death: int = signal.SIGKILL
) -> None:
    """Start a server as the server's user in `folder` and return when `answers()`.

    `feed` is written to its standard input. `death` is the signal it gets when this process dies.
    Raises RuntimeError with the server's output when it ends or does not answer in 30 seconds.
    """
    log = folder.parent / f"{folder.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=plain_environment(folder),
            start_new_session=True,  # Ctrl-C is for pytest; the servers outlive the last teardown
            preexec_fn=_dies_with(os.getpid(), death),  # noqa: PLW1509 - two system calls, no lock taken
            **server_user(),
        )
    running.add(process)
    assert process.stdin is not None
    with process.stdin as pipe:
        pipe.write(feed.encode())
    _wait(process, answers, log)


def _dies_with(parent: int, death: int) -> Callable[[], None] | None:
    """What the child does before its program: ask the kernel for a signal when its parent dies.

    Popen changes the user before it calls this, and that order matters: the change would clear the request.
    Without prctl (not Linux) only a tidy end of pytest stops the servers.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, death, 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if answers():
            return
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        break
    process.kill()
    raise RuntimeError(f"{process.args[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
