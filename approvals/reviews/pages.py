"""Reviews on the page of their task, and the form by which a person gives one."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from approvals.review_models import Category, Review, Severity
from approvals.reviewing import Found, prepare, record_review, verdict_of
from approvals.reviews import payloads
from approvals.reviews.queries import reviews_of, standing_of
from specflow.accounts.capabilities import Verb
from specflow.accounts.policy import policy_of
from specflow.accounts.rest import STATUS
from specflow.dashboard import registry
from specflow.dashboard.registry import Context, Fragment
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page, whole
from specflow.errors import DomainError, NotFound, PermissionDenied
from tasks.models import Task
from tasks.queries import task_for

_SHOWN = 10
_FINDINGS = 50  # of a review
_ROWS, _MOST_ROWS = 2, 20


@require_http_methods(["GET", "HEAD", "POST"])
@project_page
def review_page(visit: ProjectVisit, task: str) -> HttpResponse:
    """What there is to review, and a form. Sent with `do` pass or findings it is recorded, with more it comes back with
    room for another finding."""
    row = task_for(visit.actor, task)
    if row.project_id != visit.project.pk:
        raise NotFound.of("task", task)
    if visit.request.method != "POST":
        return _form(visit, row, {})
    sent = _sent(visit.request)
    if sent["do"] == "more":
        return _form(visit, row, {**sent, "findings": [*sent["findings"], Found("", "")]})
    try:
        return _recorded(visit, row, sent)
    except (NotFound, PermissionDenied):
        raise
    except DomainError as error:
        response = _form(visit, row, sent, error=error)
        response.status_code = STATUS[error.kind]
        return response


def _recorded(visit: ProjectVisit, task: Task, sent: dict[str, Any]) -> HttpResponse:
    found = [one for one in sent["findings"] if one != Found(one.severity, "", category=one.category)]
    verdict = "pass" if sent["do"] == "pass" else verdict_of(found) if found else "findings"
    row = record_review(
        task,
        actor=visit.actor,
        verdict=verdict,
        summary=sent["summary"],
        findings=found,
        criteria=sent["criteria"],
        digest=sent["digest"],
    )
    messages.success(visit.request, f"Review {row.version} is recorded: {row.get_verdict_display().lower()}.")
    address = f"{reverse('task', args=(visit.project.slug, task.public_id))}#reviews"
    return HttpResponseRedirect(address, status=303)


def _sent(request: HttpRequest) -> dict[str, Any]:
    """What a person sent. Browsers send line ends as CRLF."""
    rows = range(whole(request.POST.get("rows"), least=0, most=_MOST_ROWS))
    return {
        "do": request.POST.get("do", ""),
        "summary": _typed(request, "summary"),
        "digest": request.POST.get("digest", ""),
        "criteria": request.POST.getlist("criteria"),
        "findings": [_finding(request, number) for number in rows],
    }


def _finding(request: HttpRequest, number: int) -> Found:
    said = {name: _typed(request, f"{name}-{number}") for name in ("title", "description", "file", "criterion")}
    line = request.POST.get(f"line-{number}", "").strip()
    return Found(
        severity=request.POST.get(f"severity-{number}", ""),
        category=request.POST.get(f"category-{number}", Category.SPEC_COMPLIANCE),
        line=(int(line) if line.isascii() and line.isdigit() and len(line) < 12 else 0) if line else None,
        **said,
    )


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n")


def _form(visit: ProjectVisit, task: Task, sent: dict[str, Any], error: DomainError | None = None) -> HttpResponse:
    work = prepare(task, actor=visit.actor)
    findings = sent.get("findings") or [Found("", "")] * _ROWS
    return show(
        visit,
        "reviews/form.html",
        title="Review",
        at="tasks",
        topics=(),  # what is typed is not drawn over
        crumbs=[
            ("Tasks", reverse("tasks", args=(visit.project.slug,))),
            (str(task)[:80], reverse("task", args=(visit.project.slug, task.public_id))),
        ],
        task=task,
        material=payloads.material(task, work),
        sent=sent,
        findings=[asdict(one) for one in findings[:_MOST_ROWS]],
        may_add=len(findings) < _MOST_ROWS,
        severities=Severity.choices,
        categories=Category.choices,
        error=error,
    )


def _of_task(visit: ProjectVisit, task: Task) -> Context:
    """The panel of a task's page: its reviews, newest first, and whether the visitor may give one."""
    rows = list(reviews_of(task)[: _SHOWN + 1])
    standing = standing_of(task) if rows else {}
    return {
        "task": task,
        "reviews": [_line(one, standing[one.pk]) for one in rows[:_SHOWN]],
        "more": len(rows) > _SHOWN,
        "required": policy_of(visit.project.policy).review_required,
        "why_not": _why_not(visit, task),
    }


def _line(row: Review, state: str) -> dict[str, Any]:
    findings = list(row.findings.all())
    return {
        "review": row,
        "state": state,
        "findings": findings[:_FINDINGS],
        "more": max(len(findings) - _FINDINGS, 0),
        "met": [one.criterion for one in row.met.all()],
    }


def _why_not(visit: ProjectVisit, task: Task) -> str:
    """Why the visitor may not review the work, as `prepare` says it; empty where they may."""
    if not visit.may(Verb.COMMENT):
        return "Your role does not review."
    try:
        prepare(task, actor=visit.actor)
    except DomainError as error:
        return error.message
    return ""


def register() -> None:
    """What reviews put on the pages; called once, when the apps are ready."""
    registry.add(
        registry.task_panels,
        Fragment("reviews", "Reviews", "rate_review", 10, ("tasks",), "reviews/panel.html", _of_task),
    )


urlpatterns = [path("p/<str:project>/tasks/<str:task>/review", review_page, name="task-review")]
