"""Pages of tasks and runs: lists, a task, a run as it happens, and the buttons that start, cancel and retry runs."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.counting import counted
from specflow.dashboard import registry
from specflow.dashboard.fragments import draw
from specflow.dashboard.lists import chosen, paged, searched
from specflow.dashboard.registry import Context, Entry, Fact, Fragment
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page, whole
from specflow.errors import NotFound
from specflow.specs.models import DocumentKind, Spec
from specflow.specs.queries import spec_named
from tasks.generating import generate_tasks
from tasks.models import ENDED, Run, RunEvent, RunStatus, Status, Task
from tasks.queries import run_for, runs_of, task_for
from tasks.runs import cancel_run, request_run, retry_run
from tasks.throughput import last_day
from tasks.vectors import pages as vectors

_ACTIVE = ("queued", "leased", "running")
_EVENTS = 500
_TASKS_OF_SPEC = 400
Row = TypeVar("Row", Task, Run)
_OWN = ~Q(key="", level__gt=0)  # tasks of their own, not the steps of one


@require_safe
@project_page
def task_list(visit: ProjectVisit) -> HttpResponse:
    """The project's tasks by status, those of the newest spec first, in the order of their documents."""
    rows = Task.objects.filter(_OWN, project=visit.project, present=True).select_related("spec", "document")
    counts = dict(rows.order_by().values_list("status").annotate(Count("id")))
    wanted, status = searched(visit.request), chosen(visit.request, "status", Status.values)
    if status:
        rows = rows.filter(status=status)
    if wanted:
        rows = rows.filter(Q(title__icontains=wanted) | Q(key=wanted) | Q(spec__title__icontains=wanted))
    found = paged(rows.order_by("-spec_id", "position"), visit.request)
    return show(
        visit,
        "tasks/list.html",
        title="Tasks",
        at="tasks",
        topics=("tasks", "runs", "specs"),
        paged=found,
        lines=_lines(visit, found.rows),
        statuses=[(value, label, counts.get(value, 0)) for value, label in Status.choices],
        status=status,
        q=wanted,
    )


@require_safe
@project_page
def task_page(visit: ProjectVisit, task: str) -> HttpResponse:
    """A task: what is to be done, its runs, what was implemented, and what other apps know of it."""
    row = _task(visit, task)
    return show(
        visit,
        "tasks/task.html",
        title=f"{row.key} {row.title}".strip(),
        at="tasks",
        topics=("tasks", "runs", "documents"),
        crumbs=[("Tasks", reverse("tasks", args=(visit.project.slug,)))],
        line=_lines(visit, [row])[0],
        task=row,
        runs=_with_times(row.runs.select_related("requested_by")[:20]),
        logs=row.logs.select_related("author", "document").order_by("-id")[:20],
        steps=[one for one in row.children.filter(present=True) if one.is_step],
        panels=[(one, draw(one, visit, row)) for one in registry.in_order(registry.task_panels.values())],
    )


@require_safe
@project_page
def run_list(visit: ProjectVisit) -> HttpResponse:
    """The project's runs, newest first, by status."""
    rows, status = runs_of(visit.project), chosen(visit.request, "status", ("active", *RunStatus.values))
    if status:
        rows = rows.filter(status__in=_ACTIVE) if status == "active" else rows.filter(status=status)
    found = paged(rows, visit.request)
    kinds = [("active", "Active"), ("succeeded", "Succeeded"), ("failed", "Failed"), ("cancelled", "Cancelled")]
    return show(
        visit,
        "tasks/runs.html",
        title="Runs",
        at="runs",
        topics=("runs",),
        paged=found,
        lines=_with_times(found.rows),
        kinds=kinds,
        status=status,
    )


@require_safe
@project_page
def run_page(visit: ProjectVisit, run: str) -> HttpResponse:
    """A run: how it stands, and what the agent does, as it does it."""
    row = _run(visit, run)
    events = list(row.events.order_by("-sequence")[:_EVENTS])[::-1]
    last = events[-1].sequence if events else 0
    return show(
        visit,
        "tasks/run.html",
        title=f"Run of {row.task}"[:80],
        at="runs",
        topics=(),
        crumbs=[("Runs", reverse("runs", args=(visit.project.slug,)))],
        run=row,
        events=events,
        last=last,
        left_out=max(last - len(events), 0),
        earlier=f"?after={max(last - len(events) - _EVENTS, 0)}",
        **_state(visit, row),
    )


