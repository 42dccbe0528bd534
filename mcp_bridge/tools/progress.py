"""How far a spec is, in the shape of 003's spec-status (peer formats, 2.4), told truthfully."""

from typing import Any

from approvals.reviews.queries import completed_without_pass
from specflow.specs.models import Document, Phase, Spec
from tasks import queries

_DOCUMENTS = (Phase.REQUIREMENTS, Phase.DESIGN, Phase.TASKS)


def status(spec: Spec) -> dict[str, Any]:
    """The `data` of a status; the spec has its documents at hand."""
    documents = {one.kind: one for one in spec.documents.all()}
    counts = queries.progress_of(spec)
    missing = [task.key or task.public_id for task in queries.completed_without_log(spec)]
    unreviewed = [task.key or task.public_id for task in completed_without_pass(spec)]
    changed = [one.current.created_at for one in documents.values() if one.current]
    return {
        "name": spec.slug,
        "id": spec.public_id,
        "title": spec.title,
        "description": spec.description,
        "currentPhase": spec.phase,
        "overallStatus": _overall(spec, documents, counts),
        "createdAt": spec.created_at.isoformat(),
        "lastModified": max([spec.updated_at, *changed]).isoformat(),
        "phases": [*(_document_phase(one, documents.get(one)) for one in _DOCUMENTS), _implementation(spec, counts)],
        "taskProgress": {
            "total": counts["total"],
            "completed": counts["completed"],
            "pending": counts["pending"],
            "inProgress": counts["in_progress"],
            "blocked": counts["blocked"],
        },
        "logCoverage": {"completed": counts["completed"], "missing": missing},
        "reviewCoverage": {"completed": counts["completed"], "missing": unreviewed},
    }


def next_steps(data: dict[str, Any]) -> tuple[str, ...]:
    """What comes next for an agent."""
    overall, missing = data["overallStatus"], data["logCoverage"]["missing"]
    steps = {
        "requirements-needed": "Write the requirements.",
        "design-needed": "Write the design.",
        "tasks-needed": "Write the tasks.",
        "awaiting-approval": 'Ask for approval with approvals action:"request" where it is missing, and wait for it.',
        "ready-for-implementation": "Begin with the first pending task.",
        "implementing": "Go on with the tasks: log each implementation, have it reviewed, then complete it.",
        "completed": "Nothing is left to do.",
    }
    warning = f"WARNING: completed without an implementation log: {', '.join(missing[:20])}."
    unreviewed = data["reviewCoverage"]["missing"]
    asked = f"Completed without a passing review that counts: {', '.join(unreviewed[:20])}. Ask for one (review-task)."
    return (steps[overall], *((warning,) if missing else ()), *((asked,) if unreviewed else ()))


def _overall(spec: Spec, documents: dict[str, Document], counts: dict[str, int]) -> str:
    for kind in _DOCUMENTS:
        document = documents.get(kind)
        if document is None:
            return f"{kind.value}-needed"
        if not document.is_approved:
            return "awaiting-approval"
    if spec.phase == Phase.COMPLETED:
        return "completed"
    begun = counts["completed"] + counts["in_progress"] + counts["blocked"]
    return "implementing" if begun else "ready-for-implementation"


def _document_phase(kind: Phase, document: Document | None) -> dict[str, Any]:
    approved = document is not None and document.is_approved
    current = document.current if document else None
    return {
        "name": kind.label,
        "status": "approved" if approved else "created" if document else "missing",
        "approved": approved,
        "lastModified": current.created_at.isoformat() if current else None,
    }


def _implementation(spec: Spec, counts: dict[str, int]) -> dict[str, Any]:
    begun = counts["completed"] + counts["in_progress"] + counts["blocked"]
    done = spec.phase == Phase.COMPLETED
    return {
        "name": "Implementation",
        "status": "completed" if done else "in-progress" if begun else "not-started",
        "approved": done,
        "lastModified": None,
        "progress": {
            "total": counts["total"],
            "completed": counts["completed"],
            "pending": counts["pending"],
        },
    }
