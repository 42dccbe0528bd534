"""The live feed at /ws (CONTRACT, Live feed): what the log says, as it is said, to whoever may hear it.

A message is `auth` (an API key, for programs) or `subscribe`. Closes with 4401 where nobody known listens, 4403 once
the right to listen has ended, 4408 for a client too slow to read; that one returns with its last `seq`.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from functools import partial
from http.cookies import CookieError
from typing import Any, Final
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from specflow.accounts.models import Project
from specflow.audit import feed
from specflow.audit.feed import Event
from specflow.dashboard import watcher
from specflow.dashboard.topics import concerns, topic_of
from specflow.dashboard.watcher import Watcher, Wish
from specflow.errors import DomainError, Invalid, Unauthenticated

UNKNOWN, ENDED, SLOW, FULL = 4401, 4403, 4408, 4413
MAX_MESSAGE: Final = 20_000  # characters
MAX_SUBSCRIPTIONS: Final = 40


class Feed(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One connection."""

    greeting = 10.0  # seconds in which a client without a session names its key
    recheck = 3.0  # seconds between looks at whether the client may still listen (QUALITY 38: 5 s)
    ping = 20.0
    patience = 10.0  # seconds that a client may take to read one message

    async def connect(self) -> None:
        """Takes the connection of a page of ours, or of a program (which sends no Origin)."""
        self._watcher: Watcher | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard: dict[Project, bool] = {}
        if not _is_of_this_site(self.scope):
            await self.close()
            return
        session = _session_of(self.scope)
        with contextlib.suppress(Unauthenticated):
            if session:
                self._watcher = await database_sync_to_async(watcher.by_session)(session)
        await self.accept()
        self._begin(self._pings)
        self._begin(self._rechecks)

    async def disconnect(self, code: int) -> None:
        """Ends what runs for the connection."""
        for task in tuple(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A message of the client; a bad one is answered by an error and changes nothing."""
        try:
            await self._take(_read(text_data))
        except Unauthenticated as error:
            await self._refuse(error)
            await self.close(UNKNOWN)
        except DomainError as error:
            await self._refuse(error)

    async def _take(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "auth":
                self._watcher = await database_sync_to_async(watcher.by_key)(str(message.get("key", "")))
            case "subscribe":
                await self._subscribe(message)
            case "pong":
                pass
            case other:
                raise Invalid("invalid_message", f"There is no message of type {str(other)[:40]!r}.")

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if self._watcher is None:
            raise Unauthenticated("unauthenticated", "Say who you are first: log in, or send your API key.")
        wanted: list[Wish] = await database_sync_to_async(watcher.wishes)(self._watcher, message)
        if len(self._tasks) + len(wanted) > MAX_SUBSCRIPTIONS:
            raise Invalid("too_many_subscriptions", f"A connection follows at most {MAX_SUBSCRIPTIONS} things.")
        for wish in wanted:
            self._heard[wish.project] = self._heard.get(wish.project, False) or "audit" in wish.topics
            position = {"topic": wish.topic} if wish.topic else {"topics": sorted(wish.topics)}
            await self._say({"type": "subscribed", "project": wish.project.slug, "after": wish.after, **position})
            self._begin(partial(self._follow, wish))

    async def _follow(self, wish: Wish) -> None:
        """Sends what was before, batch by batch as the client reads it, then what comes."""
        after, more = wish.after, True
        read = database_sync_to_async(feed.sources[wish.source].read)
        while more:
            batch = await read(wish.key, after, feed.BATCH)
            for event in batch:
                await self._pass_on(wish, event)
                after = event["seq"]
            more = len(batch) == feed.BATCH
        async with feed.follower().follow(wish.source, wish.key, after) as subscription:
            while not subscription.overflowed:
                await self._pass_on(wish, await subscription.queue.get())
        raise TimeoutError

    async def _pass_on(self, wish: Wish, event: Event) -> None:
        if wish.topic:
            await self._say({**event, "project": wish.project.slug, "topic": wish.topic})
        elif concerns(event, wish.topics):
            await self._say({**event, "project": wish.project.slug, "topic": topic_of(event["verb"])})

    async def _pings(self) -> None:
        while True:
            await asyncio.sleep(self.ping)
            await self._say({"type": "ping"})

    async def _rechecks(self) -> None:
        """Ends the connection once its session or key has ended, or its user may no longer see a project."""
        clock = asyncio.get_running_loop().time
        greeted_by = clock() + self.greeting
        while True:
            await asyncio.sleep(min(self.recheck, self.greeting))
            if self._watcher is None and clock() < greeted_by:
                continue
            try:
                await self._recheck()
            except DomainError as error:
                await self._refuse(error)
                await self.close(UNKNOWN if self._watcher is None else ENDED)
                return

    async def _recheck(self) -> None:
        if self._watcher is None:
            raise Unauthenticated("unauthenticated", "Nobody said who listens.")
        audit = {project for project, reads_all in self._heard.items() if reads_all}

        def look(known: Watcher, projects: set[Project]) -> Watcher:
            fresh = known.again()
            watcher.require_view(fresh, projects, audit=audit)
            return fresh

        self._watcher = await database_sync_to_async(look)(self._watcher, set(self._heard))

    async def _say(self, message: dict[str, Any]) -> None:
        """Sends one message. Raises TimeoutError where the client does not read it."""
        async with asyncio.timeout(self.patience):
            await self.send(text_data=json.dumps(message, ensure_ascii=False))

    async def _refuse(self, error: DomainError) -> None:
        await self._say({"type": "error", **error.as_dict()})

    def _begin(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` beside the connection. A client too slow for it is dropped."""

        async def run() -> None:
            try:
                await work()
            except TimeoutError:
                await self._drop()

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "The live feed failed for a connection", "exception": task.exception(), "task": task}
            )
            self._tasks.add(closing := asyncio.get_running_loop().create_task(self.close(1011)))
            closing.add_done_callback(self._tasks.discard)

    async def _drop(self) -> None:
        error = Invalid(
            "too_slow",
            "You read more slowly than things happen.",
            {},
            ("Connect again and subscribe with `after` set to the last seq that you saw.",),
        )
        with contextlib.suppress(TimeoutError):
            await self._refuse(error)
        await self.close(SLOW)


def _read(text: str | None) -> dict[str, Any]:
    """The message as a mapping. Raises Invalid `invalid_message`."""
    if text is None or len(text) > MAX_MESSAGE:
        raise Invalid("invalid_message", f"A message is JSON text of at most {MAX_MESSAGE} characters.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("invalid_message", "The message is not JSON.") from error
    if not isinstance(message, dict):
        raise Invalid("invalid_message", "A message is a JSON object.")
    return message


def _is_of_this_site(scope: dict[str, Any]) -> bool:
    """Whether a browser's page of this very site asks, or a program. Another site's page would come with our cookie."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    origin = headers.get(b"origin")
    if origin is None:
        return True
    site = urlsplit(origin.decode("latin-1"))
    return site.netloc == host or f"{site.scheme}://{site.netloc}" in settings.CSRF_TRUSTED_ORIGINS


def _session_of(scope: dict[str, Any]) -> str:
    cookies = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    try:
        return str(parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, ""))
    except CookieError:
        return ""
