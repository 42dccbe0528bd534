"""Pages of approvals: what waits for a decision, and why a visitor cannot take it. Decisions are taken in the admin."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.http import require_safe

from approvals.models import Approval, State
from approvals.payloads import address
from approvals.queries import approval_for, approvals_of, inbox
from approvals.standing import standings
from specflow.accounts.models import Project
from specflow.accounts.queries import projects_visible_to
from specflow.dashboard import registry
from specflow.dashboard.lists import paged
from specflow.dashboard.registry import Context, Entry, Fact, Fragment
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, Visit, project_page
from specflow.specs.models import Spec

_TOPICS = ("approvals", "project")
_SHORT = 6
_HOME = 20
_LOOKED_AT = 200


@require_safe
@project_page
def inbox_page(visit: ProjectVisit) -> HttpResponse:
    """What waits for a decision in the project, oldest first, and what was decided last."""
    found = paged(inbox(visit.project).prefetch_related("decisions"), visit.request)
    decided = Approval.objects.filter(project=visit.project).exclude(state=State.PENDING)
    recent = decided.select_related("document__spec", "revision").prefetch_related("decisions__user")
    return show(
        visit,
        "approvals/inbox.html",
        title="Inbox",
        at="inbox",
        topics=_TOPICS,
        paged=found,
        lines=_lines(visit, found.rows),
        recent=recent.order_by("-ended_at", "-id")[:_SHORT] if found.number == 1 else (),
    )


@require_safe
@project_page
def approval_page(visit: ProjectVisit, approval: str) -> HttpResponse:
    """Leads to the page where a person decides."""
    return HttpResponseRedirect(_path(approval_for(visit.actor, approval)))


def _lines(visit: Visit, rows: Sequence[Approval]) -> list[dict[str, Any]]:
    """Approvals as lists show them: with the way to the decision, or the reason why it is not the visitor's."""
    found = standings(visit.actor, rows)
    return [{"approval": row, "url": _path(row), "standing": found[row.pk]} for row in rows]


def _path(approval: Approval) -> str:
    return urlsplit(address(approval)).path


def _home(visit: Visit) -> Context:
    """What waits over all the visitor's projects: first what they can decide on, oldest first."""
    rows = Approval.objects.filter(project__in=projects_visible_to(visit.actor), state=State.PENDING)
    whole = rows.select_related("document__spec", "revision", "requested_by", "project").prefetch_related("decisions")
    lines = _lines(visit, list(whole.order_by("id")[:_LOOKED_AT]))
    lines.sort(key=lambda line: not line["standing"].may)
    mine = sum(line["standing"].may for line in lines)
    return {"lines": lines[:_HOME], "mine": mine, "more": max(len(lines) - _HOME, 0), "with_project": True}


def _waiting(visit: ProjectVisit) -> Context:
    rows = list(inbox(visit.project).prefetch_related("decisions")[: _SHORT + 1])
    return {"lines": _lines(visit, rows[:_SHORT]), "more": len(rows) > _SHORT}


def _of_spec(visit: ProjectVisit, spec: Spec) -> Context:
    return {"lines": _lines(visit, list(approvals_of(spec)[:50]))}


def _pending_of_spec(visit: ProjectVisit, spec: Spec) -> Context:
    return {"lines": _lines(visit, list(approvals_of(spec).filter(state=State.PENDING)))}


def _counted(projects: Sequence[Project]) -> dict[int, int]:
    rows = Approval.objects.filter(project__in=projects, state=State.PENDING).order_by()
    return dict(rows.values_list("project").annotate(Count("id")))


def _in_project(visit: ProjectVisit) -> int:
    return _counted([visit.project]).get(visit.project.pk, 0)


def register() -> None:
    """What approvals put on the pages; called once, when the apps are ready."""
    icon = "inbox"
    registry.add(registry.navigation, Entry("inbox", "Inbox", icon, 10, "inbox", count=_in_project))
    registry.add(registry.home, Fragment("waiting", "Waiting on you", icon, 10, _TOPICS, "approvals/home.html", _home))
    registry.add(
        registry.overview,
        Fragment("approvals", "Waiting for a decision", icon, 10, _TOPICS, "approvals/waiting.html", _waiting),
    )
    registry.add(
        registry.spec_panels,
        Fragment("approvals", "Approvals", "approval", 40, _TOPICS, "approvals/panel.html", _of_spec),
        Fragment("pending", "Pending", icon, 0, _TOPICS, "approvals/pending.html", _pending_of_spec, "side"),
    )
    registry.add(registry.facts, Fact("waiting", "Waiting", "hourglass_top", 20, _counted, tone="warn"))
    registry.addresses["approval"] = "approval"


urlpatterns = [
    path("p/<str:project>/inbox", inbox_page, name="inbox"),
    path("p/<str:project>/approvals/<str:approval>", approval_page, name="approval"),
]
