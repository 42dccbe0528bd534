"""Reads of the log."""

from django.db.models import QuerySet

from specflow.audit.models import AuditEntry


def entries_of(chain: str, *, after: int = 0, verb: str = "") -> QuerySet[AuditEntry]:
    """Entries of a chain after a sequence, in order; with `verb`, only those."""
    rows = AuditEntry.objects.filter(chain__key=chain, sequence__gt=after).order_by("sequence")
    return rows.filter(verb=verb) if verb else rows
