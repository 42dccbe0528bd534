"""The tab of a spec's test vectors."""

import json
from pathlib import Path

import pytest

from specflow.specs.models import Spec
from tasks.models import TestVector, VectorRun
from tasks.vectors.running import run_vectors
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team, make_spec
from tests.tasks.vectors.booking import program, serving, use_vectors

pytestmark = pytest.mark.django_db
TAB = "/p/demo/specs/lockers/?tab=vectors"
RUN = "/p/demo/specs/lockers/vectors/run"


def text_of(team: Team, address: str = TAB) -> str:
    answer = as_(team.alice).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_tab_lists_vectors_and_says_what_a_maintainer_has_to_do(team: Team, spec: Spec) -> None:
    text = text_of(team)
    assert text.count("<tr>") == spec.vectors.count() + 1
    assert "Nobody has run them yet." in text
    assert "A maintainer says in the project" in text
    assert RUN not in text


def test_a_spec_without_vectors_says_where_they_come_from(team: Team) -> None:
    make_spec(team)
    assert "They are made from a machine-readable spec" in text_of(team, "/p/demo/specs/login-lock/?tab=vectors")


def test_who_may_run_runs_from_the_tab_and_comes_back_to_what_failed(team: Team, spec: Spec, tmp_path: Path) -> None:
    use_vectors(team, command=program(tmp_path, 'print("{\\"output\\": {\\"door\\": \\"open\\"}}")'))
    alice = as_(team.alice)
    assert RUN in alice.get(TAB).content.decode()
    answer = alice.post(RUN, {"address": ""})
    assert (answer.status_code, answer["Location"]) == (303, TAB)
    text = alice.get(TAB).content.decode()
    assert "What failed" in text
    assert "Something else came out." in text
    assert "came out: {&quot;output&quot;: {&quot;door&quot;: &quot;open&quot;}}" in text


def test_an_address_is_chosen_from_those_of_the_project(team: Team, spec: Spec) -> None:
    with serving() as server:
        use_vectors(team, addresses=[server.address])
        assert f'<option value="{server.address}">' in text_of(team)
        answer = as_(team.alice).post(RUN, {"address": server.address}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, TAB)
    refused = as_(team.alice).post(RUN, {"address": "http://127.0.0.1:1"})
    assert refused.status_code == 403
    assert VectorRun.objects.count() == 1


def test_who_may_not_run_sees_no_button_and_is_refused(team: Team, spec: Spec) -> None:
    use_vectors(team, command=["true"])
    bob = as_(team.bob)
    assert RUN not in bob.get(TAB).content.decode()
    assert bob.post(RUN).status_code == 403
    assert as_(team.charlie).post(RUN).status_code == 404
    assert bob.get(RUN).status_code == 405
    assert not VectorRun.objects.exists()


def test_the_tab_costs_the_same_for_few_and_for_many(team: Team, spec: Spec) -> None:
    alice = as_(team.alice)
    costs(alice, TAB)
    before = costs(alice, TAB)
    use_vectors(team, command=["false"])
    run_vectors(Spec.objects.select_related("project").get(pk=spec.pk), actor=team.agent)
    assert costs(alice, TAB) == before + 1


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_stored_never_runs(team: Team, spec: Spec, payload: str, tmp_path: Path) -> None:
    said = json.dumps({"passed": False, "message": payload, "output": payload})
    use_vectors(team, command=program(tmp_path, f"print({said!r})"))
    TestVector.objects.update(title=payload, target=payload, rule=payload, input_text=json.dumps(payload))
    first = TestVector.objects.order_by("pk")[0]
    TestVector.objects.exclude(pk=first.pk).update(present=False)
    run_vectors(Spec.objects.select_related("project").get(pk=spec.pk), actor=team.agent)
    for address in (TAB, f"/p/demo/trace/{first.public_id}", "/p/demo/specs/lockers/?tab=trace"):
        inert(as_(team.alice).get(address), payload, address)
