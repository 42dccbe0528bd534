"""Where the live feed is; the wiring (asgi.py) names this module."""

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from specflow.dashboard.consumer import Feed

websocket_urlpatterns = [path("ws", Feed.as_asgi()), re_path("", WebsocketDenier.as_asgi())]
