"""Tasks, tickets and runs in the admin: read, with the acts that people may do on a task or a run."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from specflow.accounts.actors import Actor
from specflow.accounts.admin_door import Act, Door, OwnProjects, display
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import allows
from specflow.specs.admin import ItemAdmin, link
from tasks import actions, runs
from tasks import vector_admin as _vectors  # noqa: F401  # registers its pages
from tasks.models import (
    ENDED,
    TASK_TRANSITIONS,
    ImplementationLog,
    Output,
    Run,
    RunEvent,
    RunStatus,
    Status,
    Task,
    Ticket,
)

STATUS_COLOURS = {"In progress": "info", "Blocked": "warning", "Completed": "success"}
RUN_COLOURS = {
    "Queued": "warning",
    "Leased": "info",
    "Running": "info",
    "Succeeded": "success",
    "Failed": "danger",
}


def _status_form(_request: HttpRequest, row: Task) -> type[forms.Form]:
    allowed = [(to, Status(to).label) for to in TASK_TRANSITIONS[row.status]]

    class StatusForm(forms.Form):
        status = forms.ChoiceField(choices=allowed)
        reason = forms.CharField(widget=forms.Textarea, required=False, help_text="What blocks it, if it is blocked.")

    return StatusForm


def _set_status(actor: Actor, row: Task, data: dict[str, Any]) -> str:
    task = actions.set_status(row, actor=actor, status=data["status"], reason=data["reason"])
    return f"The task is {task.get_status_display().lower()}."


def _run(actor: Actor, row: Task, _data: dict[str, Any]) -> str:
    return f"Queued: {runs.request_run(row, actor=actor).public_id}."


def _cancel(actor: Actor, row: Run, _data: dict[str, Any]) -> str:
    run = runs.cancel_run(row, actor=actor)
    return "The run is cancelled." if run.status == RunStatus.CANCELLED else "The worker was asked to stop the run."


def _retry(actor: Actor, row: Run, _data: dict[str, Any]) -> str:
    return f"Queued again: {runs.retry_run(row, actor=actor).public_id}."


@admin.register(Task)
class TaskAdmin(ItemAdmin):
    """Tasks of all specs."""

    list_display = ("key", "title", "shown_status", "is_released", "spec", "project")
    list_display_links = ("title",)
    list_filter = ("status", "present", ("project", OwnProjects))
    search_fields = ("title", "key", "public_id", "spec__title")
    list_select_related = ("spec", "document", "project")
    fields = (
        "key",
        "title",
        "description",
        "status",
        "blocked_reason",
        "released_at",
        "phase",
        "priority",
        "requirements",
        "files",
        "prompt",
        "spec",
        "source",
        "present",
        "project",
        "public_id",
    )
    acts = (
        Act(
            "run",
            "Run",
            "play_arrow",
            _run,
            lambda actor, row: (
                row.released_at is not None
                and row.status != Status.COMPLETED
                and allows(actor, Verb.RUN_TASKS, row.project)
            ),
            explain="The project's runner carries it out; you can watch it on the page of the run.",
            style="primary",
        ),
        Act(
            "status",
            "Change status",
            "swap_horiz",
            _set_status,
            lambda actor, row: row.present and allows(actor, Verb.WRITE_TASKS, row.project),
            _status_form,
        ),
    )

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def shown_status(self, row: Task) -> str:
        return row.get_status_display()

    @display(description="Released", boolean=True)
    def is_released(self, row: Task) -> bool:
        return row.released_at is not None


@admin.register(ImplementationLog)
class ImplementationLogAdmin(Door):
    """What tasks implemented."""

    list_display = ("task", "summary", "author", "created_at", "project")
    list_filter = (("project", OwnProjects),)
    search_fields = ("summary", "public_id", "task__title")
    list_select_related = ("task", "author", "project")
    ordering = ("-id",)
    fields = (
        "task_link",
        "summary",
        "files_modified",
        "files_created",
        "artifacts",
        "statistics",
        "author",
        "created_at",
        "imported_from",
        "original_id",
        "original_time",
        "project",
        "public_id",
    )
    readonly_fields = ("task_link", "created_at", "imported_from", "public_id")

    @display(description="Task")
    def task_link(self, row: ImplementationLog) -> SafeString:
        return link(row.task)


@admin.register(Ticket)
class TicketAdmin(Door):
    """Tickets."""

    list_display = ("title", "priority", "phase_id", "created_by", "created_at", "project")
    list_filter = ("priority", ("project", OwnProjects))
    search_fields = ("title", "public_id")
    list_select_related = ("created_by", "project")
    fields = ("title", "description", "priority", "phase_id", "created_by", "created_at", "project", "public_id")
    readonly_fields = ("created_at", "public_id")


@admin.register(Run)
class RunAdmin(Door):
    """Runs; what happens in one is on its live page."""

    list_display = ("public_id", "task", "shown_status", "provider", "attempt", "requested_by", "created_at", "project")
    list_filter = ("status", "provider", ("project", OwnProjects))
    search_fields = ("public_id", "task__title", "worker")
    list_select_related = ("task", "requested_by", "project")
    fields = (
        "task_link",
        "status",
        "live_page",
        "outputs_list",
        "summary",
        "exit_code",
        "attempt",
        "worker",
        "lease_until",
        "heartbeat_at",
        "cancel_requested",
        "provider",
        "options",
        "timeout",
        "requested_by",
        "created_at",
        "started_at",
        "ended_at",
        "project",
        "public_id",
    )
    readonly_fields = ("task_link", "live_page", "outputs_list", "created_at", "public_id")
    acts = (
        Act(
            "cancel",
            "Cancel",
            "stop",
            _cancel,
            lambda actor, row: row.status not in ENDED and allows(actor, Verb.RUN_TASKS, row.project),
            explain="A queued run ends at once; a live one is stopped by its worker within seconds.",
            style="danger",
        ),
        Act(
            "retry",
            "Try again",
            "replay",
            _retry,
            lambda actor, row: (
                row.status in (RunStatus.FAILED, RunStatus.CANCELLED) and allows(actor, Verb.RUN_TASKS, row.project)
            ),
            explain="A new run of the same task is queued.",
        ),
    )

    @display(description="Status", ordering="status", label=RUN_COLOURS)
    def shown_status(self, row: Run) -> str:
        return row.get_status_display()

    @display(description="Task")
    def task_link(self, row: Run) -> SafeString:
        return link(row.task)

    @display(description="Live page")
    def live_page(self, row: Run) -> SafeString:
        address = f"/p/{row.project.slug}/runs/{row.public_id}/"
        return format_html('<a class="sf-link" href="{}">{}</a>', address, address)

    @display(description="Outputs")
    def outputs_list(self, row: Run) -> SafeString | str:
        return format_html_join(", ", "{}", ((link(one),) for one in row.outputs.defer("text"))) or "-"


@admin.register(RunEvent)
class RunEventAdmin(Door):
    """What agents did, event by event."""

    project_path = "run__project"
    list_display = ("run", "sequence", "kind", "attempt", "at")
    list_filter = ("kind", ("run__project", OwnProjects))
    search_fields = ("run__public_id",)
    list_select_related = ("run__project",)
    ordering = ("-id",)
    fields = ("run", "sequence", "attempt", "at", "kind", "data")


@admin.register(Output)
class OutputAdmin(Door):
    """What runs produced."""

    project_path = "run__project"
    list_display = ("name", "run", "short_sha256", "created_at")
    list_filter = (("run__project", OwnProjects),)
    search_fields = ("name", "run__public_id", "public_id", "sha256")
    list_select_related = ("run__project",)
    ordering = ("-id",)
    fields = ("name", "run_link", "body", "sha256", "created_at", "public_id")
    readonly_fields = ("run_link", "body", "created_at", "public_id")

    @display(description="Run")
    def run_link(self, row: Output) -> SafeString:
        return link(row.run)

    @display(description="Text")
    def body(self, row: Output) -> SafeString:
        return format_html('<pre class="sf-data">{}</pre>', row.text)

    @display(description="SHA-256")
    def short_sha256(self, row: Output) -> SafeString:
        return format_html('<code title="{}">{}…</code>', row.sha256, row.sha256[:12])
