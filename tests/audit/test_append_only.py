"""What stands on the log stays as it is: the database refuses everybody, whatever they say (QUALITY 22)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from specflow.audit.models import AuditEntry, Chain
from specflow.audit.verification import verify
from tests.audit.acting import make_project

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = "id, chain_id, sequence, at, verb, actor, object_type, object_id, canonical, previous, hash"
EVERYWHERE = {
    "update": "UPDATE audit_auditentry SET verb = 'forged' WHERE sequence = 1",
    "update of nothing": "UPDATE audit_auditentry SET verb = verb",
    "delete": "DELETE FROM audit_auditentry WHERE sequence = 2",
    "upsert on the row": (
        f"INSERT INTO audit_auditentry ({COLUMNS}) SELECT {COLUMNS} FROM audit_auditentry WHERE sequence = 1 "
        "ON CONFLICT (id) DO UPDATE SET verb = 'forged'"
    ),
    "upsert on the place": (
        f"INSERT INTO audit_auditentry ({COLUMNS}) SELECT id + 1000, {COLUMNS.removeprefix('id, ')} "
        "FROM audit_auditentry WHERE sequence = 1 ON CONFLICT (chain_id, sequence) DO UPDATE SET verb = 'forged'"
    ),
}
# SQLite takes "WHERE true" for the end of a SELECT before ON CONFLICT; both have a WHERE.
BY_ENGINE = {
    "sqlite": {
        "replace": f"INSERT OR REPLACE INTO audit_auditentry ({COLUMNS}) "
        f"SELECT {COLUMNS.replace('verb', repr('forged'))} FROM audit_auditentry WHERE sequence = 1",
        "replace on the place": f"REPLACE INTO audit_auditentry ({COLUMNS}) "
        f"SELECT id + 1000, {COLUMNS.removeprefix('id, ')} FROM audit_auditentry WHERE sequence = 1",
        "update or replace": "UPDATE OR REPLACE audit_auditentry SET sequence = 2 WHERE sequence = 1",
    },
    "postgresql": {
        "truncate": "TRUNCATE audit_auditentry",
        "truncate from above": "TRUNCATE audit_chain CASCADE",
        "merge": "MERGE INTO audit_auditentry USING (SELECT 1 AS n) AS one ON sequence = one.n "
        "WHEN MATCHED THEN UPDATE SET verb = 'forged'",
    },
}
STATEMENTS = {**EVERYWHERE, **BY_ENGINE[connection.vendor]}


def everything() -> list[Any]:
    return [list(AuditEntry.objects.values_list()), list(Chain.objects.values_list())]


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_no_statement_changes_what_was_written(statement: str):
    make_project(entries=3)
    before = everything()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert everything() == before
    assert verify().faults == ()


def _save() -> None:
    entry = AuditEntry.objects.get(sequence=2)
    entry.verb = "forged"
    entry.save()


def _upsert() -> None:
    entry = AuditEntry.objects.get(sequence=2)
    entry.verb = "forged"
    AuditEntry.objects.bulk_create(
        [entry], update_conflicts=True, unique_fields=["chain", "sequence"], update_fields=["verb"]
    )


def _bulk_update() -> None:
    entry = AuditEntry.objects.get(sequence=2)
    entry.verb = "forged"
    AuditEntry.objects.bulk_update([entry], ["verb"])


WAYS: dict[str, Callable[[], object]] = {
    "save": _save,
    "update": lambda: AuditEntry.objects.filter(sequence=2).update(verb="forged"),
    "bulk update": _bulk_update,
    "upsert": _upsert,
    "delete of a row": lambda: AuditEntry.objects.get(sequence=2).delete(),
    "delete of many": lambda: AuditEntry.objects.all().delete(),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_no_way_of_the_orm_changes_what_was_written(way: Callable[[], object]):
    make_project(entries=3)
    before = everything()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        way()

    assert everything() == before


def test_a_chain_with_entries_cannot_be_deleted():
    make_project(entries=3)

    with pytest.raises(ProtectedError):
        Chain.objects.all().delete()

    assert verify().entries == 3


def test_the_same_place_cannot_be_taken_twice():
    make_project(entries=3)
    twin = AuditEntry.objects.get(sequence=2)
    twin.pk = None

    with pytest.raises(DatabaseError), transaction.atomic():
        twin.save(force_insert=True)

    assert AuditEntry.objects.count() == 3
