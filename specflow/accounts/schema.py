"""How the routes describe themselves in OpenAPI 3.1: one decorator for a view's method, and who may call."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django_filters import ChoiceFilter, Filter
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers

from specflow.accounts.filters import Filters

Serializer = type[serializers.Serializer[Any]]
F = TypeVar("F", bound=Callable[..., Any])
_MACHINE = "application/problem+json"


class Problem(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable, for programs; the same at every door.")
    detail = serializers.CharField(help_text="One readable sentence.")
    errors = serializers.DictField(  # type: ignore[assignment]  # a declared field is no attribute
        help_text="What is missing, what is allowed, who can give it."
    )
    next_steps = serializers.ListField(child=serializers.CharField())


def route(
    name: str,
    summary: str,
    *,
    takes: Serializer | None = None,
    gives: Serializer | None = None,
    status: int = 200,
    lists: bool = False,
    filters: type[Filters] | None = None,
    query: Serializer | None = None,
) -> Callable[[F], F]:
    """Describes a method of a view: its operation id, its body, its answer (a page of them for `lists`)."""
    shape: Any = _page_of(gives) if lists and gives else gives
    parameters: list[Any] = [*([query] if query else ()), *(_parameters(filters) if filters else ())]
    if lists:
        parameters += _PAGING
    else:
        parameters += _READING if takes is None else _WRITING
    return extend_schema(
        operation_id=name,
        summary=summary,
        request=takes,
        parameters=parameters,
        responses={status: shape or OpenApiResponse(description="Done."), ("default", _MACHINE): Problem},
    )


_PAGING = [
    OpenApiParameter("limit", int, description="How many results on a page, 1 to 200 (50)."),
    OpenApiParameter("cursor", str, description="Where a page begins; part of `next` and `previous`."),
]
_READING = [OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="An ETag: 304 if unchanged.")]
_WRITING = [
    OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="An ETag: 412 if changed since."),
    OpenApiParameter(
        "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same call again gives the first answer."
    ),
]


@cache
def _page_of(shape: Any) -> Any:
    return inline_serializer(
        f"{shape.__name__}Page",
        {
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
            "results": shape(many=True),
        },
    )


def _parameters(filters: type[Filters]) -> list[OpenApiParameter]:
    return [_parameter(name, one) for name, one in filters.base_filters.items()]


def _parameter(name: str, one: Filter) -> OpenApiParameter:
    known = [value for value, _ in one.extra["choices"]] if isinstance(one, ChoiceFilter) else None
    return OpenApiParameter(name, str, enum=known, description=str(one.label or ""), required=False)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An API key in either of two headers."""

    target_class = "specflow.accounts.rest.KeyAuthentication"
    name = ["bearer", "apiKey"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{"bearer": []}, {"apiKey": []}]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key of SpecFlow."},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A person's session."""

    target_class = "specflow.accounts.rest.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "Writes need the header X-CSRFToken too.",
        }


def only_v1(endpoints: list[Any]) -> list[Any]:
    """Leaves the short addresses out: /api/… is the same as /api/v1/… (settings.SPECTACULAR_SETTINGS)."""
    return [one for one in endpoints if one[0].startswith("/api/v1/")]
