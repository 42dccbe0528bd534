"""Where the live feed is; the wiring (asgi.py) names this module."""

from django.urls import path

from specflow.dashboard.consumer import Feed

websocket_urlpatterns = [path("ws", Feed.as_asgi())]
