"""Test vectors as rows, and running them against a program; who may, and what is left behind."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, DomainError, Invalid, PermissionDenied, TooLarge
from specflow.specs.actions import save_document
from specflow.specs.models import Spec
from specflow.specs.tracing import graph_of, trace
from specflow.specs.tracing.matrix import matrix_of
from tasks.models import TestVector, VectorRun
from tasks.vectors.judging import agrees, of_answer, of_program
from tasks.vectors.running import run_vectors
from tests.factories import Team, make_spec
from tests.tasks.vectors.booking import (
    PATH,
    PROGRAM,
    TEXT,
    Server,
    counts,
    make_lockers,
    messages,
    program,
    run,
    use_vectors,
)

pytestmark = pytest.mark.django_db


def change(team: Team, *pairs: tuple[str, str]) -> None:
    text = TEXT
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    save_document(team.project, actor=team.agent, path=PATH, text=text)


# Rows


def test_a_source_document_gives_vectors_that_know_what_they_are_for(spec: Spec) -> None:
    rows = list(spec.vectors.order_by("position"))
    first, last = rows[0], rows[-1]
    assert (first.kind, first.title, first.input, first.expected) == (
        "example", "A code that was used", {"locker": 7, "code": "123456", "used": True}, {"door": "closed"},
    )  # fmt: skip
    assert (first.criterion.key, first.requirement) == ("OPEN.1", None)
    assert (last.kind, last.criterion.key, last.is_sentence) == ("criterion", "OPEN.2", True)
    schema = spec.vectors.filter(target="Attempt", rule="minLength", valid=False).get()
    assert (schema.requirement.key, schema.criterion) == ("OPEN", None)
    assert (schema.method, schema.path, first.path) == ("POST", "/lockers/{locker}/codes", "/lockers/{locker}/codes")
    assert (schema.start, schema.end) == (26, 26)


def test_the_same_vector_keeps_its_row_when_lines_move(team: Team, spec: Spec) -> None:
    before = dict(spec.vectors.values_list("key", "public_id"))
    change(team, ("title: Parcel lockers", "title: Parcel lockers\ndescription: For all hours."))
    assert dict(spec.vectors.values_list("key", "public_id")) == before
    assert spec.vectors.filter(rule="minLength", valid=False).get().start == 27


def test_a_vector_that_the_text_does_not_give_any_more_is_kept_and_can_come_back(team: Team, spec: Spec) -> None:
    old = spec.vectors.get(rule="minLength", valid=False)
    change(team, ("minLength: 6", "minLength: 4"))
    assert [one.input["code"] for one in spec.vectors.filter(rule="minLength", valid=False, present=True)] == ["aaa"]
    assert not TestVector.objects.get(pk=old.pk).present
    change(team)
    assert spec.vectors.get(rule="minLength", valid=False, present=True).public_id == old.public_id


def test_a_vector_that_demands_something_else_is_untried_again(team: Team, spec: Spec) -> None:
    TestVector.objects.update(state="passed")
    change(team, ("{door: closed}", "{door: shut}"))
    assert [one.title for one in spec.vectors.filter(state="untried")] == ["A code that was used"]


def test_a_broken_file_is_kept_and_has_no_vectors(team: Team, spec: Spec) -> None:
    change(team, ("shall: open", "shal: open"))
    assert not spec.vectors.filter(present=True).exists()
    use_vectors(team, command=["true"])
    with pytest.raises(Invalid) as refused:
        run(team, spec)
    assert (refused.value.code, refused.value.details["line"]) == ("invalid_spec_file", 7)


def test_a_file_with_too_many_vectors_is_kept_and_says_so_when_it_is_run(team: Team) -> None:
    fields = {f"n{number}": {"minimum": number} for number in range(20)} | {"big": {"const": "x" * 300_000}}
    schema = {"type": "object", "required": list(fields), "properties": fields}
    text = json.dumps({"specflow": 1, "slug": "a", "title": "A", "schemas": {"S": schema}})
    spec = make_lockers(team, text, "specflow/big.json")
    use_vectors(team, command=["true"])
    assert not spec.vectors.exists()
    with pytest.raises(TooLarge) as refused:
        run(team, spec)
    assert refused.value.code == "too_large"


def test_other_documents_have_no_vectors(team: Team) -> None:
    spec = make_spec(team)
    use_vectors(team, command=["true"])
    with pytest.raises(Conflict) as refused:
        run(team, spec)
    assert refused.value.code == "no_vectors"


# A program


def test_a_program_that_obeys_passes_all(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path))
    found = run(team, spec)
    assert messages(found) == {""}
    assert counts(found) == (found.total, 0, 0, 0, 0)
    assert found.is_good
    assert set(spec.vectors.values_list("state", flat=True)) == {"passed"}


def test_a_program_that_takes_everything_fails_where_it_should_refuse(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path, 'print("{\\"output\\": {\\"door\\": \\"open\\"}}")'))
    found = run(team, spec)
    invalid = spec.vectors.filter(valid=False).count()
    assert found.failed == invalid + 1
    assert messages(found) == {
        "", "It was taken.", "Something else came out.",
        'The program did not judge this sentence: it does by {"passed": true} or false.',
    }  # fmt: skip
    assert spec.vectors.get(kind="criterion").state == "untried"


def test_a_program_that_crashes_has_shown_nothing(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path, "raise SystemExit(1)"))
    found = run(team, spec)
    assert counts(found) == (0, 0, found.total, 0, 0)
    assert all(one.startswith("The program ended with exit code 1. To refuse") for one in messages(found))
    assert set(spec.vectors.values_list("state", flat=True)) == {"untried"}


def test_a_program_that_is_not_there_is_an_error(team: Team, spec: Spec) -> None:
    use_vectors(team, command=["/nowhere/at/all"])
    found = run(team, spec)
    assert found.errors == found.total
    assert not found.is_good


def test_a_run_ends_with_its_time_and_says_what_is_left(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path, "import time; time.sleep(60)"), timeout=1)
    begun = time.monotonic()
    found = run(team, spec)
    assert time.monotonic() - begun < 6
    assert (found.errors, found.untried) == (1, found.total - 1)
    assert not found.is_good


def test_a_vector_is_data_to_the_program_and_nothing_of_it_is_filled_in(team: Team, tmp_path: Path) -> None:
    given = {"a": "${task.prompt}$(id)`id`;'\"", "b": "\u2028é"}
    said = {"slug": "a", "title": "A", "schemas": {"S": {}}}
    text = json.dumps({"specflow": 1, **said, "examples": [{"for": "S", "input": given, "expected": given}]})
    spec = make_lockers(team, text, "specflow/a.json")
    echo = 'import json, sys; print(json.dumps({"output": json.load(sys.stdin)["input"]}))'
    use_vectors(team, command=program(tmp_path, echo))
    assert run(team, spec).is_good


def test_a_program_learns_nothing_of_the_server(
    team: Team, spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hidden")
    monkeypatch.setenv("OF_THE_SERVER", "hidden")
    text = 'import json, os; print(json.dumps({"passed": "hidden" not in os.environ.values()}))'
    use_vectors(team, command=program(tmp_path, text))
    assert run(team, spec).is_good


# Who, and what is left behind


def test_nothing_runs_where_the_project_has_not_said_against_what(team: Team, spec: Spec) -> None:
    with pytest.raises(Conflict) as refused:
        run(team, spec)
    assert refused.value.code == "no_vector_target"
    with pytest.raises(PermissionDenied) as denied:
        run(team, spec, "http://127.0.0.1:8000")
    assert denied.value.code == "address_not_allowed"


def test_who_may_not_run_tasks_may_not_run_vectors(team: Team, spec: Spec) -> None:
    use_vectors(team, command=["true"])
    for actor, code in ((team.reviewer, "role_may_not"), (team.stranger, "project_not_found")):
        with pytest.raises(DomainError) as refused:
            run_vectors(spec, actor=actor)
        assert refused.value.code == code


def test_a_run_stands_on_the_log_before_and_after(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path))
    found = run(team, spec)
    rows = AuditEntry.objects.filter(object_id=found.public_id).order_by("sequence")
    assert [row.verb for row in rows] == ["vectors.started", "vectors.run"]
    data = json.loads(rows[1].canonical)["data"]
    assert (data["passed"], data["spec"], data["target"]) == (found.total, spec.public_id, "the project's command")


def test_the_same_call_again_gives_the_first_run(team: Team, spec: Spec, server: Server) -> None:
    use_vectors(team, addresses=[server.address])
    actor = team.agent.with_idempotency("once")
    spec = Spec.objects.select_related("project").get(pk=spec.pk)
    first = run_vectors(spec, actor=actor)
    calls = len(server.calls)
    assert run_vectors(spec, actor=actor) == first
    assert len(server.calls) == calls
    assert VectorRun.objects.count() == 1


def test_a_spec_is_run_once_at_a_time_and_a_lost_run_holds_nobody_for_long(
    team: Team, spec: Spec, tmp_path: Path
) -> None:
    use_vectors(team, command=program(tmp_path), timeout=30)
    lost = VectorRun.objects.create(
        project=team.project, spec=spec, target="x", started_by=team.robot, timeout=30, total=1
    )
    with pytest.raises(Conflict) as refused:
        run(team, spec)
    assert (refused.value.code, refused.value.details["run"]) == ("vectors_running", lost.public_id)
    VectorRun.objects.filter(pk=lost.pk).update(timeout=-60)
    assert run(team, spec).is_good


# Traces


def test_a_vector_stands_below_its_criterion_and_shows_that_it_is_met(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path, PROGRAM.replace('"passed": True', '"passed": False')))
    assert len(matrix_of(graph_of(spec)).uncovered) == 2
    run(team, spec)
    uncovered = matrix_of(graph_of(spec)).uncovered
    assert [row.criterion.key for row in uncovered if row.criterion] == ["OPEN.2"]
    vector = spec.vectors.get(kind="example")
    found = trace(team.agent, vector.public_id)
    assert [one.kind for one in found.above] == ["criterion", "requirement"]
    assert (found.node.kind, found.node.state, found.node.lines) == ("vector", "passed", (28, 31))


def test_a_vector_of_no_criterion_stands_below_its_requirement(team: Team, spec: Spec) -> None:
    vector = spec.vectors.get(rule="minLength", valid=False)
    found = trace(team.agent, spec.requirements.get().public_id)
    assert (vector.public_id, "untried") in [(one.id, one.state) for one in found.below]


# Judging


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_every_value_agrees_with_itself_and_with_its_text(value: Any) -> None:
    assert agrees(value, value)
    assert agrees(value, json.loads(json.dumps(value)))


@given(JSON, st.dictionaries(st.text(), JSON, max_size=3))
def test_what_is_not_asked_for_is_free(value: Any, more: dict[str, Any]) -> None:
    assert agrees({"asked": value}, {**more, "asked": value})
    assert not agrees({"asked": value}, {name: one for name, one in more.items() if name != "asked"})


@pytest.mark.parametrize(
    ("expected", "got"),
    [(1, True), (0, False), (True, 1), ("1", 1), ([1], [1, 2]), ([], {}), ({"a": 1}, {"a": 2}), (None, 0), (None, "")],
)
def test_what_is_another_value_does_not_agree(expected: Any, got: Any) -> None:
    assert not agrees(expected, got)


@given(st.text(), st.integers(-20, 255) | st.none(), st.booleans(), JSON)
def test_judging_never_raises_whatever_a_program_prints(text: str, code: int | None, valid: bool, value: Any) -> None:
    vector = TestVector(kind="example", valid=valid, input_text="1", expected_text=json.dumps(value))
    for printed in (text, json.dumps({"output": value, "valid": valid}), json.dumps(value)):
        found = of_program(vector, code, printed)
        json.loads(found.got)
    assert of_answer(vector, 200, value).verdict in ("passed", "failed")


@pytest.mark.parametrize(
    ("expected", "status", "verdict"),
    [
        ({"status": 404}, 404, "passed"),
        ({"status": "2XX"}, 201, "passed"),
        ({"status": "2xx"}, 301, "failed"),
        ({"status": 200, "body": {"a": 1}}, 200, "passed"),
        ({"status": 200, "body": {"a": 2}}, 200, "failed"),
        ({"status": "open", "door": 1}, 200, "failed"),
    ],
)
def test_a_vector_may_name_the_status(expected: Any, status: int, verdict: str) -> None:
    vector = TestVector(kind="example", valid=True, input_text="1", expected_text=json.dumps(expected))
    assert of_answer(vector, status, {"a": 1, "b": 2}).verdict == verdict
