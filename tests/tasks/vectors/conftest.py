"""A team with a spec of lockers whose vectors are known, and a server that obeys it."""

from collections.abc import Iterator

import pytest

from specflow.specs.models import Spec
from tests.factories import Team, make_team
from tests.tasks.vectors.booking import Server, make_lockers, serving


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def spec(team: Team) -> Spec:
    return make_lockers(team)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server
