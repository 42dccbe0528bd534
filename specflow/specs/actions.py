"""Writes of specs and documents. An edit by a tool is an edit of the text (DESIGN, "The text is the truth")."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.text import slugify

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid, NotFound
from specflow.specs import hooks, indexing
from specflow.specs.formats import spec_workflow as dialect
from specflow.specs.formats.items import EndpointItem
from specflow.specs.models import Criterion, Design, Document, DocumentKind, Requirement, Revision, Spec
from specflow.specs.phases import require_phase
from specflow.specs.workspace import path_parts
from specflow.text import checked, checked_document, checked_title


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a text: its document, whether a new revision was made, and refused changes of progress."""

    document: Document
    revised: bool
    refusals: tuple[str, ...] = ()


@action
def create_spec(project: Project, *, actor: Actor, title: str, description: str = "", slug: str = "") -> Spec:
    """A spec in the phase requirements, with a first requirements document.

    The slug comes from the title where none is given, with a number where it is taken. Raises Invalid `invalid_title`,
    `invalid_slug`, Conflict `spec_exists` for a given slug that is taken.
    """
    require(actor, Verb.WRITE_SPECS, project)
    checked_title(title)
    checked(description, field="description")
    project = _lock(project)
    spec = Spec.objects.create(
        project=project,
        slug=_free_slug(project, slug, title),
        title=title,
        description=description,
        created_by=actor.user,
    )
    log.entry("spec.created", spec, project=project, slug=spec.slug, title=title)
    save_document(
        project,
        actor=actor,
        path=dialect.path_for(spec.slug, "requirements"),
        text=dialect.skeleton("requirements", title=title, description=description),
    )
    return spec


@action
def update_spec(spec: Spec, *, actor: Actor, title: str | None = None, description: str | None = None) -> Spec:
    """Changes the spec's title or description; None leaves one as it is."""
    require(actor, Verb.WRITE_SPECS, spec.project)
    spec = Spec.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(pk=spec.pk)
    changed = {}
    if title is not None and title != spec.title:
        spec.title = changed["title"] = checked_title(title)
    if description is not None and description != spec.description:
        spec.description = changed["description"] = checked(description, field="description")
    if changed:
        spec.save(update_fields=(*changed, "updated_at"))
        log.entry("spec.updated", spec, project=spec.project, **changed)
    return spec


@action
def save_document(
    project: Project, *, actor: Actor, path: str, text: str, base_sha256: str = "", adopt: bool = False
) -> Saved:
    """Makes `text` the document at `path`, which is made where there is none (and its spec with it).

    Text that differs only in the markers of progress makes no revision: its markers are taken as changes of state,
    through the gates. `base_sha256` is the text that the writer had read; `adopt` takes markers of new tasks as they
    are (an import). Raises Invalid `invalid_path`, `invalid_text`, TooLarge, Conflict `stale_base`.
    """
    require(actor, Verb.WRITE_SPECS, project)
    checked_document(text)
    document = _document_at(project, path, actor)
    before = document.current
    if base_sha256 and (before is None or base_sha256 not in {before.sha256, sha256_of(hooks.full_text(document))}):
        raise Conflict(
            "stale_base",
            "The document was changed since you read it.",
            {"document": document.public_id, "current_sha256": before.sha256 if before else None},
            ("Read the document again and make your change on that.",),
        )
    keeper = hooks.keepers.get(document.kind)
    if before is not None and text == before.text and (keeper is None or text == hooks.full_text(document)):
        return Saved(document, False)
    digest = digest_of(document.kind, text)
    if before is not None and keeper is not None and digest == before.digest and not _text_differs(before, text):
        return Saved(document, False, tuple(keeper.absorb(document, text, actor=actor)))
    return _revise(document, text, digest, actor=actor, adopt=adopt)


@action
def add_requirement(spec: Spec, *, actor: Actor, title: str, condition: str, action: str) -> Requirement:
    """Writes an EARS requirement at the end of the requirements document and gives its row.

    Raises Invalid `unrepresentable_text` where the text could not be given back exactly as it came.
    """
    require(actor, Verb.WRITE_SPECS, spec.project)
    checked_title(title)
    for field, value in (("condition", condition), ("action", action)):
        _required(checked(value, field=field), field)
    path, text = _text_of(spec, "requirements")
    edited, key = dialect.add_requirement(text, title=title, condition=condition, action=action)
    saved = save_document(spec.project, actor=actor, path=path, text=edited)
    return Requirement.objects.filter(document=saved.document, key=key, present=True).latest("position")


@action
def add_criterion(requirement: Requirement, *, actor: Actor, text: str) -> Criterion:
    """Writes an acceptance criterion under the requirement and gives its row."""
    require(actor, Verb.WRITE_SPECS, requirement.project)
    _required(checked(text, field="text"), "text")
    path, current = _text_of(requirement.spec, "requirements")
    requirement.refresh_from_db()
    if not requirement.present:
        raise NotFound.of("requirement", requirement.public_id)
    edited, _ = dialect.add_criterion(current, requirement_key=requirement.key, ordinal=requirement.ordinal, value=text)
    save_document(requirement.project, actor=actor, path=path, text=edited)
    return Criterion.objects.filter(requirement=requirement, present=True).latest("position")