@require_safe
@project_page
def run_state(visit: ProjectVisit, run: str) -> HttpResponse:
    """How the run stands, by itself."""
    row = _run(visit, run)
    return render(visit.request, "tasks/run_state.html", {"visit": visit, "run": row, **_state(visit, row)})


@require_safe
@project_page
def run_events(visit: ProjectVisit, run: str) -> HttpResponse:
    """The run's events after a sequence, as rows for its page."""
    row = _run(visit, run)
    after = whole(visit.request.GET.get("after"), least=0, most=2**31)
    events = RunEvent.objects.filter(run=row, sequence__gt=after).order_by("sequence")[:_EVENTS]
    return render(visit.request, "tasks/events.html", {"events": events})


@require_POST
@project_page
def start(visit: ProjectVisit, task: str) -> HttpResponse:
    """Queues a run of the task and leads to its page."""
    run = request_run(_task(visit, task), actor=visit.actor)
    return _to_run(visit, run)


@require_POST
@project_page
def cancel(visit: ProjectVisit, run: str) -> HttpResponse:
    """Ends the run, or asks its worker to."""
    row = cancel_run(_run(visit, run), actor=visit.actor)
    said = "The run is cancelled." if row.status in ENDED else "The worker was asked to stop."
    messages.success(visit.request, said)
    return _to_run(visit, row)


@require_POST
@project_page
def retry(visit: ProjectVisit, run: str) -> HttpResponse:
    """Queues the work again and leads to the new run."""
    return _to_run(visit, retry_run(_run(visit, run), actor=visit.actor))


@require_POST
@project_page
def generate(visit: ProjectVisit, spec: str) -> HttpResponse:
    """Makes the tasks of a machine-readable spec, and leads back to them."""
    row = spec_named(visit.project, spec)
    made = generate_tasks(row, actor=visit.actor)
    messages.success(visit.request, f"{counted(made.added, 'task')} added; {made.kept} there before.")
    address = f"{reverse('spec', args=(visit.project.slug, row.slug))}?tab=tasks"
    if visit.is_fragment:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def _to_run(visit: ProjectVisit, run: Run) -> HttpResponse:
    address = reverse("run", args=(visit.project.slug, run.public_id))
    if visit.is_fragment:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def _task(visit: ProjectVisit, public_id: str) -> Task:
    return _here(visit, task_for(visit.actor, public_id), public_id)


def _run(visit: ProjectVisit, public_id: str) -> Run:
    return _here(visit, run_for(visit.actor, public_id), public_id)


def _here(visit: ProjectVisit, row: Row, name: str) -> Row:
    if row.project_id != visit.project.pk:
        raise NotFound.of(row.noun, name)
    return row


def _state(visit: ProjectVisit, run: Run) -> Context:
    """What the head of a run's page shows, and which buttons."""
    may = visit.may(Verb.RUN_TASKS)
    return {
        "task": run.task,
        "seconds": _seconds(run),
        "outputs": run.outputs.all() if run.status in ENDED else (),
        "may_cancel": may and run.status not in ENDED and not run.cancel_requested,
        "may_retry": may and run.status in (RunStatus.FAILED, RunStatus.CANCELLED),
        "is_active": run.status not in ENDED,
    }


def _seconds(run: Run) -> float | None:
    """How long the run has worked, or worked."""
    if run.started_at is None:
        return None
    return max(((run.ended_at or timezone.now()) - run.started_at).total_seconds(), 0)


def _with_times(runs: Any) -> list[dict[str, Any]]:
    return [{"run": run, "seconds": _seconds(run)} for run in runs]


