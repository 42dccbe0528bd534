"""Reads of conflicts: a file of a project's folder and its document that both changed (sync/actions.py)."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.accounts.queries import visible, visible_to
from specflow.specs import hooks
from specflow.specs.changes.merge import merge
from specflow.specs.documents import digest_of, sha256_of
from specflow.specs.drafting import Draft, draft
from specflow.specs.formats import registry
from specflow.specs.models import Conflict, Revision, WorkspaceFile
from specflow.specs.sync.settling import MARKS


@dataclass(frozen=True, slots=True)
class Base:
    """The text on which file and document last agreed, and the revision that it was of: but for marks of progress the
    same text. None where the text itself was none (a conflict was settled otherwise than by the file)."""

    text: str
    revision: Revision | None


def conflicts_of(project: Project) -> QuerySet[Conflict]:
    """The project's conflicts without the files' texts: the open ones, then those that were settled last."""
    return _lines(Conflict.objects.filter(project=project)).order_by(F("settled_at").desc(nulls_first=True), "-id")


def conflicts_visible_to(actor: Actor) -> QuerySet[Conflict]:
    """Conflicts of the actor's projects, without the files' texts."""
    return visible_to(actor, _lines(Conflict.objects.select_related("project")))


def conflict_for(actor: Actor, public_id: str) -> Conflict:
    """The visible conflict, or NotFound `conflict_not_found`."""
    rows = Conflict.objects.select_related("document__spec", "document__current", "revision", "settled_by")
    return visible(rows, actor, public_id)


def open_in(project: Project) -> int:
    """How many conflicts of the project wait for a person."""
    return Conflict.objects.filter(project=project, settled_at=None).count()


def document_text(conflict: Conflict) -> str:
    """The document's side: as it reads today, or for a settled conflict as it was then."""
    if conflict.settled_at is not None:
        return conflict.revision.text
    return hooks.full_text(conflict.document)


def base_of(conflict: Conflict) -> Base | None:
    """On what file and document last agreed; None where they never did, or the conflict is settled."""
    if conflict.settled_at is not None:
        return None
    document = conflict.document
    agreed = WorkspaceFile.objects.filter(project=conflict.project_id, path=document.path).first()
    if agreed is None:
        return None
    revisions = Revision.objects.filter(document=document).order_by("-number")
    same = revisions.filter(sha256=agreed.sha256).first()
    if same is not None:
        return Base(same.text, same)
    if sha256_of(agreed.text) != agreed.sha256:  # noted before texts were kept
        return None
    return Base(agreed.text, revisions.filter(digest=digest_of(document, agreed.text)).first())


def draft_of(conflict: Conflict, base: Base | None) -> Draft:
    """What a settlement by hand begins with: where it is not known what the sides last agreed on, the document's."""
    document = document_text(conflict)
    if base is None:
        return Draft(document)
    path, kind = conflict.document.path, conflict.document.kind
    merged = merge(base.text, document, conflict.text, read=lambda text: registry.of(path).read(kind, text))
    return draft(merged, MARKS)


def _lines(rows: QuerySet[Conflict]) -> QuerySet[Conflict]:
    found: QuerySet[Conflict] = rows.select_related("document__spec", "revision", "settled_by")
    return found.defer("text", "revision__text")
