"""Reads of test vectors and their runs."""

from django.db.models import QuerySet

from specflow.accounts.actors import Actor
from specflow.accounts.queries import visible
from specflow.specs.models import Spec
from tasks.vector_models import TestVector, VectorResult, VectorRun, Verdict


def vectors_of(spec: Spec) -> QuerySet[TestVector]:
    """The vectors that the spec's text gives now, in its order."""
    rows = TestVector.objects.filter(spec=spec, present=True).select_related("requirement", "criterion", "document")
    return rows.order_by("document_id", "position")


def vector_runs_of(spec: Spec) -> QuerySet[VectorRun]:
    """The runs of a spec's vectors, newest first."""
    return VectorRun.objects.filter(spec=spec).select_related("spec", "started_by")


def vector_run_for(actor: Actor, public_id: str) -> VectorRun:
    """The visible run, or NotFound `vector_run_not_found`."""
    return visible(VectorRun.objects.select_related("spec", "started_by"), actor, public_id)


def failures_of(run: VectorRun) -> QuerySet[VectorResult]:
    """What failed or erred in a run, in the order of the text."""
    rows = VectorResult.objects.filter(run=run, verdict__in=(Verdict.FAILED, Verdict.ERROR))
    return rows.select_related("vector__document").order_by("id")
