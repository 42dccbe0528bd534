"""The tab of a spec's test vectors: what the last run showed, and the button that runs them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from specflow.accounts.capabilities import Verb
from specflow.accounts.policy import policy_of
from specflow.counting import counted
from specflow.dashboard import registry
from specflow.dashboard.registry import Context, Fragment
from specflow.dashboard.visit import ProjectVisit, project_page
from specflow.specs.models import Spec
from specflow.specs.queries import spec_named
from specflow.text import checked
from tasks.vector_models import VectorRun
from tasks.vectors.payloads import short
from tasks.vectors.queries import failures_of, vector_runs_of, vectors_of
from tasks.vectors.running import run_vectors

_SHOWN = 200
_FAILURES = 50


def _of_spec(visit: ProjectVisit, spec: Spec) -> Context:
    """The last run with what failed in it, then the vectors in the order of the text."""
    rows = list(vectors_of(spec)[: _SHOWN + 1])
    run = vector_runs_of(spec).first()
    policy = policy_of(visit.project.policy).vectors
    targets = [*([("", "the project's command")] if policy.get("command") else []),
               *((one, one) for one in policy.get("addresses", []))]  # fmt: skip
    return {
        "spec": spec,
        "vectors": [{"row": one, "input": short(one.input), "expected": _demanded(one)} for one in rows[:_SHOWN]],
        "more": len(rows) > _SHOWN,
        "run": run,
        "counts": _counts(run) if run else (),
        "failures": [_failure(one) for one in failures_of(run)[:_FAILURES]] if run else (),
        "more_failures": max(run.failed + run.errors - _FAILURES, 0) if run else 0,
        "targets": targets,
        "may_run": bool(targets and rows) and visit.may(Verb.RUN_TASKS),
    }


def _counts(run: VectorRun) -> list[tuple[str, int]]:
    """(state, how many) of the last run, without what there is none of."""
    said = (("passed", run.passed), ("failed", run.failed), ("error", run.errors), ("skipped", run.skipped),
            ("untried", run.untried))  # fmt: skip
    return [(state, count) for state, count in said if count]


def _demanded(row: Any) -> str:
    return short(row.expected) if row.expects else "is taken" if row.valid else "is refused"


def _failure(one: Any) -> dict[str, Any]:
    got = one.got_text if len(one.got_text) <= _SHOWN * 2 else f"{one.got_text[: _SHOWN * 2]}…"
    return {"one": one, "input": short(one.vector.input), "expected": _demanded(one.vector), "got": got}


@require_POST
@project_page
def run(visit: ProjectVisit, spec: str) -> HttpResponse:
    """Runs the vectors against what was chosen, and leads back to the tab."""
    row = spec_named(visit.project, spec)
    address = checked(visit.request.POST.get("address", ""), field="address")
    found = run_vectors(row, actor=visit.actor, address=address)
    said = f"{found.passed} of {counted(found.total, 'test vector')} passed."
    (messages.success if found.is_good else messages.warning)(visit.request, said)
    url = f"{reverse('spec', args=(visit.project.slug, row.slug))}?tab=vectors"
    if visit.is_fragment:
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url, status=303)


def register() -> None:
    """What test vectors put on the pages; called once, when the apps are ready."""
    registry.add(
        registry.spec_panels,
        Fragment("vectors", "Vectors", "labs", 52, ("runs", "documents"), "vectors/panel.html", _of_spec),
    )


urlpatterns = [path("p/<str:project>/specs/<str:spec>/vectors/run", run, name="vectors-run")]