@action
def update_design(
    spec: Spec,
    *,
    actor: Actor,
    architecture: str | None = None,
    data_model: str | None = None,
    api_spec: Sequence[EndpointItem] | None = None,
) -> Design:
    """Writes the design's sections that are given; None leaves one as it is.

    Raises Conflict `phase_gate` while the requirements are not approved.
    """
    require(actor, Verb.WRITE_SPECS, spec.project)
    require_phase(spec, DocumentKind.DESIGN)
    for field, value in (("architecture", architecture), ("data_model", data_model)):
        if value is not None:
            checked(value, field=field)
    for endpoint in api_spec or ():
        for field in ("method", "endpoint", "description"):
            checked(getattr(endpoint, field), field=f"api_spec.{field}")
    path, text = _text_of(spec, "design")
    edited = dialect.write_design(text, architecture=architecture, data_model=data_model, api_spec=api_spec)
    saved = save_document(spec.project, actor=actor, path=path, text=edited)
    return Design.objects.select_related("document").get(document=saved.document)


def sha256_of(text: str) -> str:
    """SHA-256 of a text's bytes (UTF-8), in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(kind: str, text: str) -> str:
    """What an approval binds: SHA-256 over the text with its markers made neutral (DESIGN, Rules for documents)."""
    return sha256_of(dialect.neutral(text) if kind == DocumentKind.TASKS else text)


def _text_differs(before: Revision, text: str) -> bool:
    return dialect.neutral(before.text) != dialect.neutral(text)


def _revise(document: Document, text: str, digest: str, *, actor: Actor, adopt: bool) -> Saved:
    before = document.current
    revision = Revision.objects.create(
        document=document,
        number=before.number + 1 if before else 1,
        text=text,
        sha256=sha256_of(text),
        digest=digest,
        author=actor.user,
        parent=before,
    )
    document.current = revision
    document.save(update_fields=("current",))
    revision.document = document
    log.entry(
        "document.revised",
        document,
        project=document.project,
        path=document.path,
        revision=revision.number,
        sha256=revision.sha256,
        spec=document.spec.public_id if document.spec else None,
    )
    indexing.index(revision)
    keeper = hooks.keepers.get(document.kind)
    refusals: list[str] = []
    if keeper is not None:
        keeper.index(revision, actor=actor, first=adopt)
        if not adopt:
            refusals = keeper.absorb(document, text, actor=actor)
    for tell in hooks.revision_saved:
        tell(revision, actor)
    return Saved(document, True, tuple(refusals))


def _document_at(project: Project, path: str, actor: Actor) -> Document:
    """The locked document at the path, made with its spec where there is none yet."""
    path_parts(checked(path, field="path"))
    place = dialect.place(path)
    if place is None or len(path) > 500:
        raise Invalid(
            "invalid_path",
            "A document's path is below .spec-workflow/, of at most 500 characters.",
            {"path": path[:200]},
        )
    found = locked_document(project, path=path)
    if found is not None:
        return _whole(found.pk)
    spec = _spec_of(project, place, actor) if place.spec else None
    kind = place.kind
    if spec is not None and kind in ("requirements", "design", "tasks") and spec.documents.filter(kind=kind).exists():
        kind = DocumentKind.OTHER
    return _whole(Document.objects.create(project=project, spec=spec, kind=kind, path=path).pk)


def locked_document(project: Project, **which: object) -> Document | None:
    """The project's document with these fields, locked; for one that is not there yet the project is, so that of two
    first writers the second finds what the first one wrote."""
    rows = Document.objects.select_for_update().filter(project=project, **which)
    found = rows.first()
    if found is None:
        _lock(project)
        found = rows.all().first()
    return found


def _lock(project: Project) -> Project:
    """The project, locked against others who make something in it; rows that refer to it can still be written."""
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _whole(pk: int) -> Document:
    return Document.objects.select_related("project", "spec", "current", "approved").get(pk=pk)


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


def _text_of(spec: Spec, kind: Literal["requirements", "design"]) -> tuple[str, str]:
    """The path and text of the spec's document of a kind, locked; a skeleton's text where there is none yet."""
    # The text is read by a query of its own: PostgreSQL joins a row that it had to wait for with what was there before.
    document = locked_document(spec.project, spec=spec, kind=kind)
    if document is None or document.current is None:
        return dialect.path_for(spec.slug, kind), dialect.skeleton(kind, title=spec.title)
    return document.path, document.current.text


def _required(value: str, field: str) -> str:
    if not value.strip():
        raise Invalid("missing_value", f"{field} must not be empty.", {"field": field})
    return value


def _free_slug(project: Project, slug: str, title: str) -> str:
    if slug:
        if slug != slugify(slug, allow_unicode=True) or len(slug) > 100:
            raise Invalid("invalid_slug", "A spec's slug is lower-case words joined by hyphens.", {"slug": slug[:100]})
        if Spec.objects.filter(project=project, slug=slug).exists():
            raise Conflict("spec_exists", f"There is a spec '{slug}' already.", {"slug": slug})
        return slug
    base = slugify(title, allow_unicode=True)[:90].strip("-") or "spec"
    taken = set(Spec.objects.filter(project=project, slug__startswith=base).values_list("slug", flat=True))
    return next(one for one in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
