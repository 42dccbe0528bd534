"""Pages of specs: the list, and a spec with its documents, requirements, tasks, approvals and history."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.dashboard import registry
from specflow.dashboard.fragments import draw, drawn, named
from specflow.dashboard.lists import chosen, paged, searched
from specflow.dashboard.registry import Context, Entry, Fact, Fragment
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page
from specflow.errors import NotFound
from specflow.specs import archive_pages, archiving_pages, document_pages, hooks
from specflow.specs.archiving import is_archivable
from specflow.specs.document_pages import difference_of, groups_of, mark_of, without_texts
from specflow.specs.models import Document, Phase, Spec
from specflow.specs.queries import requirements_of, revisions_of, spec_named, specs_of
from specflow.specs.rendering import shown

_TOPICS = ("specs", "documents", "approvals", "tasks", "runs")
_DOCUMENTS = ("requirements", "design", "tasks")
_ICONS = {"requirements": "checklist", "design": "architecture", "tasks": "format_list_numbered"}
_REVISIONS = 30
_SHOWN = 300


@require_safe
@project_page
def spec_list(visit: ProjectVisit) -> HttpResponse:
    """The project's specs, newest first, by phase and text."""
    rows, wanted, phase = specs_of(visit.project), searched(visit.request), chosen(visit.request, "phase", Phase.values)
    if phase:
        rows = rows.filter(phase=phase, archived=False)
    if wanted:
        rows = rows.filter(Q(title__icontains=wanted) | Q(slug__icontains=wanted))
    found = paged(rows, visit.request)
    progress = registry.progress(found.rows) if registry.progress else {}
    return show(
        visit,
        "specs/list.html",
        title="Specs",
        at="specs",
        topics=_TOPICS,
        paged=found,
        lines=[_line(spec, progress.get(spec.pk)) for spec in found.rows],
        phases=Phase.choices,
        phase=phase,
        q=wanted,
    )


@require_safe
@project_page
def spec_page(visit: ProjectVisit, spec: str) -> HttpResponse:
    """A spec; `tab` is a document of it, a panel of another app, or its history."""
    row = spec_named(visit.project, spec)
    every = _documents(row)
    documents = {one.kind: one for one in every if one.kind in _DOCUMENTS}
    others = [one for one in every if one.kind not in _DOCUMENTS]
    panels = registry.in_order(registry.spec_panels.values())
    known = {*_DOCUMENTS, "documents", "history", *(one.name for one in panels)}
    tab = chosen(visit.request, "tab", known) or _first_tab(row, documents, others)
    return show(
        visit,
        "specs/spec.html",
        title=row.title,
        at="specs",
        topics=_TOPICS,
        crumbs=[("Specs", reverse("specs", args=(visit.project.slug,)))],
        spec=row,
        line=_line(row, registry.progress([row]).get(row.pk) if registry.progress else None),
        steps=_steps(row),
        tab=tab,
        tabs=_tabs(documents, others, panels),
        side=drawn(registry.spec_panels, visit, _panel_address(row), row, place="side"),
        groups=groups_of(every[:_SHOWN]) if tab == "documents" else (),
        left_out=max(len(every) - _SHOWN, 0),
        may_archive=is_archivable(row) and visit.may(Verb.WRITE_SPECS),
        **_content(visit, row, documents, tab),
    )


@require_safe
@project_page
def spec_panel(visit: ProjectVisit, spec: str, name: str) -> HttpResponse:
    """One panel of a spec by itself."""
    row = spec_named(visit.project, spec)
    return HttpResponse(draw(named(registry.spec_panels, name), visit, row))


@require_safe
@project_page
def difference(visit: ProjectVisit, spec: str, kind: str) -> HttpResponse:
    """What changed between two revisions of a spec's document: from `from` (the one before) to `to` (the latest)."""
    row = spec_named(visit.project, spec)
    document = _document(row, kind)
    address = reverse("spec", args=(visit.project.slug, row.slug))
    crumbs = [("Specs", reverse("specs", args=(visit.project.slug,))), (row.title, f"{address}?tab={document.kind}")]
    return difference_of(visit, document, at="specs", crumbs=crumbs)


def _content(visit: ProjectVisit, spec: Spec, documents: dict[str, Document], tab: str) -> Context:
    """What the tab shows. A document is shown as its items where it has any, and as text with `view=text`."""
    if tab == "history":
        return {"kind": "history", "histories": _histories(documents)}
    if tab == "documents":
        return {"kind": "documents"}
    panel = registry.spec_panels.get(tab)
    as_text = visit.request.GET.get("view") == "text" or (tab == "design")
    if panel is not None and not (as_text and tab in documents):
        html = draw(panel, visit, spec)
        return {
            "kind": "panel",
            "panel": html,
            "panel_address": _panel_address(spec).format(tab),
            "document": documents.get(tab),
        }
    document = documents.get(tab)
    if document is None:
        return {"kind": "missing"}
    if tab == "requirements" and not as_text:
        return {"kind": "requirements", "document": document, "requirements": requirements_of(spec)}
    return {
        "kind": "text",
        "document": document,
        "html": shown(document.path, hooks.full_text(document)),
        "has_items": tab != "design",
    }


