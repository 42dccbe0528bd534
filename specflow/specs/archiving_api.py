"""REST of the archive: what archiving a spec would do, and doing it."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.bodies import Body, Text
from specflow.accounts.door import Door
from specflow.accounts.schema import route
from specflow.specs import api_bodies, payloads
from specflow.specs.archiving import archive_change, archiving_of
from specflow.specs.queries import spec_for


class ArchiveBody(Body):
    force = api_bodies.Flag(required=False, default=False, help_text="With open tasks; for maintainers.")
    reason = Text(required=False, default="", help_text="Why it is archived with open tasks.")


class CapabilityChange(serializers.Serializer[Any]):
    path = serializers.CharField()
    new = serializers.BooleanField(help_text="Whether the capability begins with this change.")
    change = serializers.CharField(help_text="What changes, by item.")
    unified = serializers.CharField(help_text="The same as `diff -u` writes it.")
    refusal = serializers.DictField(allow_null=True, help_text="Why the delta does not fit; null where it does.")


class ArchivingShape(serializers.Serializer[Any]):
    spec = serializers.CharField()
    folder = serializers.CharField(help_text="Where the documents stand before.")
    to = serializers.CharField(help_text="Where they stand afterwards.")
    allowed = serializers.BooleanField(help_text="Whether nothing stands against it, open tasks included.")
    capabilities = CapabilityChange(many=True)
    open_tasks = serializers.ListField(child=serializers.DictField())


class Archive(Door):
    @route("preview_archiving", "What archiving a spec would do", gives=ArchivingShape)
    def get(self, request: Request, spec: str) -> Response:
        """Today, with what stands against it; nothing is changed."""
        return self.shown(archiving_of(spec_for(self.actor, spec)).as_dict())

    @route("archive_spec", "Archive a finished spec", takes=ArchiveBody, gives=ArchivingShape)
    def post(self, request: Request, spec: str) -> Response:
        """Its deltas become the capabilities' text and its documents move to the archive: all of it, or nothing."""
        row, body = spec_for(self.actor, spec), self.body(ArchiveBody)
        with self.matched(row, payloads.spec):
            made = archive_change(row, actor=self.actor, **body)
        return self.shown(made.as_dict())


urlpatterns = [path("specs/<str:spec>/archive", Archive.as_view())]
