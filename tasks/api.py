"""REST of tasks, their logs and runs (000), and of tickets (002)."""

from django.urls import path
from django_filters import CharFilter, ChoiceFilter
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.bodies import Nothing
from specflow.accounts.capabilities import Verb
from specflow.accounts.door import Door
from specflow.accounts.filters import Filters, Flag
from specflow.accounts.rest import InOrder
from specflow.accounts.schema import route
from specflow.specs.api import OfSpec
from specflow.specs.queries import spec_for
from tasks import actions, api_bodies, payloads, runs
from tasks.generating import generate_tasks
from tasks.models import RunStatus, Status
from tasks.queries import (
    events_of,
    logs_of,
    run_event,
    run_for,
    runs_visible_to,
    task_for,
    tasks_visible_to,
    ticket_for,
    tickets_visible_to,
)
from tasks.vectors import api as vectors


class TaskFilters(OfSpec):
    """Which tasks."""

    status = ChoiceFilter(choices=Status.choices, label="How far the task is.")
    released = Flag(field_name="released_at", lookup_expr="isnull", exclude=True, label="Whether it may be worked on.")


class RunFilters(Filters):
    """Which runs."""

    spec = CharFilter(field_name="task__spec__public_id", label="A spec's id.")
    task = CharFilter(field_name="task__public_id", label="A task's id.")
    status = ChoiceFilter(choices=RunStatus.choices, label="Where the run stands.")


class TasksOfSpec(Door):
    @route("list_tasks_of_spec", "A spec's tasks", gives=api_bodies.TaskShape, lists=True)
    def get(self, request: Request, spec: str) -> Response:
        """All of them, in the order of the text."""
        row = spec_for(self.actor, spec)
        tasks = tasks_visible_to(self.actor).filter(spec=row)
        return self.whole([payloads.task_line(one) for one in tasks])

    @route("add_task", "Add a task", takes=api_bodies.TaskCreate, gives=api_bodies.TaskShape, status=201)
    def post(self, request: Request, spec: str) -> Response:
        """Written at the end of the tasks document; released by that document's approval."""
        row, body = spec_for(self.actor, spec), self.body(api_bodies.TaskCreate)
        body["description"] = body["description"] or ""
        return self.shown(payloads.task_line(actions.add_task(row, actor=self.actor, **body)), 201)


class GenerateTasks(Door):
    @route(
        "generate_tasks",
        "Make tasks from a machine-readable spec",
        takes=Nothing,
        gives=api_bodies.GeneratedShape,
        status=201,
    )
    def post(self, request: Request, spec: str) -> Response:
        """After people agreed on the spec. Adds what its tasks document has none of; what is there stays."""
        self.body(Nothing)
        made = generate_tasks(spec_for(self.actor, spec), actor=self.actor)
        return self.shown(payloads.generated(made), 201)


class Tasks(Door):
    @route("list_tasks", "Tasks, newest first", gives=api_bodies.TaskShape, lists=True, filters=TaskFilters)
    def get(self, request: Request) -> Response:
        """A page of tasks."""
        return self.listed(self.filtered(tasks_visible_to(self.actor), TaskFilters), payloads.task_line)


class OneTask(Door):
    @route("get_task", "A task", gives=api_bodies.TaskShape)
    def get(self, request: Request, task: str) -> Response:
        """With its progress and what it refers to."""
        return self.shown(payloads.task_line(task_for(self.actor, task)))

    @route("update_task_status", "Move a task", takes=api_bodies.TaskUpdate, gives=api_bodies.TaskShape)
    def patch(self, request: Request, task: str) -> Response:
        """Through the gates: released, logged before it is completed."""
        row, body = task_for(self.actor, task), self.body(api_bodies.TaskUpdate)
        with self.matched(row, payloads.task_line):
            row = actions.set_status(row, actor=self.actor, **body)
        return self.shown(payloads.task_line(row))


class Logs(Door):
    @route("list_logs", "What a task implemented", gives=api_bodies.LogShape, lists=True)
    def get(self, request: Request, task: str) -> Response:
        """A page of implementation logs."""
        return self.listed(logs_of(task_for(self.actor, task)), payloads.implementation_log)

    @route(
        "log_implementation",
        "Log an implementation",
        takes=api_bodies.LogCreate,
        gives=api_bodies.LogShape,
        status=201,
    )
    def post(self, request: Request, task: str) -> Response:
        """Without one a task is not complete."""
        row, body = task_for(self.actor, task), self.body(api_bodies.LogCreate)
        made = actions.log_implementation(row, actor=self.actor, **body)
        return self.shown(payloads.implementation_log(made), 201)


