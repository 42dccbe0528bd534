"""REST of specs and documents."""

from typing import Any

import pytest

from approvals.models import Approval
from specflow.accounts.capabilities import Scope
from specflow.specs import diffs
from specflow.specs.archives import archive_of, texts_of
from specflow.specs.imports import exported
from specflow.specs.models import Document, Requirement, Revision, Spec
from tests.calling import Caller, caller
from tests.factories import Team, approve, make_released_task, make_spec, make_team

pytestmark = pytest.mark.django_db
PATH = ".spec-workflow/specs/search/requirements.md"
FILES = {PATH: "# Search\r\n\n### Requirement 1: Find\n", ".spec-workflow/steering/product.md": "\ufeff# Product"}
ZIP = "application/zip"
DESIGN = {"architecture": "A counter.", "data_model": "Counter", "api_spec": []}


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def robot(team: Team) -> Caller:
    return caller(team, team.robot)


@pytest.fixture
def spec(team: Team) -> Spec:
    return make_spec(team)


def test_what_was_put_in_comes_back_exactly(robot: Caller, spec: Spec) -> None:
    given = {"title": '{"a":1}', "condition": "[1] - [ ] not a task", "action": " 123 \n# no heading\r\n```"}
    made = robot("POST", f"specs/{spec.public_id}/requirements", given)
    assert {name: made.body[name] for name in given} == given
    again = robot("GET", f"specs/{spec.public_id}/requirements").body["results"][-1]
    assert {name: again[name] for name in given} == given
    plain = {"title": "null", "condition": "true", "action": "123"}
    made = robot("POST", f"specs/{spec.public_id}/requirements", plain)
    assert {name: made.body[name] for name in plain} == plain


def test_specs_are_filtered(team: Team, robot: Caller, spec: Spec) -> None:
    other = make_spec(team, "Other")
    approve(team, other.documents.get())

    def ids(query: str) -> list[str]:
        return [one["id"] for one in robot("GET", f"specs?{query}").body["results"]]

    assert ids("project=demo") == [other.public_id, spec.public_id]
    assert ids("phase=design") == [other.public_id]
    assert ids("archived=false&unknown=ignored") == [other.public_id, spec.public_id]
    assert ids("archived=true") == []
    assert ids(f"project={team.project.public_id}&phase=requirements") == [spec.public_id]


@pytest.mark.parametrize("field", ["phase", "status", "archived", "slug", "project_id", "created_by"])
def test_what_the_server_owns_cannot_be_set(robot: Caller, spec: Spec, field: str) -> None:
    assert robot("PATCH", f"specs/{spec.public_id}", {field: "completed"}).code == "unknown_field"


def test_title_and_description_change_alone(robot: Caller, spec: Spec) -> None:
    changed = robot("PATCH", f"specs/{spec.public_id}", {"description": " New. "}).body
    assert (changed["title"], changed["description"]) == ("Login lock", " New. ")


def test_a_design_waits_for_the_requirements(robot: Caller, spec: Spec) -> None:
    refused = robot("PUT", f"specs/{spec.public_id}/design", DESIGN)
    assert (refused.status, refused.code) == (409, "phase_gate")
    assert refused.body["errors"]["missing"] == ["requirements"]
    assert refused.body["next_steps"]


def test_a_design_is_written_and_read(team: Team, robot: Caller, spec: Spec) -> None:
    path = f"specs/{spec.public_id}/design"
    empty = robot("GET", path)
    assert empty.body == {"architecture": None, "data_model": None, "api_spec": []}
    approve(team, spec.documents.get())
    endpoint = {"method": "GET", "endpoint": "/locks", "description": "All"}
    written = robot("PUT", path, {"architecture": "One", "api_spec": [endpoint]}, If_Match=empty.headers["ETag"])
    assert written.body == {"architecture": "One", "data_model": None, "api_spec": [endpoint]}
    kept = robot("PUT", path, {"architecture": None, "data_model": "Two"}).body
    assert kept == {"architecture": "One", "data_model": "Two", "api_spec": [endpoint]}
    assert robot("PUT", path, DESIGN, If_Match=empty.headers["ETag"]).code == "precondition_failed"
    refused = robot("PUT", path, {"api_spec": [{**endpoint, "extra": 1}, {"method": "GET"}]})
    fields = {one["field"] for one in refused.body["errors"]["errors"]}
    assert fields == {"api_spec.0.extra", "api_spec.1.endpoint"}


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("specs/{spec}/requirements", {"title": "T", "condition": "c"}, "invalid_body"),
        ("specs/{spec}/requirements", {"title": "T", "condition": " ", "action": "a"}, "missing_value"),
        ("specs/{spec}/requirements", {"title": "A" * 301, "condition": "c", "action": "a"}, "invalid_title"),
        ("specs/{spec}/requirements", {"title": "T", "condition": "c", "action": "A" * 200_001}, "too_large"),
        ("specs/{spec}/requirements/{requirement}/criteria", {"text": ""}, "missing_value"),
        ("specs/{spec}/requirements/req-0000000000000000/criteria", {"text": "T"}, "requirement_not_found"),
        ("specs/spec-0000000000000000/requirements", {"title": "T", "condition": "c", "action": "a"}, "spec_not_found"),
    ],
)
def test_refusals_leave_no_row(robot: Caller, spec: Spec, path: str, body: dict[str, Any], code: str) -> None:
    before = Revision.objects.count(), Requirement.objects.count()
    named = path.format(spec=spec.public_id, requirement=spec.requirements.get().public_id)
    assert robot("POST", named, body).code == code
    assert (Revision.objects.count(), Requirement.objects.count()) == before


