"""REST of traceability: what is above and below a thing (000, GET /api/trace/:taskId), and a spec's matrix."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.door import Door
from specflow.accounts.schema import Problem, route
from specflow.specs.queries import spec_for
from specflow.specs.tracing import api_bodies, graph_of, trace
from specflow.specs.tracing.matrix import matrix_of


class TraceOf(Door):
    @route("get_trace", "What stands above and below a thing", gives=api_bodies.TraceShape)
    def get(self, request: Request, thing: str) -> Response:
        """Of any requirement, criterion, task, log, run, output or approval, by its id."""
        return self.shown(trace(self.actor, thing).as_dict())


class MatrixOf(Door):
    @route(
        "get_matrix",
        "What stands below each requirement and criterion of a spec",
        gives=api_bodies.MatrixShape,
        query=api_bodies.MatrixQuery,
    )
    def get(self, request: Request, spec: str) -> Response:
        """In the order of the texts."""
        asked = self.query(api_bodies.MatrixQuery)
        matrix = matrix_of(graph_of(spec_for(self.actor, spec)))
        return self.shown(matrix.as_dict(matrix.uncovered if asked.get("uncovered", False) else matrix.rows))


class MatrixAsText(Door):
    @extend_schema(
        operation_id="get_matrix_csv",
        summary="The matrix of a spec as CSV",
        responses={(200, "text/csv"): OpenApiTypes.STR, ("default", "application/problem+json"): Problem},
    )
    def get(self, request: Request, spec: str) -> HttpResponseBase:
        """A line for each row (RFC 4180, UTF-8), for spreadsheets; no cell is a formula."""
        row = spec_for(self.actor, spec)
        text = matrix_of(graph_of(row)).as_csv()
        tagged = self.shown({"csv": text})
        if tagged.status_code == 304:
            return tagged
        headers = {
            "ETag": tagged.headers["ETag"],
            "Content-Disposition": content_disposition_header(True, f"{row.slug}-matrix.csv") or "attachment",
        }
        return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


urlpatterns = [
    path("trace/<str:thing>", TraceOf.as_view()),
    path("specs/<str:spec>/matrix", MatrixOf.as_view()),
    path("specs/<str:spec>/matrix.csv", MatrixAsText.as_view(), name="matrix-csv"),
]
