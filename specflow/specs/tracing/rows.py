"""Rows of a trace, read by statements that are put together once.

A trace asks ten small questions, and putting them together anew took the ORM more than half of its time: that of a
requirement went from 12 to 6 ms on PostgreSQL.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import Combinable

PAIRS = 50_000  # rows of one answer: a task may name everything, and everything be named by all tasks
_IDS, _NAME = -(2**31), "-"  # stand in a statement for what a call gives


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a kind in their order, and what is made of the columns of one. `finish` takes all that one answer made,
    in its order, where something is to be added that the columns do not say."""

    queryset: Callable[[], QuerySet[Any]]
    columns: tuple[str | Combinable, ...]
    make: Callable[..., Any]
    finish: Callable[[list[Any]], list[Any]] | None = None


class Reading:
    """Rows with one of these ids at `by`, or with this `public_id`; `which` narrows them as `QuerySet.filter` does."""

    def __init__(self, rows: Rows, by: str, **which: Any) -> None:
        self._rows, self._by, self._which = rows, by, which

    def at(self, ids: Sequence[int]) -> list[tuple[int, Any]]:
        """(the id at `by`, what is made of the row) of each row, at most `PAIRS` + 1."""
        before, after, params, converted = self._at
        return self._made(f"{before}{','.join(str(int(one)) for one in ids)}{after}", params, converted)

    def named(self, name: str) -> list[tuple[int, Any]]:
        """The same of the row with this outside id."""
        sql, params, converted = self._named
        return self._made(sql, [name if one == _NAME else one for one in params], converted)

    def _made(self, sql: str, params: Sequence[Any], converted: Callable[..., Iterable[Any]]) -> list[tuple[int, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall()
        made = [(by, self._rows.make(*columns)) for by, *columns in converted(rows)]
        if self._rows.finish is None or not made:
            return made
        return list(zip((by for by, _ in made), self._rows.finish([one for _, one in made]), strict=True))

    @functools.cached_property
    def _at(self) -> tuple[str, str, list[Any], Callable[..., Iterable[Any]]]:
        sql, params, converted = self._statement(**{f"{self._by}__in": [_IDS]})
        at, parts = params.index(_IDS), sql.split("%s")
        return "%s".join(parts[: at + 1]), "%s".join(parts[at + 1 :]), params[:at] + params[at + 1 :], converted

    @functools.cached_property
    def _named(self) -> tuple[str, list[Any], Callable[..., Iterable[Any]]]:
        return self._statement(public_id=_NAME)

    def _statement(self, **given: Any) -> tuple[str, list[Any], Callable[..., Iterable[Any]]]:
        # In one call of filter: what is said of a relation is said of the same related row.
        rows = self._rows.queryset().filter(**given, **self._which).values_list(self._by, *self._rows.columns)
        compiler: Any = rows[: PAIRS + 1].query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([one[0] for one in compiler.select])
        return sql, list(params), lambda found: compiler.apply_converters(found, converters) if converters else found
