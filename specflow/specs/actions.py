"""Writes of specs and documents. An edit by a tool is an edit of the text (DESIGN, "The text is the truth")."""

from collections.abc import Sequence

from django.utils.text import slugify

from specflow import rows
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid, NotFound
from specflow.rows import Select
from specflow.specs import documents
from specflow.specs.documents import Saved
from specflow.specs.formats import registry
from specflow.specs.formats.items import EndpointItem
from specflow.specs.indexing import requirements_in
from specflow.specs.models import Criterion, Design, DocumentKind, Requirement, Spec
from specflow.specs.phases import require_phase
from specflow.text import checked, checked_document, checked_title

_NAMED = Select(lambda given: Spec.objects.filter(project=given("project"), slug=given("slug")).only("id").order_by())


@action
def create_spec(project: Project, *, actor: Actor, title: str, description: str = "", slug: str = "") -> Spec:
    """A spec in the phase requirements, with a first requirements document.

    The slug comes from the title where none is given, with a number where it is taken. Raises Invalid `invalid_title`,
    `invalid_slug`, Conflict `spec_exists` for a given slug that is taken.
    """
    require(actor, Verb.WRITE_SPECS, project)
    checked_title(title)
    checked(description, field="description")
    project = documents.lock(project)
    free = _free_slug(project, slug, title)
    spec = Spec(project=project, slug=free, title=title, description=description, created_by=actor.user)
    spec.folder = registry.begun().folder_for(free)
    rows.insert(spec)
    log.entry("spec.created", spec, project=project, slug=spec.slug, title=title)
    document = documents.first_of(spec, "requirements")
    text = registry.of(document.path).skeleton("requirements", title=title, description=description)
    documents.write(document, text, actor=actor)
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
    document = documents.document_at(project, path, actor)
    if base_sha256:
        documents.require_base(document, base_sha256)
    return documents.write(document, text, actor=actor, adopt=adopt)


@action
def add_requirement(spec: Spec, *, actor: Actor, title: str, condition: str, action: str) -> Requirement:
    """Writes an EARS requirement at the end of the requirements document and gives its row.

    Raises Invalid `unrepresentable_text` where the text could not be given back exactly as it came.
    """
    require(actor, Verb.WRITE_SPECS, spec.project)
    checked_title(title)
    for field, value in (("condition", condition), ("action", action)):
        _required(checked(value, field=field), field)
    document = documents.document_of(spec, "requirements")
    text = documents.text_of(document)
    edited, _ = registry.of(document.path).add_requirement(text, title=title, condition=condition, action=action)
    return documents.write(document, edited, actor=actor).new(Requirement)


@action
def add_criterion(requirement: Requirement, *, actor: Actor, text: str) -> Criterion:
    """Writes an acceptance criterion under the requirement and gives its row."""
    require(actor, Verb.WRITE_SPECS, requirement.project)
    _required(checked(text, field="text"), "text")
    document = documents.document_of(requirement.spec, "requirements")
    rows = requirements_in(document)  # as they stand now that nobody else can write
    row = next((one for one in rows if one.pk == requirement.pk and one.present), None)
    if row is None:
        raise NotFound.of("requirement", requirement.public_id)
    edited, _ = registry.of(document.path).add_criterion(
        documents.text_of(document), requirement_key=row.key, ordinal=row.ordinal, value=text
    )
    return documents.write(document, edited, actor=actor, requirements=rows).new(Criterion)


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
    document = documents.document_of(spec, "design")
    edited = registry.of(document.path).write_design(
        documents.text_of(document), architecture=architecture, data_model=data_model, api_spec=api_spec
    )
    documents.write(document, edited, actor=actor)
    return Design.objects.select_related("document").get(document=document)


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
    specs = Spec.objects.filter(project=project).order_by()
    if _NAMED.first(project=project.pk, slug=base) is None:
        return base
    taken = set(specs.filter(slug__startswith=f"{base}-").values_list("slug", flat=True))
    return next(one for one in (f"{base}-{n}" for n in range(2, len(taken) + 3)) if one not in taken)
