"""Reads of reviews, and how each of them stands now."""

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from approvals.review_models import Finding, MetCriterion, Review, ReviewVerdict
from approvals.reviews.work import works_of
from specflow.accounts.actors import Actor
from specflow.accounts.queries import visible
from specflow.errors import NotFound
from specflow.rows import Select, prefetched
from specflow.specs.models import Spec
from specflow.specs.tracing.rows import Reading, Rows
from tasks.models import Status, Task

PASSED, STALE = "passed", "stale"
STATES = (PASSED, STALE, "failed", "findings")
_SAID: dict[str, str] = {ReviewVerdict.FAIL: "failed", ReviewVerdict.FINDINGS: "findings"}
_SHOWN = ("task__spec", "reviewer", "log", "output", "revision", "project")
_PARTS = ("findings__criterion", "met__criterion")
_objections = Reading(
    Rows(
        lambda: Review.objects.exclude(verdict=ReviewVerdict.PASS).order_by("task_id", "version"),
        ("version",),
        lambda version: version,
    ),
    "task",
)
_all = Reading(
    Rows(
        lambda: Review.objects.order_by("task_id", "version"),
        ("pk", "version", "verdict", "digest"),
        lambda *columns: columns,
    ),
    "task",
)
_LATEST = Select(lambda given: _shown(Review.objects.filter(task=given("task"))).order_by("-version")[:1])
_VERSION = Select(lambda given: _shown(Review.objects.filter(task=given("task"), version=given("version"))))
_FINDINGS = Select(lambda given: Finding.objects.filter(review=given("review")).select_related("criterion"))
_MET = Select(lambda given: MetCriterion.objects.filter(review=given("review")).select_related("criterion"))
Said = tuple[int, int, int, str, str]  # of a review: its row id, its task's, version, verdict, digest


def _shown(rows: QuerySet[Review]) -> QuerySet[Review]:
    """With what doors show, without the long texts of what a review names."""
    return rows.select_related(*_SHOWN).defer("output__text", "revision__text", "task__spec__description")


def review_for(actor: Actor, public_id: str) -> Review:
    """The visible review, or NotFound `review_not_found`."""
    return visible(_shown(Review.objects.all()).prefetch_related(*_PARTS), actor, public_id)


def reviews_of(task: Task) -> QuerySet[Review]:
    """The task's reviews, newest first, with all that doors show of one."""
    return _shown(Review.objects.filter(task=task)).prefetch_related(*_PARTS)


def review_of(task: Task, version: int | None = None) -> Review:
    """The task's review of this version, the latest where none is named, or NotFound `review_not_found`."""
    row = review_or_none(task, version)
    if row is None:
        raise NotFound(
            "review_not_found",
            "The task has no review yet." if version is None else f"The task has no review {version}.",
            {"task": task.public_id, "version": version},
            ("Someone who had no part in the work reviews it with review-task.",),
        )
    return row


def review_or_none(task: Task, version: int | None = None) -> Review | None:
    """The same, None where there is none."""
    row = _LATEST.first(task=task.pk) if version is None else _VERSION.first(task=task.pk, version=version)
    if row is not None:
        prefetched(row, "findings", _FINDINGS.all(review=row.pk))
        prefetched(row, "met", _MET.all(review=row.pk))
    return row


def states_of(said: Iterable[Said]) -> dict[int, str]:
    """How reviews stand, by row id. A verdict of `pass` counts (`passed`) while task, criteria and work are those that
    the reviewer saw and no later review found something; then it is `stale`. Five queries for any number of reviews."""
    rows = list(said)
    tasks = sorted({task for _, task, _, verdict, _ in rows if verdict == ReviewVerdict.PASS})
    if not tasks:
        return {pk: _SAID[verdict] for pk, _, _, verdict, _ in rows}
    works, last = works_of(tasks), dict(_objections.at(tasks))  # in the order of versions: the last one stays
    return {
        pk: _SAID.get(verdict) or (PASSED if digest == works[task].digest and version > last.get(task, 0) else STALE)
        for pk, task, version, verdict, digest in rows
    }


def states(reviews: Iterable[Review]) -> dict[int, str]:
    """The same of rows."""
    return states_of((one.pk, one.task_id, one.version, one.verdict, one.digest) for one in reviews)


def standing_of(task: Task) -> dict[int, str]:
    """The same of all reviews of a task."""
    return states_of((pk, task.pk, *said) for _, (pk, *said) in _all.at([task.pk]))


def state_of(review: Review) -> str:
    """The same of one row."""
    return states([review])[review.pk]


def passed_among(tasks: Sequence[int]) -> set[int]:
    """Which of these tasks, by row id, have a passing review that counts."""
    rows = [(pk, task, version, verdict, digest) for task, (pk, version, verdict, digest) in _all.at(tasks)]
    standing = states_of(rows)
    return {task for pk, task, *_ in rows if standing[pk] == PASSED}


def completed_without_pass(spec: Spec) -> list[Task]:
    """Completed tasks of the spec (without steps) that no passing review stands for now, in the order of their
    document."""
    own = Task.objects.filter(spec=spec, present=True, status=Status.COMPLETED).exclude(Q(key="") & Q(level__gt=0))
    completed = list(own.order_by("document_id", "position"))
    passed = passed_among([one.pk for one in completed]) if completed else ()
    return [one for one in completed if one.pk not in passed]
