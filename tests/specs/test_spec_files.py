"""Spec files sent to REST: made or changed by their slug, kept byte for byte, refused with line and column."""

import json

import pytest

from specflow.accounts.capabilities import Scope
from specflow.specs.models import Document, Spec
from tests.calling import Caller, caller
from tests.factories import Team, make_team

pytestmark = pytest.mark.django_db
HEAD = "# Ours\r\nspecflow: 1\nslug: lockers\ntitle: Parcel lockers\n"
YAML = f"{HEAD}requirements:\n  - {{id: A, title: Open, shall: open}}\n"
JSON = json.dumps({"specflow": 1, "slug": "seats", "title": "Seats"}, indent=3) + "\n"


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def robot(team: Team) -> Caller:
    return caller(team, team.robot)


def test_a_yaml_file_makes_a_spec_and_is_kept_byte_for_byte(robot: Caller) -> None:
    made = robot("POST", "specs?project=demo", YAML.encode(), Content_Type="application/yaml")
    assert (made.status, made.body["slug"], made.body["title"]) == (201, "lockers", "Parcel lockers")
    assert [one["key"] for one in made.body["requirements"]] == ["A"]
    document = Document.objects.get(path="specflow/lockers.yaml")
    assert document.current is not None
    assert document.current.text == YAML


def test_a_json_file_makes_a_spec_and_other_json_is_what_it_was(robot: Caller) -> None:
    made = robot("POST", "specs", JSON.encode())
    assert (made.status, made.body["slug"]) == (201, "seats")
    assert Document.objects.get(path="specflow/seats.json").current.text == JSON  # type: ignore[union-attr]
    plain = robot("POST", "specs", {"project_id": "demo", "title": "Plain"})
    assert (plain.status, plain.body["slug"]) == (201, "plain")


def test_the_same_slug_changes_the_spec(robot: Caller) -> None:
    first = robot("POST", "specs", YAML.encode(), Content_Type="application/yaml").body
    changed = YAML.replace("title: Open", "title: Open it")
    again = robot("POST", "specs", changed.encode(), Content_Type="application/yaml").body
    assert again["id"] == first["id"]
    assert again["requirements"][0]["id"] == first["requirements"][0]["id"]
    assert again["requirements"][0]["title"] == "Open it"
    assert Document.objects.get(path="specflow/lockers.yaml").revisions.count() == 2


def test_the_same_call_again_is_made_once(robot: Caller) -> None:
    answers = [
        robot("POST", "specs", YAML.encode(), Content_Type="application/yaml", Idempotency_Key="one") for _ in range(2)
    ]
    assert [one.status for one in answers] == [201, 201]
    assert answers[0].body == answers[1].body


def test_a_spec_is_not_written_in_two_notations(robot: Caller) -> None:
    robot("POST", "specs", JSON.encode())
    answer = robot("POST", "specs", b"specflow: 1\nslug: seats\ntitle: Seats\n", Content_Type="application/yaml")
    assert (answer.status, answer.code, answer.body["errors"]["path"]) == (409, "spec_exists", "specflow/seats.json")


@pytest.mark.parametrize(
    ("body", "kind", "line", "column"),
    [
        (b"specflow: 1\nslug: a\ntitle: A\ntitel: B\n", "application/yaml", 4, 1),
        (b"specflow: 1\nslug: a\ntitle: A\ntitle: B\n", "application/yaml", 4, 1),
        (b"specflow: 1\nslug: &x a\ntitle: *x\n", "application/yaml", 2, 7),
        (b"specflow: 1\nslug: ../../etc\ntitle: A\n", "application/yaml", 2, 1),
        (b'{"specflow": 1, "slug": "a",\n "slug": "b"}', "application/json", 2, 2),
        (b'{"specflow": 1, "slug": NaN}', "application/json", 1, 25),
        (b"type: object\n", "application/yaml", 1, 1),
        (b"\n", "application/yaml", 1, 1),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(
    robot: Caller, body: bytes, kind: str, line: int, column: int
) -> None:
    answer = robot("POST", "specs", body, Content_Type=kind)
    assert (answer.status, answer.code) == (400, "invalid_spec_file"), answer.body
    assert (answer.body["errors"]["line"], answer.body["errors"]["column"]) == (line, column)
    assert not Spec.objects.exists()


def test_what_is_no_text_and_what_is_too_long_is_refused(robot: Caller) -> None:
    for body, status, code in ((b"\xff", 400, "invalid_utf8"), (b"#" * 2_100_000, 413, "too_large")):
        answer = robot("POST", "specs", body, Content_Type="application/yaml")
        assert (answer.status, answer.code) == (status, code)


def test_who_may_not_write_specs_sends_no_file(team: Team) -> None:
    for user, scopes, code in (
        (team.bob, (), "role_may_not"),
        (team.robot, (Scope.SPECS_READ,), "scope_missing"),
    ):
        answer = caller(team, user, *scopes)("POST", "specs", YAML.encode(), Content_Type="application/yaml")
        assert (answer.status, answer.code) == (403, code)
    other = make_team("other")
    stranger = caller(other, other.alice)
    answer = stranger("POST", "specs?project=demo", YAML.encode(), Content_Type="application/yaml")
    assert (answer.status, answer.code) == (404, "project_not_found")
