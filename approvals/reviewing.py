"""Writes of reviews: someone else's look at a task's work (003, review-task; QUALITY 31). One decides nothing,
but a policy can ask for one that passed before a task is completed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from approvals.review_models import (
    Category,
    Classification,
    Finding,
    MetCriterion,
    Review,
    ReviewVerdict,
    Severity,
)
from approvals.reviews.queries import passed_among
from approvals.reviews.rules import require_reviewer
from approvals.reviews.work import Aim, Work, work_of
from specflow.accounts.actors import Actor
from specflow.accounts.policy import policy_of
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid, TooLarge
from specflow.rows import Select, insert
from specflow.text import checked, checked_title
from tasks.models import Task
from tasks.queries import locked_task

MOST_FINDINGS = 200
_LAST = Select(lambda given: Review.objects.filter(task=given("task")).only("version").order_by("-version")[:1])


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as a reviewer says it. `criterion` is the key or the id of one that the task is for, "" for none."""

    severity: str
    title: str
    description: str = ""
    file: str = ""
    line: int | None = None
    task_requirement: str = ""
    category: str = Category.SPEC_COMPLIANCE
    classification: str = ""
    criterion: str = ""


def prepare(task: Task, *, actor: Actor) -> Work:
    """What the actor has to look at before they review. Raises as `record_review` does of who may and what there is."""
    require_reviewer(actor, task)
    return _reviewable(task)


@action
def record_review(
    task: Task,
    *,
    actor: Actor,
    verdict: str,
    summary: str,
    findings: Sequence[Found] = (),
    criteria: Sequence[str] = (),
    digest: str = "",
) -> Review:
    """Keeps a review of the task's work as it stands. `criteria` are those that the reviewer saw met, by key or id; a
    pass has met all that the task names itself. `digest` is that of the work which they prepared for.

    Raises PermissionDenied `self_review` and those of roles, Conflict `nothing_to_review`, `stale_digest`, Invalid
    `unknown_verdict`, `verdict_mismatch`, `missing_value`, `invalid_finding`, `criterion_not_cited`, TooLarge.
    """
    require_reviewer(actor, task)
    _check(verdict, summary, findings)
    task = locked_task(task)
    work = _reviewable(task, digest)
    row = _new(task, work, reviewer=actor.user, verdict=verdict, summary=summary)
    _keep(row, work, findings, criteria)
    log.entry(
        "task.reviewed",
        task,
        project=task.project,
        review=row.public_id,
        version=row.version,
        verdict=verdict,
        digest=row.digest,
        findings=len(findings),
        summary=summary[:500],
        spec=task.spec.public_id,
    )
    return row


def verdict_of(findings: Sequence[Found]) -> ReviewVerdict:
    """The verdict that fits: a pass has no finding, a fail a critical one, findings are some without one (003)."""
    critical = any(one.severity == Severity.CRITICAL for one in findings)
    return ReviewVerdict.FAIL if critical else ReviewVerdict.FINDINGS if findings else ReviewVerdict.PASS


def require_passing_review(task: Task) -> None:
    """The gate of a policy with `review_required` (tasks.hooks). Raises Conflict `review_missing`."""
    if not policy_of(task.project.policy).review_required or task.pk in passed_among([task.pk]):
        return
    raise Conflict(
        "review_missing",
        "A task is complete here only with another's passing review of the work as it stands.",
        {
            "task": task.public_id,
            "missing": ["review"],
            "who": "a person or an agent of the project who had no part in the work",
        },
        ("Ask for a review (review-task). A pass counts until task, criteria or work are changed.",),
    )


