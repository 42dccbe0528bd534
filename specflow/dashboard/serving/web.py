"""The web server: daphne on a socket that is taken already, in the main thread, ended by SIGTERM or SIGINT."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.module_loading import import_string


def serve_web(
    taken: socket.socket, *, on_ready: Callable[[], None], on_stop: Callable[[], None], application: Any = None
) -> None:
    """Serves `application` (the whole product if None) until a signal ends it. `on_ready` is called in the event loop
    when requests are answered; `on_stop` in a thread when it is to end, and connections are closed when that is done.
    Raises CommandError where it cannot serve.
    """
    from daphne.server import Server  # installs Twisted's asyncio reactor, so it comes before any other use of it
    from twisted.internet import reactor, threads

    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)  # whitenoise warns of a folder that is not there
    server = Server(
        application or import_string(settings.ASGI_APPLICATION),
        endpoints=[_endpoint(taken)],
        signal_handlers=True,
        application_close_timeout=2,  # seconds for long-lived answers (the live feed, MCP) to end in
        server_name="specflow",
    )
    loop: Any = reactor
    loop.callWhenRunning(on_ready)
    loop.addSystemEventTrigger("before", "shutdown", threads.deferToThread, on_stop)
    server.run()
    if server.abort_start:
        on_stop()
        raise CommandError("SpecFlow cannot serve: the web server did not take the port that was kept for it.")


def _endpoint(taken: socket.socket) -> str:
    """The socket as Twisted names one. Its `fd:` knows IPv4 only, so an IPv6 socket is opened anew at its address."""
    if taken.family == socket.AF_INET:
        return f"fd:fileno={taken.fileno()}"
    host, port = taken.getsockname()[:2]
    taken.close()
    return f"tcp6:port={port}:interface={host.replace(':', chr(92) + ':')}"
