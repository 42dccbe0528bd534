"""Append-only tables, kept so by the database itself on SQLite and PostgreSQL (QUALITY 22)."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = """CREATE TRIGGER append_only_{table}_{event} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""

_POSTGRES = """CREATE FUNCTION append_only_{table}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$;
CREATE TRIGGER append_only_{table}_rows BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION append_only_{table}();
CREATE TRIGGER append_only_{table}_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION append_only_{table}();"""


def append_only(table: str) -> migrations.RunPython:
    """A migration step that makes `table` append-only; reversible."""

    def close(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            for event in ("UPDATE", "DELETE"):
                editor.execute(_SQLITE.format(table=table, event=event))
        else:
            editor.execute(_POSTGRES.format(table=table))

    def open_again(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            for event in ("UPDATE", "DELETE"):
                editor.execute(f"DROP TRIGGER append_only_{table}_{event}")
        else:
            editor.execute(f"DROP FUNCTION append_only_{table}() CASCADE")

    return migrations.RunPython(close, open_again)


@contextlib.contextmanager
def disabled(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """The triggers out of force: only for tests, whose tables are emptied between stories."""
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SET session_replication_role = replica")
            try:
                yield
            finally:
                cursor.execute("SET session_replication_role = origin")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'append_only_%'")
        kept = cursor.fetchall()
        for name, _ in kept:
            cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            for _, sql in kept:
                cursor.execute(sql)
