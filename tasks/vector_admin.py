"""Test vectors, their runs and what came of them in the admin, to read."""

from django.contrib import admin
from django.utils.safestring import SafeString

from specflow.accounts.admin_door import Door, OwnProjects, display
from specflow.specs.admin import ItemAdmin, link
from tasks.vector_models import TestVector, VectorResult, VectorRun

STATE_COLOURS = {"Passed": "success", "Failed": "danger"}
VERDICT_COLOURS = {**STATE_COLOURS, "Error": "warning"}
_SHOWN = 2000  # characters of a value


@admin.register(TestVector)
class TestVectorAdmin(ItemAdmin):
    """Test vectors of all specs."""

    list_display = ("title", "kind", "shown_state", "spec", "present", "project")
    list_filter = ("state", "kind", "present", ("project", OwnProjects))
    search_fields = ("title", "key", "public_id", "spec__title")
    list_select_related = ("spec", "document", "project")
    fields = (
        "title",
        "key",
        "kind",
        "state",
        "target",
        "rule",
        "valid",
        "input_text",
        "expected_text",
        "method",
        "path",
        "requirement",
        "criterion",
        "spec",
        "source",
        "pointer",
        "present",
        "project",
        "public_id",
    )

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def shown_state(self, row: TestVector) -> str:
        return row.get_state_display()


@admin.register(VectorRun)
class VectorRunAdmin(Door):
    """Runs of test vectors."""

    list_display = ("public_id", "spec", "target", "is_good", "total", "passed", "failed", "errors", "started_at")
    list_filter = (("project", OwnProjects),)
    search_fields = ("public_id", "target", "spec__title")
    list_select_related = ("spec", "project")
    fields = (
        "spec_link",
        "target",
        "is_good",
        "total",
        "passed",
        "failed",
        "errors",
        "skipped",
        "untried",
        "timeout",
        "started_by",
        "started_at",
        "ended_at",
        "project",
        "public_id",
    )
    readonly_fields = ("spec_link", "is_good", "untried", "started_at", "public_id")

    @display(description="Spec")
    def spec_link(self, row: VectorRun) -> SafeString:
        return link(row.spec)

    @display(description="Good", boolean=True)
    def is_good(self, row: VectorRun) -> bool:
        return row.is_good

    @display(description="Untried")
    def untried(self, row: VectorRun) -> int:
        return row.untried


@admin.register(VectorResult)
class VectorResultAdmin(Door):
    """What came of each vector in the newest runs of its spec."""

    project_path = "run__project"
    list_display = ("vector", "shown_verdict", "message", "run", "seconds")
    list_filter = ("verdict", ("run__project", OwnProjects))
    search_fields = ("message", "vector__title", "run__public_id")
    list_select_related = ("vector", "run__project")
    ordering = ("-id",)
    fields = ("vector_link", "run_link", "verdict", "message", "got", "seconds")
    readonly_fields = ("vector_link", "run_link", "got")

    @display(description="Verdict", ordering="verdict", label=VERDICT_COLOURS)
    def shown_verdict(self, row: VectorResult) -> str:
        return row.get_verdict_display()

    @display(description="Vector")
    def vector_link(self, row: VectorResult) -> SafeString:
        return link(row.vector)

    @display(description="Run")
    def run_link(self, row: VectorResult) -> SafeString:
        return link(row.run)

    @display(description="What came out")
    def got(self, row: VectorResult) -> str:
        return row.got_text[:_SHOWN] or "-"
