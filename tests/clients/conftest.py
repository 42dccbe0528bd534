"""A server that answers over HTTP, the cast of a story, and a machine for each of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specflow.accounts.models import User
from tests.clients.shell import Shell, key_of
from tests.factories import Team, make_team

Machines = Callable[..., Shell]


@pytest.fixture
def team(transactional_db: None) -> Team:
    return make_team()


@pytest.fixture
def machine(team: Team, live_server: Any, tmp_path: Path) -> Machines:
    """A machine for a user: `machine(team.bob)`, with scopes if wanted."""

    def made(user: User, *scopes: str) -> Shell:
        folder = tmp_path / user.username
        folder.mkdir(exist_ok=True)
        return Shell(folder, {"SPECFLOW_URL": live_server.url, "SPECFLOW_API_KEY": key_of(team, user, *scopes)})

    return made


@pytest.fixture
def robot(team: Team, machine: Machines) -> Shell:
    """The agent's machine."""
    return machine(team.robot)


@pytest.fixture
def bob(team: Team, machine: Machines) -> Shell:
    """The reviewer's machine."""
    return machine(team.bob)
