"""The trace of a requirement, a criterion, a task and a run among 10,000, 30,000 and 100,000 items, on both databases;
and the matrix of a spec of 1,000 requirements.

Run as a program it fills the database of its settings and prints the milliseconds as JSON.
"""

import hashlib
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.both import on_both, tell
from benchmarks.report import Figure
from benchmarks.timing import Times

if TYPE_CHECKING:
    from specflow.accounts.models import Project, User
    from specflow.specs.models import Spec

SIZES = (10_000, 30_000, 100_000)  # requirements, criteria, tasks, references and runs together
REQUIREMENTS, CRITERIA = 40, 3  # of a spec, of a requirement; two tasks for a requirement, each with a run
OF_SPEC = REQUIREMENTS * (1 + CRITERIA + 2 + 2 + 2)
LIMIT, MATRIX_LIMIT = 10.0, 2_000.0
CALLS, WARM = 200, 20


async def measure(folder: Path) -> list[Figure]:
    """The figures on SQLite and PostgreSQL."""
    return [one for database, times in on_both(folder, "benchmarks.tracing") for one in _figures(database, times)]


def _figures(database: str, times: dict[str, Any]) -> list[Figure]:
    figures = []
    for kind, rows in times["traces"].items():
        said = ", ".join(f"{size // 1000}k: {p50:.1f}/{p95:.1f}" for size, (p50, p95) in zip(SIZES, rows, strict=True))
        figures.append(Figure(f"trace {database}: {kind}, p95", rows[-1][1], "ms", LIMIT, f"p50/p95 at {said} ms"))
    name = f"trace {database}: matrix of 1,000 requirements"
    return [*figures, Figure(name, times["matrix"], "ms", MATRIX_LIMIT, "with 3,000 criteria and 2,000 tasks")]


def program() -> dict[str, Any]:
    """Fills the database, step by step, and times the traces at each; milliseconds."""
    from django.db import connection

    from specflow.accounts import actions as accounts
    from specflow.accounts import actors
    from specflow.specs.tracing import graph_of, trace
    from specflow.specs.tracing.matrix import matrix_of

    owner = actors.system(door="cli")
    project = accounts.create_project("demo", actor=owner)
    robot = accounts.create_agent("robot", actor=owner, project=project)
    actor, specs = actors.local_agent(robot, project), 0
    times: dict[str, list[tuple[float, float]]] = {}
    for size in SIZES:
        while specs * OF_SPEC < size:
            specs += 1
            fill(project, robot, f"spec-{specs}", REQUIREMENTS)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as PostgreSQL does by itself within a minute
        for kind, names in _chosen():
            found = Times.of(list(_timed(lambda name: trace(actor, name, project), names)))
            times.setdefault(kind, []).append((found.p50, found.p95))
    spec = fill(project, robot, "large", 1_000)
    matrix = statistics.median(_timed(lambda row: matrix_of(graph_of(row)).as_csv(), [spec] * (WARM + 5)))
    return {"traces": times, "matrix": matrix * 1000}


def _timed(call: Callable[[Any], object], given: Iterable[Any]) -> Iterator[float]:
    """The seconds of each call after a few that do not count."""
    for number, one in enumerate(given):
        begin = time.perf_counter()
        call(one)
        if number >= WARM:
            yield time.perf_counter() - begin


def _chosen() -> Iterator[tuple[str, list[str]]]:
    """Ids of some things of each kind, by chance."""
    from specflow.specs.models import Criterion, Requirement
    from tasks.models import Run, Task

    for kind, model in {"requirement": Requirement, "criterion": Criterion, "task": Task, "run": Run}.items():
        names = list(model._default_manager.order_by("id").values_list("public_id", flat=True))
        yield kind, random.Random(1).choices(names, k=CALLS + WARM)


def fill(project: "Project", robot: "User", slug: str, requirements: int) -> "Spec":
    """A spec with so many requirements and the work on them, written to the tables at once."""
    from approvals.models import Approval
    from specflow.specs.models import Criterion, Document, Requirement, Revision, Spec
    from tasks.models import Output, Reference, Run, Task

    spec = Spec.objects.create(project=project, slug=slug, title=slug, created_by=robot)
    documents = []
    for kind in ("requirements", "tasks"):
        path = f".spec-workflow/specs/{slug}/{kind}.md"
        document = Document.objects.create(project=project, spec=spec, kind=kind, path=path)
        digest = hashlib.sha256(path.encode()).hexdigest()
        revision = Revision.objects.create(
            document=document, number=1, text=f"# {path}\n", sha256=digest, digest=digest, author=robot
        )
        Document.objects.filter(pk=document.pk).update(current=revision, approved=revision)
        Approval.objects.create(
            project=project, document=document, revision=revision, digest=digest, state="approved", title=path,
            requested_by=robot,
        )  # fmt: skip
        documents.append(document)
    places = {"project": project, "document": documents[0]}
    said = Requirement.objects.bulk_create(
        Requirement(**places, **_place(at), spec=spec, title=f"The system keeps its word {at}")
        for at in range(1, requirements + 1)
    )
    criteria = Criterion.objects.bulk_create(
        Criterion(**places, **_place(at), requirement=one, text=f"WHEN it is {at} o'clock THEN the bell SHALL ring")
        for one in said
        for at in range(1, CRITERIA + 1)
    )
    tasks = Task.objects.bulk_create(
        Task(project=project, document=documents[1], **_place(at), spec=spec, title=f"Ring the bell {at}")
        for at in range(1, 2 * requirements + 1)
    )
    # One task for the whole requirement, one for its first criterion.
    firsts = criteria[::CRITERIA]
    Reference.objects.bulk_create(
        Reference(task=task, text="1", requirement=said[at // 2], criterion=firsts[at // 2] if at % 2 else None)
        for at, task in enumerate(tasks)
    )
    runs = Run.objects.bulk_create(
        Run(project=project, task=task, provider="command", status="succeeded", attempt=1, requested_by=robot)
        for task in tasks
    )
    Output.objects.bulk_create(Output(run=run, name="stdout", text="", sha256="0" * 64) for run in runs)
    return spec


def _place(at: int) -> dict[str, Any]:
    return {"key": str(at), "position": at, "start": at, "end": at}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")
    import django

    django.setup()
    tell(program)
