"""How long the results of runs are kept, and what is left of them; vectors, runs and results in the admin."""

from pathlib import Path

import pytest
from django.db.models import Model
from django.urls import reverse

from specflow.audit.models import AuditEntry
from specflow.specs.models import Spec
from tasks.models import TestVector, VectorRun
from tasks.vector_models import VectorResult
from tasks.vectors.payloads import as_text, report
from tasks.vectors.running import KEPT, digest_of, run_vectors
from tests.dashboard.visits import as_, costs
from tests.factories import Team
from tests.tasks.vectors.booking import make_lockers, program, use_vectors

REFUSES_ALL = "print('{\"valid\": false}')\n"


@pytest.fixture
def runs(team: Team, spec: Spec, tmp_path: Path) -> list[VectorRun]:
    """One run more than results are kept of, each with failures; the oldest first."""
    use_vectors(team, command=program(tmp_path, REFUSES_ALL))
    make_lockers(team, SHORT, "specflow/bells.yaml")
    return [run_vectors(bells(), actor=team.agent) for _ in range(KEPT + 1)]


SHORT = """specflow: 1
slug: bells
title: Bells
requirements: [{id: RING, title: Ring, shall: ring, criteria: [{id: RING.1, text: It rings}]}]
examples: [{for: RING.1, title: Once, input: 1, expected: ring}]
"""


def bells() -> Spec:
    return Spec.objects.select_related("project").get(slug="bells")


def test_results_are_kept_of_the_newest_runs_of_each_spec(team: Team, spec: Spec, runs: list[VectorRun]) -> None:
    elsewhere = run_vectors(Spec.objects.select_related("project").get(pk=spec.pk), actor=team.agent)
    kept = set(VectorResult.objects.values_list("run_id", flat=True))
    assert kept == {one.pk for one in (*runs[1:], elsewhere)}
    assert VectorRun.objects.filter(spec__slug="bells").count() == KEPT + 1


def test_a_run_whose_results_are_gone_has_its_counts_and_says_so(runs: list[VectorRun]) -> None:
    said = report(VectorRun.objects.select_related("spec", "started_by").get(pk=runs[0].pk))
    assert said["counts"]["failed"] > 0
    assert (said["failures"], said["more"]) == ([], said["counts"]["failed"])
    assert as_text(said).endswith("What failed is no longer kept.")
    assert "no longer kept" not in as_text(report(runs[-1]))


def test_the_log_keeps_the_digest_of_each_report(runs: list[VectorRun]) -> None:
    entries = {one.object_id: one.content["data"] for one in AuditEntry.objects.filter(verb="vectors.run")}
    assert len(entries[runs[0].public_id]["digest"]) == 64
    for run in runs[1:]:
        rows = VectorResult.objects.filter(run=run).select_related("vector").order_by("id")
        assert entries[run.public_id]["digest"] == digest_of(rows)
    changed = list(VectorResult.objects.filter(run=runs[1]).select_related("vector").order_by("id"))
    changed[0].verdict = "passed"
    assert digest_of(changed) != entries[runs[1].public_id]["digest"]


@pytest.mark.parametrize("model", [TestVector, VectorRun, VectorResult])
def test_vectors_runs_and_results_are_read_in_the_admin_and_not_written(
    team: Team, runs: list[VectorRun], model: type[Model]
) -> None:
    row = model._default_manager.order_by("-pk").first()
    assert row is not None
    place = f"admin:tasks_{model._meta.model_name}"
    bob, charlie = as_(team.bob), as_(team.charlie)
    page = reverse(f"{place}_change", args=[row.pk])
    assert bob.get(reverse(f"{place}_changelist")).status_code == 200
    html = bob.get(page).content.decode()
    assert "Bells" in html or "Once" in html or "RING.1" in html or runs[-1].public_id in html
    assert 'name="_save"' not in html
    assert bob.get(reverse(f"{place}_add")).status_code == 403
    assert bob.post(reverse(f"{place}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert charlie.get(page).status_code == 302
    assert row not in charlie.get(reverse(f"{place}_changelist")).context["cl"].result_list


@pytest.mark.parametrize("model", [TestVector, VectorRun, VectorResult])
def test_a_list_in_the_admin_costs_the_same_for_few_rows_and_for_many(
    team: Team, spec: Spec, tmp_path: Path, model: type[Model]
) -> None:
    use_vectors(team, command=program(tmp_path, REFUSES_ALL))
    bob, address = as_(team.bob), reverse(f"admin:tasks_{model._meta.model_name}_changelist")
    make_lockers(team, SHORT, "specflow/bells.yaml")
    run_vectors(bells(), actor=team.agent)
    bob.get(address)
    before = costs(bob, address)
    for _ in range(3):
        run_vectors(Spec.objects.select_related("project").get(pk=spec.pk), actor=team.agent)
    assert costs(bob, address) == before
