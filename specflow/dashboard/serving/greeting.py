"""What `serve` says when it is ready: the address, the login, and how an agent is connected."""

import json
import os
import sys
from pathlib import Path

# An agent's server on stdio has to find the same data; what holds a password is not printed.
SHOWN = ("SPECFLOW_HOME", "SPECFLOW_CONFIG", "SPECFLOW_URL")
SECRET = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")


def greeting(address: str, *, password: str, project: str) -> str:
    """The text; with `password` only where it was just generated, because it is shown this once."""
    login = "admin, with the password " + (password or "of the first start")
    if password:
        login += "  (shown this once)"
    lines = [
        "",
        f"  SpecFlow is served at {address}",
        f"  Log in as {login}",
        "",
        "  An MCP client on this machine (stdio):",
        _indented(json.dumps(stdio_configuration(project), indent=2)),
        "",
        f"  An MCP client anywhere (HTTP): {address}/mcp  with  Authorization: Bearer KEY",
        f"  Make KEY with: {_command('key_create')} --project {project or 'SLUG'} --user my-agent --agent"
        " --scopes specs:read,specs:write,tasks:write,tasks:run,approvals:request",
        "",
        "  Ctrl-C ends it; everything is kept.",
        "",
    ]
    return "\n".join(lines)


def stdio_configuration(project: str) -> dict[str, object]:
    """The `mcpServers` entry of a client, with absolute paths; without a project, that of the client's own folder."""
    where = ["--project", project] if project else []
    server: dict[str, object] = {
        "command": sys.executable,
        "args": [_manage(), "mcp_serve", *where, "--agent", "my-agent"],
    }
    shown = {name: os.environ[name] for name in SHOWN if os.environ.get(name)}
    if "SPECFLOW_HOME" in shown:
        shown["SPECFLOW_HOME"] = str(Path(shown["SPECFLOW_HOME"]).expanduser().resolve())
    wanted = {name: f"(the {name} of this server)" for name in SECRET if os.environ.get(name)}
    return {"mcpServers": {"specflow": {**server, **({"env": {**shown, **wanted}} if shown or wanted else {})}}}


def _manage() -> str:
    return str(Path(sys.argv[0]).resolve())


def _command(name: str) -> str:
    return f"{sys.executable} {_manage()} {name}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
