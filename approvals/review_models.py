"""Reviews of tasks: someone else's look at the work, with what they found. Written once, kept so by the database."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models import Q

from specflow.accounts.models import Project, User
from specflow.ids import new_id
from specflow.specs.models import Criterion, Revision
from tasks.models import ImplementationLog, Output, Task


class ReviewVerdict(models.TextChoices):
    """003's three: nothing found, something critical found, only lesser things found."""

    PASS = "pass", "Pass"
    FAIL = "fail", "Fail"
    FINDINGS = "findings", "Findings"


class Severity(models.TextChoices):
    """How much a finding matters (003)."""

    CRITICAL = "critical", "Critical"
    WARNING = "warning", "Warning"
    INFO = "info", "Info"


class Category(models.TextChoices):
    """What a finding is held against: what the spec asks for, or good work in general (003)."""

    SPEC_COMPLIANCE = "spec-compliance", "Spec compliance"
    HYGIENE = "hygiene", "Hygiene"


class Classification(models.TextChoices):
    """A finding beside those of earlier reviews (003)."""

    NOVEL = "novel", "Novel"
    COMPOUNDING = "compounding", "Compounding"
    RECURRING = "recurring", "Recurring"


class Review(models.Model):
    """One look at a task's work. `digest` is over all that it was held against (reviews/work.py); `log`, `output` and
    `revision` name the latest of each that there was: what was logged, what a run produced, and the requirements."""

    noun: ClassVar[str] = "review"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "review"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reviews")
    version = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=ReviewVerdict.choices)
    summary = models.TextField()
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    log = models.ForeignKey(ImplementationLog, on_delete=models.PROTECT, null=True, related_name="+")
    output = models.ForeignKey(Output, on_delete=models.PROTECT, null=True, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("task", "version"), name="review_version_once"),
            models.CheckConstraint(condition=Q(verdict__in=ReviewVerdict.values), name="review_verdict_known"),
        )

    def __str__(self) -> str:
        return f"review {self.version} of {self.task}"


class MetCriterion(models.Model):
    """A criterion that a review saw met, in the words that it had. `named` is whether the task names the criterion
    itself, and not only its requirement."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="met")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="met")
    text = models.TextField()
    named = models.BooleanField()

    class Meta:
        ordering = ("review_id", "id")
        constraints = (models.UniqueConstraint(fields=("review", "criterion"), name="criterion_met_once"),)
        verbose_name_plural = "met criteria"

    def __str__(self) -> str:
        return self.text[:60]


class Finding(models.Model):
    """Something that a review found, as the reviewer put it. `file` and `line` are of the code, in their words."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="findings")
    severity = models.CharField(max_length=10, choices=Severity.choices)
    category = models.CharField(max_length=20, choices=Category.choices, default=Category.SPEC_COMPLIANCE)
    classification = models.CharField(max_length=12, choices=Classification.choices, blank=True)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    file = models.TextField(blank=True)
    line = models.PositiveIntegerField(null=True)
    task_requirement = models.TextField(blank=True)
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("review_id", "id")
        constraints = (
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="finding_severity_known"),
        )

    def __str__(self) -> str:
        return self.title
