"""Specs and their documents. The text of a revision is the truth; requirements, criteria and designs are its index."""

from functools import partial
from typing import ClassVar

from django.db import models

from specflow.accounts.models import Project, User
from specflow.ids import new_id


class Phase(models.TextChoices):
    """Where a spec stands; moved by approval, in this order."""

    REQUIREMENTS = "requirements", "Requirements"
    DESIGN = "design", "Design"
    TASKS = "tasks", "Tasks"
    IMPLEMENTATION = "implementation", "Implementation"
    COMPLETED = "completed", "Completed"


# What follows what. `phases.py` is the only writer of Spec.phase.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    Phase.REQUIREMENTS: (Phase.DESIGN,),
    Phase.DESIGN: (Phase.TASKS,),
    Phase.TASKS: (Phase.IMPLEMENTATION,),
    Phase.IMPLEMENTATION: (Phase.COMPLETED,),
    Phase.COMPLETED: (Phase.IMPLEMENTATION,),
}


class DocumentKind(models.TextChoices):
    """What a document is. `other` is kept byte for byte and read by nobody."""

    REQUIREMENTS = "requirements", "Requirements"
    DESIGN = "design", "Design"
    TASKS = "tasks", "Tasks"
    PRODUCT = "product", "Product"
    TECH = "tech", "Tech"
    STRUCTURE = "structure", "Structure"
    DESIGN_SYSTEM = "design-system", "Design system"
    DECOMPOSITION = "decomposition", "Decomposition"
    DELTA = "delta", "Change of requirements"
    PROPOSAL = "proposal", "Proposal"
    TASK = "task", "Task"
    SOURCE = "source", "Machine-readable spec"
    SPECIFICATION = "specification", "Specification"
    IMPLEMENTATION = "implementation", "Implementation"
    SCRATCH = "scratch", "Scratch pad"
    OTHER = "other", "Other"


MAX_KEY_CHARACTERS = 300
# A spec may have many documents of these.
MANY = ("delta", "task", "other")
# A spec has one document of each of these.
ONCE = ("requirements", "design", "tasks")


class Spec(models.Model):
    """One thing to build. `folder` is where its documents stand, as their dialect says."""

    noun: ClassVar[str] = "spec"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "spec"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="specs")
    slug = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    phase = models.CharField(max_length=20, choices=Phase.choices, default=Phase.REQUIREMENTS)
    archived = models.BooleanField(default=False)
    folder = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("project", "slug"), name="spec_slug_once"),
            models.UniqueConstraint(
                fields=("project", "folder"), condition=~models.Q(folder=""), name="spec_folder_once"
            ),
            models.CheckConstraint(condition=models.Q(phase__in=Phase.values), name="spec_phase_known"),
        )

    def __str__(self) -> str:
        return self.title


class Document(models.Model):
    """A text with a place in the workspace and a history of revisions."""

    noun: ClassVar[str] = "document"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "doc"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="documents")
    spec = models.ForeignKey(Spec, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    path = models.CharField(max_length=500)
    current = models.ForeignKey("Revision", on_delete=models.PROTECT, null=True, related_name="+")
    approved = models.ForeignKey("Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("path",)
        constraints = (
            models.UniqueConstraint(fields=("project", "path"), name="document_path_once"),
            models.UniqueConstraint(
                fields=("spec", "kind"),
                condition=models.Q(kind__in=ONCE),
                name="document_kind_once_per_spec",
            ),
        )

    def __str__(self) -> str:
        return self.path

    @property
    def is_approved(self) -> bool:
        """Whether people agreed on the very text that stands now."""
        return self.approved_id is not None and self.approved_id == self.current_id

    @property
    def place(self) -> str:
        """Where it stands in its spec's folder; the whole path where that is elsewhere."""
        folder = self.spec.folder if self.spec is not None else ""
        return self.path.removeprefix(f"{folder}/") if folder else self.path

    @property
    def subject(self) -> str:
        """What an agreement on it is about: "Design of Search", "Task of backlog: tasks/task-7.md"."""
        of = f"{self.get_kind_display()} of {self.spec or self.path}"
        return f"{of}: {self.place}" if self.spec is not None and self.kind in MANY else of


class Revision(models.Model):
    """One state of a document; append-only by the database. `digest` is over the text with its markers made neutral."""

    noun: ClassVar[str] = "revision"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "rev"))
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    format = models.CharField(max_length=30, default="spec-workflow")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("document_id", "number")
        constraints = (models.UniqueConstraint(fields=("document", "number"), name="revision_number_once"),)

    def __str__(self) -> str:
        return f"revision {self.number}"


class Item(models.Model):
    """What a document's text says at some lines; kept in step with the current revision. `present` is False for an item
    whose text is gone: its id stays, so that what cites it still finds it."""

    public_id: "models.CharField[str, str]"  # each kind of item has its own prefix
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="%(class)ss")
    key = models.CharField(max_length=MAX_KEY_CHARACTERS, blank=True)
    ordinal = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    present = models.BooleanField(default=True)

    class Meta:
        abstract = True


class Requirement(Item):
    """What the system shall do, EARS where the text is EARS."""

    noun: ClassVar[str] = "requirement"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "req"))
    spec = models.ForeignKey(Spec, on_delete=models.PROTECT, related_name="requirements")
    title = models.TextField()
    user_story = models.TextField(blank=True)
    condition = models.TextField(blank=True)
    action = models.TextField(blank=True)
    statement = models.TextField(blank=True)
    change = models.CharField(max_length=10, blank=True)

    class Meta(Item.Meta):
        ordering = ("document_id", "position")

    def __str__(self) -> str:
        return f"{self.key} {self.title}"


class Criterion(Item):
    """How one can see that a requirement is met."""

    noun: ClassVar[str] = "criterion"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "crit"))
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="criteria")
    text = models.TextField()
    pattern = models.CharField(max_length=20, blank=True)

    class Meta(Item.Meta):
        ordering = ("requirement_id", "position")
        verbose_name_plural = "criteria"

    def __str__(self) -> str:
        return self.key


class Design(models.Model):
    """What a design document says, as far as the nine tools of 002 speak of it."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="design")
    architecture = models.TextField(null=True)  # noqa: DJ001 - None: the document has no such section
    data_model = models.TextField(null=True)  # noqa: DJ001
    api_spec = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"design of {self.document}"


class WorkspaceFile(models.Model):
    """A document's file in the project's folder: the text on which both sides agreed last, by its SHA-256. The text
    itself is kept where it is that of no revision: it had the marks of progress of then."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    text = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "path"), name="workspace_file_once"),)

    def __str__(self) -> str:
        return self.path


class Conflict(models.Model):
    """A file and its document that both changed since they agreed; a person settles it (sync/actions.py)."""

    class Choice(models.TextChoices):
        """What a person takes."""

        FILE = "file", "The file's text"
        DOCUMENT = "document", "The document's text"
        MERGED = "merged", "A text of their own"

    noun: ClassVar[str] = "conflict"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "conflict"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="conflicts")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="conflicts")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    found_at = models.DateTimeField(auto_now_add=True)
    choice = models.CharField(max_length=10, choices=Choice.choices, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("document",), condition=models.Q(settled_at=None), name="conflict_one_open_per_document"
            ),
        )

    def __str__(self) -> str:
        return f"conflict of {self.document}"
