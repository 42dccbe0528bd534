"""Test vectors of machine-readable specs, and what came of running them. Vectors are an index of the source document's
text, as requirements are; `vectors/keeping.py` is their only writer."""

import json
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from specflow.accounts.models import Project, User
from specflow.ids import new_id
from specflow.specs.models import Criterion, Item, Requirement, Spec


class VectorState(models.TextChoices):
    """What the last run showed. One that could not be tried, or not be judged, is untried."""

    UNTRIED = "untried", "Untried"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"


class Verdict(models.TextChoices):
    """What came of one vector in one run: `error` where nothing could be learned, `skipped` where it does not say
    enough to be tried."""

    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    ERROR = "error", "Error"
    SKIPPED = "skipped", "Skipped"


class TestVector(Item):
    """What goes in, and whether it must be taken or what must come out (specs.vectors.Vector).

    `key` is the vector's stable id. Values are kept as JSON text, which holds what no column of JSON does (NUL, the
    difference of 1 and 1.0). `criterion` is the one that it tests, else `requirement`; neither where the spec does not
    say. `method` and `path` are those of the endpoint that takes the input, "" for none.
    """

    __test__ = False  # to pytest, which would take the class for tests

    noun: ClassVar[str] = "vector"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "vec"))
    spec = models.ForeignKey(Spec, on_delete=models.PROTECT, related_name="vectors")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, null=True, related_name="vectors")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, null=True, related_name="vectors")
    kind = models.CharField(max_length=12)
    title = models.TextField()
    target = models.TextField()
    pointer = models.TextField()
    rule = models.TextField()
    valid = models.BooleanField()
    input_text = models.TextField()
    expected_text = models.TextField(blank=True)
    method = models.TextField(blank=True)
    path = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=VectorState.choices, default=VectorState.UNTRIED)

    class Meta(Item.Meta):
        ordering = ("document_id", "position")
        constraints = (
            models.UniqueConstraint(fields=("document", "key"), name="vector_once"),
            models.CheckConstraint(condition=Q(state__in=VectorState.values), name="vector_state_known"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def input(self) -> Any:
        """The JSON value that goes in."""
        return json.loads(self.input_text)

    @property
    def expects(self) -> bool:
        """Whether it says what must come out."""
        return bool(self.expected_text)

    @property
    def expected(self) -> Any:
        """The JSON value that must come out; None where it does not say."""
        return json.loads(self.expected_text) if self.expected_text else None

    @property
    def is_sentence(self) -> bool:
        """Whether it is a criterion in words, which only who knows the system can judge."""
        return self.kind == "criterion" and not self.path


class VectorRun(models.Model):
    """One run of a spec's vectors against a target. `total` were to be tried; it ended early where the four counts are
    fewer together."""

    noun: ClassVar[str] = "vector_run"
    public_id = models.CharField(max_length=40, unique=True, editable=False, default=partial(new_id, "vrun"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    spec = models.ForeignKey(Spec, on_delete=models.PROTECT, related_name="vector_runs")
    target = models.TextField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    timeout = models.FloatField()
    total = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.public_id

    @property
    def untried(self) -> int:
        """How many there was no time for."""
        return self.total - self.passed - self.failed - self.errors - self.skipped

    @property
    def is_good(self) -> bool:
        """Whether it has ended, something passed, and nothing failed, erred or was left."""
        return self.ended_at is not None and self.passed > 0 and not (self.failed or self.errors or self.untried)


class VectorResult(models.Model):
    """What came of one vector in one run; `got_text` is what came out as JSON, "" where nothing did."""

    run = models.ForeignKey(VectorRun, on_delete=models.CASCADE, related_name="results")
    vector = models.ForeignKey(TestVector, on_delete=models.PROTECT, related_name="results")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    message = models.TextField(blank=True)
    got_text = models.TextField(blank=True)
    seconds = models.FloatField()

    class Meta:
        ordering = ("run_id", "id")
        constraints = (
            models.UniqueConstraint(fields=("run", "vector"), name="vector_result_once"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="vector_verdict_known"),
        )

    def __str__(self) -> str:
        return self.verdict
