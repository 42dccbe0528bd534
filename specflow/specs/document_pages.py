"""Pages of documents: all of a project by folder, one with its text and revisions, and what changed in it."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from specflow.accounts.capabilities import Verb
from specflow.dashboard import registry as shelves
from specflow.dashboard.fragments import draw, drawn, named
from specflow.dashboard.lists import chosen, paged, searched
from specflow.dashboard.registry import Context, Entry
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page, whole
from specflow.errors import NotFound
from specflow.specs import hooks
from specflow.specs.formats import registry
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.front_matter import FrontMatter, front_matter
from specflow.specs.formats.lines import Page
from specflow.specs.models import ONCE, Document, DocumentKind
from specflow.specs.queries import document_for, proposed_in, revisions_of
from specflow.specs.rendering import is_markdown, numbered, rendered
from specflow.specs.restoring import restore
from specflow.text import checked

if TYPE_CHECKING:  # a server starts sooner without it
    from specflow.specs.comparing import Comparison

ICON = "folder_open"
_TOPICS = ("documents", "specs", "approvals")
_REVISIONS = 30
_TOLD = 100  # items of a difference that are told one by one


@require_safe
@project_page
def document_list(visit: ProjectVisit) -> HttpResponse:
    """The project's documents by folder, by kind and words."""
    rows = Document.objects.filter(project=visit.project)
    counts = dict(rows.order_by().values_list("kind").annotate(Count("id")))
    wanted, kind = searched(visit.request), chosen(visit.request, "kind", DocumentKind.values)
    if kind:
        rows = rows.filter(kind=kind)
    if wanted:
        rows = rows.filter(Q(path__icontains=wanted) | Q(spec__title__icontains=wanted))
    found = paged(without_texts(rows).order_by("path"), visit.request)
    return show(
        visit,
        "specs/documents.html",
        title="Documents",
        at="documents",
        topics=_TOPICS,
        paged=found,
        groups=groups_of(found.rows),
        kinds=[(value, label, counts[value]) for value, label in DocumentKind.choices if value in counts],
        total=sum(counts.values()),
        kind=kind,
        q=wanted,
        dialects=_dialects_of(visit),
        may_import=visit.may(Verb.WRITE_SPECS),
    )


def _dialects_of(visit: ProjectVisit) -> list[Dialect]:
    """The dialects that the project's documents are in."""
    forms = set(Document.objects.filter(project=visit.project).order_by().values_list("current__format", flat=True))
    return [one for one in registry.dialects() if one.name in forms]


@require_safe
@project_page
def document_page(visit: ProjectVisit, document: str) -> HttpResponse:
    """One document, laid out where it is Markdown, else (and with `view=text`) line by line; and its revisions."""
    row = document_here(visit, document)
    is_prose = is_markdown(row.path)
    as_text = not is_prose or visit.request.GET.get("view") == "text"
    text = hooks.full_text(row)
    revisions = list(revisions_of(row)[: _REVISIONS + 1])
    return show(
        visit,
        "specs/document.html",
        title=name_of(row),
        at="documents",
        topics=_TOPICS,
        crumbs=_crumbs(visit),
        document=row,
        mark=mark_of(row),
        dialect=registry.of(row.path),
        is_markdown=is_prose,
        as_text=as_text,
        has_items=row.spec is not None and row.kind in ONCE,
        revisions=revisions[:_REVISIONS],
        more=len(revisions) > _REVISIONS,
        may_restore=visit.may(Verb.WRITE_SPECS),
        proposed=proposed_in(row),
        panels=drawn(shelves.document_panels, visit, _panel_address(row), row),
        **({"lines": numbered(text)} if as_text else laid_out(text)),
    )


@require_safe
@project_page
def document_panel(visit: ProjectVisit, document: str, name: str) -> HttpResponse:
    """One of the parts that other apps put on a document's page, by itself."""
    return HttpResponse(draw(named(shelves.document_panels, name), visit, document_here(visit, document)))


@require_safe
@project_page
def document_difference(visit: ProjectVisit, document: str) -> HttpResponse:
    """What changed between two revisions of a document: from `from` (the one before) to `to` (the latest)."""
    row = document_here(visit, document)
    address = reverse("document", args=(visit.project.slug, row.public_id))
    return difference_of(visit, row, at="documents", crumbs=[*_crumbs(visit), (name_of(row), address)])


@require_POST
@project_page
def document_restore(visit: ProjectVisit, document: str) -> HttpResponse:
    """Makes an old revision's text the next revision, and leads to the document. Raises what `restore` raises."""
    row, sent = document_here(visit, document), visit.request.POST
    number, base = whole(sent.get("number"), least=0), checked(sent.get("base", ""), field="base", limit=100)
    if restore(row, actor=visit.actor, number=number, base_sha256=base).revised:
        messages.success(visit.request, f"Revision {number} was restored: its text is the newest revision now.")
    else:
        messages.info(visit.request, f"Nothing was changed: what revision {number} says stands already.")
    return HttpResponseRedirect(reverse("document", args=(visit.project.slug, row.public_id)), status=303)


@require_safe
@project_page
def document_file(visit: ProjectVisit, document: str) -> HttpResponse:
    """The document as a file, byte for byte, with today's progress in its markers."""
    row = document_here(visit, document)
    return download(hooks.full_text(row).encode(), PurePosixPath(row.path).name, "application/octet-stream")


