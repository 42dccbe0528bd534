"""The JSON Schema of spec files is served."""

import pytest
from jsonschema import Draft202012Validator

from specflow.accounts.capabilities import Scope
from tests.calling import caller
from tests.factories import make_team

pytestmark = pytest.mark.django_db


def test_the_schema_of_spec_files_is_served_and_is_one() -> None:
    team = make_team()
    answer = caller(team, team.robot, Scope.SPECS_READ)("GET", "schemas/spec-file")

    assert answer.status == 200
    Draft202012Validator.check_schema(answer.body)
    assert answer.body["$schema"].endswith("2020-12/schema")
