"""What a provider of agents is: it executes one run of work, says what happens while it does, and how it ended.

Providers know no database: `tasks/jobs.py` gives them the work and stores what they emit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

EventKind = Literal["model_call", "tool_call", "tool_result", "output", "log", "progress", "stdout", "stderr"]
Status = Literal["succeeded", "failed", "cancelled", "timed_out"]

# How long a provider may go without asking whether it is to stop.
STOP_INTERVAL = 0.2


@dataclass(frozen=True, slots=True)
class Work:
    """One run, as a provider is given it.

    `folder` exists, belongs to this run alone and has mode 700. `options` are the provider's own, as its `check` took
    them. `timeout` is in seconds. `environment` are further variables for the agent, allow-listed by the caller.
    """

    run: str
    task: str
    title: str
    prompt: str
    folder: Path
    options: Mapping[str, Any]
    timeout: float
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run: `data` holds JSON values, `at` is the time in seconds since 1970 where known.

    `stdout`, `stderr` and `log` carry their words as `data["text"]`; the texts of one stream, joined, are the stream.
    """

    kind: EventKind
    data: dict[str, Any]
    at: float | None = None


@dataclass(frozen=True, slots=True)
class OutputItem:
    """A text that a run leaves behind, under a name that is unique within the run."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: one sentence or a few for people, the exit code where there was a process, and its outputs."""

    status: Status
    summary: str
    exit_code: int | None = None
    outputs: tuple[OutputItem, ...] = ()


Emit = Callable[[Event], None]
ShouldStop = Callable[[], str | None]


class Provider(Protocol):
    """An agent provider. Instances hold no state of a run, so one may execute several runs in several threads."""

    name: str

    def check(self, options: Mapping[str, Any]) -> None:
        """Takes `options` or raises Invalid `invalid_provider_options` with the `option` in its details."""

    def execute(self, work: Work, emit: Emit, should_stop: ShouldStop) -> Outcome:
        """Runs `work` to its end and says how it ended; a failing agent is an outcome, not an exception.

        `should_stop` is asked at least every 0.2 s while `emit` does not block; a reason that it gives ("cancelled",
        "lease_lost", "shutdown") ends the run as cancelled. What `emit` or `should_stop` raise ends the agent and is
        raised on.
        """
