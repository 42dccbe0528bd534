"""The log in the admin: read, never written, by superusers too.

It stands here and not in the log's own app because who may read it is known one floor above.
"""

import json
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from specflow.accounts.admin_door import Door, actor_of, display, readable_projects
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.audit.models import AuditEntry, Chain
from specflow.audit.verbs import VERBS


def _chains(request: HttpRequest) -> QuerySet[Chain]:
    """The chains of the projects whose log the person may read; the system's as well for a superuser."""
    if request.user.is_superuser:
        return Chain.objects.all()
    projects = readable_projects(actor_of(request), Verb.READ_AUDIT)
    return Chain.objects.filter(key__in=projects.values("public_id"))


class ChainFilter(admin.RelatedFieldListFilter):
    """A filter by chain that names no other project's."""

    def field_choices(self, field: object, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """The chains that the person may read."""
        return [(str(chain.pk), chain.key) for chain in _chains(request)]


class LogDoor(Door):
    """Pages of the log: who may read is asked of its chain."""

    reading = Verb.READ_AUDIT

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff) and _chains(request).exists()

    def has_view_permission(self, request: HttpRequest, obj: AuditEntry | Chain | None = None) -> bool:
        if not request.user.is_staff:
            return False
        return (
            obj is None or _chains(request).filter(pk=obj.chain_id if isinstance(obj, AuditEntry) else obj.pk).exists()
        )


@admin.register(AuditEntry)
class AuditEntryAdmin(LogDoor):
    """What happened, newest first."""

    list_display = ("moment", "actor", "sentence", "subject", "project", "sequence", "short_hash")
    list_display_links = ("moment", "sentence")
    list_filter = (("chain", ChainFilter), "verb", "object_type")
    search_fields = ("actor", "verb", "object_id")
    list_select_related = ("chain",)
    ordering = ("-id",)
    fields = ("chain", "sequence", "at", "actor", "sentence", "verb", "subject", "data", "previous", "hash")
    readonly_fields = ("sentence", "subject", "data")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        slug = Project.objects.filter(public_id=OuterRef("chain__key")).values("slug")
        rows = AuditEntry.objects.filter(chain__in=_chains(request)).select_related("chain")
        return rows.annotate(project_slug=Subquery(slug[:1]))

    @display(description="At", ordering="at")
    def moment(self, row: AuditEntry) -> SafeString:
        exact = row.at.isoformat(timespec="microseconds")
        return format_html('<time class="sf-moment" title="{}">{}</time>', exact, f"{row.at:%Y-%m-%d %H:%M:%S}")

    @display(description="Project")
    def project(self, row: AuditEntry) -> str:
        return row.project_slug or row.chain.key  # type: ignore[attr-defined]  # annotated above

    @display(description="Did", ordering="verb")
    def sentence(self, row: AuditEntry) -> str:
        return VERBS.get(row.verb, row.verb)

    @display(description="To")
    def subject(self, row: AuditEntry) -> str:
        return f"{row.object_type} {row.object_id}"

    @display(description="Data")
    def data(self, row: AuditEntry) -> SafeString:
        text = json.dumps(row.content["data"], indent=2, ensure_ascii=False, sort_keys=True)
        return format_html('<pre class="sf-data">{}</pre>', text)

    @display(description="Hash")
    def short_hash(self, row: AuditEntry) -> SafeString:
        return format_html('<code title="{}">{}…</code>', row.hash, row.hash[:12])


@admin.register(Chain)
class ChainAdmin(LogDoor):
    """The heads of the chains."""

    list_display = ("key", "sequence", "short_head")
    search_fields = ("key",)
    fields = ("key", "sequence", "head")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chain]:
        return _chains(request)

    @display(description="Head")
    def short_head(self, row: Chain) -> SafeString:
        return format_html('<code title="{}">{}…</code>', row.head, row.head[:12])


def may_read(request: HttpRequest) -> bool:
    """Whether the sidebar shows the log (settings.UNFOLD)."""
    return _chains(request).exists()
