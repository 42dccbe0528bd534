"""Test vectors that are run against a server: what is asked, where, and what its answers show."""

import json
import socket
import threading
import time

import pytest

from specflow.errors import Conflict, DomainError, PermissionDenied
from specflow.specs.models import Spec
from tasks.models import VectorResult, VectorRun
from tasks.vectors.judging import value_of
from tests.factories import Team
from tests.tasks.vectors.booking import (
    Server,
    make_lockers,
    messages,
    run,
    serving,
    use_vectors,
    verdicts,
)

pytestmark = pytest.mark.django_db


def test_a_server_that_obeys_passes_all_but_sentences(team: Team, spec: Spec, server: Server) -> None:
    use_vectors(team, addresses=[server.address])
    found = run(team, spec, f"{server.address}/v1/")
    bad = [(one.vector.title, one.message) for one in found.results.exclude(verdict="passed")]
    assert [one.vector.kind for one in found.results.exclude(verdict="passed") if one.verdict != "skipped"] == [], bad
    assert found.is_good
    assert verdicts(found)["OPEN.1"] == ["passed"]
    assert verdicts(found)["OPEN.2"] == ["skipped"]
    method, path, headers, body = server.calls[0]
    assert (method, path, json.loads(body)) == ("POST", "/v1/lockers/7/codes", {"code": "123456", "used": True})
    assert headers["Content-Type"] == "application/json"
    assert not {"Authorization", "Cookie", "X-API-Key"} & set(headers)


def test_a_server_that_refuses_everybody_has_passed_nothing(team: Team, spec: Spec) -> None:
    with serving(lambda *_: (401, {"error": "who are you"})) as server:
        use_vectors(team, addresses=[server.address])
        found = run(team, spec)
    assert found.passed == 0
    assert found.failed > 0


def test_a_redirect_is_an_answer_and_not_followed(team: Team, spec: Spec) -> None:
    with serving() as other, serving(lambda *_: (302, other.address)) as server:
        use_vectors(team, addresses=[server.address])
        found = run(team, spec)
        assert other.calls == []
    assert found.passed == 0
    assert any("The server answered 302" in one for one in messages(found))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",
        "http://127.0.0.1.example.org:{port}",
        "http://169.254.169.254",
        "http://[::1]:{port}",
        "http://2130706433:{port}",
    ],
)
def test_an_address_that_the_project_does_not_list_is_refused(
    team: Team, spec: Spec, server: Server, address: str
) -> None:
    use_vectors(team, addresses=[server.address])
    with pytest.raises(PermissionDenied) as refused:
        run(team, spec, address.format(port=server.server_port))
    assert refused.value.code == "address_not_allowed"
    assert server.calls == []
    assert not VectorRun.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "127.0.0.1", "http://", "http://a b", "http://127.0.0.1:{port}@x", "http://a:99999",
     "http://x@127.0.0.1:{port}", "http://127.0.0.1:{port}/?a", "http://127.0.0.1:{port}/#a", "http://[::1", "//a",
     "http://127.0.0.1:{port}\\@x", "http://127.0.0.1:{port}\r\nX: y", "http://ä", "http://[fe80::1%25eth0]"],
)  # fmt: skip
def test_what_is_no_address_is_refused(team: Team, spec: Spec, server: Server, address: str) -> None:
    use_vectors(team, addresses=[server.address])
    with pytest.raises(DomainError) as refused:
        run(team, spec, address.format(port=server.server_port))
    assert refused.value.code == "invalid_address"
    assert server.calls == []


def test_a_listed_name_that_leads_to_the_metadata_of_a_cloud_is_refused(team: Team, spec: Spec) -> None:
    use_vectors(team, addresses=["http://169.254.169.254", "http://0.0.0.0:80"])
    for address in ("http://169.254.169.254/latest", "http://0.0.0.0"):
        with pytest.raises(PermissionDenied) as refused:
            run(team, spec, address)
        assert refused.value.code == "address_not_allowed"


def test_a_server_that_nobody_knows_and_one_that_is_not_there(team: Team, spec: Spec) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        there = f"http://127.0.0.1:{free.getsockname()[1]}"
    use_vectors(team, addresses=["http://nobody.invalid", there])
    with pytest.raises(Conflict) as refused:
        run(team, spec)
    assert refused.value.code == "address_unreachable"
    found = run(team, spec, there)
    assert (found.passed, found.failed) == (0, 0)
    assert found.errors > 0


def test_a_server_that_drips_is_cut_off_in_time(team: Team, spec: Spec) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        held = []
        while not over.is_set():
            try:
                one, _ = listening.accept()
            except OSError:
                return
            held.append(one)
            threading.Thread(target=_drip, args=(one, over), daemon=True).start()

    threading.Thread(target=drip, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        use_vectors(team, addresses=[address], timeout=1)
        begun = time.monotonic()
        found = run(team, spec)
    finally:
        over.set()
        listening.close()
    assert time.monotonic() - begun < 4
    assert found.errors == 1
    assert found.untried == found.total - 1


def _drip(one: socket.socket, over: threading.Event) -> None:
    with one:
        try:
            one.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not over.wait(0.05):
                one.sendall(b"x")
        except OSError:
            return


def test_an_answer_without_end_is_not_read_to_its_end(team: Team, spec: Spec) -> None:
    with serving(lambda *_: (200, b"x" * 3_000_000)) as server:
        use_vectors(team, addresses=[server.address])
        found = run(team, spec)
    assert found.passed == 0
    assert any("over 1048576 bytes" in one for one in messages(found))


@pytest.mark.parametrize(
    "body", [b"NaN", b'{"door": 1e999}', b'{"door": "\\ud800\\u0000"}', b"\xff\x00\x1b[31m", b"[" * 9000]
)
def test_whatever_a_server_answers_is_kept_and_shown(team: Team, spec: Spec, body: bytes) -> None:
    with serving(lambda *_: (200, body)) as server:
        use_vectors(team, addresses=[server.address])
        found = run(team, spec)
    for one in VectorResult.objects.filter(run=found).exclude(got_text=""):
        json.dumps(value_of(one.got_text), allow_nan=False, ensure_ascii=False).encode()


OPENAPI = """
openapi: 3.1.0
info: {title: Lockers, version: "1"}
paths:
  /lockers:
    get:
      operationId: list
      responses: {"200": {description: All of them}, "500": {description: It broke}}
  /lockers/{locker}:
    get:
      operationId: one
      responses: {"200": {description: It}}
    delete:
      operationId: drop
      responses: {"204": {description: Gone}}
"""


def test_the_answers_of_an_api_are_asked_for_where_the_spec_says_how(team: Team) -> None:
    spec = make_lockers(team, OPENAPI, "openapi.yaml")
    with serving(lambda method, path, _: (200 if path == "/lockers" else 404, [])) as server:
        use_vectors(team, addresses=[server.address])
        found = run(team, spec)
        assert [call[:2] for call in server.calls] == [("GET", "/lockers")]
    assert verdicts(found) == {
        "list.200": ["passed"], "list.500": ["skipped"], "one.200": ["skipped"], "drop.204": ["skipped"],
    }  # fmt: skip
    assert spec.vectors.get(target="list.200").criterion.key == "list.200"
