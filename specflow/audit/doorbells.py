"""Bells that ring across processes: PostgreSQL's NOTIFY and Redis; without one, a look 10 times a second."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection

from django.conf import settings
from django.db import connection

from specflow.audit.bell import CHANNEL

log = logging.getLogger("specflow.audit")
LOOK = 0.1  # seconds between looks where no bell reaches across processes
SAFETY = 2.0  # seconds between looks where one does: a lost bell is a late event, never a lost one
RETRY = 1.0


@contextlib.asynccontextmanager
async def open_doorbells(bell: asyncio.Event) -> AsyncIterator[float]:
    """Listens on what the settings name and sets `bell`; gives the seconds to wait for it at most."""
    listeners: list[Callable[[asyncio.Event], Awaitable[None]]] = []
    if connection.vendor == "postgresql":
        listeners.append(_postgres)
    if settings.REDIS_URL:
        listeners.append(_redis)
    waiting = [asyncio.create_task(_keep_listening(listener, bell)) for listener in listeners]
    try:
        yield SAFETY if connection.vendor == "postgresql" else LOOK
    finally:
        await _end(waiting)


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancels until all have ended: the Redis client may swallow a cancellation that meets it while it connects."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=0.1)


async def _keep_listening(listen: Callable[[asyncio.Event], Awaitable[None]], bell: asyncio.Event) -> None:
    """Listens for ever; a server that goes away is tried again, and each return rings for what was missed."""
    import psycopg
    import redis

    while not _is_cancelled():
        try:
            await listen(bell)
        except (psycopg.Error, redis.RedisError, OSError) as error:
            log.warning("A doorbell was lost and is tried again: %s", error)
            await asyncio.sleep(RETRY)


async def _postgres(bell: asyncio.Event) -> None:
    import psycopg

    wanted = connection.get_connection_params()
    params = {name: wanted[name] for name in ("dbname", "host", "port", "user", "password") if wanted.get(name)}
    async with await psycopg.AsyncConnection.connect(**params, autocommit=True) as listening:
        await listening.execute(f"LISTEN {CHANNEL}")
        bell.set()
        async for _ in listening.notifies():
            bell.set()


async def _redis(bell: asyncio.Event) -> None:
    from redis.asyncio import Redis

    client = Redis.from_url(settings.REDIS_URL)
    async with client, client.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        bell.set()
        while not _is_cancelled():
            if await channel.get_message(timeout=SAFETY):
                bell.set()


def _is_cancelled() -> bool:
    """Whether somebody cancelled this task, even where the Redis client kept that to itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
