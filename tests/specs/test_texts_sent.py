"""What a client asks about files that nobody keeps: which are documents, and what is to mend in them."""

import io
import json
import zipfile

import pytest
from django.test import Client

from specflow.accounts.capabilities import Scope
from specflow.audit.models import AuditEntry
from specflow.specs.models import Document
from tests.calling import Caller, caller
from tests.factories import Team, make_team
from tests.specs.lint.test_rules import ONE

pytestmark = pytest.mark.django_db
PATH = ".kiro/specs/login/requirements.md"
POOR = f"{ONE}\nTBD\n"


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def read(team: Team) -> Caller:
    return caller(team, team.robot, Scope.SPECS_READ)


def packed(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return data.getvalue()


def test_texts_are_linted_and_nothing_of_them_is_kept(team: Team, read: Caller) -> None:
    before = AuditEntry.objects.count()
    answer = read("POST", "projects/demo/lint-texts", {"files": {PATH: POOR, "src/x.py": "pass"}})
    assert (answer.status, answer.body["fit"]) == (200, False)
    assert ("placeholder", PATH) in [(one["code"], one["path"]) for one in answer.body["findings"]]
    assert answer.body["warnings"] == ["src/x.py: left out: no dialect has a place for it."]
    assert not Document.objects.exists()
    assert AuditEntry.objects.count() == before


def test_a_zip_is_linted_as_the_same_texts_are(read: Caller) -> None:
    texts = read("POST", "projects/demo/lint-texts", {"files": {PATH: POOR}}).body
    archive = read("POST", "projects/demo/lint-texts", packed(**{PATH: POOR}), Content_Type="application/zip").body
    assert archive == texts


def test_texts_are_linted_as_sarif(team: Team, read: Caller) -> None:
    body = json.dumps({"files": {PATH: POOR}})
    answer = Client().post("/api/v1/projects/demo/lint-texts.sarif", body, "application/json", headers=read.headers)
    assert answer.headers["Content-Type"] == "application/sarif+json"
    [run] = json.loads(answer.content)["runs"]
    assert "placeholder" in [one["ruleId"] for one in run["results"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"files": {"src/x.py": "pass"}}, "folder_not_found"),
        ({"files": {"../x.md": ""}}, "invalid_path"),
        ({"files": {PATH: ""}, "dialect": "latin"}, "unknown_dialect"),
        ({"files": {PATH: ""}, "dry_run": True}, "unknown_field"),
        ({"texts": {}}, "unknown_field"),
    ],
)
def test_what_cannot_be_linted_is_refused_with_a_code(read: Caller, body: dict, code: str) -> None:
    assert read("POST", "projects/demo/lint-texts", body).code == code


def test_a_stranger_learns_of_no_project(read: Caller) -> None:
    assert read("POST", "projects/demo-foreign/lint-texts", {"files": {PATH: ""}}).code == "project_not_found"


def test_the_dialects_are_told_with_their_folders(read: Caller) -> None:
    found = {one["name"]: one["roots"] for one in read("GET", "dialects").body["results"]}
    assert found["kiro"] == [".kiro"]
    assert found["spec-workflow"] == [".spec-workflow"]


def test_a_client_hears_which_files_are_documents_before_it_sends_any(read: Caller) -> None:
    answer = read("POST", "dialects/places", {"paths": ["api/server.py", PATH, "api/openapi.yaml", "../x"]})
    assert [(one["path"], one["dialect"], one["kind"]) for one in answer.body["places"]] == [
        (PATH, "kiro", "requirements"),
        ("api/openapi.yaml", "specflow", "source"),
    ]
    assert read("POST", "dialects/places", {"paths": ["a"] * 20_001}).code == "too_large"


def test_a_spec_and_a_document_are_found_by_their_names(team: Team) -> None:
    write = caller(team, team.robot)
    files = {PATH: POOR, PATH.replace("login", "logout"): POOR}
    assert write("POST", "projects/demo/import", {"files": files}).status == 200
    [spec] = write("GET", "specs?project=demo&slug=login").body["results"]
    assert spec["slug"] == "login"
    [document] = write("GET", f"documents?project=demo&path={PATH}").body["results"]
    assert document["spec"] == spec["id"]
