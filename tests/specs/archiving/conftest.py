"""A team with a folder of OpenSpec: a capability, and a change of it with its tasks done."""

from __future__ import annotations

import pytest

from specflow.specs.imports import import_folder
from specflow.specs.models import Spec
from tests.factories import Team, make_team
from tests.specs.archiving.changes import FILES


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def change(team: Team) -> Spec:
    """The change `add-holds`, imported with all else."""
    import_folder(team.project, actor=team.agent, files=FILES)
    return Spec.objects.get(slug="add-holds")
