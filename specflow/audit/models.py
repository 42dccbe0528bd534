"""The log: one hash chain per project and one for the system (DESIGN, The log)."""

import json
from typing import Any

from django.db import models

SYSTEM = "system"


class Chain(models.Model):
    """The head of one chain; locked for an instant while an entry is appended, which numbers entries without gaps."""

    key = models.CharField(max_length=64, unique=True)
    sequence = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.key} at {self.sequence}"


class AuditEntry(models.Model):
    """One act. `canonical` holds the exact text that was hashed; the columns beside it are its index."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="entries")
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=64)
    actor = models.CharField(max_length=150)
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    canonical = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ("chain_id", "sequence")
        constraints = (models.UniqueConstraint(fields=("chain", "sequence"), name="audit_entry_gapless"),)
        indexes = (models.Index(fields=("object_type", "object_id"), name="audit_entry_object"),)

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb} {self.object_id}"

    @property
    def content(self) -> dict[str, Any]:
        """The hashed content as a dict: chain, sequence, at, verb, actor, object, data, previous."""
        content: dict[str, Any] = json.loads(self.canonical)
        return content


class IdempotentCall(models.Model):
    """The first result of a call that carried an idempotency key (QUALITY 2)."""

    caller = models.CharField(max_length=150)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    result_type = models.CharField(max_length=80)
    result_id = models.BigIntegerField()
    said = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("caller", "key"), name="audit_idempotent_call_once"),)

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
