"""Single rows, written by statements that are put together once.

The ORM puts each statement together anew, which is three quarters of the time of a small write. This is for the rows
that every edit writes: the log's, and those of documents. No signals are sent; the project has none.
"""

import functools
from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

from django.db import connection
from django.db.models import Field, Model

M = TypeVar("M", bound=Model)
AnyField: TypeAlias = "Field[Any, Any]"


def insert(row: M) -> M:
    """Writes a new row, as `row.save()` would: its defaults of time are set, and its key is the database's."""
    statement, fields = _insert(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias
    return row


def update(row: Model, names: Iterable[str]) -> None:
    """Writes the named fields of a row that is there."""
    statement, fields = _update(type(row), tuple(sorted(names)))
    values = [field.get_db_prep_save(field.pre_save(row, False), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, row.pk])


@functools.cache
def _insert(model: type[Model]) -> tuple[str, list[AnyField]]:
    fields: list[AnyField] = [one for one in model._meta.concrete_fields if not one.primary_key]
    columns = ", ".join(_quoted(one) for one in fields)
    marks = ", ".join("%s" for _ in fields)
    # Names of tables and columns, none of them from a caller.
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks}) RETURNING "id"'  # noqa: S608
    return statement, fields


@functools.cache
def _update(model: type[Model], names: tuple[str, ...]) -> tuple[str, list[AnyField]]:
    fields: list[AnyField] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]  # concrete ones
    changes = ", ".join(f"{_quoted(one)} = %s" for one in fields)
    return f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "id" = %s', fields  # noqa: S608


def _quoted(field: AnyField) -> str:
    return f'"{field.column}"'
