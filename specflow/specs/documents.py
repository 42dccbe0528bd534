"""A document's text: found and locked, written as a new revision, its rows brought in step. Only inside an action."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from django.db import connection

from specflow import rows
from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.accounts.policy import policy_of
from specflow.audit import log
from specflow.errors import Conflict, Invalid
from specflow.rows import Select
from specflow.specs import hooks, indexing
from specflow.specs.following import NO_ANSWERS, Answers
from specflow.specs.formats import registry
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Place
from specflow.specs.models import ONCE, Document, DocumentKind, Item, Requirement, Revision, Spec
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
_IN_FOLDER = Select(lambda given: Spec.objects.filter(project=given("project"), folder=given("folder")).order_by())
_NEWEST = Select(
    lambda given: Revision.objects.filter(document=given("document")).only("number").order_by("-number")[:1]
)
_AGAIN = Select(
    lambda given: Document.objects.filter(pk=given("id")).select_related("project", "spec", "current").order_by()
)
_LOCK = Select(lambda given: Document.objects.filter(pk=given("id")).only("id").select_for_update().order_by())


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a text: its document, whether a new revision was made, and refused changes of progress."""

    document: Document
    revised: bool
    refusals: tuple[str, ...] = ()
    created: tuple[Item, ...] = field(default=(), metadata={"replayed": False})

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
    digest = digest_of(document, text)
    if before is not None and keeper is not None and digest == before.digest:
        return Saved(document, False, tuple(keeper.absorb(document, text, actor=actor)))
    require_open(document)
    revision = _revision(document, text, digest, actor=actor)
    created = _stand(revision, actor=actor, adopt=adopt, requirements=requirements)
    refusals = [] if adopt or keeper is None else keeper.absorb(document, text, actor=actor)
    for tell in hooks.revision_saved:
        tell(revision, actor)
    return Saved(document, True, tuple(refusals), tuple(created))


def propose(document: Document, text: str, *, actor: Actor) -> Revision:
    """A revision of a locked document that waits beside its text, as it was written; `take` makes it the document's.
    Raises Conflict `nothing_to_change` for a document without a text, `nothing_changed` for the text that stands
    already; marks of progress are no text."""
    checked_document(text)
    if document.current is None:
        raise Conflict("nothing_to_change", "The document has no text yet; write it.", {"path": document.path})
    digest = digest_of(document, text)
    if digest == document.current.digest:
        raise Conflict("nothing_changed", "The document says this already.", {"revision": document.current.number})
    revision = _revision(document, text, digest, actor=actor)
    _tell("document.proposed", revision, base=document.current.number)
    return revision


def rewrite(document: Document, text: str, *, actor: Actor) -> None:
    """Makes `text` the text of a locked document as it is; marks of progress in it move no task."""
    require_open(document)
    take(_revision(document, text, digest_of(document, text), actor=actor), actor=actor)


def take(revision: Revision, *, actor: Actor, answers: Answers = NO_ANSWERS) -> None:
    """Makes a revision the text of its locked document. Its items keep their rows, those in `answers` as a person said;
    how far tasks are stays as it is, whatever the text's markers say."""
    _stand(revision, actor=actor, answers=answers)
    for tell in hooks.revision_saved:
        tell(revision, actor)


def is_open(document: Document) -> bool:
    """Whether the text that stands may be changed otherwise than by a proposal."""
    return not (document.is_approved and policy_of(document.project.policy).proposals_only)


def require_open(document: Document) -> None:
    """Raises Conflict `approved_document` where people agreed on the text that stands and the project's policy says
    that such a text changes by proposal alone."""
    if not is_open(document):
        raise Conflict(
            "approved_document",
            "People agreed on this text, and here such a text changes by proposal alone.",
            {"document": document.public_id, "path": document.path},
            ("Propose the change (propose_revision); it takes effect when people agree on it.",),
        )


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
    known = registry.at(path)
    if known is None or len(path) > 500:
        raise Invalid(
            "invalid_path",
            "A document stands where a dialect has a place for it, at a path of at most 500 characters.",
            {"path": path[:200], "roots": [root for one in registry.dialects() for root in one.roots]},
        )
    found = locked_at(project, path)
    if found is not None:
        return found
    place = known[1]
    spec = _spec_of(project, place, actor) if place.spec else None
    kind = place.kind
    if spec is not None and kind in ONCE and spec.documents.filter(kind=kind).exists():
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
    """A new document of the spec, without a text, in the spec's folder; the caller knows that there is none."""
    dialect, folder = home_of(spec)
    path = dialect.path_in(folder, kind)
    return rows.insert(Document(project=spec.project, spec=spec, kind=kind, path=path))


