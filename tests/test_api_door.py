"""What holds for every route: deny by default, one error shape, ETags, idempotency, pages, hostile input."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from approvals import actions as approvals
from approvals.asking import ask_for
from specflow.accounts import actions as accounts
from specflow.accounts.capabilities import Role, Scope
from specflow.audit.models import AuditEntry
from specflow.specs import actions as specs
from specflow.specs.models import Conflict, Revision, Spec
from tasks.runs import request_run
from tests.calling import Caller, caller, operation, schema
from tests.factories import PASSWORD, Team, make_released_task, make_spec, make_team

pytestmark = pytest.mark.django_db
OPEN = {"/api/schema/", "/api/docs/"}


@pytest.fixture
def team() -> Team:
    return make_team()


def addresses(patterns: Any = None, prefix: str = "/") -> list[str]:
    """Every address below /api/, its parameters filled in."""
    found = []
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            found += addresses(one.url_patterns, path)
        elif isinstance(one, URLPattern) and path.startswith("/api/"):
            found.append(path.replace("<int:number>", "1").replace("<str:", "").replace(">", ""))
    return found


# What is asked by POST only because the question is long.
QUESTIONS = {
    *(f"/api/v1/projects/{{project}}/{name}" for name in ("preflight", "lint-texts", "lint-texts.sarif")),
    "/api/v1/dialects/places",
}


def writes() -> list[tuple[str, str]]:
    """Every (method, address) of the schema that changes something."""
    paths = [(path, methods) for path, methods in schema()["paths"].items() if path not in QUESTIONS]
    return [(method.upper(), path) for path, methods in paths for method in methods if method != "get"]


def test_nobody_without_a_key_or_a_session_gets_in() -> None:
    known = addresses()
    assert len(known) > 80
    for path in known:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = Client().generic(method, path)
            if path not in OPEN:
                assert answer.status_code == 401, (method, path)
                assert answer.json()["code"] == "unauthenticated"
                assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_schema_and_its_page_are_open_to_all() -> None:
    document = Client().get("/api/schema/", headers={"accept": "application/json"})
    assert document.status_code == 200
    assert document.json()["openapi"].startswith("3.1")
    page = Client().get("/api/docs/")
    assert page.status_code == 200
    assert b"http://" not in page.content
    assert b"https://" not in page.content


@pytest.mark.parametrize("path", sorted(OPEN))
def test_the_schema_and_its_page_are_only_read(path: str) -> None:
    answer = Caller()("POST", path, {})
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_the_schema_is_valid_and_whole(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))
    missing = [path for path in addresses() if path.startswith("/api/v1/") and not _is_described(path)]
    assert missing == []


def _is_described(path: str) -> bool:
    return any(operation(method, path) for method in ("get", "post", "put", "patch", "delete"))


def test_a_viewer_writes_nowhere(team: Team) -> None:
    ids = whole_project(team)
    accounts.add_member(team.project, team.robot, actor=team.maintainer, role=Role.VIEWER)
    viewer = caller(team, team.robot)
    before = AuditEntry.objects.count()
    for method, path in writes():
        address = "/".join(ids.get(part, part) for part in path.split("/"))
        answer = viewer(method, address, _fitting(method, path, ids))
        assert answer.status == 403, (method, address, answer.body)
    assert AuditEntry.objects.count() == before


def whole_project(team: Team) -> dict[str, str]:
    """One of each thing that a route is about: its outside id by the name of the route's parameter."""
    task = make_released_task(team)
    run = request_run(task, actor=team.agent)
    requirement = task.spec.requirements.get()
    specs.add_criterion(requirement, actor=team.agent, text="Another")
    approval = ask_for(task.spec, "requirements", actor=team.agent)
    comment = approvals.add_comment(approval.document, actor=team.reviewer, text="Why?", approval=approval)
    key = accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=["specs:read"])
    rows = {"spec": task.spec, "document": approval.document, "requirement": requirement, "task": task, "run": run}
    said = {"text": "x", "sha256": "0" * 64}
    conflict = Conflict.objects.create(
        project=team.project, document=approval.document, revision=approval.revision, **said
    )
    rows |= {"approval": approval, "comment": comment, "key": key, "conflict": conflict}
    ids = {"project": "demo", "username": "bob", "number": "1", **{name: row.public_id for name, row in rows.items()}}
    return {f"{{{name}}}": value for name, value in ids.items()}


def _fitting(method: str, path: str, ids: dict[str, str]) -> dict[str, Any]:
    """A body that fits the route, from the schema."""
    said = schema()["paths"][path][method.lower()]
    if "requestBody" not in said:
        return {}
    ref = said["requestBody"]["content"]["application/json"]["schema"].get("$ref", "")
    shape = schema()["components"]["schemas"].get(ref.rpartition("/")[2], {})
    values: dict[str, Any] = {"array": [], "object": {"x": [1]}, "string": "pending"}
    known = {"project_id": "demo", "document": ids["{document}"]}
    body = {
        name: known.get(name, values.get(shape["properties"][name].get("type"), "x"))
        for name in shape.get("required", ())
    }
    return {**body, **({"scopes": ["specs:read"]} if "scopes" in body else {})}


