"""Wiring: one ASGI application for pages, REST, the live feed and MCP. Apps are named by string."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished
from django.db import connections
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")

_pages = get_asgi_application()


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hands a request to the application that its path is mounted to, else to Django."""
    path = scope["path"]
    for prefix, name in settings.SPECFLOW_MOUNTS.items():
        if path == prefix or path.startswith(f"{prefix}/"):
            # Looked up at the call: the pages do not wait for the import of the MCP SDK.
            await import_string(name)(scope, receive, send)
            return
    await _pages(scope, receive, send)


def _close_connections(**_: Any) -> None:
    """Under ASGI each request has a thread of its own: a connection that is kept has nobody who would use it again."""
    connections.close_all()


request_finished.connect(_close_connections, dispatch_uid="specflow.asgi")


# Who may listen is decided by the consumer, which asks again while it sends (specflow/dashboard/consumer.py).
application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(import_string(settings.SPECFLOW_SOCKETS))})