def home_of(spec: Spec) -> tuple[Dialect, str]:
    """The dialect and the folder of a spec, or those of a spec that is begun here."""
    if not spec.folder:
        begun = registry.begun()
        return begun, begun.folder_for(spec.slug)
    known = registry.at(f"{spec.folder}/requirements.md")
    if known is not None:
        return known[0], spec.folder
    # A folder in which only some names are the dialect's: its first document says whose it is.
    first = spec.documents.order_by("id").first()
    return registry.of(first.path) if first else registry.begun(), spec.folder


def text_of(document: Document) -> str:
    """What an edit by a tool begins with: the text with today's progress, or a skeleton where there is none yet."""
    if document.current is None and document.spec is not None:
        return registry.of(document.path).skeleton(document.kind, title=document.spec.title)
    return hooks.full_text(document)


def locked_at(project: Project, path: str) -> Document | None:
    """The project's document at the path, locked, with its spec; None where there is none."""
    found = _locked(_AT_PATH, project, within=project.pk, path=path)
    if found is not None and found.spec is not None:
        found.spec.project = project
    return found


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


def locked(document: Document) -> Document:
    """The same document, locked and read again, with its project, spec and text."""
    lock_row(document.pk)
    (found,) = _AGAIN.all(id=document.pk)  # by a query of its own, as in `_locked`
    if found.spec is not None:
        found.spec.project = found.project
    return found


def lock_row(key: int) -> None:
    """Locks the row of a document alone."""
    _LOCK.first(id=key)


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


def digest_of(document: Document, text: str) -> str:
    """What an approval binds: SHA-256 over the text with its markers made neutral (DESIGN, Rules for documents)."""
    return sha256_of(registry.of(document.path).neutral(document.kind, text))


def _revision(document: Document, text: str, digest: str, *, actor: Actor) -> Revision:
    """A new revision beside the text that stands."""
    before = document.current
    newest = _NEWEST.first(document=document.pk) if before else None
    revision = Revision(
        document=document,
        number=newest.number + 1 if newest else 1,
        text=text,
        sha256=sha256_of(text),
        digest=digest,
        author=actor.user,
        parent=before,
        format=registry.of(document.path).name,
    )
    return rows.insert(revision)


def _stand(
    revision: Revision,
    *,
    actor: Actor,
    adopt: bool = False,
    requirements: list[Requirement] | None = None,
    answers: Answers = NO_ANSWERS,
) -> list[Item]:
    """Makes the revision its document's text, and brings the rows in step; gives the new ones."""
    document = revision.document
    document.current = revision
    rows.update(document, ("current",))
    _tell("document.revised", revision)
    created = indexing.index(revision, requirements, answers)
    keeper = hooks.keepers.get(document.kind)
    return created if keeper is None else [*created, *keeper.index(revision, first=adopt, answers=answers)]


def _tell(verb: str, revision: Revision, **more: int) -> None:
    document = revision.document
    log.entry(
        verb,
        document,
        project=document.project,
        path=document.path,
        revision=revision.number,
        sha256=revision.sha256,
        spec=document.spec.public_id if document.spec else None,
        **more,
    )


def _spec_of(project: Project, place: Place, actor: Actor) -> Spec:
    """The spec whose folder this is, made where there is none. An archived folder beside an active one of its name, and
    a folder of another dialect, is another spec."""
    there = _IN_FOLDER.first(project=project.pk, folder=place.folder)
    if there is not None:
        there.project = project
        return there
    name = place.spec if not place.archived else f"archive~{place.spec}"
    if len(name) > 100:
        raise Invalid("invalid_path", "The spec's folder name is over 100 characters.", {"path": name[:200]})
    spec = Spec(project=project, slug=_free(project, name), title=place.spec, folder=place.folder)
    spec.archived, spec.created_by = place.archived, actor.user
    rows.insert(spec)
    log.entry("spec.created", spec, project=project, slug=spec.slug, title=spec.title)
    return spec


def _free(project: Project, name: str) -> str:
    """The name, with a number where another folder's spec has it."""
    taken = set(Spec.objects.filter(project=project, slug__startswith=name).values_list("slug", flat=True))
    return next(one for one in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
