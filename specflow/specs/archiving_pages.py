"""The page that shows what archiving a spec would do, and does it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from specflow.accounts.capabilities import Verb
from specflow.accounts.rest import STATUS
from specflow.accounts.rules import require
from specflow.dashboard.registry import Context
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page
from specflow.errors import DomainError, NotFound, PermissionDenied
from specflow.specs.archiving import Archiving, archive_change, archiving_of
from specflow.specs.models import Spec
from specflow.specs.queries import spec_named
from specflow.specs.rendering import diff_rows, diff_summary
from specflow.specs.typing import typed

_TASKS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@project_page
def archive_page(visit: ProjectVisit, spec: str) -> HttpResponse:
    """The capabilities that would change, the tasks that are open, and the button; sent, it archives the spec and leads
    to it."""
    row = spec_named(visit.project, spec)
    require(visit.actor, Verb.WRITE_SPECS, visit.project)
    if visit.request.method != "POST":
        return _shown(visit, row)
    sent = visit.request.POST
    reason = typed(sent.get("reason", ""), "")
    try:
        made = archive_change(row, actor=visit.actor, force="force" in sent, reason=reason)
    except (NotFound, PermissionDenied):
        raise
    except DomainError as error:
        response = _shown(visit, row, error=error)
        response.status_code = STATUS.get(error.kind, 400)
        return response
    count = len(made.capabilities)
    changed = f" {count} {'capability says' if count == 1 else 'capabilities say'} what it changed." if count else ""
    messages.success(visit.request, f"{row.title[:120]} is archived.{changed}")
    return HttpResponseRedirect(reverse("spec", args=(visit.project.slug, row.slug)), status=303)


def _shown(visit: ProjectVisit, spec: Spec, *, error: DomainError | None = None) -> HttpResponse:
    try:
        made: Archiving | None = archiving_of(spec)
    except DomainError as refused:  # it cannot be archived at all
        made, error = None, error or refused
    address = reverse("spec", args=(visit.project.slug, spec.slug))
    return show(
        visit,
        "specs/archive.html",
        title=f"Archive {spec.title}",
        at="specs",
        topics=(),
        crumbs=[("Specs", reverse("specs", args=(visit.project.slug,))), (spec.title, address)],
        spec=spec,
        made=made,
        capabilities=_drawn(made) if made else [],
        open_tasks=made.open_tasks[:_TASKS] if made else (),
        more=max(len(made.open_tasks) - _TASKS, 0) if made else 0,
        may_force=visit.may(Verb.MANAGE),
        reason=visit.request.POST.get("reason", "")[:2000],
        error=error,
    )


def _drawn(made: Archiving) -> list[Context]:
    return [
        {"carried": one, "rows": diff_rows(one.before, one.after), "summary": diff_summary(one.before, one.after)}
        for one in made.capabilities
    ]


urlpatterns = [path("p/<str:project>/specs/<str:spec>/archive", archive_page, name="spec-archive")]
