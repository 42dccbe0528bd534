"""Specs, documents and what stands in them, to be read. They are written by edits of their text, not here."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from specflow.accounts.admin_door import Door, OwnProjects, display
from specflow.specs.models import Criterion, Design, Document, Phase, Requirement, Revision, Spec
from specflow.specs.rendering import shown

PHASE_COLOURS = {
    Phase.REQUIREMENTS: "info",
    Phase.DESIGN: "info",
    Phase.TASKS: "info",
    Phase.IMPLEMENTATION: "warning",
    Phase.COMPLETED: "success",
}


def link(row: Any) -> SafeString:
    """The way to a row's page in the admin."""
    place = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a class="sf-link" href="{}">{}</a>', reverse(place, args=[row.pk]), row)


@admin.register(Spec)
class SpecAdmin(Door):
    """Specs; the live page of each is a link away."""

    list_display = ("title", "shown_phase", "requirement_count", "project", "created_by", "updated_at")
    list_filter = ("phase", "archived", ("project", OwnProjects))
    search_fields = ("title", "slug", "public_id")
    list_select_related = ("project", "created_by")
    fields = (
        "title",
        "description",
        "phase",
        "archived",
        "live_page",
        "documents_list",
        "project",
        "slug",
        "created_by",
        "created_at",
        "updated_at",
        "public_id",
    )
    readonly_fields = ("live_page", "documents_list", "created_at", "updated_at", "public_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Spec]:
        rows: QuerySet[Spec] = super().get_queryset(request)
        return rows.annotate(requirement_total=Count("requirements", filter=Q(requirements__present=True)))

    @display(description="Phase", ordering="phase", label={key.label: colour for key, colour in PHASE_COLOURS.items()})
    def shown_phase(self, row: Spec) -> str:
        return row.get_phase_display()

    @display(description="Requirements", ordering="requirement_total")
    def requirement_count(self, row: Spec) -> int:
        return row.requirement_total  # type: ignore[attr-defined, no-any-return]  # annotated above

    @display(description="Live page")
    def live_page(self, row: Spec) -> SafeString:
        address = f"/p/{row.project.slug}/specs/{row.slug}/"
        return format_html('<a class="sf-link" href="{}">{}</a>', address, address)

    @display(description="Documents")
    def documents_list(self, row: Spec) -> SafeString:
        return format_html_join(mark_safe("<br>"), "{}", ((link(one),) for one in row.documents.order_by("path")))


@admin.register(Document)
class DocumentAdmin(Door):
    """Documents, with the text that stands now."""

    list_display = ("path", "kind", "spec", "current", "shown_approved", "project")
    list_filter = ("kind", ("project", OwnProjects))
    search_fields = ("path", "public_id", "spec__title")
    list_select_related = ("spec", "current", "approved", "project")
    fields = (
        "path",
        "kind",
        "spec_link",
        "revisions_list",
        "shown_approved",
        "text",
        "project",
        "created_at",
        "public_id",
    )
    readonly_fields = ("spec_link", "revisions_list", "shown_approved", "text", "created_at", "public_id")

    @display(description="Agreed", boolean=True)
    def shown_approved(self, row: Document) -> bool:
        return row.is_approved

    @display(description="Spec")
    def spec_link(self, row: Document) -> str:
        return link(row.spec) if row.spec else "-"

    @display(description="Revisions")
    def revisions_list(self, row: Document) -> SafeString:
        latest = row.revisions.defer("text").order_by("-number")[:20]
        return format_html_join(", ", "{}", ((link(one),) for one in latest))

    @display(description="Text")
    def text(self, row: Document) -> SafeString:
        return shown(row.path, row.current.text if row.current else "")


@admin.register(Revision)
class RevisionAdmin(Door):
    """Revisions: immutable."""

    project_path = "document__project"
    list_display = ("document", "number", "author", "short_digest", "created_at")
    list_filter = (("document__project", OwnProjects),)
    search_fields = ("document__path", "public_id", "digest", "sha256")
    list_select_related = ("document__project", "author")
    ordering = ("-id",)
    fields = ("document_link", "number", "author", "created_at", "body", "sha256", "digest", "format", "public_id")
    readonly_fields = ("document_link", "body", "created_at", "public_id")

    @display(description="Document")
    def document_link(self, row: Revision) -> SafeString:
        return link(row.document)

    @display(description="Text")
    def body(self, row: Revision) -> SafeString:
        return shown(row.document.path, row.text)

    @display(description="Digest")
    def short_digest(self, row: Revision) -> SafeString:
        return format_html('<code title="{}">{}…</code>', row.digest, row.digest[:12])


class ItemAdmin(Door):
    """What a document's text says at some lines."""

    list_filter: tuple[Any, ...] = ("present", ("project", OwnProjects))
    list_select_related: tuple[str, ...] = ("document", "project")
    readonly_fields = ("public_id", "source")

    @display(description="Stands in")
    def source(self, row: Any) -> SafeString:
        return format_html("{}, lines {} to {}", link(row.document), row.start, row.end)


@admin.register(Requirement)
class RequirementAdmin(ItemAdmin):
    """Requirements of all specs."""

    list_display = ("key", "title", "spec", "present", "project")
    list_display_links = ("title",)
    search_fields = ("title", "key", "public_id", "spec__title")
    list_select_related = ("spec", "document", "project")
    fields = ("key", "title", "user_story", "condition", "action", "spec", "source", "present", "project", "public_id")


@admin.register(Criterion)
class CriterionAdmin(ItemAdmin):
    """Acceptance criteria."""

    list_display = ("key", "text", "requirement", "present", "project")
    list_display_links = ("text",)
    search_fields = ("text", "public_id")
    list_select_related = ("requirement", "document", "project")
    fields = ("key", "text", "pattern", "requirement", "source", "present", "project", "public_id")


@admin.register(Design)
class DesignAdmin(Door):
    """Designs, as far as the tools speak of them."""

    project_path = "document__project"
    list_display = ("document", "has_architecture", "has_data_model", "endpoints")
    search_fields = ("document__path",)
    list_select_related = ("document__project",)
    fields = ("document_link", "architecture", "data_model", "api_spec")
    readonly_fields = ("document_link",)

    @display(description="Document")
    def document_link(self, row: Design) -> SafeString:
        return link(row.document)

    @display(description="Architecture", boolean=True)
    def has_architecture(self, row: Design) -> bool:
        return bool(row.architecture)

    @display(description="Data model", boolean=True)
    def has_data_model(self, row: Design) -> bool:
        return bool(row.data_model)

    @display(description="Endpoints")
    def endpoints(self, row: Design) -> int:
        return len(row.api_spec)
