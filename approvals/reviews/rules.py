"""Who may review a task's work: someone who may comment, and whose hands did not make it (QUALITY 31)."""

from django.db.models import Q

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import User
from specflow.accounts.rules import require
from specflow.errors import PermissionDenied
from specflow.rows import Select
from tasks.models import ImplementationLog, Run, RunStatus, Task

_MADE = Q(status=RunStatus.SUCCEEDED) | Q(outputs__isnull=False)
_MAKERS = Select(
    lambda given: User.objects.filter(
        Q(pk__in=ImplementationLog.objects.filter(task=given("task")).order_by().values("author"))
        | Q(pk__in=Run.objects.filter(_MADE, task=given("task")).order_by().values("requested_by"))
    ).order_by("id")
)


def require_reviewer(actor: Actor, task: Task) -> None:
    """Raises PermissionDenied `role_may_not`, `scope_missing`, and `self_review` for who had a hand in the work."""
    require(actor, Verb.COMMENT, task.project)
    part = part_in_work(actor.user, task)
    if part:
        raise PermissionDenied(
            "self_review",
            f"You cannot review this work: you are {part}.",
            {"task": task.public_id, "part": part},
            ("Ask a person of the project, or an agent of another owner, to review it.",),
        )


def part_in_work(user: User, task: Task) -> str:
    """What the user had to do with the task's work ("an author of it"), or an empty string. Who logged it or asked for
    a run that made something is its author; an agent and its owner are one, and so are the agents of one owner."""
    makers = _MAKERS.all(task=task.pk)
    authors, owners = {one.pk for one in makers}, {one.owner_id for one in makers if one.owner_id}
    if user.pk in authors:
        return "an author of it"
    if user.pk in owners:
        return "the owner of the agent that did it"
    if user.owner_id in authors:
        return "an agent of the person who did it"
    return "an agent of the same owner as the one that did it" if user.owner_id in owners else ""
