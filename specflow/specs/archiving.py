"""A finished spec goes to the archive of its dialect: its documents move there with all that hangs on them, and what an
OpenSpec change says of capabilities becomes their text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Kind
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict as Refusal
from specflow.errors import DomainError, Invalid
from specflow.specs import documents, hooks
from specflow.specs.changes.items import item_diff
from specflow.specs.changes.telling import summary, told
from specflow.specs.diffs import hunks, unified
from specflow.specs.formats import registry
from specflow.specs.formats.items import Items, RequirementItem
from specflow.specs.models import Conflict, Document, DocumentKind, Requirement, Spec
from specflow.text import checked

MAX_PATH = 500
_NAMED = 20


@dataclass(frozen=True)
class Carried:
    """What a delta makes of a capability: its text before ("" for a new one) and after, or why it does not fit."""

    path: str
    delta: Document
    document: Document | None
    before: str
    after: str
    refusal: DomainError | None = None

    @property
    def is_new(self) -> bool:
        """Whether the capability begins with this."""
        return self.document is None

    @cached_property
    def summary(self) -> str:
        """What changes, by item, in a sentence."""
        names = {} if self.refusal else self._names()
        before = [_called(one, names) for one in self._read(self.before).requirements]
        rest = summary(told(item_diff(Items(requirements=tuple(before)), self._read(self.after))))
        renamed = [f"Requirement {old} renamed to {new}" for old, new in names.items()]
        return "; ".join(filter(None, (*renamed, rest)))

    def as_dict(self) -> dict[str, Any]:
        """JSON values: `{path, new, change, unified, refusal}`, the last null where the delta fits."""
        return {
            "path": self.path,
            "new": self.is_new,
            "change": self.summary,
            "unified": unified(hunks(self.before, self.after), self.path),
            "refusal": self.refusal.as_dict() if self.refusal else None,
        }

    def renamed(self, document: Document) -> dict[str, int]:
        """The first lines in the text after of the requirements that the delta renames, by their ids."""
        names = self._names()
        lines = {one.key: one.start for one in self._read(self.after).requirements}
        rows = Requirement.objects.filter(document=document, present=True, key__in=names)
        return {row.public_id: lines[names[row.key]] for row in rows if names[row.key] in lines}

    def _names(self) -> Mapping[str, str]:
        assert self.delta.current is not None  # noqa: S101  # it has been read
        return registry.of(self.delta.path).renamed_by(self.delta.current.text)

    def _read(self, text: str) -> Items:
        return registry.of(self.path).read(DocumentKind.REQUIREMENTS, text)


def _called(one: RequirementItem, names: Mapping[str, str]) -> RequirementItem:
    """The requirement under its new name."""
    return replace(one, key=names.get(one.key, one.key), title=names.get(one.title, one.title))


@dataclass(frozen=True, slots=True)
class Archiving:
    """What archiving a spec does, or did: its folder and the one that it goes to, the capabilities that its deltas
    change, and its tasks that are not completed (in the shape in which a spec shows them)."""

    spec: Spec
    folder: str
    to: str
    capabilities: tuple[Carried, ...]
    open_tasks: tuple[Mapping[str, Any], ...]

    @property
    def refusal(self) -> DomainError | None:
        """What stands against it but for open tasks: the first delta that does not fit."""
        return next((one.refusal for one in self.capabilities if one.refusal), None)

    def as_dict(self) -> dict[str, Any]:
        """JSON values; `allowed` says whether nothing stands against it, open tasks included."""
        names = ("id", "key", "title", "status")
        return {
            "spec": self.spec.public_id,
            "folder": self.folder,
            "to": self.to,
            "allowed": self.refusal is None and not self.open_tasks,
            "capabilities": [one.as_dict() for one in self.capabilities],
            "open_tasks": [{name: one[name] for name in names} for one in self.open_tasks],
        }


@action
def archive_change(spec: Spec, *, actor: Actor, force: bool = False, reason: str = "") -> Archiving:
    """Applies the spec's deltas and moves its documents to the archive; all of it, or nothing. Ids, tasks, status,
    logs, revisions and approvals stay with them.

    Raises what `archiving_of` raises; Conflict `tasks_open` where a task is not completed, unless a maintainer says
    `force` with a `reason` (Invalid `reason_missing`); what a delta that does not fit raises (`apply_delta`), with its
    path; Conflict `approved_document` for a capability that changes by proposal alone and a delta on which nobody
    agreed.
    """
    require(actor, Verb.WRITE_SPECS, spec.project)
    checked(reason, field="reason", limit=2000)
    documents.lock(spec.project)
    spec = Spec.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(pk=spec.pk)
    for path in _deltas(spec).values_list("path", flat=True):
        documents.locked_at(spec.project, registry.of(path).changed_by(path))
    made = archiving_of(spec)
    if made.open_tasks:
        _require_force(made, actor, force=force, reason=reason)
    for one in made.capabilities:
        if one.refusal is not None:
            raise one.refusal
        _carry_out(one, spec, actor)
    _move(made)
    log.entry(
        "spec.archived",
        spec,
        project=spec.project,
        folder=made.to,
        was=made.folder,
        capabilities=[one.path for one in made.capabilities],
        open_tasks=len(made.open_tasks),
        reason=reason if made.open_tasks else "",
    )
    return made


def is_archivable(spec: Spec) -> bool:
    """Whether the spec stands in a folder from which it can go to an archive."""
    dialect, folder = documents.home_of(spec)
    try:
        return not spec.archived and bool(dialect.archive_of(folder, timezone.now().date()))
    except Invalid:
        return False


def archiving_of(spec: Spec) -> Archiving:
    """What archiving the spec would do today (UTC). Raises Conflict `wrong_state` for an archived one,
    `archive_exists` where the archive has such a folder, `open_conflict` where a file and a document of it were both
    changed; Invalid `not_archivable`."""
    if spec.archived:
        raise Refusal("wrong_state", "The spec is archived.", {"state": "archived", "allowed": []})
    dialect, folder = documents.home_of(spec)
    to = dialect.archive_of(folder, timezone.now().date())
    _require_room(spec, to)
    rows = _deltas(spec).select_related("current", "approved", "project")
    section = hooks.spec_sections.get("tasks")
    tasks = section(spec) if section else ()
    left = tuple(one for one in tasks if one["status"] != "completed" and not one["step"])
    return Archiving(spec, folder, to, tuple(_carried(one) for one in rows), left)


def _deltas(spec: Spec) -> QuerySet[Document]:
    return Document.objects.filter(spec=spec, kind=DocumentKind.DELTA).exclude(current=None).order_by("path")


def _require_room(spec: Spec, to: str) -> None:
    there = Document.objects.filter(project=spec.project_id, path__startswith=f"{to}/")
    if there.exists() or Spec.objects.filter(project=spec.project_id, folder=to).exists():
        raise Refusal("archive_exists", f"There is something at {to} already.", {"folder": to})
    if Conflict.objects.filter(document__spec=spec, settled_at=None).exists():
        raise Refusal(
            "open_conflict",
            "A file and a document of this spec were both changed.",
            {"spec": spec.public_id},
            ("Let a person settle the conflict first.",),
        )


def _carried(delta: Document) -> Carried:
    assert delta.current is not None  # noqa: S101  # asked for in the query
    dialect = registry.of(delta.path)
    path = dialect.changed_by(delta.path)
    known = Document.objects.filter(project=delta.project_id, path=path)
    document = known.select_related("project", "spec", "current", "approved").first()
    before = document.current.text if document and document.current else ""
    try:
        return Carried(path, delta, document, before, dialect.apply_delta(before, delta.current.text))
    except DomainError as error:
        return Carried(path, delta, document, before, before, error.at(delta.path))


def _require_force(made: Archiving, actor: Actor, *, force: bool, reason: str) -> None:
    if not force:
        names = [one["key"] or one["title"] for one in made.open_tasks[:_NAMED]]
        count = len(made.open_tasks)
        raise Refusal(
            "tasks_open",
            f"{count} task{'s are' if count > 1 else ' is'} not completed: {', '.join(names)[:500]}.",
            {"tasks": [one["id"] for one in made.open_tasks[:_NAMED]], "keys": names, "count": count},
            ("Complete them first; a maintainer may archive the spec with them, and says why.",),
        )
    if not (actor.user.kind == Kind.SYSTEM and actor.door == "cli"):  # the owner of the server
        require(actor, Verb.MANAGE, made.spec.project)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why the spec is archived with open tasks.", {"field": "reason"})


def _carry_out(one: Carried, spec: Spec, actor: Actor) -> None:
    """Writes the capability's text. A delta on which people agreed is the agreement on what it says, so the text takes
    its place where it else would change by proposal alone."""
    document = one.document or documents.document_at(spec.project, one.path, actor)
    if document.current is None:
        documents.write(document, one.after, actor=actor)
    elif one.after != one.before:
        if not one.delta.is_approved:
            documents.require_open(document)
        revision = documents.propose(document, one.after, actor=actor)
        documents.take(revision, actor=actor, answers=one.renamed(document))


def _move(made: Archiving) -> None:
    """The documents stand at their new paths, and are the same documents."""
    spec = made.spec
    rows = Document.objects.select_for_update(of=("self",), no_key=True).filter(
        spec=spec, path__startswith=f"{made.folder}/"
    )
    moved: Sequence[Document] = list(rows.order_by("id"))
    for row in moved:
        row.path = made.to + row.path[len(made.folder) :]
        if len(row.path) > MAX_PATH:
            raise Invalid("invalid_path", f"A path would be over {MAX_PATH} characters.", {"path": row.path[:200]})
    Document.objects.bulk_update(moved, ("path",), batch_size=200)
    spec.archived, spec.folder = True, made.to
    spec.save(update_fields=("archived", "folder", "updated_at"))
