"""Listening in tests: the numbers that a subscription hears, with a deadline; and another process that writes."""

import asyncio
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from specflow.audit.feed import Subscription

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 30.0


async def heard(subscription: Subscription, count: int, within: float = DEADLINE) -> list[int]:
    """The sequences of the next `count` events."""
    async with asyncio.timeout(within):
        return [(await subscription.queue.get())["seq"] for _ in range(count)]


def database_url() -> str:
    """The address of the test's database."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


async def elsewhere(*argv: str, redis: str = "") -> str:
    """What `manage.py …` says, run to its end in another process on the test's database."""
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    environment |= {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "specflow.settings"}
    if redis:
        environment["REDIS_URL"] = redis
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "manage.py", *argv),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(2 * DEADLINE):
            said, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, complaint.decode()
    return said.decode()