def test_a_document_is_written_on_the_text_that_was_read(robot: Caller, spec: Spec) -> None:
    path = f"documents/{spec.documents.get().public_id}"
    before = robot("GET", path).body
    body = {"text": before["text"] + "\r\nMore.  \r\n", "base_sha256": before["sha256"]}
    saved = robot("PUT", path, body)
    assert (saved.body["revised"], saved.body["document"]["text"]) == (True, body["text"])
    assert saved.headers["ETag"] == robot("GET", path).headers["ETag"]
    assert robot("PUT", path, {**body, "text": "Other"}).code == "stale_base"
    assert robot("PUT", path, {"text": body["text"]}).body["revised"] is False


def test_new_text_makes_an_approval_stale(team: Team, robot: Caller, spec: Spec) -> None:
    document = spec.documents.get()
    asked = approve(team, document)
    path = f"documents/{document.public_id}"
    robot("PUT", path, {"text": robot("GET", path).body["text"] + "\nMore.\n"})
    assert Approval.objects.get(pk=asked.pk).state == "stale"


def test_ticking_a_box_is_no_revision_and_goes_through_the_gates(team: Team, robot: Caller) -> None:
    task = make_released_task(team)
    path = f"documents/{task.document.public_id}"
    text = robot("GET", path).body["text"]
    assert "- [ ]" in text
    saved = robot("PUT", path, {"text": text.replace("- [ ]", "- [-]")}).body
    assert (saved["revised"], saved["refusals"], saved["document"]["approved"]) == (False, [], True)
    saved = robot("PUT", path, {"text": text.replace("- [ ]", "- [x]")}).body
    assert saved["revised"] is False
    assert len(saved["refusals"]) == 1
    assert robot("GET", f"tasks/{task.public_id}").body["status"] == "in_progress"


def test_revisions_are_listed_shown_and_compared(robot: Caller, spec: Spec) -> None:
    path = f"documents/{spec.documents.get().public_id}"
    listed = robot("GET", f"{path}/revisions").body["results"]
    assert [one["number"] for one in listed] == [3, 2, 1]
    last = robot("GET", f"{path}/revisions/3").body["text"]
    diff = robot("GET", f"{path}/diff?from=2&to=3").body
    assert (diff["from"], diff["to"]) == (2, 3)
    added = [line["text"] for hunk in diff["hunks"] for line in hunk["lines"] if line["kind"] == "added"]
    assert added
    assert "".join(added) in last
    assert diff["unified"].startswith("--- a/.spec-workflow/specs/login-lock/requirements.md\n")
    assert robot("GET", f"{path}/diff").body == diff
    assert robot("GET", f"{path}/diff?from=0&to=1").body["hunks"][0]["old_lines"] == 0
    for query in ("from=9", "to=9", f"to={2**31 - 1}"):
        assert robot("GET", f"{path}/diff?{query}").code == "revision_not_found"
    for query in ("from=x", "to=-1", f"to={10**30}"):
        assert robot("GET", f"{path}/diff?{query}").code == "invalid_query"
    assert robot("GET", f"{path}/revisions/{10**30}").code == "revision_not_found"


