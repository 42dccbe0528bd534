"""What every page has around it: the project's navigation, the projects to switch to, the colours of the admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from specflow.accounts import actors
from specflow.accounts.models import User
from specflow.accounts.queries import projects_visible_to
from specflow.dashboard import registry
from specflow.dashboard.visit import ProjectVisit

_SWITCHER = 50


def context(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Nothing is asked of the database before a template draws it."""
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "shell": SimpleLazyObject(lambda: _shell(request)),
    }


def _shell(request: HttpRequest) -> dict[str, Any]:
    visit: ProjectVisit | None = getattr(request, "visit", None)
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"project": None, "projects": [], "entries": [], "live": []}
    actor = visit.actor if visit else actors.from_session(user, door="page")
    return {
        "project": visit.project if visit else None,
        "projects": projects_visible_to(actor)[:_SWITCHER],
        "entries": entries(visit) if visit else [],
        "live": [{"project": visit.project.slug, "after": visit.seq}] if visit else [],
    }


def entries(visit: ProjectVisit) -> list[dict[str, Any]]:
    """The project's navigation for this visitor: name, title, icon, address, count."""
    return [
        {
            "name": entry.name,
            "title": entry.title,
            "icon": entry.icon,
            "url": reverse(entry.url_name, args=(visit.project.slug,)),
            "count": entry.count(visit) if entry.count else 0,
        }
        for entry in registry.in_order(registry.navigation.values())
        if visit.may(entry.verb)
    ]


def colours() -> dict[str, dict[str, str]]:
    """The colours of the admin, so that pages and admin are one."""
    from unfold.settings import get_config

    found: dict[str, dict[str, str]] = get_config()["COLORS"]
    return found
