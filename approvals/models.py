"""Decisions: an approval binds named people to the exact bytes that they saw (DESIGN, Words)."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models import Q

from approvals.review_models import Finding, MetCriterion, Review  # noqa: F401  # Django looks for models here
from specflow.accounts.models import Project, User
from specflow.ids import new_id
from specflow.specs.models import Document, Revision


class State(models.TextChoices):
    """Where an approval stands."""

    PENDING = "pending", "Pending"
    APPROVED = "approved", "Approved"
    NEEDS_REVISION = "needs_revision", "Needs revision"
    REJECTED = "rejected", "Rejected"
    STALE = "stale", "Stale"
    WITHDRAWN = "withdrawn", "Withdrawn"


TRANSITIONS: dict[str, tuple[str, ...]] = {
    State.PENDING: (State.APPROVED, State.NEEDS_REVISION, State.REJECTED, State.STALE, State.WITHDRAWN),
    State.APPROVED: (State.STALE,),
    State.NEEDS_REVISION: (),
    State.REJECTED: (),
    State.STALE: (),
    State.WITHDRAWN: (),
}


class Approval(models.Model):
    """A request that people agree on one revision of a document. `digest` is what they agree on.

    With a `base` it is a proposal: the revision waits beside the document's text, which is the base, and takes its
    place when people agree. `matches` says which items of it rows are (specs.following.Answers); `replaces` is the
    proposal that it was made from.
    """

    noun: ClassVar[str] = "approval"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "apr"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="approvals")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="approvals")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    base = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    matches = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING)
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    policy = models.JSONField(default=dict)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("document",), condition=Q(state="pending", base=None), name="approval_one_open"
            ),
            models.UniqueConstraint(fields=("revision",), condition=Q(state="pending"), name="approval_once_asked"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="approval_state_known"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_proposal(self) -> bool:
        """Whether the text becomes the document's only when people agree on it."""
        return self.base_id is not None

    @property
    def stands_on(self) -> int | None:
        """The row id of the revision that must be the document's text for a decision to count."""
        return self.base_id or self.revision_id


class Verdict(models.TextChoices):
    """What a person says."""

    APPROVE = "approve", "Approve"
    REQUEST_CHANGES = "request_changes", "Request changes"
    REJECT = "reject", "Reject"


class Decision(models.Model):
    """One person's verdict on one digest; append-only by the database."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="decisions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    digest = models.CharField(max_length=64)
    comment = models.TextField(blank=True)
    door = models.CharField(max_length=10)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("approval_id", "id")
        constraints = (models.UniqueConstraint(fields=("approval", "user"), name="decision_once_per_person"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.verdict}"


class Comment(models.Model):
    """A remark on a document's revision, on some lines or as a whole."""

    noun: ClassVar[str] = "comment"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "cmt"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="comments")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("document_id", "id")

    def __str__(self) -> str:
        return self.text[:60]
