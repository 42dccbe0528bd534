"""Calling REST as its clients do: with a key, and every answer held against what the schema promises."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.test import Client
from django.urls import resolve
from jsonschema import Draft202012Validator

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Scope
from specflow.accounts.models import User
from tests.factories import Team

EVERYDAY = (Scope.SPECS_READ, Scope.SPECS_WRITE, Scope.TASKS_WRITE, Scope.TASKS_RUN, Scope.APPROVALS_REQUEST)


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return str(self.body["code"])


class Caller:
    """A client with a key; a body is a JSON value, or bytes as they are."""

    def __init__(self, key: str = "") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        kind = sent.pop("Content-Type", "application/json")
        address = path if path.startswith("/api/") else f"/api/v1/{path}"
        response = self.client.generic(method, address, data, kind, headers=sent)
        answer = Answer(response.status_code, json.loads(response.content or "null"), dict(response.headers))
        _hold_to_schema(method, address.partition("?")[0], answer)
        return answer


def caller(team: Team, user: User, *scopes: str) -> Caller:
    """A client with a new key of the user's."""
    wanted = scopes or (*EVERYDAY, Scope.AUDIT_READ, *((Scope.APPROVALS_DECIDE,) if user.is_person else ()))
    owner = actors.system(door="cli")
    key = accounts.create_key(team.project, user, actor=owner, scopes=wanted)
    return Caller(key.text)  # type: ignore[attr-defined]


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI document, its objects closed: an answer has what it promises and nothing else."""
    from drf_spectacular.generators import SchemaGenerator

    document: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))
    for component in document["components"]["schemas"].values():
        if "properties" in component:
            component["additionalProperties"] = False
    return document


def operation(method: str, path: str) -> dict[str, Any] | None:
    """What the schema says of a call; None where there is no such route."""
    name = re.sub(r"<\w+:(\w+)>", r"{\1}", resolve(path).route)
    name = "/" + name.replace("api/", "api/v1/", 1) if not name.startswith("api/v1/") else "/" + name
    found: dict[str, Any] | None = schema()["paths"].get(name, {}).get(method.lower())
    return found


def _hold_to_schema(method: str, path: str, answer: Answer) -> None:
    if answer.status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json", answer
        _validate({"$ref": "#/components/schemas/Problem"}, answer.body)
        assert answer.body["status"] == answer.status
        return
    if answer.status == 304 or method not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        return
    said = operation(method, path)
    assert said is not None, f"{method} {path} is not in the schema"
    content = said["responses"][str(answer.status)].get("content", {})
    if content:
        _validate(content["application/json"]["schema"], answer.body)


def _validate(shape: dict[str, Any], value: Any) -> None:
    Draft202012Validator({**shape, "components": schema()["components"]}).validate(value)
