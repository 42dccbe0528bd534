"""From `make run` to the first page: on a fresh clone with a cold package cache, and again."""

import os
import subprocess
import time
import urllib.request
from pathlib import Path

from benchmarks.report import Figure
from tests.e2e.product import FOREIGN, ROOT, Process
from tests.services.launch import free_port
from tests.waiting import wait_until


def measure(folder: Path) -> list[Figure]:
    """Both starts, of what is committed."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN and "SPECFLOW" not in name}
    environment = {**kept, "HOME": str(folder), "PIP_NO_CACHE_DIR": "1"}
    return [
        Figure("make run: fresh clone to first page", _start(clone, environment, folder), "s", 180),
        Figure("make run: second start to first page", _start(clone, environment, folder), "s", 5),
    ]


def _start(clone: Path, environment: dict[str, str], folder: Path) -> float:
    port = free_port()
    begin = time.monotonic()
    process = Process(["make", "run"], {**environment, "PORT": str(port)}, folder / "run.log", cwd=clone)
    try:
        wait_until(lambda: _answers(port, process), within=600, what="the first page")
        return time.monotonic() - begin
    finally:
        process.end()


def _answers(port: int, process: Process) -> bool:
    if process.ended() is not None:
        raise RuntimeError(process.said[-2000:])
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=2).status == 200
    except OSError:
        return False
