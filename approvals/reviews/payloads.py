"""The shapes in which doors send out reviews, and what a reviewer has to look at."""

from typing import Any

from approvals.review_models import Finding, Review
from approvals.reviews.queries import review_or_none, state_of
from approvals.reviews.work import Aim, Work
from specflow.specs.models import Requirement
from tasks import payloads
from tasks.models import Output, Task
from tasks.queries import logs_of

_LOGS = 5
_TEXT = 4_000  # characters of an output


def review(row: Review, state: str) -> dict[str, Any]:
    """A review with its findings; `state` is how it stands now (queries.states)."""
    return {
        "id": row.public_id,
        "task": row.task.public_id,
        "spec": row.task.spec.public_id,
        "version": row.version,
        "verdict": row.verdict,
        "state": state,
        "summary": row.summary,
        "reviewer": row.reviewer.username,
        "criteria": [one.criterion.public_id for one in row.met.all()],
        "findings": [finding(one) for one in row.findings.all()],
        "log": row.log.public_id if row.log else None,
        "output": row.output.public_id if row.output else None,
        "requirements_revision": row.revision.number if row.revision else None,
        "digest": row.digest,
        "created_at": row.created_at.isoformat(),
    }


def finding(row: Finding) -> dict[str, Any]:
    """Something that a review found."""
    return {
        "severity": row.severity,
        "title": row.title,
        "description": row.description,
        "file": row.file,
        "line": row.line,
        "task_requirement": row.task_requirement,
        "category": row.category,
        "classification": row.classification,
        "criterion": row.criterion.public_id if row.criterion else None,
    }


def material(task: Task, work: Work) -> dict[str, Any]:
    """What a reviewer looks at: the task, what it is for, what was logged, the outputs of the last run that has some,
    and the review before. `digest` is of all this; `outputs` have the first 4,000 characters of each text."""
    logs = [payloads.implementation_log(one) for one in logs_of(task)[:_LOGS]]
    files = [name for one in logs for name in (*one["files_created"], *one["files_modified"])]
    cited = Requirement.objects.filter(references__task=task).distinct().order_by("document_id", "position")
    before = review_or_none(task)
    return {
        "task": payloads.task(task),
        "requirements": [_requirement(one) for one in cited],
        "criteria": [_aim(one) for one in work.aims],
        "logs": logs,
        "files": list(dict.fromkeys((*task.files, *files))),
        "outputs": [_output(one) for one in _outputs(work)],
        "previous": review(before, state_of(before)) if before else None,
        "version": before.version + 1 if before else 1,
        "digest": work.digest,
    }


def _requirement(row: Requirement) -> dict[str, Any]:
    said = row.statement or ": ".join(filter(None, (row.condition, row.action)))
    return {"id": row.public_id, "key": row.key, "title": row.title, "user_story": row.user_story, "statement": said}


def _aim(one: Aim) -> dict[str, Any]:
    return {"id": one.public_id, "key": one.key, "text": one.text, "named": one.named}


def _outputs(work: Work) -> list[Output]:
    if work.output is None:
        return []
    return list(Output.objects.filter(run__outputs=work.output).order_by("id")[:20])


def _output(row: Output) -> dict[str, Any]:
    return {**payloads.output(row), "text": row.text[:_TEXT]}
