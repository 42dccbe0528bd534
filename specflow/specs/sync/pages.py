"""Pages of conflicts: files of the project's folder and documents that both changed, and a person who settles them."""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from specflow.accounts.capabilities import Verb
from specflow.accounts.rest import STATUS
from specflow.dashboard import registry
from specflow.dashboard.lists import paged
from specflow.dashboard.registry import Context, Entry
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page
from specflow.errors import DomainError, NotFound, PermissionDenied
from specflow.specs.document_pages import name_of
from specflow.specs.documents import sha256_of
from specflow.specs.models import Conflict
from specflow.specs.rendering import DiffRow, diff_rows, diff_summary
from specflow.specs.sync.actions import settle
from specflow.specs.sync.queries import Base, base_of, conflict_for, conflicts_of, document_text, draft_of, open_in
from specflow.specs.sync.settling import MARKS
from specflow.specs.typing import typed

_TOPICS = ("documents",)
_SAID = {
    Conflict.Choice.FILE: "The text of the file stands; the document has it as its next revision.",
    Conflict.Choice.DOCUMENT: "The text of the document stands; the file gets it at the next look at the folder.",
    Conflict.Choice.MERGED: "Your text stands; the file gets it at the next look at the folder.",
}


@require_safe
@project_page
def conflict_list(visit: ProjectVisit) -> HttpResponse:
    """The project's conflicts, the open ones first."""
    found = paged(conflicts_of(visit.project), visit.request)
    return show(
        visit,
        "conflicts/list.html",
        title="Conflicts",
        at="conflicts",
        topics=_TOPICS,
        paged=found,
        lines=[{"conflict": row, "name": name_of(row.document)} for row in found.rows],
        folder=visit.project.workspace,
    )


@require_safe
@project_page
def conflict_page(visit: ProjectVisit, conflict: str) -> HttpResponse:
    """One conflict: both texts side by side, what each side changed, and the three ways to settle it."""
    return _shown(visit, _here(visit, conflict))


@require_POST
@project_page
def conflict_settle(visit: ProjectVisit, conflict: str) -> HttpResponse:
    """Settles it and leads to what is left; what cannot be taken is said above the form, with what was written."""
    row, sent = _here(visit, conflict), visit.request.POST
    seen = {name: sent.get(name, "") for name in ("choice", "file_sha256", "document_sha256")}
    text = typed(sent.get("text", ""), draft_of(row, base_of(row)).text)
    try:
        settled = settle(row, actor=visit.actor, text=text, **seen)
    except (NotFound, PermissionDenied):
        raise
    except DomainError as error:
        response = _shown(visit, _here(visit, conflict), error=error, written=text)
        response.status_code = STATUS.get(error.kind, 400)
        return response
    messages.success(visit.request, _SAID[Conflict.Choice(settled.choice)])
    return HttpResponseRedirect(reverse("conflicts", args=(visit.project.slug,)), status=303)


def _here(visit: ProjectVisit, public_id: str) -> Conflict:
    row = conflict_for(visit.actor, public_id)
    if row.project_id != visit.project.pk:
        raise NotFound.of("conflict", public_id)
    return row


def _shown(visit: ProjectVisit, row: Conflict, *, error: DomainError | None = None, written: str = "") -> HttpResponse:
    """The page; it is not drawn again by itself, because somebody may be writing in it."""
    document, base = document_text(row), base_of(row)
    draft = draft_of(row, base)
    return show(
        visit,
        "conflicts/conflict.html",
        title=name_of(row.document),
        at="conflicts",
        topics=(),
        crumbs=[("Conflicts", reverse("conflicts", args=(visit.project.slug,)))],
        conflict=row,
        sides=list(_sides(diff_rows(document, row.text))),
        base=base,
        changes=_changes(base, document, row.text),
        draft=draft,
        text=written if error and written else draft.text,
        marks=MARKS.lines,
        document_sha256=sha256_of(document),
        may_settle=row.settled_at is None and visit.may(Verb.WRITE_SPECS),
        error=error,
    )


def _changes(base: Base | None, document: str, file: str) -> list[Context]:
    """What each side changed since they agreed; nothing where that is not known."""
    if base is None:
        return []
    return [
        {"name": name, "rows": diff_rows(base.text, text), "summary": diff_summary(base.text, text)}
        for name, text in (("document", document), ("file", file))
    ]


def _sides(rows: Sequence[DiffRow]) -> Iterator[dict[str, Any]]:
    """The rows of a difference with what went on the left and what came on the right, beside each other."""
    for is_changed, some in groupby(rows, key=lambda row: row.kind in ("removed", "added")):
        group = list(some)
        if not is_changed:
            yield from ({"kind": row.kind, "left": row, "right": row} for row in group)
            continue
        removed, added = ([row for row in group if row.kind == kind] for kind in ("removed", "added"))
        for left, right in zip_longest(removed, added):
            yield {"kind": "changed", "left": left, "right": right}


def _open(visit: ProjectVisit) -> int:
    return open_in(visit.project)


def _paths(ids: set[str]) -> dict[str, str]:
    return dict(Conflict.objects.filter(public_id__in=ids).values_list("public_id", "document__path"))


def register() -> None:
    """What conflicts put on the pages; called once, when the apps are ready."""
    registry.add(registry.navigation, Entry("conflicts", "Conflicts", "difference", 26, "conflicts", count=_open))
    registry.addresses["conflict"] = "conflict"
    registry.titles["conflict"] = _paths


_ONE = "p/<str:project>/conflicts/<str:conflict>"
urlpatterns = [
    path("p/<str:project>/conflicts/", conflict_list, name="conflicts"),
    path(_ONE, conflict_page, name="conflict"),
    path(f"{_ONE}/settle", conflict_settle, name="conflict-settle"),
]
