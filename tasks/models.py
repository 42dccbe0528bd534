"""Work: tasks of a tasks document, their implementation logs, tickets, and the runs that agents make."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models import Q

from specflow.accounts.models import Project, User
from specflow.ids import new_id
from specflow.specs.models import Criterion, Document, Item, Requirement, Spec
from tasks.vector_models import TestVector, VectorResult, VectorRun  # noqa: F401  # Django looks for models here


class Status(models.TextChoices):
    """A task's progress: a row, never text."""

    PENDING = "pending", "Pending"
    IN_PROGRESS = "in_progress", "In progress"
    BLOCKED = "blocked", "Blocked"
    COMPLETED = "completed", "Completed"


TASK_TRANSITIONS: dict[str, tuple[str, ...]] = {
    Status.PENDING: (Status.IN_PROGRESS, Status.BLOCKED),
    Status.IN_PROGRESS: (Status.PENDING, Status.BLOCKED, Status.COMPLETED),
    Status.BLOCKED: (Status.PENDING, Status.IN_PROGRESS),
    Status.COMPLETED: (Status.IN_PROGRESS,),
}


class Task(Item):
    """A checkbox of a tasks document. One without an id below another is a *step*: part of its task's checklist."""

    noun: ClassVar[str] = "task"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "task"))
    spec = models.ForeignKey(Spec, on_delete=models.PROTECT, related_name="tasks")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    level = models.PositiveIntegerField(default=0)
    title = models.TextField()
    description = models.TextField(blank=True)
    phase = models.TextField(blank=True)
    priority = models.TextField(blank=True)
    prompt = models.TextField(blank=True)
    requirements = models.JSONField(default=list)
    files = models.JSONField(default=list)
    dependencies = models.JSONField(default=list)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    blocked_reason = models.TextField(blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta(Item.Meta):
        ordering = ("document_id", "position")
        constraints = (models.CheckConstraint(condition=Q(status__in=Status.values), name="task_status_known"),)

    def __str__(self) -> str:
        return f"{self.key} {self.title}".strip()

    @property
    def is_step(self) -> bool:
        """Whether this is a line of its parent's checklist rather than a task of its own."""
        return not self.key and self.level > 0


class Reference(models.Model):
    """What a task says it is for, resolved: a requirement, or one criterion of it; neither where nothing of the spec is
    meant by the text. Kept in step with the texts of both documents (references.py)."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="references")
    text = models.TextField()
    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, null=True, related_name="references")
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, null=True, related_name="references")

    class Meta:
        ordering = ("task_id", "id")

    def __str__(self) -> str:
        return self.text


class ImplementationLog(models.Model):
    """What a task implemented; without one a task is not complete (003, log-implementation).

    One that came as a file (imported_logs.py) names its document and the text that it was read from by its SHA-256; the
    original's id and time are as the file has them.
    """

    noun: ClassVar[str] = "implementation_log"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "log"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="logs")
    summary = models.TextField()
    files_modified = models.JSONField(default=list)
    files_created = models.JSONField(default=list)
    statistics = models.JSONField(default=dict)
    artifacts = models.JSONField(default=dict)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="log")
    document_sha256 = models.CharField(max_length=64, blank=True)
    original_id = models.TextField(blank=True)
    original_time = models.TextField(blank=True)

    class Meta:
        ordering = ("task_id", "id")

    def __str__(self) -> str:
        return f"log of {self.task}"

    @property
    def imported_from(self) -> str:
        """The path of the file that it came as; "" for one that was written here."""
        return self.document.path if self.document else ""


class Ticket(models.Model):
    """A work item of the workflow system (002, create_ticket)."""

    class Priority(models.TextChoices):
        """002's four."""

        LOW = "LOW", "Low"
        MEDIUM = "MEDIUM", "Medium"
        HIGH = "HIGH", "High"
        CRITICAL = "CRITICAL", "Critical"

    noun: ClassVar[str] = "ticket"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "ticket"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tickets")
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.MEDIUM)
    phase_id = models.CharField(max_length=60, default="PHASE_REQUIREMENTS")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.title


class RunStatus(models.TextChoices):
    """Where a run stands."""

    QUEUED = "queued", "Queued"
    LEASED = "leased", "Leased"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)
LIVE = (RunStatus.LEASED, RunStatus.RUNNING)
RUN_TRANSITIONS: dict[str, tuple[str, ...]] = {
    RunStatus.QUEUED: (RunStatus.LEASED, RunStatus.CANCELLED),
    RunStatus.LEASED: (RunStatus.RUNNING, RunStatus.LEASED, RunStatus.FAILED, RunStatus.CANCELLED),
    RunStatus.RUNNING: (RunStatus.LEASED, *ENDED),
    RunStatus.SUCCEEDED: (),
    RunStatus.FAILED: (),
    RunStatus.CANCELLED: (),
}


class Run(models.Model):
    """One execution of a task by an agent through a provider.

    A worker holds it by a lease and writes under `fence`, which grows with each lease: a worker that lost its lease
    writes nothing more (QUALITY 4).
    """

    noun: ClassVar[str] = "run"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "run"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="runs")
    provider = models.CharField(max_length=60)
    options = models.JSONField(default=dict)
    timeout = models.FloatField(default=600)
    status = models.CharField(max_length=12, choices=RunStatus.choices, default=RunStatus.QUEUED)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    attempt = models.PositiveIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    summary = models.TextField(blank=True)
    exit_code = models.IntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("task",), condition=Q(status__in=("queued", "leased", "running")), name="run_one_open_per_task"
            ),
            models.CheckConstraint(condition=Q(status__in=RunStatus.values), name="run_status_known"),
        )
        indexes = (models.Index(fields=("status", "lease_until"), name="run_due"),)

    def __str__(self) -> str:
        return self.public_id


class RunEvent(models.Model):
    """What an agent did, as it did it; append-only, sealed into the log by digest when the run ends."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    attempt = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ("run_id", "sequence")
        constraints = (models.UniqueConstraint(fields=("run", "sequence"), name="run_event_gapless"),)

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind}"


class Output(models.Model):
    """What a run produced; written once, with the end of the run."""

    noun: ClassVar[str] = "output"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "out"))
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="outputs")
    name = models.CharField(max_length=300)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("run_id", "id")
        constraints = (models.UniqueConstraint(fields=("run", "name"), name="output_once_per_run"),)

    def __str__(self) -> str:
        return self.name
