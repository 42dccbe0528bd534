"""REST of dialects: which there are, and which files of a workspace are theirs."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.bodies import Body, Text
from specflow.accounts.door import Door
from specflow.accounts.schema import route
from specflow.errors import TooLarge
from specflow.specs.formats import registry
from specflow.specs.workspace import MAX_FILES


class DialectShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField(help_text="What people call it.")
    roots = serializers.ListField(child=serializers.CharField(), help_text="Names in a workspace's top folder.")


class PathsBody(Body):
    paths = serializers.ListField(child=Text(), help_text="From the workspace's top folder, with `/`.")


class PlaceShape(serializers.Serializer[Any]):
    path = serializers.CharField()
    dialect = serializers.CharField()
    kind = serializers.CharField(help_text="What document stands there.")


class PlacesShape(serializers.Serializer[Any]):
    places = PlaceShape(many=True, help_text="Of those paths that a dialect knows, in the order asked.")


class Dialects(Door):
    @route("list_dialects", "The dialects of specs that are read here", gives=DialectShape, lists=True)
    def get(self, request: Request) -> Response:
        """Ours, and those of installed packages."""
        found = registry.dialects()
        return self.whole([{"name": one.name, "title": one.title, "roots": list(one.roots)} for one in found])


class Places(Door):
    @route("find_places", "Which of these files are documents", takes=PathsBody, gives=PlacesShape)
    def post(self, request: Request) -> Response:
        """By their paths alone, so that a client sends documents and nothing else. Nothing is written."""
        paths = self.body(PathsBody)["paths"]
        if len(paths) > MAX_FILES:
            raise TooLarge("too_large", f"These are over {MAX_FILES} paths.", {"limit": MAX_FILES})
        found = [(path, registry.at(path)) for path in paths]
        return self.shown(
            {"places": [{"path": path, "dialect": at[0].name, "kind": at[1].kind} for path, at in found if at]}
        )


urlpatterns = [
    path("dialects", Dialects.as_view()),
    path("dialects/places", Places.as_view()),
]
