"""REST of the log: a project's entries, in the order of their sequence."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.capabilities import Verb
from specflow.accounts.door import Door
from specflow.accounts.rest import InOrder
from specflow.accounts.schema import route
from specflow.audit.feed import as_event
from specflow.audit.models import AuditEntry
from specflow.audit.queries import entries_of
from specflow.audit.verbs import VERBS
from specflow.audit.verification import verify_chain


class LogQuery(serializers.Serializer[Any]):
    """Which entries."""

    project = serializers.CharField(required=False, help_text="A slug or id; else the key's project.")
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**62, help_text="A sequence.")
    verb = serializers.ChoiceField([(verb, said) for verb, said in VERBS.items()], required=False)


class EntryObject(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.CharField()


class EntryShape(serializers.Serializer[Any]):
    type = serializers.CharField()
    seq = serializers.IntegerField()
    verb = serializers.CharField()
    object = EntryObject()
    actor = serializers.DictField()
    at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]  # a declared field is no attribute
    hash = serializers.CharField(help_text="SHA-256 over the entry and the hash before it.")


class Log(Door):
    pages = InOrder

    @route("list_entries", "The log of a project", gives=EntryShape, lists=True, query=LogQuery)
    def get(self, request: Request) -> Response:
        """For those who may read the log; the live feed has the same shape."""
        asked = self.query(LogQuery)
        project = self.project(asked.get("project"), Verb.READ_AUDIT)
        rows = entries_of(project.public_id, after=asked.get("after", 0), verb=asked.get("verb", ""))
        return self.listed(rows, _shape)


class VerificationQuery(serializers.Serializer[Any]):
    """Whose log."""

    project = serializers.CharField(required=False, help_text="A slug or id; else the key's project.")


class FaultShape(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    reason = serializers.CharField()


class VerificationShape(serializers.Serializer[Any]):
    project = serializers.CharField()
    whole = serializers.BooleanField(help_text="Whether every entry is what was written, and none is missing.")
    entries = serializers.IntegerField(help_text="How many were walked.")
    fault = FaultShape(allow_null=True, help_text="The first entry that is not what was written.")


class Verification(Door):
    @route("verify_log", "Whether a project's log is whole", gives=VerificationShape, query=VerificationQuery)
    def get(self, request: Request) -> Response:
        """Walks the chain of hashes from its first entry to its head; for those who may read the log."""
        project = self.project(self.query(VerificationQuery).get("project"), Verb.READ_AUDIT)
        report = verify_chain(project.public_id)
        fault = {"sequence": report.faults[0].sequence, "reason": report.faults[0].reason} if report.faults else None
        return self.shown(
            {
                "project": project.slug,
                "whole": bool(report.chains) and not fault,
                "entries": report.entries,
                "fault": fault,
            }
        )


def _shape(row: AuditEntry) -> dict[str, Any]:
    return {**as_event(row), "hash": row.hash}


urlpatterns = [
    path("audit", Log.as_view()),
    path("audit/verification", Verification.as_view()),
]