def test_unknown_and_foreign_are_the_same(team: Team) -> None:
    theirs = make_spec(team)
    other = make_team("other")
    stranger = caller(other, other.alice)
    for path in (f"specs/{theirs.public_id}", "specs/spec-0000000000000000"):
        assert (stranger("GET", path).status, stranger("GET", path).code) == (404, "spec_not_found")
    for path in ("projects/demo", "projects/none", "specs?project=demo", "audit?project=demo"):
        assert stranger("GET", path).code == "project_not_found"
    document = theirs.documents.get().public_id
    for path in (f"documents/{document}", f"documents/{document}/revisions", f"documents/{document}/diff"):
        assert stranger("GET", path).code == "document_not_found"
    assert stranger("POST", f"specs/{theirs.public_id}/requirements", {}).code == "spec_not_found"


def test_a_key_reads_lists_only_with_the_scope_for_it(team: Team) -> None:
    key = caller(team, team.alice, Scope.TASKS_RUN)
    for path in ("specs", "tasks", "runs", "approvals", "documents", "tickets", "projects"):
        assert (key("GET", path).status, key("GET", path).code) == (403, "scope_missing"), path


def test_a_session_writes_with_its_csrf_token_only(team: Team) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/admin/login/")
    client.login(username="alice", password=PASSWORD)
    body = json.dumps({"project_id": "demo", "title": "T"})
    refused = client.post("/api/v1/specs", body, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert client.get("/api/v1/me").json()["username"] == "alice"
    token = client.cookies["csrftoken"].value
    assert client.post("/api/v1/specs", body, "application/json", headers={"X-CSRFToken": token}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/nothing/at/all", 404, "not_found"),
        ("POST", "/api/v1/nothing", 404, "not_found"),
        ("DELETE", "/api/v1/specs", 405, "method_not_allowed"),
        ("GET", "/api/v1/specs?limit=0", 400, "invalid_limit"),
        ("GET", "/api/v1/specs?limit=201", 400, "invalid_limit"),
        ("GET", "/api/v1/specs?limit=²", 400, "invalid_limit"),
        ("GET", "/api/v1/specs?limit=" + "9" * 5000, 400, "too_large"),
        ("GET", "/api/v1/specs?cursor=nonsense", 400, "invalid_cursor"),
        ("GET", "/api/v1/specs?cursor=cD1hYmM=", 400, "invalid_cursor"),
        ("GET", "/api/v1/specs?phase=none", 400, "invalid_query"),
        ("GET", "/api/v1/specs?archived=maybe", 400, "invalid_query"),
        ("GET", "/api/v1/audit?after=-1", 400, "invalid_query"),
        ("GET", "/api/v1/audit?verb=nothing.done", 400, "invalid_query"),
        ("GET", "/api/v1/specs?project=%00", 400, "invalid_text"),
        ("GET", "/api/v1/specs?cursor=%00", 400, "invalid_text"),
        ("GET", "/api/v1/specs/%00", 400, "invalid_text"),
        ("GET", "/api/v1/specs/%ED%A0%80", 404, "spec_not_found"),
        ("GET", "/api/v1/specs?project=%ED%A0%80", 404, "project_not_found"),
        ("GET", "/api/v1/specs/" + "A" * 2000, 404, "spec_not_found"),
    ],
)
def test_bad_addresses_are_coded(team: Team, method: str, path: str, status: int, code: str) -> None:
    answer = caller(team, team.alice)(method, path)
    expected = 413 if code == "too_large" else status
    assert (answer.status, answer.code) == (expected, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_body"),
        (b"{", "invalid_json"),
        (b"[]", "invalid_json"),
        (b"null", "invalid_json"),
        (b'{"title": NaN}', "invalid_json"),
        (b'{"title": 1e999}', "invalid_json"),
        (b'{"title": "a", "title": "b"}', "invalid_json"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "invalid_json"),
        (b"[" * 200_000, "invalid_json"),
        (b'{"title": ' + b"9" * 6000 + b"}", "invalid_json"),
        (b'{"title": "\xff"}', "invalid_utf8"),
        (b'{"title": "\\ud800"}', "invalid_text"),
        (b'{"title": "\\u0000"}', "invalid_text"),
        (b'{"\\ud800": 1}', "invalid_text"),
        (b'{"project_id": "demo", "title": "T", "phase": "completed"}', "unknown_field"),
        (b'{"project_id": "demo", "title": "T", "id": "spec-1"}', "unknown_field"),
        (b'{"project_id": "demo", "title": 7}', "invalid_body"),
        (b'{"project_id": "demo", "title": null}', "invalid_body"),
        (b'{"project_id": "demo", "title": ["T"]}', "invalid_body"),
        (b'{"project_id": "demo", "title": ""}', "invalid_title"),
        (b'{"project_id": "demo", "title": "a\\u0007b"}', "invalid_text"),
    ],
)
def test_bad_bodies_are_coded_and_leave_nothing(team: Team, body: bytes, code: str) -> None:
    answer = caller(team, team.alice)("POST", "specs", body)
    assert (answer.status, answer.code) == (400, code)
    assert not Spec.objects.exists()


