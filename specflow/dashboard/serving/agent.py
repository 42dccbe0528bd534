"""The agent that is at work in the example project: a process of its own that ends with this one."""

import logging
import subprocess
import sys
import threading
from collections.abc import Sequence

log = logging.getLogger("specflow.serve")
PATIENCE = (2.0, 5.0, 15.0)  # seconds before each new try of an agent that broke down
END_SECONDS = 3.0


class AgentProcess:
    """Runs a command until it ends well; one that breaks down is started again, three times.

    The process reads its standard input and ends when that does, so that it outlives this one in no case.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = list(argv)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._supervise, name="specflow-agent", daemon=True)

    def start(self) -> None:
        """Starts it; comes back at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the process, and does not start it again."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _supervise(self) -> None:
        for patience in (*PATIENCE, None):
            code = self._run()
            if code == 0 or self._stopping.is_set():
                return
            if patience is None:
                log.error("The example agent broke down again (exit code %s) and is not started any more.", code)
                return
            log.warning("The example agent broke down (exit code %s); a new one starts in %g s.", code, patience)
            if self._stopping.wait(patience):
                return

    def _run(self) -> int:
        with self._lock:
            if self._stopping.is_set():
                return 0
            self._process = subprocess.Popen(self._argv, stdin=subprocess.PIPE)  # noqa: S603 - our own command
        return self._process.wait()


def manage(*words: str) -> list[str]:
    """The argument list of one of our own commands."""
    return [sys.executable, sys.argv[0], *words]