def difference_of(visit: ProjectVisit, document: Document, *, at: str, crumbs: list[tuple[str, str]]) -> HttpResponse:
    """The page of a document's differences; the last of `crumbs` is where one comes from. Raises NotFound
    `revision_not_found`."""
    from specflow.specs.comparing import compare

    asked = visit.request.GET
    newest = document.current.number if document.current else 1
    to = whole(asked.get("to") or newest)
    compared = compare(document, whole(asked.get("from"), least=0) if "from" in asked else to - 1, to)
    return show(
        visit,
        "specs/difference.html",
        title=f"{document.get_kind_display()}: revision {compared.numbers[0] or 'none'} to {to}",
        at=at,
        topics=(),
        crumbs=crumbs,
        document=document,
        name=name_of(document),
        back=crumbs[-1][1],
        before=compared.numbers[0],
        after=compared.after,
        newest=newest,
        restorable=_restorable(visit, compared.numbers[0], to, newest),
        query=f"from={compared.numbers[0]}&to={to}",
        **drawn_change(visit, compared),
    )


def drawn_change(visit: ProjectVisit, compared: "Comparison") -> Context:
    """What `specs/changes.html` shows of a change."""
    from specflow.specs.difference_drawing import draw
    from specflow.specs.impact_drawing import touches

    return {
        "view": chosen(visit.request, "view", ("sides",)),
        "drawing": draw(*compared.texts),
        "summary": compared.summary,
        "told": compared.told[:_TOLD],
        "untold": len(compared.told) - _TOLD,
        "touches": touches(visit.project.slug, compared.impact()),
        "complete": compared.cited.complete,
    }


def _restorable(visit: ProjectVisit, before: int, after: int, newest: int) -> int:
    """The revision that the page of a difference offers to restore: what came, or where that is the newest, what was
    before; 0 for none."""
    wanted = before if after == newest else after
    return wanted if visit.may(Verb.WRITE_SPECS) and wanted != newest else 0


def _panel_address(row: Document) -> str:
    return f"/p/{row.project.slug}/documents/{row.public_id}/panels/{{}}"


def document_here(visit: ProjectVisit, public_id: str) -> Document:
    """The document of the visited project, or NotFound `document_not_found`."""
    row = document_for(visit.actor, public_id)
    if row.project_id != visit.project.pk:
        raise NotFound.of("document", public_id)
    return row


def without_texts(rows: QuerySet[Document]) -> QuerySet[Document]:
    """The same documents with what lists show of them."""
    return rows.select_related("project", "spec", "current", "approved").defer("current__text", "approved__text")


def mark_of(document: Document | None) -> str:
    """A document's state for a chip: approved, changed (since the approval), draft; empty where there is none."""
    if document is None:
        return ""
    return "approved" if document.is_approved else "changed" if document.approved_id else "draft"


def name_of(document: Document) -> str:
    """What people call the document: its kind and spec where a spec has one of the kind, else where it stands in the
    spec's folder, or its file's name."""
    if document.spec is not None and document.kind in ONCE:
        return document.subject
    return document.place if document.place != document.path else PurePosixPath(document.path).name


def groups_of(rows: Sequence[Document]) -> list[dict[str, Any]]:
    """Documents as lists show them: those of a spec together, those of none by their folder."""
    titles = {one.name: one.title for one in registry.dialects()}
    groups: list[dict[str, Any]] = []
    for row in rows:
        folder = (row.spec.folder if row.spec else "") or str(PurePosixPath(row.path).parent)
        if not groups or (groups[-1]["spec"], groups[-1]["folder"]) != (row.spec, folder):
            groups.append({"spec": row.spec, "folder": folder, "lines": []})
        form = row.current.format if row.current else ""
        line = {
            "document": row,
            "name": row.path.removeprefix(f"{folder}/"),
            "mark": mark_of(row),
            "dialect": titles.get(form, form),
        }
        groups[-1]["lines"].append(line)
    return groups


def laid_out(text: str) -> Context:
    """A text as people read it: what its front matter says, and the rest as HTML with the lines of the whole text."""
    page = Page(text)
    head = front_matter(page)
    if not head.end:
        return {"html": rendered(text), "head": []}
    body = "\n" * head.end + "\n".join(page.lines[head.end :])
    return {"html": rendered(body), "head": _head_rows(page, head)}


def _head_rows(page: Page, head: FrontMatter) -> list[tuple[str, str]]:
    """The front matter's keys, each with its value as it was written, but for quotes; nothing of it is left out."""
    starts = {number: key for key, number in head.lines.items()}
    rows: list[tuple[str, list[str]]] = []
    for number, line in enumerate(page.lines[1 : head.end - 1], 2):
        if number in starts:
            value = line.partition(":")[2].strip()
            rows.append((starts[number], [value] if value else []))
        elif rows:
            rows[-1][1].append(line)
        elif line.strip():
            rows.append(("", [line]))
    return [(key, _plain(head.values.get(key)) or dedent("\n".join(lines)).strip("\n")) for key, lines in rows]


def _plain(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else ""


def _crumbs(visit: ProjectVisit) -> list[tuple[str, str]]:
    return [("Documents", reverse("documents", args=(visit.project.slug,)))]


def download(data: bytes, name: str, kind: str) -> HttpResponse:
    """The bytes as a file of this name; no browser takes them for a page."""
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    patch_cache_control(response, private=True, no_store=True)
    return response


def register() -> None:
    """What documents put on the pages."""
    shelves.add(shelves.navigation, Entry("documents", "Documents", ICON, 25, "documents"))
    shelves.addresses["document"] = "document"


_ONE = "p/<str:project>/documents/<str:document>"
urlpatterns = [
    path("p/<str:project>/documents/", document_list, name="documents"),
    path(_ONE, document_page, name="document"),
    path(f"{_ONE}/panels/<str:name>", document_panel, name="document-panel"),
    path(f"{_ONE}/difference", document_difference, name="document-difference"),
    path(f"{_ONE}/restore", document_restore, name="document-restore"),
    path(f"{_ONE}/file", document_file, name="document-file"),
]
