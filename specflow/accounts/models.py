"""Who acts, and where: User, Project, Membership, ApiKey."""

from functools import partial
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models

from specflow.accounts.capabilities import Role
from specflow.ids import new_id

SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
project_slug = RegexValidator(rf"^{SLUG}\Z", "lower-case letters, digits and single hyphens")


class Kind(models.TextChoices):
    """What a user is. An agent cannot log in; it acts with API keys."""

    HUMAN = "human", "Human"
    AGENT = "agent", "Agent"
    SYSTEM = "system", "System"


class User(AbstractUser):
    """Someone who acts. `owner` is the person who answers for an agent."""

    noun: ClassVar[str] = "user"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "user"))
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.HUMAN)
    owner = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="agents")

    class Meta(AbstractUser.Meta):
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind=Kind.HUMAN) | models.Q(is_staff=False, is_superuser=False),
                name="user_only_people_are_staff",
            ),
        )

    @property
    def is_person(self) -> bool:
        """Whether this is a human being."""
        return self.kind == Kind.HUMAN


class Project(models.Model):
    """The tenant: every row belongs to one, every query starts from it."""

    noun: ClassVar[str] = "project"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "prj"))
    slug = models.CharField(max_length=60, unique=True, validators=[project_slug])
    name = models.CharField(max_length=300)
    workspace = models.CharField(max_length=1000, blank=True)
    policy = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="projects")

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "user"), name="membership_once"),)

    def __str__(self) -> str:
        return f"{self.user} as {self.role} in {self.project}"


class ApiKey(models.Model):
    """A key's record. The key itself is shown once and never kept: only its SHA-256 is (QUALITY 32)."""

    noun: ClassVar[str] = "key"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "key"))
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="keys")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="keys")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.user}"
