"""REST of restoring: an old revision's text as a new revision."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.bodies import Body, Text
from specflow.accounts.door import Door
from specflow.accounts.schema import route
from specflow.specs import api_bodies, payloads
from specflow.specs.queries import document_for
from specflow.specs.restoring import restore


class RestoreBody(Body):
    base_sha256 = Text(required=False, default="", help_text="The `sha256` of the text that you had read.")


class RestoredShape(serializers.Serializer[Any]):
    document = api_bodies.DocumentShape()
    revised = serializers.BooleanField(help_text="False where the same text stands already.")


class Restore(Door):
    @route("restore_revision", "Restore a revision", takes=RestoreBody, gives=RestoredShape)
    def post(self, request: Request, document: str, number: int) -> Response:
        """Its text becomes a new revision; nothing that came between is lost."""
        row, body = document_for(self.actor, document), self.body(RestoreBody)
        with self.matched(row, payloads.document):
            saved = restore(row, actor=self.actor, number=number, **body)
        shape = payloads.document(document_for(self.actor, document))
        return self.shown({"document": shape, "revised": saved.revised}, tag_of=shape)


urlpatterns = [path("documents/<str:document>/revisions/<int:number>/restore", Restore.as_view())]