def _documents(spec: Spec) -> list[Document]:
    return list(without_texts(Document.objects.filter(spec=spec)))


def _document(spec: Spec, kind: str) -> Document:
    found = [one for one in _documents(spec) if one.kind == kind]
    if not found:
        raise NotFound.of("document", f"{spec.slug}/{kind}")
    return found[0]


def _first_tab(spec: Spec, documents: dict[str, Document], others: Sequence[Document]) -> str:
    """Where the work is; a spec that is written in other documents alone opens with those."""
    if others and not documents:
        return "documents"
    return spec.phase if spec.phase in _DOCUMENTS else "tasks"


def _tabs(
    documents: dict[str, Document], others: Sequence[Document], panels: Sequence[Fragment]
) -> list[dict[str, Any]]:
    """The tabs: the three documents (whether or not they are there yet), other apps' panels, all documents where there
    are others than the three, the history."""
    tabs = [
        {"name": kind, "title": kind.capitalize(), "icon": _ICONS[kind], "mark": mark_of(documents.get(kind))}
        for kind in _DOCUMENTS
    ]
    own = [one for one in panels if one.place == "main" and one.name not in _DOCUMENTS]
    tabs += [{"name": one.name, "title": one.title, "icon": one.icon, "mark": ""} for one in own]
    if others:
        tabs.append({"name": "documents", "title": "Documents", "icon": document_pages.ICON, "mark": ""})
    return [*tabs, {"name": "history", "title": "History", "icon": "history", "mark": ""}]


def _steps(spec: Spec) -> list[dict[str, str]]:
    """The phases in order, each done, current or coming."""
    order = list(Phase)
    now = order.index(Phase(spec.phase))
    state = [
        "done" if at < now or spec.phase == Phase.COMPLETED else "now" if at == now else "coming" for at in range(5)
    ]
    return [{"label": phase.label, "state": state[at]} for at, phase in enumerate(order)]


def _line(spec: Spec, progress: dict[str, int] | None) -> dict[str, Any]:
    """A spec as a list shows it; the caller has its documents prefetched or asks for one."""
    documents = {one.kind: one for one in spec.documents.all() if one.kind in _DOCUMENTS}
    return {
        "spec": spec,
        "state": "archived" if spec.archived else spec.phase,
        "marks": [(kind, mark_of(documents[kind])) for kind in _DOCUMENTS if kind in documents],
        "progress": progress,
    }


def _histories(documents: dict[str, Document]) -> list[dict[str, Any]]:
    return [
        {"document": documents[kind], "revisions": list(revisions_of(documents[kind])[:_REVISIONS])}
        for kind in _DOCUMENTS
        if kind in documents
    ]


def _panel_address(spec: Spec) -> str:
    return f"/p/{spec.project.slug}/specs/{spec.slug}/panels/{{}}"


def _phases(visit: ProjectVisit) -> Context:
    """The widget of how many specs stand in which phase."""
    counted = dict(
        Spec.objects.filter(project=visit.project, archived=False).order_by().values_list("phase").annotate(Count("id"))
    )
    total = sum(counted.values())
    rows = [
        {"phase": phase.value, "label": phase.label, "count": counted.get(phase.value, 0), "total": total}
        for phase in Phase
    ]
    return {"rows": rows, "total": total}


def _count(projects: Sequence[Project]) -> dict[int, int]:
    rows = Spec.objects.filter(project__in=projects, archived=False).order_by()
    return dict(rows.values_list("project").annotate(Count("id")))


def _titles(ids: set[str]) -> dict[str, str]:
    return dict(Spec.objects.filter(public_id__in=ids).values_list("public_id", "title"))


def _names(ids: set[str]) -> dict[str, str]:
    """Documents by their kind and spec, or their path."""
    rows = Document.objects.filter(public_id__in=ids).select_related("spec")
    return {one.public_id: f"{one.get_kind_display()} of {one.spec}" if one.spec else one.path for one in rows}


def register() -> None:
    """What specs put on the pages; called once, when the apps are ready."""
    document_pages.register()
    registry.add(registry.navigation, Entry("specs", "Specs", "description", 20, "specs"))
    registry.add(
        registry.overview,
        Fragment("phases", "Specs by phase", "stacked_bar_chart", 20, ("specs",), "specs/phases.html", _phases, "side"),
    )
    registry.add(registry.facts, Fact("specs", "Specs", "description", 10, _count))
    registry.addresses["spec"] = "spec"
    registry.titles.update({"spec": _titles, "document": _names})


urlpatterns = [
    *archive_pages.urlpatterns,  # before the documents': "export" is no document's id
    *document_pages.urlpatterns,
    *archiving_pages.urlpatterns,
    path("p/<str:project>/specs/", spec_list, name="specs"),
    path("p/<str:project>/specs/<str:spec>/", spec_page, name="spec"),
    path("p/<str:project>/specs/<str:spec>/panels/<str:name>", spec_panel, name="spec-panel"),
    path("p/<str:project>/specs/<str:spec>/<str:kind>/difference", difference, name="difference"),
]
