"""What REST is set up with (settings.REST_FRAMEWORK): who calls, how bodies are read, how errors and lists look."""

import json
import logging
import math
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
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
from specflow.audit.log import is_lock_failure
from specflow.errors import Conflict, DomainError, Invalid, PermissionDenied, TooLarge
from specflow.text import checked

MAX_DEPTH = 50
log = logging.getLogger("specflow.api")
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

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise PermissionDenied(
                "csrf_failed",
                "A session writes with its CSRF token in the header X-CSRFToken.",
                {"reason": str(error.detail)[:200]},
                ("Send the value of the cookie csrftoken, or use an API key.",),
            ) from error


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: no NaN, no duplicate keys, no lone surrogates or NUL, at most 50 levels deep.

    Stock parsing answers 5xx to a dozen malformed bodies, and a lone surrogate breaks lists later (QUALITY, facts).
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        data = stream.read(limit + 1)
        if len(data) > limit:
            raise TooLarge("too_large", f"The body is over the limit of {limit} bytes.", {"limit": limit})
        try:
            value = json.loads(
                data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
            )
        except UnicodeDecodeError as error:
            raise Invalid("invalid_utf8", f"The body is not UTF-8 at byte {error.start}.") from error
        except (ValueError, RecursionError) as error:
            raise Invalid("invalid_json", f"The body is not JSON: {error}"[:300]) from error
        if not isinstance(value, dict):
            raise Invalid("invalid_json", "The body must be a JSON object.")
        _check_values(value)
        return value


class Pages(CursorPagination):
    """Lists by cursor: `{next, previous, results}`, newest first; `limit` up to 200.

    Raises Invalid `invalid_limit`, `invalid_cursor`; stock paging answers 500 to a cursor that was tampered with.
    """

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    page_size_query_description = "How many results on a page, 1 to 200."
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        wanted = request.query_params.get("limit")
        if wanted is None:
            return self.page_size
        if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= self.max_page_size):
            raise Invalid("invalid_limit", f"limit is a number from 1 to {self.max_page_size}.", {"limit": wanted[:40]})
        return int(wanted)

    def decode_cursor(self, request: Request) -> Any:
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                int(cursor.position)
        except (exceptions.NotFound, ValueError) as error:
            raise Invalid(
                "invalid_cursor", "The cursor is not one of ours.", {}, ("Follow `next` or `previous` of a page.",)
            ) from error
        return cursor


class InOrder(Pages):
    """Pages of what has a sequence, in the order in which it happened."""

    ordering = "sequence"


def problem(error: Exception, context: dict[str, Any]) -> Response:
    """Every error as `application/problem+json` with `code`, `detail`, `errors`, `next_steps`.

    What nobody foresaw is logged with its traceback and answered by 500 without a detail.
    """
    refusal, status, headers = _as_refusal(error)
    if status == 500:
        log.error("%s %s failed", context["request"].method, context["request"].path, exc_info=error)
    return Response(shape_of(refusal, status), status=status, headers=headers, content_type="application/problem+json")


def shape_of(refusal: DomainError, status: int) -> dict[str, Any]:
    """RFC 9457's members and ours: `errors` holds the details of the code, `next_steps` how to go on."""
    return {
        "type": "about:blank",
        "title": refusal.kind.replace("_", " "),
        "status": status,
        "code": refusal.code,
        "detail": refusal.message,
        "errors": refusal.details,
        "next_steps": list(refusal.next_steps),
    }


def _as_refusal(error: Exception) -> tuple[DomainError, int, dict[str, str]]:
    """Any error as (one of ours, HTTP status, headers)."""
    if isinstance(error, OperationalError) and is_lock_failure(error):
        error = Conflict("busy", "Another call holds what this one needs; nothing was changed.")
    if isinstance(error, RequestDataTooBig):
        error = TooLarge("too_large", "The body is too large.", {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    if isinstance(error, DomainError):
        status = STATUS[error.kind]
        return error, status, {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, Http404):
        return DomainError("not_found", "There is nothing here."), 404, {}
    if isinstance(error, SuspiciousOperation):
        return DomainError("bad_request", "This request cannot be taken."), 400, {}
    if isinstance(error, DjangoPermissionDenied):
        return DomainError("permission_denied", "This is not allowed."), 403, {}
    if isinstance(error, exceptions.APIException):
        status = error.status_code
        code = "unauthenticated" if status == 401 else str(error.default_code)
        return DomainError(code, str(error.detail)), status, {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return DomainError("internal_error", "Something went wrong here; it was logged."), 500, {}


class ApiErrors:
    """Middleware: below /api/ also those errors are problem+json that no view makes: an unknown address, a host that
    is not ours, a crash between the views."""

    _CODES = {
        400: "bad_request",
        403: "permission_denied",
        404: "not_found",
        405: "method_not_allowed",
        500: "internal_error",
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if response.status_code < 400 or not is_page or not request.path.startswith("/api/"):
            return response
        code = self._CODES.get(response.status_code, "error")
        detail = "There is nothing here." if response.status_code == 404 else "This could not be answered."
        return PlainResponse(
            shape_of(DomainError(code, detail), response.status_code),
            status=response.status_code,
            content_type="application/problem+json",
            headers={name: response.headers[name] for name in ("Allow",) if name in response.headers},
        )


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


def _check_values(value: Any) -> None:
    """Refuses depth, and text that the database cannot keep (`invalid_text`, as every door says)."""
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for one in level:
            if isinstance(one, str):
                checked(one, field="body", limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
            elif isinstance(one, dict):
                below += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                below += one
        level = below
        if not level:
            return
    raise Invalid("invalid_json", f"The body is over {MAX_DEPTH} levels deep.")
