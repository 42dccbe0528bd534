"""Whether the process can do its work: the database and the broker answer (CONTRACT, Addresses)."""

import os
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

_SECONDS = 2


def checks() -> dict[str, str]:
    """`{"database": "ok", "broker": "ok"}`, or instead of "ok" what is wrong, without secrets."""
    return {"database": _database(), "broker": _redis() if settings.REDIS_URL else _folder()}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, OSError) as error:
        return f"does not answer: {type(error).__name__}"
    return "ok"


def _redis() -> str:
    import redis

    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return f"does not answer: {type(error).__name__}"
    return "ok"


def _folder() -> str:
    folder = Path(settings.SPECFLOW_HOME) / "broker"
    return "ok" if os.access(folder, os.R_OK | os.W_OK | os.X_OK) else "the folder for messages cannot be written"
