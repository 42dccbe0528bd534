"""Pages of the shell: home, a project's overview and audit log, and whether the process is well."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Membership, Project
from specflow.accounts.queries import projects_visible_to
from specflow.accounts.rules import require
from specflow.audit.models import AuditEntry, Chain
from specflow.dashboard import health, registry, shell
from specflow.dashboard.activity import lines_of
from specflow.dashboard.fragments import draw, drawn, named, when
from specflow.dashboard.lists import paged
from specflow.dashboard.registry import Entry, Fragment
from specflow.dashboard.showing import show
from specflow.dashboard.topics import TOPICS
from specflow.dashboard.visit import ProjectVisit, Visit, page, project_page

_HOME_PROJECTS = 30


@require_safe
@page
def home(visit: Visit) -> HttpResponse:
    """What waits on the visitor over all their projects, and the projects."""
    projects = list(projects_visible_to(visit.actor)[:_HOME_PROJECTS])
    heads = _heads(projects)
    context = {
        "title": "Home",
        "crumbs": [("Home", "")],
        "at": "home",
        "sections": drawn(registry.home, visit, "/home/{}"),
        "projects": _with_facts(visit, projects),
        "live": [{"project": one.slug, "after": heads.get(one.public_id, 0)} for one in projects],
    }
    return render(visit.request, "specflow/home.html", context)


@require_safe
@page
def home_section(visit: Visit, name: str) -> HttpResponse:
    """One section of home by itself."""
    return HttpResponse(draw(named(registry.home, name), visit))


@require_safe
@project_page
def overview(visit: ProjectVisit) -> HttpResponse:
    """How the project stands, in widgets that apps register."""
    address = f"/p/{visit.project.slug}/widgets/{{}}"
    return show(
        visit,
        "specflow/overview.html",
        title="Overview",
        at="overview",
        topics=(),
        facts_address=reverse("facts", args=(visit.project.slug,)),
        facts_trigger=when(("specs", "approvals", "tasks", "runs")),
        **_facts(visit),
        main=drawn(registry.overview, visit, address, place="main"),
        side=drawn(registry.overview, visit, address, place="side"),
    )


@require_safe
@project_page
def facts(visit: ProjectVisit) -> HttpResponse:
    """The project's numbers by themselves."""
    return render(visit.request, "specflow/facts.html", {"visit": visit, **_facts(visit)})


@require_safe
@project_page
def widget(visit: ProjectVisit, name: str) -> HttpResponse:
    """One widget of the overview by itself."""
    return HttpResponse(draw(named(registry.overview, name), visit))


@require_safe
@project_page
def navigation(visit: ProjectVisit) -> HttpResponse:
    """The project's navigation by itself, with its counts of now; `at` is where the visitor stands."""
    context = {"entries": shell.entries(visit), "at": visit.request.GET.get("at", "")}
    return render(visit.request, "specflow/parts/navigation.html", context)


@require_safe
@project_page
def audit(visit: ProjectVisit) -> HttpResponse:
    """The project's log, newest first. Needs the right to read it."""
    require(visit.actor, Verb.READ_AUDIT, visit.project)
    rows = AuditEntry.objects.filter(chain__key=visit.project.public_id).order_by("-sequence")
    found = paged(rows, visit.request)
    return show(
        visit,
        "specflow/audit.html",
        title="Audit log",
        at="audit",
        topics=() if found.number > 1 else tuple(sorted(TOPICS)),
        paged=found,
        lines=lines_of(found.rows, visit.project),
    )


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can serve: 200, or 503 and which part fails, within 5 seconds."""
    found = health.checks()
    ready = all(state == "ok" for state in found.values())
    return JsonResponse({"status": "ok" if ready else "failing", "checks": found}, status=200 if ready else 503)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look that read no page."""
    response = HttpResponse(status=301)
    response["Location"] = static("specflow/favicon.svg")
    return response


def activity(visit: ProjectVisit) -> dict[str, Any]:
    """The widget of what happened last."""
    rows = AuditEntry.objects.filter(chain__key=visit.project.public_id).order_by("-sequence")[:12]
    return {"lines": lines_of(list(rows), visit.project), "may_read_all": visit.may(Verb.READ_AUDIT)}


def _facts(visit: ProjectVisit) -> dict[str, Any]:
    found = _with_facts(visit, [visit.project])[0]["facts"]
    return {"facts": found, "is_new": not any(one["count"] for one in found)}


def _with_facts(visit: Visit, projects: list[Project]) -> list[dict[str, Any]]:
    """The projects with the visitor's role and the numbers that apps register, each number in one query."""
    counted = [(fact, fact.count(projects)) for fact in registry.in_order(registry.facts.values())]
    roles = dict(
        Membership.objects.filter(user=visit.actor.user, project__in=projects).values_list("project_id", "role")
    )
    return [
        {
            "project": one,
            "role": str(roles.get(one.pk, "")).replace("_", " "),
            "facts": [{"fact": fact, "count": counts.get(one.pk, 0)} for fact, counts in counted],
        }
        for one in projects
    ]


def _heads(projects: list[Project]) -> dict[str, int]:
    keys = [one.public_id for one in projects]
    return dict(Chain.objects.filter(key__in=keys).values_list("key", "sequence"))


def register() -> None:
    """What the shell itself puts on its pages; called once, when the apps are ready."""
    topics = tuple(sorted(TOPICS - {"audit"}))
    registry.add(
        registry.navigation,
        Entry("overview", "Overview", "space_dashboard", 0, "overview"),
        Entry("audit", "Audit log", "history_edu", 90, "audit", verb=Verb.READ_AUDIT),
    )
    registry.add(
        registry.overview,
        Fragment("activity", "Latest activity", "history", 90, topics, "specflow/activity.html", activity),
    )


urlpatterns = [
    path("", home, name="home"),
    path("home/<str:name>", home_section, name="home-section"),
    path("p/<str:project>/", overview, name="overview"),
    path("p/<str:project>/widgets/<str:name>", widget, name="widget"),
    path("p/<str:project>/facts", facts, name="facts"),
    path("p/<str:project>/navigation", navigation, name="navigation"),
    path("p/<str:project>/audit", audit, name="audit"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("favicon.ico", favicon, name="favicon"),
]
