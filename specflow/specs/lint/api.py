"""REST of the linter: what is to mend in a spec or a project, as JSON and as SARIF for code scanning."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.door import Door
from specflow.accounts.rest import StrictJSONParser
from specflow.accounts.schema import Problem, route
from specflow.specs import lint
from specflow.specs.api import ZipParser, sent_folder
from specflow.specs.api_bodies import FolderFiles, FolderQuery
from specflow.specs.lint import Finding
from specflow.specs.lint.queries import findings_of, findings_of_spec
from specflow.specs.queries import spec_for

F = TypeVar("F", bound=Callable[..., Any])
_SARIF = "application/sarif+json"


class FindingShape(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="The rule's, as docs/lint.md lists them; stays the same.")
    severity = serializers.ChoiceField(choices=lint.SEVERITIES)
    message = serializers.CharField()
    mend = serializers.CharField(help_text="How to mend it.")
    path = serializers.CharField(help_text="The document.")
    line = serializers.IntegerField(help_text="Of the document as it is exported; from 1.")
    column = serializers.IntegerField(help_text="In characters; from 1.")
    end_line = serializers.IntegerField(help_text="The last line; the first again where it is one.")
    spec = serializers.CharField(help_text="The spec's name in its path; empty where there is none.")
    key = serializers.CharField(help_text="The number of the item that it is about; empty where there is none.")


class CountsShape(serializers.Serializer[Any]):
    error = serializers.IntegerField()
    warning = serializers.IntegerField()
    info = serializers.IntegerField()


class FindingsShape(serializers.Serializer[Any]):
    fit = serializers.BooleanField(help_text="Whether it is fit to be approved: nothing in it is an error.")
    counts = CountsShape(help_text="How many of each severity.")
    findings = FindingShape(many=True, help_text="By path and line.")


class TextsShape(FindingsShape):
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What was not read, and why.")


class OfSpec(Door):
    @route("lint_spec", "What is to mend in a spec", gives=FindingsShape)
    def get(self, request: Request, spec: str) -> Response:
        """In all of its documents; with what it shares with other specs."""
        return self.shown(lint.payload(findings_of_spec(spec_for(self.actor, spec))))


class OfProject(Door):
    @route("lint_project", "What is to mend in a project", gives=FindingsShape)
    def get(self, request: Request, project: str) -> Response:
        """In all of its documents."""
        return self.shown(lint.payload(findings_of(self.project(project))))


_OF_TEXTS = extend_schema(
    request={"application/json": FolderFiles, "application/zip": OpenApiTypes.BINARY}, parameters=[FolderQuery]
)


class OfTexts(Door):
    parser_classes = (StrictJSONParser, ZipParser)

    @_OF_TEXTS
    @route("lint_texts", "What is to mend in texts that are sent", takes=FolderFiles, gives=TextsShape)
    def post(self, request: Request, project: str) -> Response:
        """A folder as an import takes it, linted by itself. Nothing of it is kept, so who may view may ask."""
        self.project(project)
        folder, _ = sent_folder(self)
        return self.shown({**lint.payload(lint.lint(folder.texts)), "warnings": folder.warnings})


def _scanned(name: str, summary: str) -> Callable[[F], F]:
    return extend_schema(
        operation_id=name,
        summary=summary,
        responses={(200, _SARIF): OpenApiTypes.OBJECT, ("default", "application/problem+json"): Problem},
    )


class OfSpecScanned(Door):
    @_scanned("lint_spec_sarif", "What is to mend in a spec, as SARIF")
    def get(self, request: Request, spec: str) -> HttpResponseBase:
        """SARIF 2.1.0 with all rules, for code scanning; paths are relative to the workspace."""
        row = spec_for(self.actor, spec)
        return _file(self, findings_of_spec(row), row.slug)


class OfProjectScanned(Door):
    @_scanned("lint_project_sarif", "What is to mend in a project, as SARIF")
    def get(self, request: Request, project: str) -> HttpResponseBase:
        """SARIF 2.1.0 with all rules, for code scanning; paths are relative to the workspace."""
        row = self.project(project)
        return _file(self, findings_of(row), row.slug)


class OfTextsScanned(Door):
    parser_classes = (StrictJSONParser, ZipParser)

    @_OF_TEXTS
    @_scanned("lint_texts_sarif", "What is to mend in texts that are sent, as SARIF")
    def post(self, request: Request, project: str) -> HttpResponseBase:
        """A folder as an import takes it, linted by itself. Nothing of it is kept, so who may view may ask."""
        row = self.project(project)
        folder, _ = sent_folder(self)
        return _file(self, lint.lint(folder.texts), row.slug)


def _file(door: Door, findings: Sequence[Finding], name: str) -> HttpResponseBase:
    text = lint.as_sarif(findings)
    known = door.shown({"sarif": text})
    if known.status_code == 304:
        return known
    disposition = content_disposition_header(True, f"{name}.sarif") or "attachment"
    headers = {"ETag": known.headers["ETag"], "Content-Disposition": disposition}
    return HttpResponse(text, content_type=_SARIF, headers=headers)


urlpatterns = [
    path("specs/<str:spec>/lint", OfSpec.as_view()),
    path("specs/<str:spec>/lint.sarif", OfSpecScanned.as_view(), name="lint-spec-sarif"),
    path("projects/<str:project>/lint", OfProject.as_view()),
    path("projects/<str:project>/lint.sarif", OfProjectScanned.as_view(), name="lint-sarif"),
    path("projects/<str:project>/lint-texts", OfTexts.as_view()),
    path("projects/<str:project>/lint-texts.sarif", OfTextsScanned.as_view()),
]
