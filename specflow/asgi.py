"""Wiring: one ASGI application for pages, REST, the live feed and MCP."""
