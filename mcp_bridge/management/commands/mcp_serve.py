"""`manage.py mcp_serve`: the agents' door (CONTRACT, Commands)."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Serves MCP on standard input and output, or over HTTP."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--transport", choices=("stdio", "http"), default="stdio")
        parser.add_argument("--host", default="127.0.0.1", help="For http.")
        parser.add_argument("--port", type=int, default=8001, help="For http.")
        parser.add_argument("--project", default="", help="The slug of the project that the agent works in.")
        parser.add_argument(
            "--workspace", default="", help="A folder whose project is found or made (default: the current folder)."
        )
        parser.add_argument("--agent", default="agent", help="The agent's name on the log.")
        parser.add_argument("--toolsets", default="", help="Some of specs, workflow, tasks, joined by commas.")
        parser.add_argument("--read-only", action="store_true", help="Offer only tools that change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        from mcp_bridge.opening import prepare_database
        from specflow.errors import DomainError

        offer = _offer(options["toolsets"], options["read_only"])
        serve = _serve_http if options["transport"] == "http" else _serve_stdio
        try:
            prepare_database()
            serve(options, offer)
        except DomainError as error:
            raise CommandError(f"{error.message} ({error.code})") from error


def _offer(toolsets: str, read_only: bool) -> Any:
    from mcp_bridge.registry import TOOLSETS, Offer

    wanted = frozenset(one.strip() for one in toolsets.split(",") if one.strip()) or frozenset(TOOLSETS)
    unknown = sorted(wanted - set(TOOLSETS))
    if unknown:
        raise CommandError(f"There is no toolset {', '.join(unknown)}; there are {', '.join(TOOLSETS)}.")
    return Offer(wanted, read_only)


def _serve_stdio(options: dict[str, Any], offer: Any) -> None:
    import asyncio
    import gc

    from mcp_bridge import opening, server, stdio

    caller = opening.caller_for(
        project=options["project"],
        workspace=_folder(options["workspace"]),
        agent=options["agent"],
        key=os.environ.get("SPECFLOW_API_KEY", ""),
        files=not offer.read_only,
    )
    gc.freeze()  # what is loaded stays, so no collection looks at it again in the middle of a call
    asyncio.run(stdio.serve(server.build(lambda _: caller.session(), offer)))


def _serve_http(options: dict[str, Any], offer: Any) -> None:
    from mcp_bridge.http import PATH, Endpoint
    from specflow.dashboard.serving.ports import address_of, bound_socket
    from specflow.dashboard.serving.web import serve_web

    given = [name for name in ("project", "workspace") if options[name]]
    if given:
        raise CommandError(f"--{given[0]} is for stdio: over HTTP each caller's key says which project.")
    taken = bound_socket(options["host"], options["port"])
    address = address_of(taken, options["host"])

    def ready() -> None:
        print(f"MCP is served at {address}{PATH}", flush=True)

    serve_web(taken, on_ready=ready, on_stop=lambda: None, application=Endpoint(offer))


def _folder(workspace: str) -> Path | None:
    if not workspace:
        return None
    folder = Path(workspace).resolve()
    if not folder.is_dir():
        raise CommandError(f"There is no folder {workspace}.")
    return folder
