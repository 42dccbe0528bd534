"""Running a spec's test vectors. What they run against is the project's choice: a caller can choose among the addresses
that its policy lists, and never name a program."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from django.utils import timezone

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.policy import policy_of
from specflow.accounts.rules import require
from specflow.audit import idempotency, log
from specflow.audit.log import action
from specflow.errors import Conflict
from specflow.specs.models import DocumentKind, Spec
from tasks.vector_models import TestVector, VectorResult, VectorRun, VectorState, Verdict
from tasks.vectors.command import CommandTarget
from tasks.vectors.judging import Judgement, told
from tasks.vectors.queries import vectors_of
from tasks.vectors.server import ServerTarget

EACH = 10.0  # seconds for one vector
DEFAULT = 60  # seconds for a run
KEPT = 20  # runs of a spec whose results are kept
_BATCH = 500


class Target(Protocol):
    """What vectors are run against; its text is what people read of it."""

    def ask(self, vector: TestVector, *, run: str, seconds: float) -> Judgement:
        """The verdict on one vector, within so many seconds."""


def run_vectors(spec: Spec, *, actor: Actor, address: str = "") -> VectorRun:
    """Runs the spec's vectors against `address`, or where none is named against what the project's policy has: its
    command, else its first address. Returns when all were tried, or the time of the policy is over.

    Raises Conflict `no_vector_target`, `no_vectors`, `vectors_running`, and as `ServerTarget`.
    """
    require(actor, Verb.RUN_TASKS, spec.project)
    replayed = idempotency.is_known(actor)
    target = _target(spec, address)
    run = _begin(spec, actor=actor, target=str(target))
    if replayed:
        return run
    results: list[VectorResult] = []
    try:
        results.extend(_results(run, vectors_of(spec), target.ask))
    finally:  # a run that broke off has ended too
        run = _end(run, actor=replace(actor, idempotency_key=""), results=results)
    return run


def _target(spec: Spec, address: str) -> Target:
    policy = policy_of(spec.project.policy).vectors
    addresses = policy.get("addresses", [])
    if address:
        return ServerTarget(address, addresses)
    if policy.get("command"):
        return CommandTarget(policy["command"])
    if addresses:
        return ServerTarget(addresses[0], addresses)
    raise Conflict(
        "no_vector_target",
        "The project's policy names neither a command nor an address that test vectors are run against.",
        {"project": spec.project.slug, "who": "a maintainer of the project"},
        ("A maintainer sets `vectors` in the project's policy.",),
    )


@action
def _begin(spec: Spec, *, actor: Actor, target: str) -> VectorRun:
    """A new run, on the log before anything is run."""
    spec = Spec.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(pk=spec.pk)
    total = vectors_of(spec).count()
    if not total:
        _say_why_there_are_none(spec)
    for one in VectorRun.objects.filter(spec=spec, ended_at=None):
        if timezone.now() < one.started_at + timedelta(seconds=one.timeout + 2 * EACH):
            raise Conflict(
                "vectors_running",
                "The vectors of this spec are being run.",
                {"run": one.public_id},
                ("Wait for its end and read that run.",),
            )
    seconds = policy_of(spec.project.policy).vectors.get("timeout", DEFAULT)
    run = VectorRun.objects.create(
        project=spec.project, spec=spec, target=target, started_by=actor.user, timeout=seconds, total=total
    )
    log.entry("vectors.started", run, project=spec.project, spec=spec.public_id, target=target, total=total)
    return run


def _say_why_there_are_none(spec: Spec) -> None:
    from tasks.vectors.keeping import made_from  # readers of schemas, which a server seldom needs

    for document in spec.documents.filter(kind=DocumentKind.SOURCE).select_related("current"):
        if document.current is not None:
            made_from(document.current.text, document.path)
    raise Conflict(
        "no_vectors",
        "This spec has no test vectors: they are made from a machine-readable spec.",
        {"spec": spec.slug},
        ("Write the spec as a spec file, a JSON Schema or an OpenAPI description (docs/spec-files.md).",),
    )


def _results(run: VectorRun, vectors: Iterable[TestVector], ask: Callable[..., Judgement]) -> Iterator[VectorResult]:
    """The verdicts in the order of the vectors, as long as there is time."""
    end = time.monotonic() + run.timeout
    for vector in vectors:
        begun = time.monotonic()
        if begun >= end:
            return
        found = ask(vector, run=run.public_id, seconds=min(EACH, end - begun))
        yield VectorResult(
            run=run, vector=vector, verdict=found.verdict, message=told(found.message), got_text=found.got,
            seconds=time.monotonic() - begun,
        )  # fmt: skip


@action
def _end(run: VectorRun, *, actor: Actor, results: list[VectorResult]) -> VectorRun:
    """Keeps what came out, and what it shows of each vector."""
    VectorResult.objects.bulk_create(results, batch_size=_BATCH)
    by_state: dict[str, list[int]] = {state: [] for state in VectorState.values}
    for one in results:
        known = one.verdict in (Verdict.PASSED, Verdict.FAILED)
        by_state[one.verdict if known else VectorState.UNTRIED].append(one.vector_id)
    for state, ids in by_state.items():
        for at in range(0, len(ids), _BATCH):
            TestVector.objects.filter(pk__in=ids[at : at + _BATCH]).update(state=state)
    said = [one.verdict for one in results]
    run.passed, run.failed = said.count(Verdict.PASSED), said.count(Verdict.FAILED)
    run.errors, run.skipped = said.count(Verdict.ERROR), said.count(Verdict.SKIPPED)
    run.ended_at = timezone.now()
    run.save(update_fields=("passed", "failed", "errors", "skipped", "ended_at"))
    counts = {name: getattr(run, name) for name in ("total", "passed", "failed", "errors", "skipped")}
    said_of_it = {"spec": run.spec.public_id, "target": run.target, "digest": digest_of(results)}
    log.entry("vectors.run", run, project=run.project, **said_of_it, **counts)
    _forget(run.spec)
    return run


def digest_of(results: Iterable[VectorResult]) -> str:
    """SHA-256 (hex) over what came of each vector, a JSON line each in the order of the run: what the log keeps of a
    report whose results are gone."""
    digest = hashlib.sha256()
    for one in results:
        line = json.dumps([one.vector.public_id, one.verdict, one.message, one.got_text])
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _forget(spec: Spec) -> None:
    """Results are many: of runs before the newest ones of a spec the counts stay, and the digest on the log."""
    oldest = VectorRun.objects.filter(spec=spec).order_by("-id")[KEPT - 1 : KEPT].values_list("pk", flat=True).first()
    if oldest is not None:
        VectorResult.objects.filter(run__spec=spec, run__lt=oldest).delete()
