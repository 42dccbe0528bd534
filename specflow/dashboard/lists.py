"""Lists in pages: a page at a time, at the same cost for one row and for a hundred."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from specflow.dashboard.visit import whole
from specflow.text import checked

SIZE = 50


@dataclass(frozen=True, slots=True)
class Paged:
    """The rows of a page of a list, and the addresses of the pages around it (empty where there is none)."""

    rows: list[Any]
    number: int
    newer: str
    older: str


def paged(rows: QuerySet[Any], request: HttpRequest, *, size: int = SIZE) -> Paged:
    """The page that the address's `page` names."""
    number = whole(request.GET.get("page"))
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    return Paged(
        rows=found[:size],
        number=number,
        newer=_address(request, number - 1) if number > 1 else "",
        older=_address(request, number + 1) if len(found) > size else "",
    )


def searched(request: HttpRequest) -> str:
    """What the visitor looks for: the address's `q`. Raises Invalid `invalid_text`, TooLarge."""
    return checked(request.GET.get("q", "").strip(), field="q", limit=800)


def chosen(request: HttpRequest, name: str, known: Any) -> str:
    """The address's choice for `name` where it is a known one, else empty: no choice."""
    value = request.GET.get(name, "")
    return value if value in known else ""


def _address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
