"""The shapes in which doors send out test vectors and what came of them; and a run as text for people."""

import json
from collections.abc import Iterator
from typing import Any

from specflow.counting import counted
from tasks.vector_models import TestVector, VectorResult, VectorRun
from tasks.vectors.queries import failures_of

MOST = 200  # failures of an answer
_SHOWN = 400  # characters of a value in a text


def vector(row: TestVector) -> dict[str, Any]:
    """A vector: what it is for, where the spec says it, what goes in and what must come of it, and its state."""
    return {
        "id": row.public_id,
        **_said(row),
        "key": row.key,
        "kind": row.kind,
        "target": row.target,
        "requirement": row.requirement.public_id if row.requirement else None,
        "criterion": row.criterion.public_id if row.criterion else None,
        "call": {"method": row.method, "path": row.path} if row.path else None,
        "state": row.state,
    }


def vector_run(row: VectorRun) -> dict[str, Any]:
    """A run without what failed."""
    return {
        "id": row.public_id,
        "spec": row.spec.public_id,
        "target": row.target,
        "good": row.is_good,
        "counts": {
            "total": row.total,
            "passed": row.passed,
            "failed": row.failed,
            "error": row.errors,
            "skipped": row.skipped,
            "untried": row.untried,
        },
        "started_by": row.started_by.username,
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }


def report(row: VectorRun) -> dict[str, Any]:
    """A run with the first 200 that failed or erred, in the order of the text; `more` counts the others. Of an old run
    there are no more than the counts."""
    failures = [_failure(one) for one in failures_of(row)[:MOST]]
    return {**vector_run(row), "failures": failures, "more": max(row.failed + row.errors - len(failures), 0)}


def as_text(said: dict[str, Any]) -> str:
    """A report for people: one line of counts, then each failure with what went in, was demanded, and came out."""
    return "\n".join(_lines(said))


def _failure(one: VectorResult) -> dict[str, Any]:
    return {
        "vector": one.vector.public_id,
        **_said(one.vector),
        "verdict": one.verdict,
        "message": one.message,
        "got": json.loads(one.got_text) if one.got_text else None,
        "seconds": round(one.seconds, 3),
    }


def _said(row: TestVector) -> dict[str, Any]:
    return {
        "title": row.title,
        "rule": row.rule,
        "path": row.document.path,
        "pointer": row.pointer,
        "lines": [row.start, row.end],
        "valid": row.valid,
        "input": row.input,
        "expects": row.expects,
        "expected": row.expected,
    }


def _lines(said: dict[str, Any]) -> Iterator[str]:
    counts = said["counts"]
    told = [f"{counts[name]} {name}" for name in ("passed", "failed", "error", "skipped", "untried") if counts[name]]
    yield f"{counted(counts['total'], 'test vector')} against {said['target']}: {', '.join(told) or 'nothing tried'}."
    for one in said["failures"]:
        yield ""
        yield f"{one['verdict'].upper()} {one['title']} ({one['path']}:{one['lines'][0]}, {one['pointer']})"
        yield f"  {one['message']}"
        yield f"  input:    {short(one['input'])}"
        demanded = short(one["expected"]) if one["expects"] else "taken" if one["valid"] else "refused"
        yield f"  expected: {demanded}"
        if one["got"] is not None:
            yield f"  got:      {short(one['got'])}"
    if said["more"]:
        yield f"\n{said['more']} more." if said["failures"] else "What failed is no longer kept."


def short(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
