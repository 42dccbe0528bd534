"""REST of specs, their requirements and designs (002), and of documents with their revisions."""

import hashlib
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.http import content_disposition_header
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from specflow.accounts.bodies import Body
from specflow.accounts.capabilities import Verb
from specflow.accounts.door import Door
from specflow.accounts.filters import Filters, Flag
from specflow.accounts.rest import StrictJSONParser
from specflow.accounts.schema import Problem, route
from specflow.errors import TooLarge
from specflow.specs import actions, api_bodies, payloads
from specflow.specs.archives import MAX_ARCHIVE_BYTES, folder_of, packed, take, texts_of
from specflow.specs.changes.words import diff_words
from specflow.specs.comparing import compare
from specflow.specs.formats import registry
from specflow.specs.formats.items import EndpointItem
from specflow.specs.models import DocumentKind, Phase, Spec
from specflow.specs.queries import (
    design_of,
    document_for,
    documents_visible_to,
    requirement_for,
    revision_of,
    revisions_of,
    spec_for,
    specs_visible_to,
)
from specflow.specs.spec_file_parsers import JSONParser, SpecFile, YAMLParser
from specflow.specs.spec_files import save_spec_file
from specflow.specs.workspace import Folder


class SpecFilters(Filters):
    """Which specs."""

    phase = ChoiceFilter(choices=Phase.choices, label="Where the spec stands.")
    slug = CharFilter(field_name="slug", label="The name of a spec in its project.")
    archived = Flag(field_name="archived", label="Only archived ones, or none of them.")


