"""When a task may be worked on."""

from specflow.errors import Conflict
from tasks.models import Task


def require_released(task: Task) -> None:
    """Raises Conflict `not_released` before the tasks document was approved, `stale_approval` where its text has
    changed since, each with who can give the approval."""
    who = "a reviewer, product manager or maintainer of the project"
    if task.released_at is None:
        raise Conflict(
            "not_released",
            "The task is not released: the tasks document was not approved with it.",
            {"task": task.public_id, "missing": ["tasks"], "who": who},
            ("Request approval of the tasks document and wait for a person's decision.",),
        )
    if not task.document.is_approved:
        raise Conflict(
            "stale_approval",
            "The tasks document was changed since it was approved.",
            {"task": task.public_id, "missing": ["tasks"], "who": who},
            ("Request approval of the changed tasks document.",),
        )
