"""The guard of one agent: starts it, ends when it ends, and leaves nothing of it behind. A program of its own.

    python -I -S launch.py PARENT REPORT LIMIT ARGV...

PARENT is the process that wants the agent, REPORT a descriptor to write one line to where the agent could not be
started ("start ERRNO") or was stopped after LIMIT seconds ("limit"); its end tells the parent that the guard has ended.

What is started by an agent may leave its process group and even its session. On Linux the guard is the "child
subreaper" (prctl(2)), so that such processes become its children and are found. It stops them all when it gets SIGTERM,
when its parent dies in whatever way, when the limit is over, and when the agent itself has ended. A process of its own
does this because a `preexec_fn` is not safe in a worker with threads, and because a killed worker can do nothing.

Only the standard library, and little of it: every run waits for this to start. Elsewhere than on Linux the process
group is all that is stopped.
"""

import ctypes
import os
import resource
import select
import signal
import sys
import time

GRACE = 2.0  # seconds between the request to end and the end
LOOK = 0.5  # seconds between two looks at whether the parent is there, where the kernel does not tell

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_LINUX = sys.platform == "linux"


class Guard:
    """Watches over one agent, its child `agent`; `status` is how that ended, as waitpid(2) gives it."""

    def __init__(self, parent: int, report: int, limit: float) -> None:
        self.parent = parent
        self.report = report
        self.end = time.monotonic() + limit
        self.told = False
        self.agent = 0
        self.status: int | None = None
        self.awake, wake = os.pipe()
        for end in (self.awake, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._tell)

    def _tell(self, *_: object) -> None:
        self.told = True

    def start(self, argv: list[str]) -> None:
        """Starts the agent, which dies with the guard and can gain no rights (setuid) to escape it."""
        guard = os.getpid()
        self.agent = os.fork()
        if self.agent:
            return
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):  # this interpreter ignores them, and exec keeps that
                signal.signal(number, signal.SIG_DFL)
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == guard:
                os.execvp(argv[0], argv)  # noqa: S606 - no shell is what we want
        except OSError as error:
            os.write(self.report, b"start %d\n" % (error.errno or 0))
        finally:
            os._exit(127)

    def watch(self) -> None:
        """Returns when the agent has ended or must."""
        while self.status is None and not self.told and os.getppid() == self.parent:
            left = self.end - time.monotonic()
            if left <= 0:
                os.write(self.report, b"limit\n")
                return
            self._wait(min(LOOK, left))

    def stop(self) -> None:
        """Ends all that is left, at once where the agent has ended by itself, else after a request and the grace."""
        if self.status is None:
            self._send(signal.SIGTERM)
            end = time.monotonic() + GRACE
            while self._left() and time.monotonic() < end:
                self._wait(0.05)
        end = time.monotonic() + 1.0
        while self._left() and time.monotonic() < end:  # again and again: what is killed may be starting others
            self._send(signal.SIGKILL)
            self._wait(0.01)

    def leave(self) -> None:
        """Ends as the agent did, by its exit code or its signal."""
        if self.status is None:
            os._exit(128 + signal.SIGTERM)
        if os.WIFSIGNALED(self.status):
            number = os.WTERMSIG(self.status)
            if number != signal.SIGKILL:
                signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        os._exit(os.waitstatus_to_exitcode(self.status) & 0xFF)

    def _wait(self, seconds: float) -> None:
        if select.select([self.awake], [], [], seconds)[0]:
            os.read(self.awake, 4096)
        try:
            while True:
                process, status = os.waitpid(-1, os.WNOHANG)
                if process == 0:
                    return
                if process == self.agent:
                    self.status = status
        except ChildProcessError:  # the last one has ended
            return

    def _left(self) -> bool:
        return self.status is None or (_LINUX and bool(_descendants()))

    def _send(self, number: int) -> None:
        if not _LINUX:
            os.killpg(0, number)
            return
        for process in _descendants():
            try:
                os.kill(process, number)
            except ProcessLookupError:  # it ended meanwhile
                continue


def _descendants() -> list[int]:
    """All living processes below this one."""
    children: dict[int, list[tuple[int, bool]]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
            except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                continue
            children.setdefault(int(parent), []).append((int(name), state != b"Z"))
    found, waiting = [], [os.getpid()]
    while waiting:
        for process, alive in children.get(waiting.pop(), ()):
            waiting.append(process)
            if alive:
                found.append(process)
    return found


def _prctl(option: int, value: int) -> None:
    if _LINUX:
        library = ctypes.CDLL(None, use_errno=True)
        if library.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def main(arguments: list[str]) -> None:
    parent, report, limit, *argv = arguments
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.set_inheritable(int(report), False)
    guard = Guard(int(parent), int(report), float(limit))
    guard.start(argv)
    guard.watch()
    guard.stop()
    guard.leave()


if __name__ == "__main__":
    main(sys.argv[1:])
