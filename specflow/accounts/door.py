"""The view that every REST route is: builds the actor, checks the body, calls one action or query, shows its result."""

import hashlib
import json
from typing import Any

from rest_framework.response import Response
from rest_framework.views import APIView

from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.models import ApiKey
from specflow.accounts.rest import Pages
from specflow.errors import Invalid, PreconditionFailed


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
                "precondition_failed",
                "The object was changed since you read it.",
                {"etag": etag(current)},
                ("Read it again and make your change on that.",),
            )


def etag(value: dict[str, Any]) -> str:
    """A strong tag over the JSON shape."""
    text = json.dumps(value, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",") if one.strip()}
