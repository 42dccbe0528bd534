"""Documents as zip archives on the pages: exported, and imported after a look at what would come of it."""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from specflow.accounts.capabilities import Verb
from specflow.accounts.rest import STATUS
from specflow.accounts.rules import require
from specflow.counting import counted
from specflow.dashboard.registry import Context
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page
from specflow.errors import DomainError, Invalid, TooLarge
from specflow.specs import hooks
from specflow.specs.archives import MAX_ARCHIVE_BYTES, archive_of, packed, take, texts_of
from specflow.specs.document_pages import download
from specflow.specs.documents import digest_of
from specflow.specs.formats import registry
from specflow.specs.imports import ImportReport
from specflow.specs.models import Document
from specflow.text import checked

_WARNINGS = 200
_NOTED = 5
_PATHS = 500


@require_safe
@project_page
def export(visit: ProjectVisit) -> HttpResponse:
    """A zip of the project's documents, of one `spec` or of one `dialect`."""
    spec, dialect = (checked(visit.request.GET.get(name, ""), field=name) for name in ("spec", "dialect"))
    name = "-".join(filter(None, (visit.project.slug, spec, dialect)))
    return download(packed(visit.project, spec=spec, dialect=dialect), f"{name}.zip", "application/zip")


@require_safe
@project_page
def import_form(visit: ProjectVisit) -> HttpResponse:
    """Where an archive is chosen. For who may write specs."""
    require(visit.actor, Verb.WRITE_SPECS, visit.project)
    return _form(visit)


@require_POST
@project_page
def import_try(visit: ProjectVisit) -> HttpResponse:
    """What an import of the archive would bring; nothing is taken. What was read goes along in the page, so that what
    is imported then is what was shown."""
    require(visit.actor, Verb.WRITE_SPECS, visit.project)
    try:
        return _form(visit, **_tried(visit))
    except DomainError as error:
        response = _form(visit, error=error)
        response.status_code = STATUS.get(error.kind, 400)
        return response


@require_POST
@project_page
def import_take(visit: ProjectVisit) -> HttpResponse:
    """Imports what was shown, and leads to the documents."""
    require(visit.actor, Verb.WRITE_SPECS, visit.project)
    try:
        data = base64.b64decode(visit.request.POST.get("archive", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("invalid_archive", "This is not what was shown before; choose the archive again.") from error
    report = take(visit.project, actor=visit.actor, folder=texts_of(data))
    messages.success(visit.request, _said(report))
    for warning in report.warnings[:_NOTED]:
        messages.warning(visit.request, warning[:400])
    return HttpResponseRedirect(reverse("documents", args=(visit.project.slug,)), status=303)


def _form(visit: ProjectVisit, **context: object) -> HttpResponse:
    return show(
        visit,
        "specs/import.html",
        title="Import",
        at="documents",
        topics=(),
        crumbs=[("Documents", reverse("documents", args=(visit.project.slug,)))],
        dialects=registry.dialects(),
        **context,
    )


def _tried(visit: ProjectVisit) -> Context:
    wanted = checked(visit.request.POST.get("dialect", ""), field="dialect")
    folder = texts_of(_uploaded(visit), [registry.named(wanted)] if wanted else None)
    report = take(visit.project, actor=visit.actor, folder=folder, dry_run=True)
    shown = base64.b64encode(archive_of(folder.texts)).decode()
    room = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) - 64 * 1024
    if len(shown) > room:
        limit = room // 4 * 3
        raise TooLarge(
            "too_large",
            f"What would be imported is over {limit} bytes, even packed.",
            {"limit": limit},
            ("Import one dialect at a time, or use REST or manage.py spec_import.",),
        )
    coming = _coming(visit, folder.texts)
    kinds = Counter(one["what"] for one in coming)
    return {
        "report": report,
        "warnings": report.warnings[:_WARNINGS],
        "more_warnings": max(len(report.warnings) - _WARNINGS, 0),
        "counts": [(what, kinds[what]) for what in ("new", "changed") if kinds[what]],
        "same": len(folder.texts) - len(coming),
        "agreed": sum(one["agreed"] for one in coming),
        "coming": coming[:_PATHS],
        "more": max(len(coming) - _PATHS, 0),
        "archive": shown,
        "wanted": wanted,
    }


def _coming(visit: ProjectVisit, texts: Mapping[str, str]) -> list[Context]:
    """The files that say something else than the documents do, by path: whether each is new or changed, and whether
    people agreed on the text that it changes."""
    rows = Document.objects.filter(project=visit.project).select_related("project", "spec", "current", "approved")
    known = {row.path: row for row in rows if row.path in texts and row.current}
    now = hooks.full_texts(list(known.values()))
    coming: list[Context] = []
    for path_in, text in sorted(texts.items()):
        row = known.get(path_in)
        if row is None:
            coming.append({"path": path_in, "what": "new", "agreed": False})
        elif text != now[row.pk]:
            agreed = row.approved if row.is_approved else None
            moved = agreed is not None and digest_of(row, text) != agreed.digest
            coming.append({"path": path_in, "what": "changed", "agreed": moved})
    return coming


def _uploaded(visit: ProjectVisit) -> bytes:
    file = visit.request.FILES.get("archive")
    if not isinstance(file, UploadedFile):
        raise Invalid("missing_value", "Choose a zip archive first.", {"field": "archive"})
    if (file.size or 0) > MAX_ARCHIVE_BYTES:
        raise TooLarge("too_large", f"The archive is over {MAX_ARCHIVE_BYTES} bytes.", {"limit": MAX_ARCHIVE_BYTES})
    data: bytes = file.read()
    return data


def _said(report: ImportReport) -> str:
    if not report.revised:
        return f"{counted(report.documents, 'document')} read; nothing has changed."
    were, are = ("was", "is") if report.revised == 1 else ("were", "are")
    return f"{report.revised} of {counted(report.documents, 'document')} {were} new or changed, and {are} imported."


_BELOW = "p/<str:project>/documents"
urlpatterns = [
    path(f"{_BELOW}/export", export, name="export"),
    path(f"{_BELOW}/import", import_form, name="import"),
    path(f"{_BELOW}/import/try", import_try, name="import-try"),
    path(f"{_BELOW}/import/take", import_take, name="import-take"),
]
