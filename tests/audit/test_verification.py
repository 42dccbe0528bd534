"""Whoever touches the log behind the triggers is found, and the first bad place is named (QUALITY 23)."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from specflow.accounts.models import Project
from specflow.audit import triggers
from specflow.audit.models import AuditEntry, Chain
from specflow.audit.verification import Report, verify
from tests.audit.acting import make_project

pytestmark = pytest.mark.django_db
LENGTH = 5


@pytest.fixture
def project() -> Iterator[Project]:
    """A log of five entries, open to whoever can lift the triggers."""
    project = make_project(entries=LENGTH)
    with triggers.disabled(connection):
        yield project


def at(sequence: int) -> AuditEntry:
    return AuditEntry.objects.get(sequence=sequence)


def change(sequence: int, **columns: object) -> None:
    AuditEntry.objects.filter(sequence=sequence).update(**columns)


def move(sequence: int, to: int) -> None:
    AuditEntry.objects.filter(sequence=sequence).update(sequence=to)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def forge(sequence: int, after: AuditEntry) -> None:
    """A well-made entry at `sequence` that follows `after`."""
    entry = AuditEntry.objects.latest("sequence")
    told = entry.content
    text = entry.canonical.replace(f'"sequence":{told["sequence"]}', f'"sequence":{sequence}')
    text = text.replace(f'"previous":"{told["previous"]}"', f'"previous":"{after.hash}"')
    entry.pk, entry.sequence, entry.canonical = None, sequence, text
    entry.previous, entry.hash = after.hash, digest(text)
    entry.save(force_insert=True)


def rewrite(sequence: int) -> None:
    """Another content with its right hash."""
    text = at(sequence).canonical.replace('"user":"system"', '"user":"nobody"')
    change(sequence, canonical=text, hash=digest(text), actor="nobody")


def swap() -> None:
    move(2, 99)
    move(3, 2)
    move(99, 3)


def swap_with_columns() -> None:
    """The contents change places, each with its own hash and index."""
    two, three = at(2), at(3)
    change(2, canonical=three.canonical, hash=three.hash, previous=three.previous, at=three.at)
    change(3, canonical=two.canonical, hash=two.hash, previous=two.previous, at=two.at)


def insert() -> None:
    for sequence in range(LENGTH, 2, -1):
        move(sequence, sequence + 1)
    forge(3, at(2))
    Chain.objects.update(sequence=F("sequence") + 1)


MISSING, CONTENT = "the entry is missing", "the content does not match its hash"
COLUMN, ORDER = "a column differs from the hashed content", "it does not follow the entry before it"
HEAD, BEHIND = "the head's hash is not the last entry's", "the entry stands behind the head"
FAULTS: dict[str, tuple[Callable[[], object], int, str]] = {
    "verb changed": (lambda: change(3, verb="spec.created"), 3, COLUMN),
    "actor changed": (lambda: change(3, actor="nobody"), 3, COLUMN),
    "time changed": (lambda: change(3, at=at(3).at - timedelta(microseconds=1)), 3, COLUMN),
    "object's type changed": (lambda: change(3, object_type="task"), 3, COLUMN),
    "object's id changed": (lambda: change(3, object_id="prj-other"), 3, COLUMN),
    "previous changed": (lambda: change(3, previous="00"), 3, ORDER),
    "hash changed": (lambda: change(3, hash="00"), 3, CONTENT),
    "content changed": (lambda: change(3, canonical=at(3).canonical.replace("entry 3", "entry x")), 3, CONTENT),
    "content changed by a blank": (lambda: change(3, canonical=at(3).canonical + " "), 3, CONTENT),
    "content emptied": (lambda: change(3, canonical="", hash=digest("")), 3, "the content cannot be read"),
    "content of another shape": (lambda: change(3, canonical="[]", hash=digest("[]")), 3, "the content cannot be read"),
    "content and hash changed": (lambda: rewrite(3), 4, ORDER),
    "last content and hash changed": (lambda: rewrite(LENGTH), LENGTH, HEAD),
    "entries swapped": (swap, 2, ORDER),
    "contents swapped": (swap_with_columns, 2, ORDER),
    "entry removed": (lambda: at(3).delete(), 3, MISSING),
    "first entry removed": (lambda: at(1).delete(), 1, MISSING),
    "entry removed and the gap closed": (lambda: (at(3).delete(), move(4, 3), move(5, 4)), 3, ORDER),
    "entry inserted": (insert, 4, ORDER),
    "entry put before the first": (lambda: forge(0, at(1)), 1, MISSING),
    "entry appended": (lambda: forge(LENGTH + 1, at(LENGTH)), LENGTH + 1, BEHIND),
    "entry appended beyond a gap": (lambda: forge(LENGTH + 9, at(LENGTH)), LENGTH + 9, BEHIND),
    "tail cut": (lambda: at(LENGTH).delete(), LENGTH, f"the head stands at {LENGTH}, the log ends at {LENGTH - 1}"),
    "all cut": (lambda: AuditEntry.objects.all().delete(), 1, f"the head stands at {LENGTH}, the log ends at 0"),
    "head's hash changed": (lambda: Chain.objects.update(head="00"), LENGTH, HEAD),
    "head moved back": (lambda: Chain.objects.update(sequence=3, head=at(3).hash), 4, BEHIND),
    "head moved on": (lambda: Chain.objects.update(sequence=9), 6, f"the head stands at 9, the log ends at {LENGTH}"),
    "chain renamed": (lambda: Chain.objects.update(key="prj-other"), 1, COLUMN),
}


@pytest.mark.parametrize(("touch", "sequence", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_the_first_bad_place_is_named(project: Project, touch: Callable[[], object], sequence: int, reason: str):
    assert verify().faults == ()

    touch()

    (fault,) = verify().faults
    assert (fault.sequence, fault.reason) == (sequence, reason)
    assert fault.chain == Chain.objects.get().key


def test_an_untouched_log_is_whole(project: Project):
    assert verify() == Report(chains=1, entries=LENGTH, faults=())


def test_an_empty_log_is_whole():
    assert verify() == Report(chains=0, entries=0, faults=())


def test_only_the_chain_that_was_touched_is_named(project: Project):
    other = make_project("other", entries=3)
    AuditEntry.objects.filter(chain__key=project.public_id, sequence=2).update(verb="spec.created")

    report = verify()

    assert report.chains == 2
    assert [fault.chain for fault in report.faults] == [project.public_id]
    assert other.public_id not in str(report.faults)


def test_of_two_bad_places_the_first_is_named_and_of_two_bad_chains_each(project: Project):
    make_project("other", entries=3)
    change(2, actor="nobody")
    change(3, actor="nobody")

    assert [fault.sequence for fault in verify().faults] == [2, 2]


def test_the_command_says_that_the_log_is_whole(project: Project):
    out = StringIO()

    call_command("audit_verify", stdout=out)

    assert out.getvalue() == f"The log is whole: {LENGTH} entries in 1 chain.\n"


def test_the_command_ends_with_1_and_names_the_bad_entry(project: Project):
    out, err = StringIO(), StringIO()
    change(3, verb="spec.created")

    with pytest.raises(SystemExit) as ended:
        call_command("audit_verify", stdout=out, stderr=err)

    assert ended.value.code == 1
    assert out.getvalue() == ""
    assert err.getvalue().splitlines() == [
        f"{project.public_id} entry 3: {COLUMN}",
        "The log was touched: 1 of 1 chain bad.",
    ]
