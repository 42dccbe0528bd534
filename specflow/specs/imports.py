"""A whole folder in one transaction: everything stands afterwards, or nothing does."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import DomainError
from specflow.specs import hooks
from specflow.specs.actions import save_document
from specflow.specs.formats import registry
from specflow.specs.models import Document


@dataclass(slots=True)
class ImportReport:
    """What an import read: counts over the whole folder, and what people should know of it (CONTRACT, spec_import)."""

    project: Project
    documents: int = 0
    revised: int = 0
    specs: int = 0
    requirements: int = 0
    criteria: int = 0
    tasks: int = 0
    checkboxes: int = 0
    warnings: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON values, without the project."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "project"}


@action
def import_folder(project: Project, *, actor: Actor, files: Mapping[str, str]) -> ImportReport:
    """Takes the texts of a folder, by path. Documents that are new bring their tasks' progress with them; in known
    ones a changed marker is a change of status, through the gates, and a refusal is a warning.

    Raises what `save_document` raises, with the path in the message; then nothing was taken.
    """
    require(actor, Verb.WRITE_SPECS, project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # before its documents
    report, specs, documents = ImportReport(project), set(), []
    known = set(Document.objects.filter(project=project).values_list("path", flat=True))
    for path, text in sorted(files.items()):
        try:
            saved = save_document(project, actor=actor, path=path, text=text, adopt=path not in known)
        except DomainError as error:
            raise error.at(path) from error
        report.documents += 1
        report.revised += saved.revised
        report.warnings += [f"{path}: {one}" for one in saved.refusals]
        specs.add(saved.document.spec_id)
        documents.append(saved.document)
        _count(report, saved.document, text)
    report.specs = len(specs - {None})
    report.warnings += [f"{path}: {one}" for tell in hooks.files_came for path, one in tell(documents, actor)]
    log.entry("folder.imported", project, project=project, **{**report.as_dict(), "warnings": len(report.warnings)})
    return report


def exported(project: Project, dialect: str | None = None) -> dict[str, str]:
    """Every document of the project (of one dialect, by name) as it is written out: by path, with today's progress in
    its markers."""
    rows = Document.objects.filter(project=project).select_related("current", "spec")
    chosen = [row for row in rows if row.current and dialect in (None, registry.of(row.path).name)]
    texts = hooks.full_texts(chosen)
    return {row.path: texts[row.pk] for row in chosen}


def _count(report: ImportReport, document: Document, text: str) -> None:
    items = registry.of(document.path).read(document.kind, text)
    report.requirements += len(items.requirements)
    report.criteria += sum(len(item.criteria) for item in items.requirements)
    report.checkboxes += sum(1 for one in items.tasks if one.box)
    report.tasks += sum(1 for one in items.tasks if one.key or not one.level)