def _reviewable(task: Task, digest: str = "") -> Work:
    """The task's work, where there is some, and it is the one with this digest where one is named."""
    work = work_of(task)
    if work.log is None and work.output is None:
        raise Conflict(
            "nothing_to_review",
            "The task has neither an implementation log nor an output of a run.",
            {"task": task.public_id, "missing": ["implementation_log", "output"]},
            ("Whoever does the work records it with log-implementation.",),
        )
    if digest and digest != work.digest:
        raise Conflict(
            "stale_digest",
            "The task, its criteria or the work were changed since you looked at them.",
            {"task": task.public_id, "digest": work.digest},
            ("Prepare again, look at the work as it stands, and review that.",),
        )
    return work


def _check(verdict: str, summary: str, findings: Sequence[Found]) -> None:
    if not checked(summary, field="summary").strip():
        raise Invalid("missing_value", "summary must not be empty.", {"field": "summary"})
    _check_verdict(verdict, findings)
    for number, one in enumerate(findings):
        _check_finding(one, f"findings.{number}")


def _check_verdict(verdict: str, findings: Sequence[Found]) -> None:
    if verdict not in ReviewVerdict.values:
        known = list(ReviewVerdict.values)
        raise Invalid("unknown_verdict", f"A verdict is one of {', '.join(known)}.", {"known": known})
    if len(findings) > MOST_FINDINGS:
        raise TooLarge("too_large", f"A review has at most {MOST_FINDINGS} findings.", {"limit": MOST_FINDINGS})
    fitting = verdict_of(findings)
    if verdict != fitting:
        raise Invalid(
            "verdict_mismatch",
            f"With these findings the verdict is {fitting}, not {verdict}.",
            {"verdict": verdict, "fitting": fitting.value},
            ("A pass has no findings, a fail at least one that is critical, findings none that is critical.",),
        )


def _check_finding(one: Found, field: str) -> None:
    checked_title(one.title, field=f"{field}.title")
    for name in ("description", "file", "task_requirement"):
        checked(getattr(one, name), field=f"{field}.{name}")
    for name, kind in (("severity", Severity), ("category", Category), ("classification", Classification)):
        value = getattr(one, name)
        if value not in kind.values and not (name == "classification" and value == ""):
            known = list(kind.values)
            raise Invalid("invalid_finding", f"{name} is one of {', '.join(known)}.", {"field": field, "known": known})
    if one.line is not None and not 1 <= one.line < 2**31:
        raise Invalid("invalid_finding", "line is the number of a line, from 1.", {"field": f"{field}.line"})


def _new(task: Task, work: Work, **said: Any) -> Review:
    """The task's next review, on its work as it stands."""
    last = _LAST.first(task=task.pk)
    row = Review(project=task.project, task=task, version=last.version + 1 if last else 1, digest=work.digest, **said)
    row.log_id, row.output_id, row.revision_id = work.log, work.output, work.revision
    return insert(row)


def _keep(row: Review, work: Work, findings: Sequence[Found], criteria: Sequence[str]) -> None:
    """Writes what belongs to a review: the criteria that it saw met, and its findings."""
    met = [_aim(work, name) for name in criteria]
    if row.verdict == ReviewVerdict.PASS:
        met += [one for one in work.aims if one.named]
    for aim in dict.fromkeys(met):
        insert(MetCriterion(review=row, criterion_id=aim.pk, text=aim.text, named=aim.named))
    for one in findings:
        said = {name: value for name, value in asdict(one).items() if name != "criterion"}
        insert(Finding(review=row, criterion_id=_aim(work, one.criterion).pk if one.criterion else None, **said))


def _aim(work: Work, name: str) -> Aim:
    """The criterion of this key or id among those that the task is for. Raises Invalid `criterion_not_cited`."""
    found = [one for one in work.aims if name in (one.key, one.public_id)]
    if len(found) == 1:
        return found[0]
    raise Invalid(
        "criterion_not_cited",
        f"The task is for no criterion '{checked(name, field='criterion')[:100]}'"
        + (" alone: several have this number, so name its id." if found else "."),
        {"criterion": name[:100], "known": [one.key or one.public_id for one in work.aims[:100]]},
    )
