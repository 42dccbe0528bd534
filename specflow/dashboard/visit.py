"""A visit of a page: who looks, at which project. Every page's view takes one."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url

from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project, User
from specflow.accounts.queries import visible_project
from specflow.accounts.rules import allowed
from specflow.audit import feed
from specflow.text import checked

P = ParamSpec("P")


@dataclass(slots=True)
class Visit:
    """Someone at a page. `seq` is where the project's log stood before the page was read, so that what happens while
    it is drawn is heard afterwards."""

    request: HttpRequest
    actor: Actor
    seq: int = 0

    @property
    def is_fragment(self) -> bool:
        """Whether a part of a page is wanted, and not the whole."""
        return bool(self.request.htmx)  # type: ignore[attr-defined]


@dataclass(slots=True)
class ProjectVisit(Visit):
    """Someone at a page of a project that they may see."""

    project: Project = None  # type: ignore[assignment]  # always given
    _allowed: frozenset[Verb] | None = None

    def may(self, verb: Verb) -> bool:
        """Whether the visitor may do this in the project."""
        if self._allowed is None:
            self._allowed = allowed(self.actor, self.project)
        return verb in self._allowed


def page(view: Callable[Concatenate[Visit, P], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A page for whoever is logged in; others are asked to log in first."""

    @functools.wraps(view)
    def call(request: HttpRequest, *args: P.args, **names: P.kwargs) -> HttpResponseBase:
        actor = _actor(request)
        return view(Visit(request, actor), *args, **names) if actor else _login(request)

    return call


def project_page(view: Callable[Concatenate[ProjectVisit, P], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A page of a project. Raises NotFound `project_not_found` for an unknown one and for a foreign one alike,
    Invalid `invalid_text` for an address that holds what no name can."""

    @functools.wraps(view)
    def call(request: HttpRequest, project: str, *args: P.args, **names: P.kwargs) -> HttpResponseBase:
        actor = _actor(request)
        if actor is None:
            return _login(request)
        for name in (project, *map(str, names.values())):
            checked(name, field="address")
        found = visible_project(actor, project)
        visit = ProjectVisit(request, actor, feed.position(found.public_id), found)
        request.visit = visit  # type: ignore[attr-defined]  # the shell draws the project's navigation from it
        return view(visit, *args, **names)

    return call


def _actor(request: HttpRequest) -> Actor | None:
    return actors.from_session(request.user, door="page") if isinstance(request.user, User) else None


def _login(request: HttpRequest) -> HttpResponse:
    """The way to log in and back; a fragment's page goes there as a whole."""
    if request.htmx:  # type: ignore[attr-defined]
        response = HttpResponse(status=204)
        response["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
        return response
    return redirect_to_login(request.get_full_path())


def whole(value: Any, *, least: int = 1, most: int = 10_000) -> int:
    """A whole number of an address's query, `least` where it is none."""
    text = str(value or "")
    return min(max(int(text), least), most) if text.isascii() and text.isdigit() and len(text) < 12 else least
