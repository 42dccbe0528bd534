"""A document's text: found and locked, written as a new revision, its rows brought in step. Only inside an action."""

import hashlib
from dataclasses import dataclass
from typing import Literal, TypeVar

from django.db import connection

from specflow import rows
from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.audit import log
from specflow.errors import Conflict, Invalid
from specflow.rows import Select
from specflow.specs import hooks, indexing
from specflow.specs.formats import spec_workflow as dialect
from specflow.specs.models import Document, DocumentKind, Item, Requirement, Revision, Spec
from specflow.specs.workspace import path_parts
from specflow.text import checked, checked_document

I = TypeVar("I", bound=Item)  # noqa: E741
_AT_PATH = Select(
    lambda given: (
        Document.objects.filter(project=given("within"), path=given("path"))
        .select_related("spec", "current")
        .order_by()
    )
)
_OF_KIND = Select(
    lambda given: Document.objects.filter(spec=given("spec"), kind=given("kind")).select_related("current").order_by()
)
_LOCK = Select(lambda given: Document.objects.filter(pk=given("id")).only("id").select_for_update().order_by())


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a text: its document, whether a new revision was made, and refused changes of progress."""

    document: Document
    revised: bool
    refusals: tuple[str, ...] = ()
    created: tuple[Item, ...] = ()

    def new(self, kind: type[I]) -> I:
        """The row that an edit by a tool made, or brought back: the only such one of its kind."""
        (row,) = (one for one in self.created if isinstance(one, kind))
        return row


def write(
    document: Document,
    text: str,
    *,
    actor: Actor,
    adopt: bool = False,
    requirements: list[Requirement] | None = None,
) -> Saved:
    """Makes `text` the text of a locked document, as `actions.save_document` says. `requirements` are those of
    `indexing.requirements_in` where the caller has them already."""
    checked_document(text)
    before, keeper = document.current, hooks.keepers.get(document.kind)
    if before is not None and text == before.text and (keeper is None or text == hooks.full_text(document)):
        return Saved(document, False)
    digest = digest_of(document.kind, text)
    if before is not None and keeper is not None and digest == before.digest:
        return Saved(document, False, tuple(keeper.absorb(document, text, actor=actor)))
    revision = _revise(document, text, digest, actor=actor)
    created = indexing.index(revision, requirements)
    refusals: list[str] = []
    if keeper is not None:
        created += keeper.index(revision, actor=actor, first=adopt)
        if not adopt:
            refusals = keeper.absorb(document, text, actor=actor)
    for tell in hooks.revision_saved:
        tell(revision, actor)
    return Saved(document, True, tuple(refusals), tuple(created))


def require_base(document: Document, base_sha256: str) -> None:
    """Raises Conflict `stale_base` where the text is not the one that the writer had read."""
    before = document.current
    if before is None or base_sha256 not in {before.sha256, sha256_of(hooks.full_text(document))}:
        raise Conflict(
            "stale_base",
            "The document was changed since you read it.",
            {"document": document.public_id, "current_sha256": before.sha256 if before else None},
            ("Read the document again and make your change on that.",),
        )


def document_at(project: Project, path: str, actor: Actor) -> Document:
    """The locked document at the path, made with its spec where there is none yet. Raises Invalid `invalid_path`."""
    path_parts(checked(path, field="path"))
    place = dialect.place(path)
    if place is None or len(path) > 500:
        raise Invalid(
            "invalid_path",
            "A document's path is below .spec-workflow/, of at most 500 characters.",
            {"path": path[:200]},
        )
    found = _locked(_AT_PATH, project, within=project.pk, path=path)
    if found is not None:
        if found.spec is not None:
            found.spec.project = project
        return found
    spec = _spec_of(project, place, actor) if place.spec else None
    kind = place.kind
    if spec is not None and kind in ("requirements", "design", "tasks") and spec.documents.filter(kind=kind).exists():
        kind = DocumentKind.OTHER
    return rows.insert(Document(project=project, spec=spec, kind=kind, path=path))


def document_of(spec: Spec, kind: Literal["requirements", "design", "tasks"]) -> Document:
    """The spec's locked document of a kind, made without a text where there is none yet."""
    found = _locked(_OF_KIND, spec.project, spec=spec.pk, kind=kind)
    if found is None:
        return first_of(spec, kind)
    found.spec = spec
    return found


def first_of(spec: Spec, kind: Literal["requirements", "design", "tasks"]) -> Document:
    """A new document of the spec, without a text; the caller knows that there is none."""
    path = dialect.path_for(spec.slug, kind)
    return rows.insert(Document(project=spec.project, spec=spec, kind=kind, path=path))


def text_of(document: Document) -> str:
    """What an edit by a tool begins with: the text with today's progress, or a skeleton where there is none yet."""
    if document.current is None and document.spec is not None:
        return dialect.skeleton(document.kind, title=document.spec.title)  # type: ignore[arg-type]  # of document_of
    return hooks.full_text(document)


def _locked(which: Select[Document], project: Project, **given: int | str) -> Document | None:
    """The project's document that `which` finds, locked; for one that is not there yet the project is, so that of two
    first writers the second finds what the first one wrote."""
    if connection.features.has_select_for_update and not _lock(which.first(**given)):
        lock(project)
        _lock(which.first(**given))  # whose first text stands by now has further writers, who lock it alone
    # Read by a query of its own: PostgreSQL joins a row that it had to wait for with what was there before.
    found = which.first(**given)
    if found is not None:
        found.project = project
    return found


def _lock(document: Document | None) -> bool:
    return document is not None and _LOCK.first(id=document.pk) is not None


def lock(project: Project) -> Project:
    """The project, locked against others who make something in it; rows that refer to it can still be written.

    SQLite has one writer at a time, so there is nothing to lock there.
    """
    if not connection.features.has_select_for_update:
        return project
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def sha256_of(text: str) -> str:
    """SHA-256 of a text's bytes (UTF-8), in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(kind: str, text: str) -> str:
    """What an approval binds: SHA-256 over the text with its markers made neutral (DESIGN, Rules for documents)."""
    return sha256_of(dialect.neutral(text) if kind == DocumentKind.TASKS else text)


def _revise(document: Document, text: str, digest: str, *, actor: Actor) -> Revision:
    before = document.current
    revision = Revision(
        document=document,
        number=before.number + 1 if before else 1,
        text=text,
        sha256=sha256_of(text),
        digest=digest,
        author=actor.user,
        parent=before,
    )
    document.current = rows.insert(revision)
    rows.update(document, ("current",))
    log.entry(
        "document.revised",
        document,
        project=document.project,
        path=document.path,
        revision=revision.number,
        sha256=revision.sha256,
        spec=document.spec.public_id if document.spec else None,
    )
    return revision


def _spec_of(project: Project, place: "dialect.Place", actor: Actor) -> Spec:
    """The spec that a folder's name means; an archived folder beside an active one of its name is another spec."""
    name = place.spec if not place.archived else f"archive~{place.spec}"
    if len(name) > 120:
        raise Invalid("invalid_path", "The spec's folder name is over 120 characters.", {"path": name[:200]})
    spec = Spec.objects.filter(project=project, slug=name).first()
    if spec is None:
        spec = Spec.objects.create(
            project=project, slug=name, title=place.spec, archived=place.archived, created_by=actor.user
        )
        log.entry("spec.created", spec, project=project, slug=name, title=spec.title)
    return spec
