"""A page of a project: the whole with the shell around it, or its content alone where htmx draws it again."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers

from specflow.dashboard.fragments import when
from specflow.dashboard.visit import ProjectVisit


def show(
    visit: ProjectVisit,
    body: str,
    *,
    title: str,
    at: str,
    topics: tuple[str, ...],
    crumbs: list[tuple[str, str]] | None = None,
    **context: Any,
) -> HttpResponse:
    """The template `body` in a page titled `title`, drawn again when one of the topics is heard.

    `at` is the entry of the navigation that the page belongs to, `crumbs` what stands between it and the title.
    """
    project = visit.project
    trail = [(project.name, reverse("overview", args=(project.slug,))), *(crumbs or ()), (title, "")]
    values = {
        "visit": visit,
        "project": project,
        "title": title,
        "at": at,
        "crumbs": trail,
        "body": body,
        "trigger": when(topics),
        **context,
    }
    response = render(visit.request, body if visit.is_fragment else "specflow/page.html", values)
    patch_vary_headers(response, ("HX-Request",))
    patch_cache_control(response, private=True, no_store=True)
    return response
