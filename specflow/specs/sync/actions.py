"""What becomes of a file and its document: the newer one is taken, and where both are newer a person settles it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Kind, Project
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict as Refusal
from specflow.errors import Invalid, PermissionDenied
from specflow.specs import documents, hooks
from specflow.specs.documents import sha256_of
from specflow.specs.drafting import require_unmarked
from specflow.specs.formats import registry
from specflow.specs.models import Conflict, Document, WorkspaceFile
from specflow.specs.sync.settling import MARKS, require_seen
from specflow.text import checked, checked_document

Step = Literal["same", "taken", "write", "conflict", "missing", "remove", "none", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided for a path: `same` (nothing to do), `taken` (the file became a revision), `write` (`text` must
    go to the file), `conflict` (both changed), `missing` (the file was removed; the document stays), `remove` (the
    document was moved, and the file must go), `none` (there is neither), `refused` (the file cannot be taken).
    `refusals` say why, and which changes of progress were not taken."""

    path: str
    step: Step
    text: str = ""
    refusals: tuple[str, ...] = ()


@action
def reconcile(project: Project, *, actor: Actor, path: str, file: str | None) -> Outcome:
    """Decides for one path, with the file's text as it is now (None where there is no file).

    The base moves only when both sides are known to be the same: a text that must be written is confirmed by the next
    look at the file, so that a crash in between repeats the write and reverts nothing. Raises what `save_document`
    raises, with nothing changed.
    """
    require(actor, Verb.WRITE_SPECS, project)
    found = documents.locked_at(project, path)
    base = WorkspaceFile.objects.filter(project=project, path=path).values_list("sha256", flat=True).first()
    stands = hooks.full_text(found) if found and found.current else None
    if found is None and base is not None:
        return _left_behind(project, path, file, base)
    if file is None:
        return _without_file(path, stands, base)
    if stands == file:
        _agree(found, file)
        _close(found, actor)
        return Outcome(path, "same")
    if stands is not None and base == sha256_of(file):
        return Outcome(path, "write", stands)
    if stands is None or base == sha256_of(stands):
        return _take(project, path, file, actor)
    assert found is not None  # noqa: S101  # it has a text
    _record_conflict(found, file)
    return Outcome(path, "conflict")


@action
def look_over(project: Project, *, actor: Actor, paths: Sequence[str]) -> list[Outcome]:
    """What there is to say of documents whose files were looked at, when all of them have been: the records of work
    among them are taken (hooks.files_came). Gives outcomes `same`, with the sentences as refusals."""
    require(actor, Verb.WRITE_SPECS, project)
    rows = Document.objects.filter(project=project, path__in=paths).select_related("project", "spec", "current")
    told = [one for tell in hooks.files_came for one in tell(list(rows.defer("current__text")), actor)]
    return [Outcome(path, "same", refusals=(one,)) for path, one in told]


@action
def attach(project: Project, *, actor: Actor, folder: str) -> Project:
    """Makes this the project's folder (an absolute path on this machine). Only the owner of the server may: it lets
    documents be written there. What another folder had agreed on counts no more."""
    if actor.user.kind != Kind.SYSTEM or actor.door != "cli":
        raise PermissionDenied("owner_only", "The owner of the server says where a project's folder is.", {})
    project = documents.lock(project)
    if project.workspace != checked(folder, field="folder", limit=1000):
        WorkspaceFile.objects.filter(project=project).delete()
        project.workspace = folder
        project.save(update_fields=("workspace",))
        log.entry("project.folder_set", project, project=project, folder=folder)
    return project


