"""However a run ends, nothing of its agent is left: not in its group, not outside, not when the worker is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tasks.providers.running import DAEMON, alive
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are followed through /proc, which is Linux")

# Starts a child in its own group and a daemon outside of it, says that all are there, and stays.
FAMILY = f"""
import os, subprocess, sys, time
subprocess.run([sys.executable, "-c", {DAEMON!r}, "daemon"], check=True)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
while not os.path.exists("daemon"): pass
open("child", "w").write(str(child.pid))
open("agent", "w").write(str(os.getpid()))
print("ready", flush=True)
"""
STAYS = FAMILY + "time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + STAYS


def family(running) -> list[int]:
    return [running.pid(name) for name in ("daemon", "child", "agent")]


class Ready:
    """A stop check that gives `reason` once the agent has said that it is there."""

    def __init__(self, running, reason):
        self.running, self.reason = running, reason

    def __call__(self):
        return self.reason if "ready" in self.running.text("stdout") else None


@pytest.mark.parametrize("reason", ["cancelled", "shutdown"])
def test_a_stopped_run_leaves_no_process(running, reason):
    outcome = running.python(STAYS, stop=Ready(running, reason))

    assert outcome.status == "cancelled"
    assert reason in outcome.summary
    assert not any(map(alive, family(running)))


def test_an_agent_that_does_not_listen_is_killed_after_the_grace(running):
    outcome = running.python(DEAF, stop=Ready(running, "cancelled"))

    assert (outcome.status, outcome.exit_code) == ("cancelled", -9)
    assert time.time() - running.events[0].at < 3.5
    assert not any(map(alive, family(running)))


def test_an_agent_that_listens_may_say_its_last_words(running):
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'saved'), sys.exit(0)))\n"
        "os.write(1, b'ready')\n"  # print() may not be interrupted by another print()
        "time.sleep(600)"
    )

    outcome = running.python(code, stop=Ready(running, "cancelled"))

    assert (outcome.status, outcome.exit_code) == ("cancelled", 0)
    assert running.text("stdout") == "readysaved"


def test_a_run_that_was_lost_says_nothing_more(running):
    running.python(STAYS, stop=Ready(running, "lease_lost"))

    assert running.text("stdout") == "ready\n"
    assert not any(map(alive, family(running)))


def test_the_time_limit_ends_the_agent_and_all_that_it_started(running):
    outcome = running.python(STAYS, timeout=1.5)

    assert outcome.status == "timed_out"
    assert "1.5 s" in outcome.summary
    assert running.seconds < 1.5 + 3.5
    assert not any(map(alive, family(running)))


def test_the_time_limit_holds_while_the_worker_is_busy_storing(running):
    """The guard ends the agent itself where the worker does not come to it."""

    def emit(event):
        wait_until(lambda: not alive(running.pid("agent")), within=10, what="the guard to end the agent")

    outcome = running.python(STAYS, timeout=1.0, emit=emit)

    assert outcome.status == "timed_out"
    assert not any(map(alive, family(running)))


def test_what_an_agent_leaves_running_ends_with_it(running):
    outcome = running.python(FAMILY)

    assert outcome.status == "succeeded"
    assert running.seconds < 5
    assert not any(map(alive, family(running)))


class LeaseLost(Exception):
    pass


@pytest.mark.parametrize("error", [LeaseLost, KeyboardInterrupt])
def test_what_emit_raises_ends_the_agent_and_goes_on(running, error):
    def emit(event):
        raise error

    with pytest.raises(error):
        running.python(STAYS, emit=emit)

    assert not any(map(alive, family(running)))


def test_what_the_stop_check_raises_ends_the_agent_and_goes_on(running):
    def stop():
        if "ready" in running.text("stdout"):
            raise LeaseLost

    with pytest.raises(LeaseLost):
        running.python(STAYS, stop=stop)

    assert not any(map(alive, family(running)))


def test_an_agent_that_kills_its_guard_does_not_get_away(running):
    code = FAMILY + "import signal; os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)"

    outcome = running.python(code)

    assert (outcome.status, outcome.exit_code) == ("failed", -9)
    # Killed by the kernel at the guard's death: not by us, so not necessarily gone at this very instant.
    wait_until(lambda: not any(map(alive, family(running))), within=1)


def test_a_process_with_an_emptied_environment_is_ended_as_well(running):
    code = STAYS.replace('"daemon"], check', '"daemon"], env={}, check')

    assert running.python(code, stop=Ready(running, "cancelled")).status == "cancelled"

    assert not any(map(alive, family(running)))


def test_a_new_attempt_ends_what_is_left_of_an_earlier_one(running):
    environment = {**os.environ, "SPECFLOW_RUN": running.run}
    earlier = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=environment)
    other = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env={**environment, "SPECFLOW_RUN": running.run + "0"}
    )
    try:
        assert running.python("print(1)").status == "succeeded"
        assert earlier.wait(5) == -signal.SIGKILL
        assert other.poll() is None
    finally:
        for process in (earlier, other):
            process.kill()
            process.wait()


WORKER = """
import json, sys
from pathlib import Path
from tasks.providers import get
from tasks.providers.base import Work
facts = json.loads(sys.argv[1])
work = Work(**{**facts, "folder": Path(facts["folder"])})
get("command").execute(work, lambda event: None, lambda: None)
"""


def test_a_killed_worker_leaves_no_agent(running):
    work = running.work({"argv": [sys.executable, "-c", STAYS]}, timeout=300)
    facts = {name: getattr(work, name) for name in work.__slots__} | {"folder": str(work.folder)}
    root = Path(__file__).parents[3]
    worker = subprocess.Popen([sys.executable, "-c", WORKER, json.dumps(facts)], cwd=root)
    try:
        wait_until(lambda: running.pid("agent"), within=20, what="the agent to be there")
        processes = family(running)
        assert all(map(alive, processes))
    finally:
        worker.kill()
        worker.wait()

    wait_until(lambda: not any(map(alive, processes)), within=10, what="the agent to be gone")
