"""A team, and the watch of a folder of theirs."""

from pathlib import Path

import pytest

from specflow.specs.sync.watching import Watch
from tests.factories import Team, make_team


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def watch(team: Team, tmp_path: Path) -> Watch:
    return Watch(team.project, tmp_path, actor=lambda: team.agent, say=lambda _: None)
