"""What REST is set up with (settings.REST_FRAMEWORK): who calls, how bodies are read, how errors and lists look."""

import json
import math
from typing import Any

from django.http import Http404
from django.http import JsonResponse as PlainResponse
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DRFSessionAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.authentication import authenticate, token_of
from specflow.accounts.models import ApiKey, User
from specflow.errors import DomainError, Invalid

MAX_DEPTH = 50
STATUS = {
    "invalid": 400,
    "too_large": 413,
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "conflict": 409,
    "precondition_failed": 412,
    "reused": 422,
}


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` or `X-API-Key: …`; the call acts as the key's user within the key's scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        token = token_of(request.headers.get("Authorization", ""), request.headers.get("X-API-Key", ""))
        if not token:
            return None
        key = authenticate(token)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(DRFSessionAuthentication):
    """A person who is logged in; writes need the CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: no NaN, no duplicate keys, no lone surrogates or NUL, at most 50 levels deep.

    Stock parsing answers 5xx to a dozen malformed bodies, and a lone surrogate breaks lists later (QUALITY, facts).
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            value = json.loads(
                stream.read().decode("utf-8"),
                object_pairs_hook=_unique,
                parse_constant=_no_constant,
                parse_float=_finite,
            )
        except UnicodeDecodeError as error:
            raise Invalid("invalid_utf8", f"The body is not UTF-8 at byte {error.start}.") from error
        except (ValueError, RecursionError) as error:
            raise Invalid("invalid_json", f"The body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise Invalid("invalid_json", "The body must be a JSON object.")
        _check_depth(value)
        return value


class Pages(CursorPagination):
    """Lists by cursor: `{next, previous, results}`; `limit` up to 200."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as `application/problem+json` with `code`, `detail`, `errors`."""
    shape, status, headers = _shape_of(error)
    if shape is None:
        return None
    return Response(
        {"type": "about:blank", "status": status, **shape},
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )


def _shape_of(error: Exception) -> tuple[dict[str, Any] | None, int, dict[str, str]]:
    if isinstance(error, DomainError):
        status = STATUS[error.kind]
        shape = {
            "title": error.kind.replace("_", " "),
            "code": error.code,
            "detail": error.message,
            "errors": error.details,
            "next_steps": list(error.next_steps),
        }
        return shape, status, {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, exceptions.APIException):
        status = error.status_code
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        code = "unauthenticated" if status == 401 else str(getattr(error, "default_code", "error"))
        return (
            {"title": code.replace("_", " "), "code": code, "detail": str(error.detail), "errors": {}},
            status,
            headers,
        )
    if isinstance(error, Http404):
        return {"title": "not found", "code": "not_found", "detail": "There is nothing here.", "errors": {}}, 404, {}
    return None, 500, {}


def plain_problem(code: str, detail: str, status: int) -> PlainResponse:
    """The same shape outside of a REST view (an unknown address, a crash)."""
    shape = {
        "type": "about:blank",
        "status": status,
        "title": code.replace("_", " "),
        "code": code,
        "detail": detail,
        "errors": {},
    }
    return PlainResponse(shape, status=status, content_type="application/problem+json")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object has a key twice")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
        if not level:
            return
    raise Invalid("invalid_json", f"The body is over {MAX_DEPTH} levels deep.")
