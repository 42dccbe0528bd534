"""MCP over streamable HTTP at `/mcp`: an ASGI application for daphne and for `mcp_serve --transport http`.

Each request is checked anew: the Host and the Origin (against DNS rebinding), then the API key, so that a revoked key
ends at once. A session belongs to the key that opened it; to another key it does not exist (QUALITY 36).
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from mcp_bridge.hop import hop
from mcp_bridge.identity import Session, session_of
from mcp_bridge.registry import Offer
from mcp_bridge.server import Context, build
from specflow.accounts.authentication import authenticate, token_of
from specflow.errors import DomainError, NotFound, PermissionDenied, Unauthenticated

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/mcp"
_SESSION = "specflow.session"


class Endpoint:
    """The application. The SDK's session manager runs in one task of our own, from the first request to the end of the
    process: daphne has no lifespan, and a task group must be left by the task that entered it."""

    def __init__(self, offer: Offer | None = None) -> None:
        self._offer = offer or Offer()
        self._running: _Running | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _check_place(scope)
            session = await _session(scope)
        except DomainError as error:
            await _refuse(error, send)
            return
        if self._running is None:
            self._running = _Running(self._offer)
        manager = await self._running.manager()
        known = {**scope, "user": _principal(session), _SESSION: session}
        await manager.handle_request(known, receive, _at_once(send) if scope["method"] == "GET" else send)

    async def stop(self) -> None:
        """Ends the sessions and their streams; the next request starts anew."""
        running, self._running = self._running, None
        if running is not None:
            await running.stop()


class _Running:
    """The session manager at work in its task."""

    def __init__(self, offer: Offer) -> None:
        server = build(_session_of_request, offer)
        self._manager = StreamableHTTPSessionManager(
            app=server, max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        )
        self._ready, self._stop = asyncio.Event(), asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="mcp-sessions")
        _stop_with_reactor(self.stop)

    async def manager(self) -> StreamableHTTPSessionManager:
        await self._ready.wait()
        return self._manager

    async def stop(self) -> None:
        self._stop.set()
        await self._task

    async def _run(self) -> None:
        async with self._manager.run():
            self._ready.set()
            await self._stop.wait()


application = Endpoint()


def _at_once(send: Send) -> Send:
    """Sends the head of an answer before there is any of its body: daphne keeps it back until then, and a client that
    opens the stream of notifications would wait 15 seconds for the first sign of life."""

    async def forward(message: MutableMapping[str, Any]) -> None:
        await send(message)
        if message["type"] == "http.response.start":
            await send({"type": "http.response.body", "body": b"", "more_body": True})

    return forward


def _stop_with_reactor(stop: Callable[[], Awaitable[None]]) -> None:
    """Under daphne: without this trigger SIGTERM hangs once a stream was opened (facts, "Under daphne")."""
    if "daphne.server" not in sys.modules:
        return
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    def before_shutdown() -> Any:
        return Deferred.fromFuture(asyncio.ensure_future(stop()))

    # Twisted's types swap two of the arguments.
    reactor.addSystemEventTrigger("before", "shutdown", before_shutdown)  # type: ignore[arg-type]


def _check_place(scope: Scope) -> None:
    """Raises NotFound for another path, PermissionDenied `foreign_host` and `foreign_origin`."""
    if scope["path"].rstrip("/") != PATH:
        raise NotFound("not_found", "There is nothing here.")
    headers = _headers(scope)
    host, _ = split_domain_port(headers.get("host", ""))
    if not host or not validate_host(host, settings.ALLOWED_HOSTS):
        raise PermissionDenied("foreign_host", "This server is not called by that name.")
    if "origin" in headers and not validate_host(_host_of(headers["origin"]), settings.ALLOWED_HOSTS):
        raise PermissionDenied("foreign_origin", "Pages of that origin may not call this server.")


def _host_of(origin: str) -> str:
    """The origin's host as ALLOWED_HOSTS names it, or an empty string for `null` and nonsense."""
    try:
        return split_domain_port(urlsplit(origin).netloc)[0]
    except ValueError:
        return ""


async def _session(scope: Scope) -> Session:
    """The caller's session. Raises Unauthenticated, also where no key was sent."""
    headers = _headers(scope)
    token = token_of(headers.get("authorization", ""), headers.get("x-api-key", ""))
    if not token:
        raise Unauthenticated(
            "unauthenticated",
            "Send an API key.",
            next_steps=("Make one with manage.py key_create and send it as Authorization: Bearer …",),
        )
    return session_of(await hop(authenticate, token))


def _principal(session: Session) -> AuthenticatedUser:
    """What the session manager compares: the key that opened a session is the only one that may use it."""
    return AuthenticatedUser(
        AccessToken(token="", client_id=session.actor.key, scopes=sorted(session.actor.scopes or ()))
    )


def _session_of_request(context: Context) -> Session:
    request: Any = context.request  # Starlette's, on this transport never None
    session: Session = request.scope[_SESSION]
    return session


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


_STATUS = {"unauthenticated": 401, "foreign_host": 421, "permission_denied": 403, "not_found": 404}


async def _refuse(error: DomainError, send: Send) -> None:
    """The error as `application/problem+json`, in the shape of REST."""
    status = _STATUS.get(error.code) or _STATUS.get(error.kind, 400)
    body = json.dumps(
        {
            "type": "about:blank",
            "status": status,
            "title": error.kind.replace("_", " "),
            "code": error.code,
            "detail": error.message,
            "errors": error.details,
            "next_steps": list(error.next_steps),
        }
    ).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