@pytest.mark.parametrize(
    ("before", "after"),
    [("", "a\nb\n"), ("a\n", ""), ("a\nb", "a\nb\n"), ("1\n" * 30, "1\n" * 10 + "2\n" + "1\n" * 20), ("a\r\n", "a\n")],
)
def test_a_diff_is_what_the_program_patch_takes(tmp_path: Any, before: str, after: str) -> None:
    import subprocess

    (tmp_path / "text.md").write_bytes(before.encode())
    found = diffs.unified(diffs.hunks(before, after), "text.md")
    (tmp_path / "change.diff").write_bytes(found.encode())
    subprocess.run(["git", "apply", "--unsafe-paths", "change.diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "text.md").read_bytes().decode() == after


def test_equal_texts_have_no_difference() -> None:
    assert diffs.hunks("a\n", "a\n") == []
    assert diffs.unified([], "a") == ""


@pytest.mark.parametrize("form", ["zip", "json"])
def test_a_folder_is_imported_as_a_zip_or_as_texts(team: Team, robot: Caller, form: str) -> None:
    def post(query: str) -> Any:
        if form == "zip":
            return robot("POST", f"projects/demo/import{query}", archive_of(FILES), Content_Type=ZIP)
        return robot("POST", f"projects/demo/import{query}", {"files": FILES})

    tried = post("?dry_run=true")
    assert (tried.status, tried.body["dry_run"], tried.body["documents"], tried.body["revised"]) == (200, True, 2, 2)
    assert not Document.objects.exists()
    assert post("").body == {**tried.body, "dry_run": False}
    assert exported(team.project) == FILES
    assert post("").body["revised"] == 0


def test_a_dry_run_can_be_asked_for_in_the_body_too(robot: Caller) -> None:
    for body, query in (({"dry_run": True}, "?dry_run=false"), ({"dry_run": False}, "?dry_run=1"), ({}, "?dry_run=on")):
        assert robot("POST", f"projects/demo/import{query}", {"files": FILES, **body}).body["dry_run"] is True
    assert not Document.objects.exists()


def test_an_import_takes_one_dialect_alone_where_one_is_named(robot: Caller) -> None:
    files = {**FILES, "README.md": "# Not ours"}
    answer = robot("POST", "projects/demo/import", {"files": files, "dialect": "spec-workflow"}).body
    assert (answer["documents"], answer["warnings"]) == (2, ["README.md: left out: no dialect has a place for it."])


def test_an_import_under_a_key_is_done_once(robot: Caller) -> None:
    first = robot("POST", "projects/demo/import", {"files": FILES}, Idempotency_Key="k")
    again = robot("POST", "projects/demo/import", {"files": FILES}, Idempotency_Key="k")
    assert (again.body, again.body["revised"]) == (first.body, 2)
    assert robot("POST", "projects/demo/import", {"files": {PATH: ""}}, Idempotency_Key="k").status == 422


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_body"),
        ({"files": []}, "invalid_body"),
        ({"files": {PATH: 7}}, "invalid_body"),
        ({"files": FILES, "dry_run": "true"}, "invalid_body"),
        ({"files": FILES, "force": True}, "unknown_field"),
        ({"files": FILES, "dialect": "klingon"}, "unknown_dialect"),
        ({"files": {}}, "folder_not_found"),
        ({"files": {"README.md": ""}}, "folder_not_found"),
        ({"files": {**FILES, "../a.md": ""}}, "invalid_path"),
        ({"files": {**FILES, "/a.md": ""}}, "invalid_path"),
        ({"files": {**FILES, ".spec-workflow/long.md": "x\n" * 15_001}}, "too_large"),
        (b"", "invalid_body"),
        (b"PK", "invalid_archive"),
        (b"PK\x03\x04" + b"x" * 13_000_000, "too_large"),
        (archive_of({"README.md": ""}), "folder_not_found"),
        (archive_of({**FILES, ".spec-workflow/../../a.md": ""}), "invalid_path"),
    ],
)
def test_imports_that_cannot_be_are_coded_and_leave_nothing(robot: Caller, body: Any, code: str) -> None:
    kind = ZIP if isinstance(body, bytes) else "application/json"
    assert robot("POST", "projects/demo/import", body, Content_Type=kind).code == code
    assert not Document.objects.exists()


@pytest.mark.parametrize("query", ["dry_run=maybe", "dry_run=", "dialect="])
def test_parameters_of_an_import_that_do_not_fit_are_refused(robot: Caller, query: str) -> None:
    assert robot("POST", f"projects/demo/import?{query}", {"files": FILES}).code == "invalid_query"


def test_only_who_may_write_specs_imports(team: Team) -> None:
    reads = caller(team, team.alice, Scope.SPECS_READ)
    assert reads("POST", "projects/demo/import", {"files": FILES}).code == "scope_missing"
    assert reads("POST", "projects/demo-foreign/import", {"files": FILES}).code == "project_not_found"


def test_a_project_is_exported_as_a_zip(team: Team, robot: Caller, spec: Spec) -> None:
    robot("POST", "projects/demo/import", {"files": FILES})

    def export(query: str = "", **headers: str) -> Any:
        return robot.client.get(f"/api/v1/projects/demo/export{query}", headers={**robot.headers, **headers})

    whole = export()
    assert (whole.status_code, whole["Content-Type"]) == (200, ZIP)
    assert whole["Content-Disposition"] == 'attachment; filename="demo.zip"'
    assert texts_of(whole.content).texts == exported(team.project)
    assert export(**{"If-None-Match": whole["ETag"]}).status_code == 304
    assert texts_of(export("?spec=search").content).texts == {PATH: FILES[PATH]}
    assert export("?dialect=spec-workflow").content == whole.content
    assert export("?dialect=klingon").json()["code"] == "unknown_dialect"
    assert export("?spec=none").json()["code"] == "spec_not_found"
    assert robot("GET", "projects/demo-foreign/export").code == "project_not_found"


def test_writing_a_document_again_under_its_key_gives_the_first_answer(robot: Caller, spec: Spec) -> None:
    path = f"documents/{spec.documents.get(kind='requirements').public_id}"
    text = robot("GET", path).body["text"] + "\n### Requirement 9: More\n\n1. The system SHALL do more\n"

    first = robot("PUT", path, {"text": text}, Idempotency_Key="one")
    again = robot("PUT", path, {"text": text}, Idempotency_Key="one")
    assert (first.status, again.status) == (200, 200)
    assert (first.body, first.body["revised"]) == (again.body, True)