class OfSpec(Filters):
    """Rows of one spec."""

    spec = CharFilter(method="in_spec", label="A spec's id.")

    def in_spec(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Raises NotFound `spec_not_found`."""
        return rows.filter(spec=spec_for(self.actor, value))


class DocumentFilters(OfSpec):
    """Which documents."""

    kind = ChoiceFilter(choices=DocumentKind.choices, label="What the document is.")
    path = CharFilter(field_name="path", label="Where it stands in the workspace.")


class Specs(Door):
    parser_classes = (JSONParser, YAMLParser)

    @route("list_specs", "Specs, newest first", gives=api_bodies.SpecLine, lists=True, filters=SpecFilters)
    def get(self, request: Request) -> Response:
        """A page of specs."""
        return self.listed(self.filtered(specs_visible_to(self.actor), SpecFilters), payloads.spec_line)

    @extend_schema(
        request={"application/json": api_bodies.SpecCreate, "application/yaml": OpenApiTypes.STR},
        parameters=[api_bodies.SpecFileQuery],
    )
    @route("create_spec", "Create a spec", takes=api_bodies.SpecCreate, gives=api_bodies.SpecShape, status=201)
    def post(self, request: Request) -> Response:
        """It begins in the phase requirements. A spec file (YAML, or JSON with `specflow`) makes or changes the spec of
        its slug."""
        sent: Any = request.data
        if isinstance(sent, SpecFile):
            project = self.project(self.query(api_bodies.SpecFileQuery).get("project"), Verb.WRITE_SPECS)
            document = save_spec_file(project, actor=self.actor, text=sent.text, ending=sent.ending)
            return self.shown(payloads.spec(Spec.objects.select_related("project").get(documents=document)), 201)
        body = self.body(api_bodies.SpecCreate)
        project = self.project(body["project_id"], Verb.WRITE_SPECS)
        row = actions.create_spec(project, actor=self.actor, title=body["title"], description=body["description"] or "")
        return self.shown(payloads.spec(row), 201)


class OneSpec(Door):
    @route("get_spec", "A spec with requirements, design, tasks and approvals", gives=api_bodies.SpecShape)
    def get(self, request: Request, spec: str) -> Response:
        """Everything about one spec."""
        return self.shown(payloads.spec(spec_for(self.actor, spec)))

    @route("update_spec", "Change title or description", takes=api_bodies.SpecUpdate, gives=api_bodies.SpecShape)
    def patch(self, request: Request, spec: str) -> Response:
        """What is not sent stays."""
        row, body = spec_for(self.actor, spec), self.body(api_bodies.SpecUpdate)
        with self.matched(row, payloads.spec):
            row = actions.update_spec(row, actor=self.actor, **body)
        return self.shown(payloads.spec(row))


class Requirements(Door):
    @route("list_requirements", "A spec's requirements with criteria", gives=api_bodies.RequirementShape, lists=True)
    def get(self, request: Request, spec: str) -> Response:
        """All of them, in the order of the text."""
        return self.whole(payloads.requirements(spec_for(self.actor, spec)))

    @route(
        "add_requirement",
        "Add an EARS requirement",
        takes=api_bodies.RequirementCreate,
        gives=api_bodies.RequirementShape,
        status=201,
    )
    def post(self, request: Request, spec: str) -> Response:
        """Written at the end of the requirements document."""
        row, body = spec_for(self.actor, spec), self.body(api_bodies.RequirementCreate)
        made = actions.add_requirement(row, actor=self.actor, **body)
        return self.shown(payloads.requirement(made, ()), 201)


class Criteria(Door):
    @route(
        "add_criterion",
        "Add an acceptance criterion",
        takes=api_bodies.CriterionCreate,
        gives=api_bodies.CriterionShape,
        status=201,
    )
    def post(self, request: Request, spec: str, requirement: str) -> Response:
        """Written under its requirement."""
        row = requirement_for(self.actor, spec_for(self.actor, spec), requirement)
        made = actions.add_criterion(row, actor=self.actor, text=self.body(api_bodies.CriterionCreate)["text"])
        return self.shown(payloads.criterion(made), 201)


class DesignOfSpec(Door):
    @route("get_design", "A spec's design", gives=api_bodies.DesignShape)
    def get(self, request: Request, spec: str) -> Response:
        """Empty parts where nothing is written yet."""
        return self.shown(self._shape(spec_for(self.actor, spec)))

    @route("update_design", "Write the design", takes=api_bodies.DesignArtifact, gives=api_bodies.DesignShape)
    def put(self, request: Request, spec: str) -> Response:
        """After the requirements were approved."""
        row, body = spec_for(self.actor, spec), self.body(api_bodies.DesignArtifact)
        endpoints = [EndpointItem(**one) for one in body["api_spec"]] if body["api_spec"] is not None else None
        held = design_of(row)
        with self.matched(held.document if held else row, lambda _: self._shape(row)):
            actions.update_design(
                row,
                actor=self.actor,
                architecture=body["architecture"],
                data_model=body["data_model"],
                api_spec=endpoints,
            )
        return self.shown(self._shape(row))

    def _shape(self, row: Spec) -> dict[str, Any]:
        return payloads.design(design_of(row)) or {"architecture": None, "data_model": None, "api_spec": []}


class Documents(Door):
    @route("list_documents", "Documents", gives=api_bodies.DocumentLine, lists=True, filters=DocumentFilters)
    def get(self, request: Request) -> Response:
        """A page of documents without their texts."""
        rows = self.filtered(documents_visible_to(self.actor), DocumentFilters)
        return self.listed(rows, lambda row: payloads.document(row, text=False))


class OneDocument(Door):
    @route("get_document", "A document with its text", gives=api_bodies.DocumentShape)
    def get(self, request: Request, document: str) -> Response:
        """As people read it: its markers say today's progress."""
        return self.shown(payloads.document(document_for(self.actor, document)))

    @route("put_document", "Write a document", takes=api_bodies.DocumentPut, gives=api_bodies.SavedShape)
    def put(self, request: Request, document: str) -> Response:
        """A new revision; where only markers changed, their tasks move instead, through the gates."""
        row, body = document_for(self.actor, document), self.body(api_bodies.DocumentPut)
        with self.matched(row, payloads.document):
            saved = actions.save_document(row.project, actor=self.actor, path=row.path, **body)
        shape = payloads.document(document_for(self.actor, document))
        answer = {"document": shape, "revised": saved.revised, "refusals": list(saved.refusals)}
        return self.shown(answer, tag_of=shape)


class ZipParser(BaseParser):
    """A zip archive as its bytes. Raises TooLarge `too_large`."""

    media_type = "application/zip"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        data: bytes = stream.read(MAX_ARCHIVE_BYTES + 1)
        if len(data) > MAX_ARCHIVE_BYTES:
            raise TooLarge("too_large", f"The body is over {MAX_ARCHIVE_BYTES} bytes.", {"limit": MAX_ARCHIVE_BYTES})
        return data


def sent_folder(
    door: Door, files: type[Body] = api_bodies.FolderFiles, query: type[Serializer[Any]] = api_bodies.FolderQuery
) -> tuple[Folder, dict[str, Any]]:
    """The folder in the body, a zip or texts by their paths, and what else was asked for beside it. Raises as
    `texts_of` and `folder_of`, and Invalid `unknown_dialect`."""
    sent: Any = door.request.data
    asked = door.query(query)
    if not isinstance(sent, bytes):  # what the address asks for is not taken back by the body
        asked = {**door.body(files), **{name: value for name, value in asked.items() if value}}
    dialects = [registry.named(asked["dialect"])] if asked.get("dialect") else None
    folder = texts_of(sent, dialects) if isinstance(sent, bytes) else folder_of(asked["files"], dialects)
    return folder, asked


class Import(Door):
    parser_classes = (StrictJSONParser, ZipParser)

    @extend_schema(
        request={"application/json": api_bodies.ImportFiles, "application/zip": OpenApiTypes.BINARY},
        parameters=[api_bodies.ImportQuery],
    )
    @route("import_folder", "Import a folder of documents", takes=api_bodies.ImportFiles, gives=api_bodies.ImportShape)
    def post(self, request: Request, project: str) -> Response:
        """All of it or nothing; where only markers changed, their tasks move instead, through the gates."""
        row = self.project(project, Verb.WRITE_SPECS)
        folder, asked = sent_folder(self, api_bodies.ImportFiles, api_bodies.ImportQuery)
        dry_run = bool(asked.get("dry_run"))
        report = take(row, actor=self.actor, folder=folder, dry_run=dry_run)
        return self.shown({"dry_run": dry_run, **report.as_dict()})


class Export(Door):
    @extend_schema(
        responses={(200, ZipParser.media_type): OpenApiTypes.BINARY, ("default", "application/problem+json"): Problem}
    )
    @route("export_folder", "A zip of the project's documents", query=api_bodies.ExportQuery)
    def get(self, request: Request, project: str) -> HttpResponseBase:
        """Byte for byte, with today's progress in the markers; the same documents give the same bytes."""
        row = self.project(project)
        data = packed(row, **self.query(api_bodies.ExportQuery))
        known = self.shown({"sha256": hashlib.sha256(data).hexdigest()})
        if known.status_code == 304:
            return known
        name = content_disposition_header(True, f"{row.slug}.zip") or ""
        headers = {"ETag": known.headers["ETag"], "Content-Disposition": name}
        return HttpResponse(data, content_type=ZipParser.media_type, headers=headers)


class Revisions(Door):
    @route("list_revisions", "A document's revisions, newest first", gives=api_bodies.RevisionLine, lists=True)
    def get(self, request: Request, document: str) -> Response:
        """A page of revisions without their texts."""
        return self.listed(revisions_of(document_for(self.actor, document)), payloads.revision)


class OneRevision(Door):
    @route("get_revision", "A revision with its text", gives=api_bodies.RevisionShape)
    def get(self, request: Request, document: str, number: int) -> Response:
        """As it was written."""
        return self.shown(payloads.revision(revision_of(document_for(self.actor, document), number), text=True))


class Diff(Door):
    @route("diff_revisions", "What changed", gives=api_bodies.DiffShape, query=api_bodies.DiffQuery)
    def get(self, request: Request, document: str) -> Response:
        """Between two revisions: by item, as hunks, and as `diff -u` writes it; with `words`, by word as well."""
        row, asked = document_for(self.actor, document), self.query(api_bodies.DiffQuery)
        compared = compare(row, asked.get("from"), asked.get("to"))
        shape = {**compared.as_dict(), "hunks": compared.hunks}
        if asked.get("words"):
            shape["words"] = [one.as_dict() for one in diff_words(*compared.texts)]
        return self.shown(shape)


urlpatterns = [
    path("specs", Specs.as_view()),
    path("specs/<str:spec>", OneSpec.as_view()),
    path("specs/<str:spec>/requirements", Requirements.as_view()),
    path("specs/<str:spec>/requirements/<str:requirement>/criteria", Criteria.as_view()),
    path("specs/<str:spec>/design", DesignOfSpec.as_view()),
    path("projects/<str:project>/import", Import.as_view()),
    path("projects/<str:project>/export", Export.as_view()),
    path("documents", Documents.as_view()),
    path("documents/<str:document>", OneDocument.as_view()),
    path("documents/<str:document>/revisions", Revisions.as_view()),
    path("documents/<str:document>/revisions/<int:number>", OneRevision.as_view()),
    path("documents/<str:document>/diff", Diff.as_view()),
]
