"""What every command shares: the options that hold for all, the server, and how answers are shown."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specflow_client.errors import ClientError
from specflow_client.kept import Login, read_login
from specflow_client.showing import as_json, table

if TYPE_CHECKING:
    from specflow_client.client import Client

ADDRESSES = ("SPECFLOW_URL", "OMOIOS_API_URL")
Row = dict[str, Any]


class Session:
    """One call of the command. An option may stand before or after the command's words; the last one counts."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}

    @cached_property
    def login(self) -> Login | None:
        """What `auth login` kept."""
        return read_login()

    @property
    def wants_json(self) -> bool:
        """Whether answers are JSON."""
        return self.given.get("format") == "json"

    @cached_property
    def url(self) -> str:
        """The server: as an option, a variable, or the login says. Raises ClientError `no_server`."""
        from specflow_client.connection import server_of

        named = self.given.get("url") or next(filter(None, map(os.environ.get, ADDRESSES)), "")
        if named or self.login:
            return server_of(named or (self.login.url if self.login else ""))
        raise ClientError("no_server", "No server is known.", ("Run: specflow auth login --url ADDRESS",))

    @property
    def key(self) -> str:
        """The API key. The login's own goes to the login's server alone. Raises ClientError `no_key`."""
        if found := self.key_given:
            return found
        if self.login and self.login.url == self.url:
            return self.login.key
        raise ClientError("no_key", f"There is no key for {self.url}.", ("Run: specflow auth login",))

    @cached_property
    def key_given(self) -> str:
        """The key of an option or a variable, if any."""
        if "key_file" in self.given:
            return _first_line(self.given["key_file"])
        return os.environ.get("SPECFLOW_API_KEY", "").strip()

    @cached_property
    def client(self) -> "Client":
        """The server, ready to be called."""
        from specflow_client.client import Client

        return Client(self.url, self.key)

    @property
    def named_project(self) -> str:
        """The project that an option or a variable names; empty where none does."""
        return self.given.get("project") or os.environ.get("SPECFLOW_PROJECT", "")

    @cached_property
    def project(self) -> str:
        """The project: as an option, a variable, or the login says, else the only one that the key is for.

        Raises ClientError `no_project`."""
        if self.named_project:
            return self.named_project
        if self.login and self.login.project and not self.key_given and self.login.url == self.url:
            return self.login.project
        return only_project(self.client.me())

    def show(self, value: Any, text: Iterable[str]) -> None:
        """The answer: as JSON where that is wanted, else these lines."""
        if self.wants_json:
            click.echo(as_json(value))
            return
        for line in text:
            click.echo(line)

    def show_table(self, rows: Iterable[Row], head: Sequence[str], cells: Callable[[Row], Sequence[object]]) -> None:
        """A list: as JSON, or a table with a head."""
        found = list(rows)
        self.show(found, table([head, *map(cells, found)]) if found else ("None.",))


def only_project(caller: Row) -> str:
    """The one project of the caller's. Raises ClientError `no_project`."""
    slugs = [str(one["slug"]) for one in caller["projects"]]
    if len(slugs) == 1:
        return slugs[0]
    raise ClientError(
        "no_project",
        f"The key is for {len(slugs)} projects." if slugs else "The key is for no project.",
        ("Name one: --project SLUG, or SPECFLOW_PROJECT.",),
    )


def note(text: str) -> None:
    """A line beside the answer."""
    click.echo(text, err=True)


def on_terminal() -> bool:
    """Whether a person sees what is shown and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _first_line(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ClientError("no_key", f"The key file {name} cannot be read.") from error


def _take(context: click.Context, option: click.Parameter, value: str | None) -> None:
    if value is not None and option.name:
        context.find_object(Session).given[option.name] = value  # type: ignore[union-attr]  # main puts it there


def _shared() -> list[click.Parameter]:
    texts: dict[str, Any] = {"callback": _take, "expose_value": False}
    return [
        click.Option(["--url"], metavar="ADDRESS", help="The server [SPECFLOW_URL].", **texts),
        click.Option(["--key-file"], metavar="FILE", help="Holds the API key [or SPECFLOW_API_KEY].", **texts),
        click.Option(["--project"], metavar="SLUG", help="The project [SPECFLOW_PROJECT].", **texts),
        click.Option(["--format"], type=click.Choice(["text", "json"]), help="How answers are shown.", **texts),
    ]


class Command(click.Command):
    """A command that takes the shared options too; one of its own with the same name goes before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {one.name for one in self.params}
        self.params += [one for one in _shared() if one.name not in own]


class Group(click.Group):
    """Commands under one word."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _shared()


pass_session = click.make_pass_decorator(Session)
