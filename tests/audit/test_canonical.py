"""The hashed text is stable for ever: an old log must verify with a new SpecFlow (QUALITY 23)."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from specflow.audit.log import Draft, canonical

DRAFT = Draft(
    chain="prj-0000000000000000",
    verb="comment.added",
    actor="alice",
    stamp={"user": "alice", "kind": "human", "door": "admin", "request": "req-1"},
    object_type="comment",
    object_id="cmt-1",
    data={"z": [1, 2.5, None, True], "text": 'naïve "☃"\n\t\\ 😀 / <b>', "a": {"d": 1, "c": {}}},
)
AT = datetime(2025, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
TEXT = (
    '{"actor":{"door":"admin","kind":"human","request":"req-1","user":"alice"},'
    '"at":"2025-03-01T12:00:00.000001+00:00","chain":"prj-0000000000000000",'
    '"data":{"a":{"c":{},"d":1},"text":"naïve \\"☃\\"\\n\\t\\\\ 😀 / <b>","z":[1,2.5,null,true]},'
    '"object":{"id":"cmt-1","type":"comment"},"previous":"00ff","sequence":7,"verb":"comment.added"}'
)
HASH = "f13d908a1497d72e78bbe65b9a7a35731d298cfde1f1551cf96a7a33a5decbe5"


def test_the_hashed_text_and_its_hash_are_these():
    text = canonical(DRAFT.chain, 7, AT, DRAFT, "00ff")

    assert text == TEXT
    assert hashlib.sha256(text.encode()).hexdigest() == HASH


def test_a_moment_has_one_text_whatever_its_time_zone():
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert canonical(DRAFT.chain, 7, elsewhere, DRAFT, "00ff") == TEXT


def test_a_whole_second_has_its_microseconds():
    assert '"at":"2025-03-01T12:00:00.000000+00:00"' in canonical("c", 1, AT.replace(microsecond=0), DRAFT, "")


@pytest.mark.parametrize("change", ["sequence", "previous", "chain", "at"])
def test_each_part_of_the_place_is_in_the_text(change: str):
    place = {"chain": DRAFT.chain, "sequence": 7, "at": AT, "previous": "00ff"}
    other = {"chain": "prj-2", "sequence": 8, "at": AT + timedelta(microseconds=1), "previous": "00fe"}

    assert canonical(**{**place, change: other[change]}, draft=DRAFT) != TEXT
