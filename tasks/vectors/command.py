"""A program as the target of test vectors: it gets one vector as JSON on its standard input, and answers.

It is run as the provider `command` runs agents: without a shell, in a folder of its own that is gone afterwards, with
an environment of a few names, ended with all that it started.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from specflow.errors import DomainError
from tasks.providers.base import Event, Work
from tasks.providers.command import Command
from tasks.vector_models import TestVector
from tasks.vectors.judging import Judgement, error, of_program

MAX_OUTPUT = 256 * 1024


class CommandTarget:
    """The project's program for its vectors (policy)."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = list(argv)

    def __str__(self) -> str:
        return "the project's command"

    def ask(self, vector: TestVector, *, run: str, seconds: float) -> Judgement:
        """What the program says of the vector within so many seconds."""
        # A vector is data: with no dollar sign in the text nothing of it is filled in (providers/placeholders.py).
        stdin = json.dumps(given(vector)).replace("$", "\\u0024")
        options = {"argv": self._argv, "stdin": stdin, "max_output": MAX_OUTPUT}
        with tempfile.TemporaryDirectory(prefix="specflow-vector-") as folder:
            work = Work(run, "", "", "", Path(folder), options, seconds, {})
            try:
                outcome = Command().execute(work, _nobody, lambda: None)
            except DomainError as refusal:  # a vector of megabytes, arguments that no program can be given
                return error(refusal.message)
        if outcome.status == "timed_out" or outcome.exit_code is None:
            return error(outcome.summary)
        stdout = next((one.text for one in outcome.outputs if one.name == "stdout"), "")
        return of_program(vector, outcome.exit_code, stdout)


def given(vector: TestVector) -> dict[str, Any]:
    """A vector as a program gets it; `expected` only where something is expected, `call` only where an endpoint takes
    the input."""
    said: dict[str, Any] = {
        "id": vector.key, "kind": vector.kind, "title": vector.title, "target": vector.target, "rule": vector.rule,
        "pointer": vector.pointer, "lines": [vector.start, vector.end], "valid": vector.valid, "input": vector.input,
    }  # fmt: skip
    if vector.expects:
        said["expected"] = vector.expected
    if vector.path:
        said["call"] = {"method": vector.method, "path": vector.path}
    return said


def _nobody(event: Event) -> None:
    """What the program writes meanwhile is not followed."""
