"""REST of test vectors and their runs (000, test vectors)."""

from typing import Any

from django.urls import path
from django_filters import ChoiceFilter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.bodies import Body, Text
from specflow.accounts.door import Door
from specflow.accounts.filters import Filters
from specflow.accounts.rest import Pages
from specflow.accounts.schema import route
from specflow.specs.queries import spec_for
from tasks.vector_models import VectorState
from tasks.vectors import payloads
from tasks.vectors.queries import vector_run_for, vector_runs_of, vectors_of
from tasks.vectors.running import run_vectors

_KINDS = tuple((one, one.title()) for one in ("example", "boundary", "criterion"))


class VectorFilters(Filters):
    """Which vectors."""

    state = ChoiceFilter(choices=VectorState.choices, label="What the last run showed.")
    kind = ChoiceFilter(choices=_KINDS, label="What the vector comes from.")


class VectorCall(serializers.Serializer[Any]):
    method = serializers.CharField()
    path = serializers.CharField(help_text="With names in braces for what the input says.")


class VectorSaid(serializers.Serializer[Any]):
    title = serializers.CharField()
    rule = serializers.CharField(help_text="The keyword of the schema's rule, else the kind.")
    path = serializers.CharField(help_text="The document that it comes from.")
    pointer = serializers.CharField(help_text="Where the document says it (RFC 6901).")
    lines = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    valid = serializers.BooleanField(help_text="Whether the input must be taken.")
    input = serializers.JSONField(help_text="What goes in.")
    expects = serializers.BooleanField(help_text="Whether it says what must come out.")
    expected = serializers.JSONField(help_text="What must come out; null where it does not say.")


class VectorShape(VectorSaid):
    id = serializers.CharField()
    key = serializers.CharField(help_text="The same for the same spec, rule and value, everywhere.")
    kind = serializers.ChoiceField(_KINDS)
    target = serializers.CharField(help_text="The criterion, requirement, endpoint or schema that it tests.")
    requirement = serializers.CharField(allow_null=True, help_text="The requirement's id, where it is of no criterion.")
    criterion = serializers.CharField(allow_null=True, help_text="The criterion's id.")
    call = VectorCall(allow_null=True, help_text="The endpoint that takes the input.")
    state = serializers.ChoiceField(VectorState.choices)


class VectorCounts(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    error = serializers.IntegerField(help_text="Nothing could be learned.")
    skipped = serializers.IntegerField(help_text="They do not say enough to be tried.")
    untried = serializers.IntegerField(help_text="There was no time for them.")


class VectorRunShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    spec = serializers.CharField()
    target = serializers.CharField(help_text="The project's command, or an address.")
    good = serializers.BooleanField(help_text="It ended, something passed, and nothing failed, erred or was left.")
    counts = VectorCounts()
    started_by = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class VectorFailure(VectorSaid):
    vector = serializers.CharField(help_text="The vector's id.")
    verdict = serializers.ChoiceField([("failed", "Failed"), ("error", "Error")])
    message = serializers.CharField()
    got = serializers.JSONField(help_text="What came out.")
    seconds = serializers.FloatField()


class VectorReport(VectorRunShape):
    failures = VectorFailure(many=True, help_text="The first 200, in the order of the text.")
    more = serializers.IntegerField(help_text="How many others failed or erred.")


class VectorRunCreate(Body):
    address = Text(required=False, default="", help_text="One that the project allows; else what its policy names.")


class ByPlace(Pages):
    """Pages of what has a place in a text, in its order."""

    ordering = "position"


class Vectors(Door):
    pages = ByPlace

    @route("list_vectors", "A spec's test vectors", gives=VectorShape, lists=True, filters=VectorFilters)
    def get(self, request: Request, spec: str) -> Response:
        """A page of them, in the order of the text."""
        rows = vectors_of(spec_for(self.actor, spec))
        return self.listed(self.filtered(rows, VectorFilters), payloads.vector)


class RunVectors(Door):
    @route("run_vectors", "Run a spec's test vectors", takes=VectorRunCreate, gives=VectorReport, status=201)
    def post(self, request: Request, spec: str) -> Response:
        """Against the project's command, or an address that it allows. Answers when the run has ended."""
        row, body = spec_for(self.actor, spec), self.body(VectorRunCreate)
        return self.shown(payloads.report(run_vectors(row, actor=self.actor, **body)), 201)


class VectorRuns(Door):
    @route("list_vector_runs", "Runs of a spec's test vectors, newest first", gives=VectorRunShape, lists=True)
    def get(self, request: Request, spec: str) -> Response:
        """A page of runs."""
        return self.listed(vector_runs_of(spec_for(self.actor, spec)), payloads.vector_run)


class OneVectorRun(Door):
    @route("get_vector_run", "A run of test vectors with what failed", gives=VectorReport)
    def get(self, request: Request, run: str) -> Response:
        """Each failure with what went in, was demanded, and came out."""
        return self.shown(payloads.report(vector_run_for(self.actor, run)))


urlpatterns = [
    path("specs/<str:spec>/vectors", Vectors.as_view()),
    path("specs/<str:spec>/vectors/run", RunVectors.as_view()),
    path("specs/<str:spec>/vector-runs", VectorRuns.as_view()),
    path("vector-runs/<str:run>", OneVectorRun.as_view()),
]
