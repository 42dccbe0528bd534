"""Reads of specs and documents."""

from django.db.models import Prefetch, Q, QuerySet

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.queries import visible, visible_to
from specflow.accounts.rules import require
from specflow.errors import NotFound
from specflow.rows import Select, prefetched
from specflow.specs.models import Criterion, Design, Document, Requirement, Revision, Spec

_BY_SLUG = Select(lambda given: Spec.objects.filter(project=given("project"), slug=given("slug")).order_by())
_BY_ID = Select(lambda given: Spec.objects.filter(project=given("project"), public_id=given("id")).order_by())
_REQUIREMENT = Select(
    lambda given: (
        Requirement.objects.filter(project=given("project"), public_id=given("id"), present=True)
        .select_related("spec")
        .order_by()
    )
)

_AT_PATH = Select(
    lambda given: (
        Document.objects.filter(project=given("project"), path=given("path"))
        .select_related("project", "spec", "current", "approved")
        .order_by()
    )
)

_WITHOUT_TEXTS = Select(lambda given: _without_texts().filter(spec=given("spec")))


def spec_for(actor: Actor, public_id: str, verb: Verb = Verb.VIEW) -> Spec:
    """The visible spec, or NotFound `spec_not_found`."""
    return visible(Spec.objects.all(), actor, public_id, verb)


def spec_named(project: Project, name: str) -> Spec:
    """The project's spec by slug or id, or NotFound `spec_not_found`."""
    # One after the other: with both in one condition the database reads all specs of the project.
    spec = _BY_SLUG.first(project=project.pk, slug=name) or _BY_ID.first(project=project.pk, id=name)
    if spec is None:
        raise NotFound.of("spec", name)
    spec.project = project
    return spec


def spec_with_documents(project: Project, name: str) -> Spec:
    """As `spec_named`, with the spec's documents at hand, without the texts."""
    spec = specs_of(project).filter(Q(slug=name) | Q(public_id=name)).first()
    if spec is None:
        raise NotFound.of("spec", name)
    return spec


def specs_visible_to(actor: Actor) -> QuerySet[Spec]:
    """Specs of the actor's projects, newest first, with their three documents."""
    return with_documents(visible_to(actor, Spec.objects.select_related("project", "created_by")))


def specs_of(project: Project) -> QuerySet[Spec]:
    """The project's specs, newest first, with their documents."""
    return with_documents(Spec.objects.filter(project=project).select_related("project", "created_by"))


def specs_matching(specs: QuerySet[Spec], words: str) -> QuerySet[Spec]:
    """Those of the specs whose title, slug or description contains the words."""
    return specs.filter(Q(title__icontains=words) | Q(slug__icontains=words) | Q(description__icontains=words))


def documents_at_hand() -> "Prefetch[str]":
    """A prefetch of specs' documents without the texts."""
    return Prefetch("documents", _without_texts())


def _without_texts() -> QuerySet[Document]:
    return Document.objects.defer("current__text", "approved__text").select_related("current", "approved")


def at_hand(spec: Spec) -> Spec:
    """The same spec, its documents at hand, without the texts."""
    prefetched(spec, "documents", _WITHOUT_TEXTS.all(spec=spec.pk))
    return spec


def with_documents(specs: QuerySet[Spec]) -> QuerySet[Spec]:
    """The same specs, their documents at hand, without the texts."""
    return specs.prefetch_related(documents_at_hand())


def requirements_of(spec: Spec) -> QuerySet[Requirement]:
    """The requirements that the text has now, in its order, with their criteria."""
    criteria = Criterion.objects.filter(present=True)
    rows = Requirement.objects.filter(spec=spec, present=True).select_related("document")
    return rows.prefetch_related(Prefetch("criteria", criteria))


def requirement_for(actor: Actor, spec: Spec, public_id: str, verb: Verb = Verb.VIEW) -> Requirement:
    """The spec's requirement that its text has now, or NotFound `requirement_not_found`."""
    require(actor, verb, spec.project)
    row = Requirement.objects.filter(spec=spec, present=True, public_id=public_id).order_by().first()
    if row is None:
        raise NotFound.of("requirement", public_id)
    row.spec, row.project = spec, spec.project
    return row


def requirement_named(project: Project, spec: str, public_id: str) -> Requirement:
    """The requirement of the project's spec of this slug or id, in one look. Raises NotFound `spec_not_found`,
    `requirement_not_found`."""
    row = _REQUIREMENT.first(project=project.pk, id=public_id)
    if row is None or spec not in (row.spec.slug, row.spec.public_id):
        spec_named(project, spec)  # that the spec is unknown is said first
        raise NotFound.of("requirement", public_id)
    row.project = row.spec.project = project
    return row


def document_for(actor: Actor, public_id: str, verb: Verb = Verb.VIEW) -> Document:
    """The visible document, or NotFound `document_not_found`."""
    return visible(Document.objects.select_related("spec", "current", "approved"), actor, public_id, verb)


def document_at(project: Project, path: str) -> Document:
    """The project's document at a path, or NotFound `document_not_found`."""
    row = _AT_PATH.first(project=project.pk, path=path)
    if row is None:
        raise NotFound.of("document", path)
    return row


def document_of(spec: Spec, kind: str) -> Document:
    """The spec's document of a kind, or NotFound `document_not_found`."""
    rows = Document.objects.select_related("project", "spec", "current", "approved")
    row = rows.filter(spec=spec, kind=kind).first()
    if row is None:
        raise NotFound.of("document", f"{spec.slug}/{kind}")
    return row


def documents_visible_to(actor: Actor) -> QuerySet[Document]:
    """Documents of the actor's projects, without their texts."""
    rows = Document.objects.select_related("project", "spec", "current", "approved")
    return visible_to(actor, rows.defer("current__text", "approved__text"))


def design_of(spec: Spec) -> Design | None:
    """The spec's design, None where there is none yet."""
    return Design.objects.select_related("document").filter(document__spec=spec).first()


def revisions_of(document: Document) -> QuerySet[Revision]:
    """The document's revisions, newest first, without their texts."""
    rows = Revision.objects.filter(document=document).select_related("author", "parent")
    return rows.defer("text", "parent__text").order_by("-number")


def proposed_in(document: Document) -> set[int]:
    """The row ids of the document's revisions that never were its text: they were proposed."""
    rows = Revision.objects.filter(document=document).order_by()
    parents = dict(rows.values_list("pk", "parent_id"))
    place, left = document.current_id, set(parents)
    while place is not None:
        left.discard(place)
        place = parents[place]
    return left


def revision_of(document: Document, number: int) -> Revision:
    """One revision, or NotFound `revision_not_found`."""
    row = Revision.objects.filter(document=document, number=number).select_related("author").first()
    if row is None:
        raise NotFound.of("revision", number)
    return row
