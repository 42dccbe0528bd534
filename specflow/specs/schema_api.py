"""REST: the JSON Schema of spec files, for editors and validators (docs/spec-files.md)."""

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.door import Door
from specflow.specs.formats.source import published_schema


class SpecFileSchema(Door):
    @extend_schema(
        operation_id="spec_file_schema", summary="The JSON Schema of spec files", responses={200: OpenApiTypes.OBJECT}
    )
    def get(self, request: Request) -> Response:
        """JSON Schema 2020-12; the same as in the documentation."""
        return self.shown(dict(published_schema()))


urlpatterns = [path("schemas/spec-file", SpecFileSchema.as_view())]
