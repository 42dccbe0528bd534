"""Writes over REST at the same moment: of those who read the same state, one changes it."""

from collections import Counter

import pytest

from specflow.specs.models import Revision, Spec
from tests.calling import Answer, caller
from tests.factories import make_spec, make_team
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def outcomes(answers: list[Answer]) -> Counter[str]:
    return Counter("done" if one.status < 300 else one.code for one in answers)


def test_one_of_many_with_the_same_etag_changes_a_spec() -> None:
    team = make_team()
    path, alice = f"specs/{make_spec(team).public_id}", caller(team, team.alice)
    tag = alice("GET", path).headers["ETag"]
    calls = [lambda n=n: alice("PATCH", path, {"title": f"By {n}"}, If_Match=tag) for n in range(WRITERS)]
    ended = at_once(calls)
    assert outcomes(ended.values) == {"done": 1, "precondition_failed": WRITERS - 1}, ended.codes


def test_one_of_many_with_the_same_etag_writes_a_document() -> None:
    team = make_team()
    document = make_spec(team).documents.get()
    path, alice = f"documents/{document.public_id}", caller(team, team.alice)
    read = alice("GET", path)
    before = Revision.objects.count()
    calls = [
        lambda n=n: alice("PUT", path, {"text": f"{read.body['text']}\n{n}\n"}, If_Match=read.headers["ETag"])
        for n in range(WRITERS)
    ]
    ended = at_once(calls)
    assert outcomes(ended.values) == {"done": 1, "precondition_failed": WRITERS - 1}, ended.codes
    assert Revision.objects.count() == before + 1


def test_a_key_that_many_send_at_once_makes_one_spec() -> None:
    team = make_team()
    alice = caller(team, team.alice)
    body = {"project_id": "demo", "title": "Once"}
    ended = at_once([lambda: alice("POST", "specs", body, Idempotency_Key="k")] * WRITERS)
    assert outcomes(ended.values) == {"done": WRITERS}, ended.codes
    assert len({one.body["id"] for one in ended.values}) == Spec.objects.count() == 1