def _lines(visit: ProjectVisit, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Tasks as lists show them: with their latest run, and whether the visitor may run them now."""
    latest: dict[int, Run] = {}
    for run in Run.objects.filter(task__in=tasks).order_by("id").defer("options", "summary"):
        latest[run.task_id] = run
    may = visit.may(Verb.RUN_TASKS) and bool(visit.project.policy.get("runner"))
    return [
        {"task": task, "run": latest.get(task.pk), "may_run": may and _can_run(task, latest.get(task.pk))}
        for task in tasks
    ]


def _can_run(task: Task, run: Run | None) -> bool:
    """As far as a list knows it; the action is the gate."""
    released = task.released_at is not None and task.document.is_approved and not task.is_step
    return released and task.status != Status.COMPLETED and (run is None or run.status in ENDED)


def _of_spec(visit: ProjectVisit, spec: Spec) -> Context:
    """The panel of a spec's tasks, in the groups of their document."""
    rows = list(Task.objects.filter(spec=spec, present=True).select_related("document")[: _TASKS_OF_SPEC + 1])
    groups: list[dict[str, Any]] = []
    for line in _lines(visit, rows[:_TASKS_OF_SPEC]):
        phase = line["task"].phase or (groups[-1]["phase"] if groups and line["task"].is_step else "")
        if not groups or groups[-1]["phase"] != phase:
            groups.append({"phase": phase, "lines": []})
        groups[-1]["lines"].append(line)
    may_generate = visit.may(Verb.WRITE_SPECS) and spec.documents.filter(kind=DocumentKind.SOURCE).exists()
    return {"groups": groups, "more": len(rows) > _TASKS_OF_SPEC, "spec": spec, "may_generate": may_generate}


def _active(visit: ProjectVisit) -> Context:
    rows = runs_of(visit.project).filter(status__in=_ACTIVE)[:8]
    recent = runs_of(visit.project).filter(status__in=ENDED).order_by("-ended_at", "-id")[:4]
    return {"lines": _with_times(rows), "recent": _with_times(recent)}


def _throughput(visit: ProjectVisit) -> Context:
    return {"day": last_day(visit.project, timezone.now())}


def _counted(projects: Sequence[Project]) -> dict[int, int]:
    rows = Run.objects.filter(project__in=projects, status__in=_ACTIVE).order_by()
    return dict(rows.values_list("project").annotate(Count("id")))


def _open(projects: Sequence[Project]) -> dict[int, int]:
    rows = Task.objects.filter(_OWN, project__in=projects, present=True).exclude(status=Status.COMPLETED).order_by()
    return dict(rows.values_list("project").annotate(Count("id")))


def progress(specs: Sequence[Spec]) -> dict[int, dict[str, int]]:
    """How far each spec's tasks are: total, completed, percent (dashboard.registry.progress)."""
    rows = Task.objects.filter(_OWN, spec__in=specs, present=True).order_by()
    counted = rows.values_list("spec").annotate(
        total=Count("id"), completed=Count("id", filter=Q(status=Status.COMPLETED))
    )
    return {
        spec: {"total": total, "completed": completed, "percent": 100 * completed // total}
        for spec, total, completed in counted
    }


def _titles(ids: set[str]) -> dict[str, str]:
    rows = Task.objects.filter(public_id__in=ids).values_list("public_id", "key", "title")
    return {public_id: f"{key} {title}".strip() for public_id, key, title in rows}


def _run_titles(ids: set[str]) -> dict[str, str]:
    rows = Run.objects.filter(public_id__in=ids).values_list("public_id", "task__key", "task__title")
    return {public_id: f"{key} {title}".strip() for public_id, key, title in rows}


def register() -> None:
    """What tasks and runs put on the pages; called once, when the apps are ready."""
    registry.progress = progress
    registry.add(
        registry.navigation,
        Entry("tasks", "Tasks", "checklist", 30, "tasks"),
        Entry("runs", "Runs", "bolt", 40, "runs"),
    )
    registry.add(
        registry.overview,
        Fragment("runs", "Runs", "bolt", 30, ("runs",), "tasks/active.html", _active),
        Fragment(
            "throughput", "Last 24 hours", "monitoring", 10, ("runs",), "tasks/throughput.html", _throughput, "side"
        ),
    )
    topics = ("tasks", "runs", "documents", "approvals")
    registry.add(
        registry.spec_panels,
        Fragment("tasks", "Tasks", "format_list_numbered", 30, topics, "tasks/panel.html", _of_spec),
    )
    registry.add(
        registry.facts,
        Fact("open", "Open tasks", "checklist", 30, _open),
        Fact("running", "Active runs", "bolt", 40, _counted, tone="accent"),
    )
    registry.addresses.update({"task": "task", "run": "run"})
    registry.titles.update({"task": _titles, "run": _run_titles})


Page = Callable[..., Any]
_BELOW: dict[str, tuple[Page, str]] = {
    "tasks/": (task_list, "tasks"),
    "tasks/<str:task>/": (task_page, "task"),
    "tasks/<str:task>/run": (start, "task-run"),
    "specs/<str:spec>/generate-tasks": (generate, "tasks-generate"),
    "runs/": (run_list, "runs"),
    "runs/<str:run>/": (run_page, "run"),
    "runs/<str:run>/state": (run_state, "run-state"),
    "runs/<str:run>/events": (run_events, "run-events"),
    "runs/<str:run>/cancel": (cancel, "run-cancel"),
    "runs/<str:run>/retry": (retry, "run-retry"),
}
urlpatterns = [
    *(path(f"p/<str:project>/{below}", view, name=name) for below, (view, name) in _BELOW.items()),
    *vectors.urlpatterns,
]
