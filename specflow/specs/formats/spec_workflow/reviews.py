"""What the names of review files say (peer formats 2.5, 2.10)."""

import re
from dataclasses import dataclass

_ADVERSARIAL = re.compile(r"adversarial-(prompt|analysis)-(.+?)(?:-r([1-9]\d{0,5}))?\.md")
_MEMORY = re.compile(r"adversarial-memory-(.+)\.md")
_TASK = re.compile(r"review-(.+?)_v([1-9]\d{0,5})(?:_(.+))?\.md")
_PREPARED = re.compile(r"\.prepare-(.+)")


@dataclass(frozen=True, slots=True)
class ReviewName:
    """`kind` is prompt, analysis or memory (adversarial reviews of a phase's document), review or prepared (of a task).

    `round` counts from 1; `timestamp` is as the name has it. In `task` each dot of the task's id may be a hyphen.
    """

    kind: str
    phase: str = ""
    task: str = ""
    round: int = 0
    timestamp: str = ""


def review_name(path: str) -> ReviewName | None:
    """What the name of a file in a folder `reviews/` says; None for another name."""
    name = path.rsplit("/", 1)[-1]
    memory = _MEMORY.fullmatch(name)
    if memory:
        return ReviewName("memory", phase=memory[1])
    adversarial = _ADVERSARIAL.fullmatch(name)
    if adversarial:
        return ReviewName(adversarial[1], phase=adversarial[2], round=int(adversarial[3] or 1))
    task = _TASK.fullmatch(name)
    if task:
        return ReviewName("review", task=task[1], round=int(task[2]), timestamp=task[3] or "")
    prepared = _PREPARED.fullmatch(name)
    return ReviewName("prepared", task=prepared[1]) if prepared else None
