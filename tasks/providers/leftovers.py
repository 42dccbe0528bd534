"""The last look for processes of a run: those that the guard did not get, because something killed the guard.

They are known by the variable SPECFLOW_RUN in the environment that they were started with (proc(5), /proc/pid/environ).
A process that was started with an emptied environment after its guard was killed is not found; that takes an agent
that means harm, and against such a one only a container helps.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "SPECFLOW_RUN"


def kill(run: str, *, within: float = 1.0) -> None:
    """Kills every process that carries the token of `run` but this one, and returns when they are dead.

    Looks again until there is none, since one that is killed may have been starting another; for `within` seconds.
    Does nothing but on Linux.
    """
    if sys.platform != "linux":
        return
    token = f"{VARIABLE}={run}".encode()
    end = time.monotonic() + within
    while found := [process for process in _others() if _carries(process, token)]:
        for process in found:
            _kill(process, token, end - time.monotonic())
        if time.monotonic() >= end:
            return


def _others() -> Iterator[int]:
    numbers = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return (number for number in numbers if number != os.getpid())


def _kill(process: int, token: bytes, seconds: float) -> None:
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:  # it ended meanwhile
        return
    try:
        # Looked at again under the descriptor: the number may have passed to another process in between.
        if _carries(process, token):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            dead = select.poll()  # not select(), which fails for descriptors over 1023
            dead.register(descriptor, select.POLLIN)
            dead.poll(max(0.0, seconds) * 1000)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)


def _carries(process: int, token: bytes) -> bool:
    try:
        environment = Path(f"/proc/{process}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # ended, or another user's: not the agent's
        return False
    return token in environment.split(b"\0")