@action
def settle(
    conflict: Conflict,
    *,
    actor: Actor,
    choice: str,
    text: str = "",
    file_sha256: str = "",
    document_sha256: str = "",
) -> Conflict:
    """A person says which text stands: the file's, the document's, or `text`. The next look at the folder writes it.
    `file_sha256` and `document_sha256` are those of the texts that the person read.

    Raises PermissionDenied `agent_may_not`, Invalid `unknown_choice`, `marks_left` where a mark of the merge stands in
    `text`, Conflict `wrong_state` for a settled one, `stale_conflict` where a text is another by now, and what
    `save_document` raises.
    """
    require(actor, Verb.WRITE_SPECS, conflict.project)
    if not actor.user.is_person:
        raise PermissionDenied("agent_may_not", "A person settles a conflict.", {"kind": actor.user.kind})
    if choice not in Conflict.Choice.values:
        raise Invalid("unknown_choice", "Choose file, document or merged.", {"known": list(Conflict.Choice.values)})
    document = documents.locked_at(conflict.project, conflict.document.path)
    conflict = Conflict.objects.select_related("project", "document").get(pk=conflict.pk)
    if conflict.settled_at is not None or document is None:
        raise Refusal("wrong_state", "The conflict is settled.", {"state": "settled", "allowed": []})
    require_seen((file_sha256, conflict.sha256), (document_sha256, sha256_of(hooks.full_text(document))))
    if choice == Conflict.Choice.MERGED:
        require_unmarked(text, MARKS)
    if choice != Conflict.Choice.DOCUMENT:
        chosen = conflict.text if choice == Conflict.Choice.FILE else checked_document(text)
        documents.write(document, chosen, actor=actor)
    _agree(document, conflict.text)  # the file is as it was then, or it is another conflict
    conflict.choice, conflict.settled_by, conflict.settled_at = choice, actor.user, timezone.now()
    conflict.save(update_fields=("choice", "settled_by", "settled_at"))
    log.entry("conflict.settled", conflict, project=conflict.project, path=document.path, choice=choice)
    return conflict


def _without_file(path: str, stands: str | None, base: str | None) -> Outcome:
    """A document without a file: a new one is written; one whose file was removed waits until its text changes."""
    if stands is None:
        return Outcome(path, "none")
    if base is None:
        return Outcome(path, "write", stands)
    return Outcome(path, "missing") if base == sha256_of(stands) else Outcome(path, "write", stands)


def _left_behind(project: Project, path: str, file: str | None, base: str) -> Outcome:
    """A file whose document was moved away (an archived spec); what was written to it since is a person's to move."""
    if file is None:
        WorkspaceFile.objects.filter(project=project, path=path).delete()
        return Outcome(path, "none")
    if sha256_of(file) == base:
        return Outcome(path, "remove")
    said = "document_moved: The document was moved to the archive, and the file was changed: move it or remove it."
    return Outcome(path, "refused", refusals=(said,))


def _take(project: Project, path: str, file: str, actor: Actor) -> Outcome:
    """The file's text becomes the document's. Progress that was refused goes back to the file."""
    if registry.at(path) is None:
        return Outcome(path, "none")
    known = Document.objects.filter(project=project, path=path).exists()
    saved = documents.write(documents.document_at(project, path, actor), file, actor=actor, adopt=not known)
    stands = hooks.full_text(saved.document)
    _agree(saved.document, file)
    if stands != file:
        return Outcome(path, "write", stands, saved.refusals)
    return Outcome(path, "taken", refusals=saved.refusals)


def _agree(document: Document | None, text: str) -> None:
    """Notes the text as the base of what is changed next; with its words where the revision that stands has others."""
    assert document is not None and document.current is not None  # noqa: S101, PT018  # both sides have a text
    digest = sha256_of(text)
    said = {"sha256": digest, "text": "" if digest == document.current.sha256 else text}
    WorkspaceFile.objects.update_or_create(project=document.project, path=document.path, defaults=said)


def _record_conflict(document: Document, file: str) -> None:
    """One open conflict for each document; it follows the file while nobody has settled it."""
    assert document.current is not None  # noqa: S101  # only a text can be in conflict
    digest = sha256_of(file)
    known = Conflict.objects.filter(document=document, settled_at=None).first()
    if known is not None:
        if (known.sha256, known.revision_id) != (digest, document.current_id):
            known.text, known.sha256, known.revision = file, digest, document.current
            known.save(update_fields=("text", "sha256", "revision"))
        return
    row = Conflict.objects.create(
        project=document.project, document=document, revision=document.current, text=file, sha256=digest
    )
    log.entry("conflict.found", row, project=document.project, path=document.path, revision=row.revision.number)


def _close(document: Document | None, actor: Actor) -> None:
    """Both sides came to say the same by themselves."""
    for row in Conflict.objects.filter(document=document, settled_at=None):
        row.choice, row.settled_by, row.settled_at = Conflict.Choice.DOCUMENT, actor.user, timezone.now()
        row.save(update_fields=("choice", "settled_by", "settled_at"))
        log.entry("conflict.settled", row, project=row.project, path=row.document.path, choice="same")