def test_big_bodies_are_refused(team: Team) -> None:
    spec = make_spec(team)
    document, alice = spec.documents.get(), caller(team, team.alice)
    for size in (5, 13):
        answer = alice("PUT", f"documents/{document.public_id}", {"text": "A" * size * 1024 * 1024})
        assert (answer.status, answer.code) == (413, "too_large")
    assert Revision.objects.filter(document=document, number=document.current.number + 1).count() == 0


def test_only_json_is_taken(team: Team) -> None:
    alice = caller(team, team.alice)
    answer = alice("POST", "specs", b"title=T", Content_Type="application/x-www-form-urlencoded")
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert alice("GET", "specs?format=xml", Accept="text/html").status == 200


def test_a_crash_tells_nothing_and_is_logged(team: Team, monkeypatch: Any, caplog: Any) -> None:
    def broken(*args: Any) -> Any:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr("specflow.specs.api.payloads.spec_line", broken)
    make_spec(team)
    answer = caller(team, team.alice)("GET", "specs")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "secret" not in json.dumps(answer.body)
    assert "a secret of the inside" in caplog.text


def test_a_host_that_is_not_ours_is_a_problem_too(team: Team) -> None:
    answer = Caller()("GET", "/api/v1/specs", Host="evil.example")
    assert (answer.status, answer.code) == (400, "bad_request")


@pytest.mark.parametrize("token", ["nonsense", "sf_abcdefgh_" + "0" * 38, "é", "sf__"])
def test_wrong_keys_are_refused(token: str) -> None:
    answer = Client().get("/api/v1/me", headers={"X-API-Key": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")


def test_reads_give_an_etag_and_304(team: Team) -> None:
    spec, alice = make_spec(team), caller(team, team.alice)
    for path in (f"specs/{spec.public_id}", "specs", f"documents/{spec.documents.get().public_id}", "me"):
        first = alice("GET", path)
        assert alice("GET", path, If_None_Match=first.headers["ETag"]).status == 304
        assert alice("GET", path, If_None_Match='"another"').status == 200
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]


def test_writes_honour_if_match(team: Team) -> None:
    spec, alice = make_spec(team), caller(team, team.alice)
    path = f"specs/{spec.public_id}"
    before = alice("GET", path).headers["ETag"]
    after = alice("PATCH", path, {"title": "Second"}, If_Match=before)
    assert after.headers["ETag"] == alice("GET", path).headers["ETag"]
    refused = alice("PATCH", path, {"title": "Third"}, If_Match=before)
    assert (refused.status, refused.code) == (412, "precondition_failed")
    assert alice("GET", path).body["title"] == "Second"
    assert alice("PATCH", path, {"title": "Third"}, If_Match=after.headers["ETag"]).status == 200


def test_a_repeated_write_gives_its_first_answer(team: Team) -> None:
    alice = caller(team, team.alice)
    body = {"project_id": "demo", "title": "Once"}
    first = alice("POST", "specs", body, Idempotency_Key="k-1")
    assert alice("POST", "specs", body, Idempotency_Key="k-1").body == first.body
    assert Spec.objects.count() == 1
    other = alice("POST", "specs", {**body, "title": "Twice"}, Idempotency_Key="k-1")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert alice("POST", "specs", body, Idempotency_Key="k" * 201).code == "invalid_idempotency_key"


def test_a_repeated_write_passes_its_own_precondition(team: Team) -> None:
    spec, alice = make_spec(team), caller(team, team.alice)
    path = f"documents/{spec.documents.get().public_id}"
    before = alice("GET", path)
    body = {"text": before.body["text"] + "\nMore.\n", "base_sha256": before.body["sha256"]}
    first = alice("PUT", path, body, Idempotency_Key="k-2", If_Match=before.headers["ETag"])
    again = alice("PUT", path, body, Idempotency_Key="k-2", If_Match=before.headers["ETag"])
    assert (first.status, first.body["revised"]) == (200, True)
    assert again.body == first.body
    refused = alice("PUT", path, {"text": "Other\n"}, If_Match=before.headers["ETag"])
    assert refused.code == "precondition_failed"


def test_pages_go_forth_and_back(team: Team) -> None:
    alice = caller(team, team.alice)
    made = [alice("POST", "specs", {"project_id": "demo", "title": f"S{n}"}).body["id"] for n in range(5)]
    first = alice("GET", "specs?limit=2").body
    second = alice("GET", first["next"].partition("testserver")[2]).body
    third = alice("GET", second["next"].partition("testserver")[2]).body
    seen = [one["id"] for page in (first, second, third) for one in page["results"]]
    assert seen == made[::-1]
    assert third["next"] is None
    assert alice("GET", third["previous"].partition("testserver")[2]).body["results"] == second["results"]


def test_the_short_address_is_the_same(team: Team) -> None:
    alice = caller(team, team.alice)
    spec = alice("POST", "/api/specs", {"project_id": "demo", "title": "T"}).body["id"]
    assert alice("GET", f"/api/specs/{spec}").body == alice("GET", f"/api/v1/specs/{spec}").body