class RunsOfTask(Door):
    @route("list_runs_of_task", "A task's runs, newest first", gives=api_bodies.RunShape, lists=True)
    def get(self, request: Request, task: str) -> Response:
        """A page of runs."""
        return self.listed(runs_visible_to(self.actor).filter(task=task_for(self.actor, task)), payloads.run)

    @route("run_task", "Run a task", takes=api_bodies.RunCreate, gives=api_bodies.RunShape, status=201)
    def post(self, request: Request, task: str) -> Response:
        """Queued for a worker."""
        row, body = task_for(self.actor, task), self.body(api_bodies.RunCreate)
        return self.shown(payloads.run(runs.request_run(row, actor=self.actor, **body)), 201)


class Runs(Door):
    @route("list_runs", "Runs, newest first", gives=api_bodies.RunShape, lists=True, filters=RunFilters)
    def get(self, request: Request) -> Response:
        """A page of runs."""
        return self.listed(self.filtered(runs_visible_to(self.actor), RunFilters), payloads.run)


class OneRun(Door):
    @route("get_run", "A run with its outputs", gives=api_bodies.RunWhole)
    def get(self, request: Request, run: str) -> Response:
        """Where it stands and what it produced."""
        return self.shown(payloads.run_whole(run_for(self.actor, run)))


class Events(Door):
    pages = InOrder

    @route(
        "list_run_events",
        "A run's events, in order",
        gives=api_bodies.EventShape,
        lists=True,
        query=api_bodies.EventQuery,
    )
    def get(self, request: Request, run: str) -> Response:
        """What the agent did, as it did it; the live feed has the same."""
        after = self.query(api_bodies.EventQuery).get("after", 0)
        return self.listed(events_of(run_for(self.actor, run), after), run_event)


class CancelRun(Door):
    @route("cancel_run", "Cancel a run", takes=Nothing, gives=api_bodies.RunShape)
    def post(self, request: Request, run: str) -> Response:
        """A queued one ends; a live one is asked to stop."""
        self.body(Nothing)
        return self.shown(payloads.run(runs.cancel_run(run_for(self.actor, run), actor=self.actor)))


class RetryRun(Door):
    @route("retry_run", "Run again", takes=Nothing, gives=api_bodies.RunShape, status=201)
    def post(self, request: Request, run: str) -> Response:
        """A new run, after one that failed or was cancelled."""
        self.body(Nothing)
        return self.shown(payloads.run(runs.retry_run(run_for(self.actor, run), actor=self.actor)), 201)


class Tickets(Door):
    @route("list_tickets", "Tickets, newest first", gives=api_bodies.TicketShape, lists=True, filters=Filters)
    def get(self, request: Request) -> Response:
        """A page of tickets."""
        return self.listed(self.filtered(tickets_visible_to(self.actor), Filters), payloads.ticket)

    @route("create_ticket", "Create a ticket", takes=api_bodies.TicketCreate, gives=api_bodies.TicketShape, status=201)
    def post(self, request: Request) -> Response:
        """A work item of the workflow system."""
        body = self.body(api_bodies.TicketCreate)
        project = self.project(body.pop("project_id"), Verb.WRITE_TASKS)
        body["description"] = body["description"] or ""
        return self.shown(payloads.ticket(actions.create_ticket(project, actor=self.actor, **body)), 201)


class OneTicket(Door):
    @route("get_ticket", "A ticket", gives=api_bodies.TicketShape)
    def get(self, request: Request, ticket: str) -> Response:
        """One work item."""
        return self.shown(payloads.ticket(ticket_for(self.actor, ticket)))


urlpatterns = [
    path("specs/<str:spec>/tasks", TasksOfSpec.as_view()),
    path("specs/<str:spec>/generate-tasks", GenerateTasks.as_view()),
    path("tasks", Tasks.as_view()),
    path("tasks/<str:task>", OneTask.as_view()),
    path("tasks/<str:task>/logs", Logs.as_view()),
    path("tasks/<str:task>/runs", RunsOfTask.as_view()),
    path("runs", Runs.as_view()),
    path("runs/<str:run>", OneRun.as_view()),
    path("runs/<str:run>/events", Events.as_view()),
    path("runs/<str:run>/cancel", CancelRun.as_view()),
    path("runs/<str:run>/retry", RetryRun.as_view()),
    path("tickets", Tickets.as_view()),
    path("tickets/<str:ticket>", OneTicket.as_view()),
    *vectors.urlpatterns,
]
