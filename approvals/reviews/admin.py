"""Reviews in the admin, to read."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from approvals.review_models import Review
from approvals.reviews.queries import state_of
from specflow.accounts.admin_door import Door, OwnProjects, display
from specflow.specs.admin import link

COLOURS = {"Pass": "success", "Findings": "warning", "Fail": "danger"}


@admin.register(Review)
class ReviewAdmin(Door):
    """What others said of tasks' work."""

    list_display = ("task", "version", "shown_verdict", "reviewer", "created_at", "project")
    list_filter = ("verdict", ("project", OwnProjects))
    search_fields = ("summary", "public_id", "task__title", "reviewer__username")
    list_select_related = ("task", "reviewer", "project")
    fields = (
        "task_link",
        "version",
        "verdict",
        "stands",
        "summary",
        "found",
        "met_criteria",
        "reviewer",
        "created_at",
        "log",
        "output",
        "revision",
        "digest",
        "project",
        "public_id",
    )
    readonly_fields = ("task_link", "stands", "found", "met_criteria", "created_at", "public_id")

    @display(description="Verdict", ordering="verdict", label=COLOURS)
    def shown_verdict(self, row: Review) -> str:
        return row.get_verdict_display()

    @display(description="Task")
    def task_link(self, row: Review) -> SafeString:
        return link(row.task)

    @display(description="Now")
    def stands(self, row: Review) -> str:
        return state_of(row)

    @display(description="Findings")
    def found(self, row: Review) -> SafeString | str:
        rows = (
            (one.get_severity_display(), one.title, f"{one.file}:{one.line}" if one.line else one.file, one.description)
            for one in row.findings.all()
        )
        shown = format_html_join("", "<li><b>{}</b> {} <code>{}</code><p>{}</p></li>", rows)
        return format_html('<ul class="sf-data">{}</ul>', shown) if shown else "-"

    @display(description="Criteria met")
    def met_criteria(self, row: Review) -> SafeString | str:
        return (
            format_html_join(", ", "{}", ((link(one.criterion),) for one in row.met.select_related("criterion"))) or "-"
        )
