"""A spec at work, for stories of traceability: what it says, and what came of it down to an output."""

from dataclasses import dataclass

from specflow.specs.models import Criterion, Requirement, Spec
from tasks.models import ImplementationLog, Output, Reference, Run, Task
from tests.factories import Team, make_released_task


@dataclass(frozen=True)
class Work:
    """A requirement with a criterion, a task for that criterion, its log, its run, and the run's output."""

    spec: Spec
    requirement: Requirement
    criterion: Criterion
    task: Task
    log: ImplementationLog
    run: Run
    output: Output

    @property
    def ids(self) -> dict[str, str]:
        """The outside id by kind."""
        kinds = ("requirement", "criterion", "task", "log", "run", "output")
        return {kind: getattr(self, kind).public_id for kind in kinds}


def make_work(team: Team) -> Work:
    """The robot's work on a spec that bob has approved as a whole."""
    task = make_released_task(team)
    requirement = task.spec.requirements.get()
    criterion = requirement.criteria.get()
    refer(task, requirement, criterion)
    run = make_run(team, task)
    log = ImplementationLog.objects.create(project=team.project, task=task, summary="Counts", author=team.robot)
    output = Output.objects.create(run=run, name="stdout", text="done", sha256="0" * 64)
    return Work(task.spec, requirement, criterion, task, log, run, output)


def make_run(team: Team, task: Task, status: str = "succeeded") -> Run:
    """A run that has ended."""
    return Run.objects.create(
        project=team.project, task=task, provider="command", status=status, attempt=1, requested_by=team.robot
    )


def refer(task: Task, requirement: Requirement, criterion: Criterion | None = None) -> Reference:
    """The task says that it is for this."""
    text = criterion.key if criterion else requirement.key
    return Reference.objects.create(task=task, text=text, requirement=requirement, criterion=criterion)


def make_task(task: Task, number: int) -> Task:
    """Another task of the same document."""
    return Task.objects.create(
        project=task.project, spec=task.spec, document=task.document, key=str(number), title=f"Task {number}",
        position=100 + number, start=number, end=number,
    )  # fmt: skip


def crowd(team: Team, work: Work, count: int = 99) -> None:
    """So many more tasks for the criterion, each with a run."""
    for number in range(2, count + 2):
        task = make_task(work.task, number)
        refer(task, work.requirement, work.criterion)
        make_run(team, task)
