"""What a change touches, on both databases: what cites it among 500 specs of 30,000 characters, and 10,000 runs.

Run as a program it fills the database of its settings and prints the milliseconds as JSON.
"""

import hashlib
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.both import on_both, tell
from benchmarks.report import Figure
from benchmarks.written import as_text, requirement

if TYPE_CHECKING:
    from specflow.accounts.models import Project, User
    from specflow.specs.models import Document, Revision, Spec

SPECS, CHARACTERS, RUNS = 500, 30_000, 10_000
CITING_LIMIT, WORK_LIMIT = 100.0, 100.0
ROUNDS = 7


async def measure(folder: Path) -> list[Figure]:
    """The figures on SQLite and PostgreSQL."""
    return [one for database, times in on_both(folder, "benchmarks.citing") for one in _figures(database, times)]


def _figures(database: str, times: dict[str, Any]) -> list[Figure]:
    return [
        Figure(f"impact {database}: what cites a change among 500 specs", times["citing"], "ms", CITING_LIMIT, "15 MB"),
        Figure(f"impact {database}: work with 10,000 runs", times["work"], "ms", WORK_LIMIT, "100 tasks"),
    ]


def program() -> dict[str, float]:
    """Fills the database and times both; milliseconds."""
    from specflow.accounts import actions as accounts
    from specflow.accounts import actors
    from specflow.specs.comparing import Comparison

    owner = actors.system(door="cli")
    project = accounts.create_project("demo", actor=owner)
    robot = accounts.create_agent("robot", actor=owner, project=project)
    document, before, after = fill(project, robot)

    def timed(call: Callable[[Comparison], object]) -> float:
        times = []
        for _ in range(ROUNDS):
            compared = Comparison(document, before, after)
            assert compared.touched
            begin = time.perf_counter()
            assert call(compared)
            times.append((time.perf_counter() - begin) * 1000)
        return statistics.median(times)

    return {"citing": timed(lambda one: one.cited.citations), "work": timed(lambda one: one.work["runs"].total == RUNS)}


def fill(project: "Project", robot: "User") -> "tuple[Document, Revision, Revision]":
    """The specs, one in fifty of which cites the first; gives the first's document with two of its revisions."""
    from specflow.specs.models import Document, Spec

    chance = random.Random(1)
    words = "".join(as_text([requirement(at, chance) for at in range(300)]) for _ in range(3))
    for number in range(SPECS):
        spec = Spec.objects.create(project=project, slug=f"part-{number}", title=f"Part {number}", created_by=robot)
        for kind in ("requirements", "design", "tasks"):
            path = f".spec-workflow/specs/{spec.slug}/{kind}.md"
            document = Document.objects.create(project=project, spec=spec, kind=kind, path=path)
            at = chance.randrange(len(words) - CHARACTERS // 3)
            cites = "\nAs part-0/1.1 asks.\n" if number % 50 == 0 else ""
            document.current = _revision(document, robot, 1, words[at : at + CHARACTERS // 3] + cites)
            document.save()
    first = Document.objects.select_related("spec", "project", "current").get(spec__slug="part-0", kind="requirements")
    text = as_text([requirement(at, chance) for at in range(100)])
    assert first.spec is not None
    _work(first.spec, robot)
    return first, _revision(first, robot, 2, text), _revision(first, robot, 3, text.replace("SHALL", "SHALL soon"))


def _work(spec: "Spec", robot: "User") -> None:
    """A hundred tasks that cite the spec's first requirement, with their runs."""
    from specflow.specs.models import Document
    from tasks.models import Run, Task

    document = Document.objects.get(spec=spec, kind="tasks")
    tasks = Task.objects.bulk_create(
        Task(
            project=spec.project, spec=spec, document=document, key=str(at), title=f"Do {at}", position=at, start=at,
            end=at, requirements=["1"],
        )
        for at in range(1, 101)
    )  # fmt: skip
    Run.objects.bulk_create(
        Run(project=spec.project, task=tasks[at % 100], provider="command", status="succeeded", requested_by=robot)
        for at in range(RUNS)
    )


def _revision(document: "Document", robot: "User", number: int, text: str) -> "Revision":
    from specflow.specs.models import Revision

    digest = hashlib.sha256(text.encode()).hexdigest()
    return Revision.objects.create(
        document=document, number=number, text=text, sha256=digest, digest=digest, author=robot
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")
    import django

    django.setup()
    tell(program)
