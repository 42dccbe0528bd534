"""Following the log: what is new reaches listeners in order and without gaps, whoever wrote it (DESIGN, One log).

One follower runs per process while somebody listens. It reads what is there after each listener's cursor; bells only
make it look sooner: this process's own, PostgreSQL's NOTIFY, Redis. On SQLite it looks ten times a second.
Other things that are followed (a run's events) are sources that their app registers.
"""

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from specflow.audit import bell, doorbells
from specflow.audit.models import SYSTEM, AuditEntry, Chain

log = logging.getLogger("specflow.audit")
BATCH = 500
QUEUE = 2000
Event = dict[str, Any]
Reader = Callable[[str, int, int], list[Event]]


def log_after(chain: str, after: int, limit: int) -> list[Event]:
    """Entries of a chain after a sequence, in order, in the shape of the live feed (CONTRACT, Live feed)."""
    rows = AuditEntry.objects.filter(chain__key=chain, sequence__gt=after).order_by("sequence")[:limit]
    return [as_event(row) for row in rows]


def as_event(row: AuditEntry) -> Event:
    """One entry as the feed sends it: seq, verb, object, actor, at, data."""
    content = row.content
    return {
        "type": "event",
        "seq": row.sequence,
        "verb": row.verb,
        "object": content["object"],
        "actor": content["actor"],
        "at": content["at"],
        "data": content["data"],
    }


def position(chain: str) -> int:
    """The chain's last sequence; 0 for one that has not begun."""
    return Chain.objects.filter(key=chain).values_list("sequence", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be followed: `read(key, after, limit)` gives its events in order, and `project_of(key)` the
    outside id of the project whose members may follow it (None for an unknown key)."""

    read: Reader
    project_of: Callable[[str], str | None]


sources: dict[str, Source] = {"log": Source(log_after, lambda chain: None if chain == SYSTEM else chain)}


@dataclass(eq=False, slots=True)
class Subscription:
    """One listener: events of `source`/`key` after `cursor`. `overflowed` is set where it was too slow to read."""

    source: str
    key: str
    cursor: int
    queue: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    overflowed: bool = False

    def offer(self, events: Iterable[Event]) -> None:
        """Takes what is after the cursor; a full queue ends the subscription instead of growing."""
        for event in events:
            if event["seq"] <= self.cursor:
                continue
            if self.queue.full():
                self.overflowed = True
                return
            self.queue.put_nowait(event)
            self.cursor = event["seq"]


class Follower:
    """Reads for all subscriptions of one event loop; started by the first, stopped with the last."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._task: asyncio.Task[None] | None = None
        self._bell = asyncio.Event()
        self._hop = ThreadPoolExecutor(1, thread_name_prefix="specflow-feed")

    @contextlib.asynccontextmanager
    async def follow(self, source: str, key: str, after: int) -> AsyncIterator[Subscription]:
        """A subscription whose queue gets every event of `key` after `after`, in order."""
        subscription = Subscription(source, key, after)
        self._subscriptions.add(subscription)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())
        self._bell.set()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            if not self._subscriptions:
                self._bell.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        stop = bell.listen(lambda: loop.call_soon_threadsafe(self._bell.set))
        try:
            while self._subscriptions:  # again for who came while the doorbells were taken down
                async with doorbells.open_doorbells(self._bell) as patience:
                    await self._serve(loop, patience)
        finally:
            stop()
            self._hop.submit(_leave)

    async def _serve(self, loop: asyncio.AbstractEventLoop, patience: float) -> None:
        """Looks at each ring, and after `patience` seconds without one, for as long as somebody listens."""
        while self._subscriptions:
            self._bell.clear()
            try:
                more = await self._read(loop)
            except (OperationalError, InterfaceError) as error:
                log.warning("The log could not be read and is looked at again: %s", error)
                await asyncio.sleep(doorbells.RETRY)
                continue
            if not more:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._bell.wait(), patience)

    async def _read(self, loop: asyncio.AbstractEventLoop) -> bool:
        """One look for all subscriptions; True where a batch was full and more is waiting."""
        wanted: dict[tuple[str, str], int] = {}
        for one in self._subscriptions:
            if not one.overflowed:
                key = (one.source, one.key)
                wanted[key] = min(one.cursor, wanted.get(key, one.cursor))
        found = await loop.run_in_executor(self._hop, _look, wanted)
        for one in tuple(self._subscriptions):
            one.offer(found.get((one.source, one.key), ()))
        return any(len(events) == BATCH for events in found.values())


def _look(wanted: dict[tuple[str, str], int]) -> dict[tuple[str, str], list[Event]]:
    if not connection.in_atomic_block:
        close_old_connections()
    found = {}
    for (source, key), after in wanted.items():
        events = sources[source].read(key, after, BATCH)
        if events:
            found[source, key] = events
    return found


def _leave() -> None:
    """Gives the thread's connection back when nobody listens any more."""
    if not connection.in_atomic_block:
        connection.close()


_followers: dict[asyncio.AbstractEventLoop, Follower] = {}


def follower() -> Follower:
    """The running loop's follower."""
    loop = asyncio.get_running_loop()
    for old in [one for one in _followers if one.is_closed()]:
        del _followers[old]
    return _followers.setdefault(loop, Follower())
