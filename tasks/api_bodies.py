"""What REST takes and gives of tasks, tickets and runs (002, 000)."""

from typing import Any

from rest_framework import serializers

from specflow.accounts.bodies import Body, Number, Text
from tasks.models import RunStatus, Status, Ticket


class TaskCreate(Body):
    title = Text()
    description = Text(required=False, allow_null=True, default="")
    phase = Text(required=False, default="Implementation")
    priority = Text(required=False, default="medium", help_text="low, medium, high or critical.")
    requirements = serializers.ListField(child=Text(), required=False, default=list)


class TaskUpdate(Body):
    status = Text(help_text="pending, in_progress, blocked or completed.")
    reason = Text(required=False, default="", help_text="What blocks the task.")


class LogCreate(Body):
    summary = Text()
    artifacts = serializers.DictField(help_text="What was made: apiEndpoints, components, functions, classes …")
    files_modified = serializers.ListField(child=Text(), required=False, default=list)
    files_created = serializers.ListField(child=Text(), required=False, default=list)
    statistics = serializers.DictField(required=False, default=dict)


class TicketCreate(Body):
    title = Text()
    description = Text(required=False, allow_null=True, default="")
    priority = Text(required=False, default="MEDIUM")
    phase_id = Text(required=False, default="PHASE_REQUIREMENTS")
    project_id = Text(required=False, allow_null=True, default=None, help_text="The key's project where it is null.")


class RunCreate(Body):
    provider = Text(required=False, default="", help_text="For maintainers; else the project's runner.")
    options = serializers.DictField(required=False, default=None, allow_null=True)
    timeout = Number(required=False, default=0, help_text="Seconds; 0: as the project has it.")


class EventQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1, help_text="A sequence.")


class TaskShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    phase = serializers.CharField()
    priority = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    blocked_reason = serializers.CharField()
    requirements = serializers.ListField(child=serializers.CharField())
    files = serializers.ListField(child=serializers.CharField())
    released = serializers.BooleanField()
    step = serializers.BooleanField(help_text="A line of another task's checklist.")
    lines = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    spec = serializers.CharField()
    project_id = serializers.CharField()


class GeneratedShape(serializers.Serializer[Any]):
    document = serializers.CharField(help_text="The tasks document's id.")
    path = serializers.CharField()
    revision = serializers.IntegerField(help_text="Its revision that has them all.")
    added = serializers.IntegerField(help_text="How many tasks were written.")
    kept = serializers.IntegerField(help_text="How many were there already.")


class LogShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    task = serializers.CharField()
    summary = serializers.CharField()
    files_modified = serializers.ListField(child=serializers.CharField())
    files_created = serializers.ListField(child=serializers.CharField())
    statistics = serializers.DictField()
    artifacts = serializers.DictField()
    author = serializers.CharField()
    created_at = serializers.DateTimeField()
    imported_from = serializers.CharField(help_text="The path of the file that it came as; empty for one from here.")
    original_id = serializers.CharField(help_text="As the file has it.")
    original_time = serializers.CharField(help_text="When it was written, as the file has it.")


class TicketShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    project_id = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    priority = serializers.ChoiceField(Ticket.Priority.choices)
    phase_id = serializers.CharField()
    created_at = serializers.DateTimeField()


class RunShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    task = serializers.CharField()
    task_title = serializers.CharField()
    spec = serializers.CharField()
    provider = serializers.CharField()
    status = serializers.ChoiceField(RunStatus.choices)
    attempt = serializers.IntegerField()
    worker = serializers.CharField()
    cancel_requested = serializers.BooleanField()
    summary = serializers.CharField()
    exit_code = serializers.IntegerField(allow_null=True)
    requested_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class OutputShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField()
    sha256 = serializers.CharField()


class RunWhole(RunShape):
    outputs = OutputShape(many=True)


class EventShape(serializers.Serializer[Any]):
    type = serializers.CharField()
    seq = serializers.IntegerField()
    attempt = serializers.IntegerField()
    kind = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]  # a declared field is no attribute
    at = serializers.DateTimeField()
