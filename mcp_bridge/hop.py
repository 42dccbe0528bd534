"""The one hop of a call: from the event loop into a thread of our own, where the whole call is made.

SQLite has one writer, so one thread is fastest there (16 clients, p99: one thread 56 ms, four 212); PostgreSQL has
four.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

P = ParamSpec("P")
R = TypeVar("R")


async def hop(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `function` gives, run in a thread that keeps its database connection and has this task's context."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(
        _threads(), lambda: context.run(lambda: _with_fresh_connection(function, *args, **kwargs))
    )


def finish() -> None:
    """Waits for the calls that are being made and ends the threads; a later hop starts new ones."""
    if _threads.cache_info().currsize:
        _threads().shutdown(wait=True)
        _threads.cache_clear()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1 if connection.vendor == "sqlite" else 4, thread_name_prefix="mcp")


def _with_fresh_connection(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()  # leaves one alone that is in a transaction
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()
