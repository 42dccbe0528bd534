"""The doorbell: tells readers of the log that there is news. The log is the truth; a bell that is lost loses nothing.

Rung after commit: in this process by an event, across processes by PostgreSQL's NOTIFY and by Redis where they are
there. On SQLite other processes look at the log themselves (feed.py).
"""

import functools
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

if TYPE_CHECKING:
    from redis import Redis

CHANNEL = "specflow"
log = logging.getLogger("specflow.audit")

_listeners: set[Callable[[], object]] = set()
_lock = threading.Lock()


def listen(callback: Callable[[], object]) -> Callable[[], None]:
    """Calls `callback` (from any thread; it must not block) at each ring in this process; returns the way to stop."""
    with _lock:
        _listeners.add(callback)

    def stop() -> None:
        with _lock:
            _listeners.discard(callback)

    return stop


def ring_on_commit() -> None:
    """Rings when the running transaction commits; once for each transaction on PostgreSQL, which folds equal notes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
    transaction.on_commit(ring)


def ring() -> None:
    """Rings in this process, and over Redis."""
    with _lock:
        listeners = tuple(_listeners)
    for callback in listeners:
        callback()
    if settings.REDIS_URL:
        _ring_redis()


def _ring_redis() -> None:
    import redis

    try:
        _redis().publish(CHANNEL, "")
    except redis.RedisError as error:
        log.warning("Redis did not take the doorbell; readers will look for themselves: %s", error)


@functools.cache
def _redis() -> "Redis":
    """One client for the process, made at the first ring."""
    import redis

    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
