"""The view that every REST route is: builds the actor, checks the body, calls one action or query, shows its result."""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.bodies import Body, problems
from specflow.accounts.capabilities import Verb
from specflow.accounts.filters import Filters
from specflow.accounts.models import ApiKey, Project
from specflow.accounts.queries import visible_project
from specflow.accounts.rest import Pages
from specflow.audit import idempotency
from specflow.errors import Invalid, PreconditionFailed
from specflow.text import checked

M = TypeVar("M", bound=Model)
_PARAMETER_BYTES = 4_000


class JSONOnly(BaseContentNegotiation):
    """There is one representation, so `Accept` and `?format=` choose nothing."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        wanted = (request.content_type or "").partition(";")[0].strip().lower()
        return next((one for one in parsers if one.media_type == wanted), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class Door(APIView):
    """A view that calls one action or query. `actor` comes from the session or the key, never from the body."""

    content_negotiation_class = JSONOnly
    pages: type[Pages] = Pages

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        named = [(name, str(value)) for name, value in kwargs.items()]
        asked = [(name, value) for name, values in request.query_params.lists() for value in values]
        for name, value in (*named, *asked):
            checked(value, field=name, limit=_PARAMETER_BYTES)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers["Vary"] = "Authorization, X-API-Key, Cookie"
        return response

    @cached_property
    def actor(self) -> Actor:
        """Who calls; carries the `Idempotency-Key` of a write."""
        request = self.request
        if isinstance(request.auth, ApiKey):
            actor = actors.from_key(request.auth, door="api")
        else:
            actor = actors.from_session(request.user, door="api")  # type: ignore[arg-type]  # IsAuthenticated
        key = request.headers.get("Idempotency-Key", "")
        if not re.fullmatch(r"[\x20-\x7e]{0,200}", key):
            raise Invalid("invalid_idempotency_key", "An idempotency key has at most 200 characters of ASCII.")
        return actor.with_idempotency(key) if key and request.method not in ("GET", "HEAD") else actor

    def project(self, name: str | None, verb: Verb = Verb.VIEW) -> Project:
        """The project of this name; where none is named, the key's own. Raises Invalid `project_missing`."""
        if name:
            return visible_project(self.actor, name, verb)
        if isinstance(self.request.auth, ApiKey):
            return visible_project(self.actor, self.request.auth.project.slug, verb)
        raise Invalid("project_missing", "Say which project: only an API key belongs to one.", {"field": "project"})

    def body(self, serializer: type[Body]) -> dict[str, Any]:
        """The checked body. Raises Invalid `unknown_field`, or `invalid_body` with `details.errors`."""
        checked_body = serializer(data=self.request.data)
        unknown = sorted(set(self.request.data) - set(checked_body.fields))
        if unknown:
            names = [one[:100] for one in unknown[:20]]
            raise Invalid("unknown_field", f"Unknown fields: {', '.join(names)[:300]}.", {"unknown": names})
        if not checked_body.is_valid():
            raise Invalid("invalid_body", "The body does not fit.", {"errors": problems(checked_body.errors)})
        data: dict[str, Any] = checked_body.validated_data
        return data

    def query(self, serializer: type[Serializer[Any]]) -> dict[str, Any]:
        """The checked parameters; others are ignored. Raises Invalid `invalid_query` with `details.errors`."""
        given = self.request.query_params
        asked = serializer(data={name: given[name] for name in map(str, serializer().fields) if name in given})
        if not asked.is_valid():
            raise Invalid("invalid_query", "These parameters do not fit.", {"errors": problems(asked.errors)})
        data: dict[str, Any] = asked.validated_data
        return data

    def filtered(self, rows: QuerySet[M], filters: type[Filters]) -> QuerySet[M]:
        """Those of `rows` that the query parameters ask for."""
        return filters(self.request.query_params, rows, actor=self.actor).rows()

    def listed(self, rows: QuerySet[M], shape: Callable[[M], dict[str, Any]]) -> Response:
        """A page of rows, each in its shape."""
        pages = self.pages()
        page = pages.paginate_queryset(rows, self.request, view=self)
        return self.shown(pages.get_paginated_response([shape(row) for row in page or ()]).data)

    def whole(self, shapes: list[dict[str, Any]]) -> Response:
        """A list that always comes whole (a document bounds it), in the shape of a page."""
        return self.shown({"next": None, "previous": None, "results": shapes})

    def shown(self, value: dict[str, Any], status: int = 200, *, tag_of: dict[str, Any] | None = None) -> Response:
        """An object with its ETag (or that of `tag_of`); 304 where the caller has it already."""
        tag = etag(tag_of or value)
        wanted = _tags(self.request.headers.get("If-None-Match", ""))
        if self.request.method in ("GET", "HEAD") and {tag, "*"} & wanted:
            return Response(status=304, headers={"ETag": tag})
        return Response(value, status=status, headers={"ETag": tag})

    @contextlib.contextmanager
    def matched(self, row: M, shape: Callable[[M], dict[str, Any]]) -> Iterator[None]:
        """Honours `If-Match` around an action on `row`, which stays locked between the look and the change.

        Raises PreconditionFailed `precondition_failed` (412) where the object is another by now. A replay under an
        idempotency key is let through: it changes nothing.
        """
        wanted = _tags(self.request.headers.get("If-Match", ""))
        if not wanted or "*" in wanted or idempotency.is_known(self.actor):
            yield
            return
        with transaction.atomic():
            type(row)._default_manager.select_for_update().get(pk=row.pk)
            row.refresh_from_db()
            current = etag(shape(row))
            if current not in wanted:
                raise PreconditionFailed(
                    "precondition_failed",
                    "The object was changed since you read it.",
                    {"etag": current},
                    ("Read it again and make your change on that.",),
                )
            yield


def etag(value: dict[str, Any]) -> str:
    """A strong tag over the JSON shape."""
    text = json.dumps(value, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",") if one.strip()}
