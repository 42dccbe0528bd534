"""The page of the command names every command, and nothing that is none."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from specflow_client.commands import specflow

PAGE = (Path(__file__).resolve().parents[2] / "docs/client.md").read_text()


def commands(group: click.Group = specflow, above: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, f"{above}{name} ")
        else:
            yield f"{above}{name}", one


def test_the_page_lists_every_command() -> None:
    [table] = re.findall(r"\| command \|.*?\n\n", PAGE, re.DOTALL)
    named = {re.sub(r" [\[A-Z].*", "", one) for one in re.findall(r"`([a-z][^`-]*(?:-[^`-]+)*)`", table)}
    assert {name for name, _ in commands()} <= named


def test_every_option_that_the_page_names_is_there() -> None:
    known = {text for _, one in commands() for option in one.params for text in option.opts}
    assert set(re.findall(r"`(--[a-z-]+)", PAGE)) <= known | {"--help"}


def test_every_command_says_what_it_does() -> None:
    assert [name for name, one in commands() if not (one.help or "").strip()] == []
