"""Long lists by `limit` and `cursor`."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from specflow.errors import Invalid

M = TypeVar("M", bound=Model)
T = TypeVar("T")
Page = tuple[list[T], str | None]

DEFAULT, MOST = 25, 200


def page(rows: QuerySet[M], *, order: tuple[str, ...], limit: int, cursor: str | None) -> tuple[list[M], str | None]:
    """At most `limit` of the rows after the one that `cursor` names, and the cursor of the next page or None.

    `order` names fields that together tell rows apart, each with `-` for downwards; a cursor is the outside id of the
    last row that was given, so rows that come or go meanwhile move nothing. Raises Invalid `invalid_cursor`.
    """
    if cursor:
        rows = rows.filter(_after(rows, order, cursor))
    found = list(rows.order_by(*order)[: limit + 1])
    more = len(found) > limit
    return found[:limit], str(found[limit - 1].public_id) if more else None  # type: ignore[attr-defined]


def page_of(things: Sequence[T], *, id_of: Callable[[T], str], limit: int, cursor: str | None) -> Page[T]:
    """The same of things that are at hand in their order, by the outside id that `id_of` gives of each."""
    first = 0
    if cursor:
        first = next((at for at, one in enumerate(things, 1) if id_of(one) == cursor), -1)
        if first < 0:
            raise _unknown(cursor)
    found = list(things[first : first + limit])
    return found, id_of(found[-1]) if len(things) > first + limit else None


def _after(rows: QuerySet[M], order: tuple[str, ...], cursor: str) -> Q:
    names = [name.lstrip("-") for name in order]
    last = rows.model._default_manager.filter(public_id=cursor).values(*names).first()
    if last is None:
        raise _unknown(cursor)
    condition, equal = Q(), Q()
    for field in order:
        name = field.lstrip("-")
        beyond = "lt" if field.startswith("-") else "gt"
        condition |= equal & Q(**{f"{name}__{beyond}": last[name]})
        equal &= Q(**{name: last[name]})
    return condition


def _unknown(cursor: str) -> Invalid:
    return Invalid("invalid_cursor", "This cursor is of no use here.", {"cursor": cursor[:100]})
