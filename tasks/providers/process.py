"""One agent as a process: started under its guard, read as it writes, and surely ended."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tasks.providers import launch, leftovers
from tasks.providers.base import Event
from tasks.providers.streams import Stream

CHUNK = 64 * 1024
FLUSH = 0.2  # seconds that a line may wait for more to make up one event
_LAST_WORDS = 0.5  # seconds for what is still in the pipes when all processes are dead
_GUARD_STARTS = 1.0  # seconds that the guard's limit is longer than ours, so that ours is the one that is met


class AgentProcess:
    """A running agent, to be used in a `with`: whatever happens inside, no process of the agent is there after it.

    The thread that makes it must live as long as the agent: the guard is told of the end of that very thread
    (PR_SET_PDEATHSIG in prctl(2)). Raises OSError where not even the guard can be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        run: str,
        folder: Path,
        environment: Mapping[str, str],
        stdin: str | None,
        timeout: float,
        max_output: int,
    ) -> None:
        self.run = run
        self.stdout = Stream("stdout", max_output)
        self.stderr = Stream("stderr", max_output)
        self.ended = False
        self._report = b""
        self._input = memoryview((stdin or "").encode())
        self._flushed = time.monotonic()
        self._streams: dict[int, Stream] = {}
        self._selector = selectors.DefaultSelector()
        self._reading, writing = os.pipe()
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - to run what it is given, without a shell, is its purpose
                [*_guard(writing, timeout), *argv],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(writing,),
                start_new_session=True,
                bufsize=0,
            )
        except BaseException:
            self._selector.close()
            os.close(self._reading)
            raise
        finally:
            os.close(writing)
        self._register()

    def _register(self) -> None:
        os.set_blocking(self._reading, False)
        self._selector.register(self._reading, selectors.EVENT_READ)
        for pipe, stream in ((self._popen.stdout, self.stdout), (self._popen.stderr, self.stderr)):
            descriptor = _descriptor(pipe)
            self._streams[descriptor] = stream
            self._selector.register(descriptor, selectors.EVENT_READ)
        if self._popen.stdin is not None:
            self._selector.register(_descriptor(self._popen.stdin), selectors.EVENT_WRITE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def exit_code(self) -> int | None:
        """The agent's exit code, minus the number of the signal that ended it, None while it may run."""
        return self._popen.returncode

    @property
    def start_error(self) -> int | None:
        """The errno for which the agent could not be started."""
        words = self._report.split()
        return int(words[1]) if words[:1] == [b"start"] else None

    @property
    def over_limit(self) -> bool:
        """Whether the guard had to stop the agent, because this process did not in time."""
        return self._report == b"limit\n"

    def step(self, seconds: float) -> None:
        """Waits up to `seconds` for something to move and moves it; `ended` tells afterwards whether all is over."""
        for key, _ in self._selector.select(seconds):
            if key.fd in self._streams:
                self._read(key.fd)
            elif key.fd == self._reading:
                self._hear()
            else:
                self._write(key.fd)

    def events(self) -> list[Event]:
        """What the agent wrote since the last call, in full batches, or all of it every fifth of a second."""
        now = time.monotonic()
        everything = now - self._flushed >= FLUSH
        if everything:
            self._flushed = now
        return self._events(everything=everything)

    def rest(self) -> list[Event]:
        """What the agent wrote since the last call, all of it; for after its end."""
        return self._events(everything=True)

    def _events(self, *, everything: bool) -> list[Event]:
        at = time.time()
        return [event for stream in (self.stdout, self.stderr) for event in stream.events(at, everything=everything)]

    def stop(self) -> None:
        """Ends the agent and all that it started, and takes what is left in its pipes; within about 3 seconds."""
        if self._popen.returncode is not None:
            return
        try:
            if not self.ended:
                # The guard is not reaped yet, so this number is still its own. It passes the signal on.
                os.kill(self._popen.pid, signal.SIGTERM)
                self._step_until(lambda: self.ended, launch.GRACE + 0.5)
            self._kill_group()
            leftovers.kill(self.run)
            self._step_until(lambda: not self._streams, _LAST_WORDS)
            self._popen.wait(timeout=5)
        finally:
            self._close()

    def _kill_group(self) -> None:
        try:
            os.killpg(self._popen.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            # Nobody is left in it. macOS says that of a group of the dead with EPERM.
            return

    def _step_until(self, done: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not done() and (left := end - time.monotonic()) > 0:
            self.step(min(left, 0.1))

    def _read(self, descriptor: int) -> None:
        data = os.read(descriptor, CHUNK)
        self._streams[descriptor].feed(data, last=not data)
        if not data:
            del self._streams[descriptor]
            self._selector.unregister(descriptor)

    def _hear(self) -> None:
        data = os.read(self._reading, CHUNK)
        self._report += data
        if not data:
            self.ended = True
            self._selector.unregister(self._reading)

    def _write(self, descriptor: int) -> None:
        try:
            self._input = self._input[os.write(descriptor, self._input[:CHUNK]) :]
        except BrokenPipeError:  # a program need not read what it is given
            self._input = self._input[:0]
        if not self._input:
            self._selector.unregister(descriptor)
            if self._popen.stdin is not None:
                self._popen.stdin.close()

    def _close(self) -> None:
        self._selector.close()
        os.close(self._reading)
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                pipe.close()


def _guard(report: int, timeout: float) -> list[str]:
    # -I and -S: nothing of the agent's environment or folder changes what the guard runs, and it starts fast.
    facts = [str(os.getpid()), str(report), str(timeout + _GUARD_STARTS)]
    return [sys.executable, "-I", "-S", str(Path(launch.__file__)), *facts]


def _descriptor(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()
