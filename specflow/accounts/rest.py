"""What every REST view shares: who calls, how bodies are read, how errors and lists look (CONTRACT, REST)."""

import hashlib
import json
import logging
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
from rest_framework.views import APIView

from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.authentication import authenticate, token_of
from specflow.accounts.models import ApiKey, User
from specflow.errors import Conflict, DomainError, Invalid

logger = logging.getLogger("specflow.rest")
MAX_DEPTH = 50
STATUS = {
    "invalid": 400,
    "too_large": 413,
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "conflict": 409,
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
                stream.read().decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
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


class Door(APIView):
    """A view that calls one action or query. `actor` is built here, from the session or the key, never from the body."""

    @property
    def actor(self) -> Actor:
        """Who calls; carries the `Idempotency-Key` of a write."""
        request = self.request
        if isinstance(request.auth, ApiKey):
            actor = actors.from_key(request.auth, door="api")
        else:
            actor = actors.from_session(request.user, door="api")
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > 200:
            raise Invalid("invalid_idempotency_key", "An idempotency key has at most 200 characters.")
        return actor.with_idempotency(key) if key and request.method not in ("GET", "HEAD") else actor

    def body(self, serializer: type[Any]) -> dict[str, Any]:
        """The checked body. Raises Invalid `invalid_body` with `details.errors`; unknown fields are refused."""
        checked = serializer(data=self.request.data)
        unknown = sorted(set(self.request.data) - set(checked.fields))
        if unknown:
            raise Invalid("unknown_field", f"Unknown fields: {', '.join(unknown)[:200]}.", {"unknown": unknown[:20]})
        if not checked.is_valid():
            raise Invalid("invalid_body", "The body does not fit.", {"errors": json.loads(json.dumps(checked.errors))})
        data: dict[str, Any] = checked.validated_data
        return data

    def listed(self, rows: Any, shape: Any) -> Response:
        """A page of rows, each in its shape."""
        pages = Pages()
        page = pages.paginate_queryset(rows, self.request, view=self)
        return pages.get_paginated_response([shape(row) for row in page or ()])

    def shown(self, value: dict[str, Any], status: int = 200) -> Response:
        """An object with its ETag; 304 where the caller has it already."""
        tag = etag(value)
        if self.request.method == "GET" and tag in _tags(self.request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": tag})
        return Response(value, status=status, headers={"ETag": tag})

    def require_match(self, current: dict[str, Any]) -> None:
        """Honours `If-Match`: Conflict `precondition_failed` (412) where the object is another by now."""
        wanted = _tags(self.request.headers.get("If-Match", ""))
        if wanted and "*" not in wanted and etag(current) not in wanted:
            raise PreconditionFailed(
                "precondition_failed", "The object was changed since you read it.", {"etag": etag(current)},
                ("Read it again and make your change on that.",),
            )


class PreconditionFailed(Conflict):
    """The caller's If-Match names another state of the object."""

    kind = "precondition_failed"


STATUS["precondition_failed"] = 412


def etag(value: dict[str, Any]) -> str:
    """A strong tag over the JSON shape."""
    text = json.dumps(value, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as `application/problem+json` with `code`, `detail`, `errors`."""
    shape, status, headers = _shape_of(error)
    if shape is None:
        return None
    return Response({"type": "about:blank", "status": status, **shape}, status=status, headers=headers,
                    content_type="application/problem+json")


def _shape_of(error: Exception) -> tuple[dict[str, Any] | None, int, dict[str, str]]:
    if isinstance(error, DomainError):
        status = STATUS[error.kind]
        shape = {"title": error.kind.replace("_", " "), "code": error.code, "detail": error.message,
                 "errors": error.details, "next_steps": list(error.next_steps)}
        return shape, status, {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, exceptions.APIException):
        status = error.status_code
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        code = "unauthenticated" if status == 401 else str(getattr(error, "default_code", "error"))
        return {"title": code.replace("_", " "), "code": code, "detail": str(error.detail), "errors": {}}, status, headers
    if isinstance(error, Http404):
        return {"title": "not found", "code": "not_found", "detail": "There is nothing here.", "errors": {}}, 404, {}
    return None, 500, {}


def plain_problem(code: str, detail: str, status: int) -> PlainResponse:
    """The same shape outside of a REST view (an unknown address, a crash)."""
    shape = {"type": "about:blank", "status": status, "title": code.replace("_", " "), "code": code, "detail": detail,
             "errors": {}}
    return PlainResponse(shape, status=status, content_type="application/problem+json")


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",") if one.strip()}


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
