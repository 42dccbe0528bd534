"""`specflow auth`: who we are to which server."""

import sys
from urllib.parse import urlsplit

import click

from specflow_client.commands.session import Group, Session, note, only_project, pass_session
from specflow_client.errors import ClientError
from specflow_client.kept import Login, forget_login, login_file, write_login
from specflow_client.showing import plain, table

_LOCAL = ("127.0.0.1", "localhost", "::1")


@click.group(cls=Group)
def auth() -> None:
    """Log in and out."""


@auth.command()
@pass_session
def login(session: Session) -> None:
    """Keep a server's address and an API key.

    The key comes from --key-file, SPECFLOW_API_KEY, standard input, or a question; never from an argument, which
    others on this machine could see.
    """
    from specflow_client.client import Client

    key = session.key_given or _asked(session.url)
    with Client(session.url, key) as client:
        caller = client.me()
    project = session.named_project
    if not project and len(caller["projects"]) == 1:
        project = only_project(caller)
    path = write_login(Login(session.url, key, project))
    parts = urlsplit(session.url)
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        note(f"warning: {parts.hostname} is called without TLS: others on the way can read the key.")
    said = {"url": session.url, "username": caller["username"], "project": project, "file": str(path)}
    session.show(said, [f"Logged in to {session.url} as {plain(caller['username'])}; kept in {path}."])


@auth.command()
@pass_session
def status(session: Session) -> None:
    """Say who we are to the server."""
    caller = session.client.me()
    shown = {"url": session.url, "key": "given" if session.key_given else "login", **caller}
    projects = ", ".join(f"{one['slug']} ({one['role']})" for one in caller["projects"])
    rows = [
        ("Server", session.url),
        ("User", f"{caller['username']} ({caller['kind']})"),
        ("Projects", projects or "none"),
        ("Scopes", ", ".join(caller["scopes"] or [])),
        ("Key", "an option or SPECFLOW_API_KEY" if session.key_given else login_file()),
    ]
    session.show(shown, table(rows))


@auth.command()
@pass_session
def logout(session: Session) -> None:
    """Forget the address and the key. The key itself stays good until it is revoked."""
    forgotten = forget_login()
    session.show({"forgotten": forgotten}, ["Logged out." if forgotten else "There was no login."])


def _asked(url: str) -> str:
    if sys.stdin.isatty():
        key: str = click.prompt(f"API key for {url}", hide_input=True, err=True)
    else:
        key = sys.stdin.readline()
    if not key.strip():
        raise ClientError(
            "no_key", "No key was given.", ("Write it to standard input, or set SPECFLOW_API_KEY, or --key-file FILE.",)
        )
    return key.strip()


def register(root: click.Group) -> None:
    """Adds these commands."""
    root.add_command(auth)
