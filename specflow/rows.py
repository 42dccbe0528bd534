"""Rows written and read by statements that are put together once.

The ORM puts each statement together anew, which is three quarters of the time of a small call. This is for the rows
that every call reads and every edit writes: members, specs, documents, tasks, the log. No signals are sent; the
project has none.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators

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


def prefetched(row: Model, relation: str, found: Iterable[Model]) -> None:
    """Puts rows in the place that `prefetch_related` would fill: `row.<relation>.all()` is these."""
    rows = getattr(row, relation).all()
    rows._result_cache, rows._prefetch_done = list(found), True
    cache: dict[str, Any] = row.__dict__.setdefault("_prefetched_objects_cache", {})
    cache[relation] = rows


class Select(Generic[M]):
    """A SELECT with places for the values of a call, which are plain ids, texts or numbers.

        _TASK = Select(lambda given: Task.objects.select_related("spec").filter(public_id=given("name")))
        task = _TASK.first(name="task-3k")

    It gives what the queryset would, with `select_related`, `defer` and the order; prefetches and annotations are not
    for it.
    """

    def __init__(self, queryset: Callable[[Callable[[str], Expression]], QuerySet[M]]) -> None:
        self._queryset = queryset

    def all(self, **values: int | str | None) -> list[M]:
        """The rows, as instances."""
        made = self._statement
        with connection.cursor() as cursor:
            cursor.execute(made.sql, [values[one.name] if isinstance(one, _Given) else one for one in made.params])
            rows = cursor.fetchall()
        return [made.instance(row) for row in made.converted(rows)]

    def first(self, **values: int | str | None) -> M | None:
        """The first row, None where there is none."""
        return next(iter(self.all(**values)), None)

    @functools.cached_property
    def _statement(self) -> "_Statement":
        return _Statement(self._queryset(_Given))


class _Statement:
    """A queryset's SQL, and how its rows become instances (as Django's ModelIterable makes them)."""

    def __init__(self, queryset: QuerySet[Any]) -> None:
        self._compiler: Any = queryset.query.get_compiler(connection=connection)
        self.sql, self.params = self._compiler.as_sql()
        columns, info = [one[0] for one in self._compiler.select], self._compiler.klass_info
        self._model, fields = info["model"], info["select_fields"]
        self._own = slice(fields[0], fields[-1] + 1)
        self._names = [one.target.attname for one in columns[self._own]]
        self._converters = self._compiler.get_converters(columns)
        related: Any = get_related_populators  # its type stubs are those of a later Django
        self._related = related(info, self._compiler.select, connection.alias)

    def converted(self, rows: Iterable[Any]) -> Iterable[Any]:
        return self._compiler.apply_converters(rows, self._converters) if self._converters else rows

    def instance(self, row: Any) -> Any:
        made = self._model.from_db(connection.alias, self._names, row[self._own])
        for one in self._related:
            one.populate(row, made)
        return made


class _Given(Expression):
    """The place of a value in a Select."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


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
