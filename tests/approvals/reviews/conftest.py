"""Work that waits for a review, and who may give one: `ada` is an agent that had no part in it."""

import pytest

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.actors import Actor
from tests.factories import Team, make_team
from tests.specs.traced import Work, make_work


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def work(team: Team) -> Work:
    return make_work(team)


@pytest.fixture
def ada(team: Team) -> Actor:
    made = accounts.create_agent("ada", actor=actors.system(door="cli"), project=team.project)
    return actors.local_agent(made, team.project)
