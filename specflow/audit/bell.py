"""The doorbell: tells readers of the log that there is news. The log is the truth; a bell that is lost loses nothing.

Rung after commit: in this process by an event, across processes by PostgreSQL's NOTIFY and by Redis where they are
there. On SQLite other processes look at the log themselves (feed.py).
"""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection, transaction

CHANNEL = "specflow"
log = logging.getLogger("specflow.audit")

_listeners: set[Callable[[], None]] = set()
_lock = threading.Lock()


def listen(callback: Callable[[], None]) -> Callable[[], None]:
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


_client: "object | None" = None


def _redis() -> "object":
    import redis

    global _client  # noqa: PLW0603 - one client for the process, made at the first ring
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    return _client
