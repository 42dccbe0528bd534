"""The provider `command`: a program that is run without a shell in its own folder and ended with all it started.

Options:

- `argv`: the program and its arguments, each taken literally. A name without a slash is looked for on PATH.
- `stdin`: text that it can read; `${task.prompt}` and its kind (`placeholders.py`) are filled in. Without it: nothing.
- `env`: names of variables to pass through from the worker, besides PATH, LANG, LC_ALL and TZ. Names of secrets are
  refused: what an agent needs of them comes from whoever configures it, by `Work.environment`.
- `max_output`: bytes to keep of each of stdout and stderr, 1 MiB unless said; what follows is counted and discarded.

The program finds its folder as working folder and HOME, `outputs/` in it for the files that it leaves
(`SPECFLOW_OUTPUTS`), and a TMPDIR. This keeps accidents apart, not attackers: the program runs as the worker's user.
"""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from specflow.errors import TooLarge
from tasks.providers import leftovers, outputs
from tasks.providers.base import STOP_INTERVAL, Emit, Event, Outcome, OutputItem, ShouldStop, Status, Work
from tasks.providers.options import check_names, number, refused
from tasks.providers.placeholders import fill
from tasks.providers.process import AgentProcess

DEFAULT_OUTPUT = 1024 * 1024
MAX_OUTPUT = 8 * 1024 * 1024
MAX_ARGV_BYTES = 100_000
MAX_STDIN_BYTES = 2 * 1024 * 1024

_PASSED = ("PATH", "LANG", "LC_ALL", "TZ")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_NEVER = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SPECFLOW_ADMIN_PASSWORD"}
_SECRET = re.compile(
    r"^(?:SPECFLOW|DJANGO|CELERY|PG|AWS|LD|DYLD)_|SECRET|TOKEN|PASS|CREDENTIAL|AUTH(?!OR)|COOKIE|KEY|DSN|_URL$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Options:
    argv: tuple[str, ...]
    stdin: str | None
    env: tuple[str, ...]
    max_output: int

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        check_names(options, ("argv", "stdin", "env", "max_output"), required="argv")
        stdin = options.get("stdin")
        if stdin is not None and (not isinstance(stdin, str) or len(stdin) > MAX_STDIN_BYTES or not _encodable(stdin)):
            raise refused("stdin", f"must be text of up to {MAX_STDIN_BYTES} bytes")
        limit = options.get("max_output", DEFAULT_OUTPUT)
        return cls(
            argv=_argv(options["argv"]),
            stdin=stdin,
            env=_env(options.get("env", ())),
            max_output=int(number(limit, "max_output", least=0, most=MAX_OUTPUT)),
        )


def _argv(value: Any) -> tuple[str, ...]:
    words = tuple(value) if isinstance(value, list | tuple) else ()
    if not words or not all(isinstance(word, str) and "\0" not in word and _encodable(word) for word in words):
        raise refused("argv", "must be a list of one text or more without NUL, the program first")
    if not words[0]:
        raise refused("argv", "must name a program")
    if sum(len(word.encode()) + 1 for word in words) > MAX_ARGV_BYTES:
        raise refused("argv", f"must be at most {MAX_ARGV_BYTES} bytes; longer text goes into stdin")
    return words


def _env(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise refused("env", "must be a list of names of variables")
    for name in value:
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            raise refused("env", "must be a list of names of variables, without values")
        if name in _NEVER or _SECRET.search(name):
            raise refused("env", f"may not pass {name} to an agent: by its name it holds a secret or the system's own")
    return tuple(value)


def _encodable(text: str) -> bool:
    """Whether `text` can leave the program: a lone surrogate cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


class Command:
    """Runs a program as an agent; see the module."""

    name = "command"

    def check(self, options: Mapping[str, Any]) -> None:
        """Takes the options of the module's list; Invalid `invalid_provider_options` otherwise."""
        _Options.of(options)

    def execute(self, work: Work, emit: Emit, should_stop: ShouldStop) -> Outcome:
        """Exit code 0 is success. Stopping takes 2 seconds of grace and up to one more (see base.Provider)."""
        options = _Options.of(work.options)
        leftovers.kill(work.run)  # of an earlier attempt: its worker lost the run and may not know it yet
        try:
            agent = AgentProcess(
                options.argv,
                run=work.run,
                folder=work.folder,
                environment=_environment(work, options.env),
                stdin=None if options.stdin is None else fill(options.stdin, work, limit=MAX_STDIN_BYTES),
                timeout=work.timeout,
                max_output=options.max_output,
            )
        except (OSError, TooLarge) as error:
            return Outcome("failed", f"The program could not be started: {_reason(error)}.")
        with agent:
            reason = _follow(agent, work.timeout, emit, should_stop)
        if reason != "lease_lost":  # then the run is another's, and so is its record
            _emit_rest(agent, emit)
        return _outcome(agent, work, options, reason, emit)


def _environment(work: Work, names: tuple[str, ...]) -> dict[str, str]:
    for name in work.environment:
        if name in _NEVER:
            raise refused("environment", f"may not hold {name}")
    for folder in ("tmp", outputs.FOLDER):
        (work.folder / folder).mkdir(mode=0o700, exist_ok=True)
    passed = {name: os.environ[name] for name in (*_PASSED, *names) if name in os.environ}
    return {
        "PATH": os.defpath,
        **passed,
        **work.environment,
        "HOME": str(work.folder),
        "TMPDIR": str(work.folder / "tmp"),
        "SPECFLOW_OUTPUTS": str(work.folder / outputs.FOLDER),
        leftovers.VARIABLE: work.run,
    }


def _follow(agent: AgentProcess, timeout: float, emit: Emit, should_stop: ShouldStop) -> str | None:
    """Passes on what happens until the agent has ended (None) or is to be stopped (the reason)."""
    deadline = time.monotonic() + timeout
    next_look = 0.0
    while not agent.ended:
        agent.step(min(STOP_INTERVAL / 2, max(0.0, deadline - time.monotonic())))
        for event in agent.events():
            emit(event)
        now = time.monotonic()
        if now >= next_look:
            next_look = now + STOP_INTERVAL / 2
            if reason := should_stop():
                return reason
        if now >= deadline and not agent.ended:
            return "timed_out"
    return "timed_out" if agent.over_limit else None


def _emit_rest(agent: AgentProcess, emit: Emit) -> None:
    for event in agent.rest():
        emit(event)
    for stream in (agent.stdout, agent.stderr):
        if stream.discarded:
            text = f"{stream.discarded} bytes of {stream.kind} over the limit were discarded."
            emit(Event("log", {"text": text, "truncated": {stream.kind: stream.discarded}}, time.time()))


def _outcome(agent: AgentProcess, work: Work, options: _Options, reason: str | None, emit: Emit) -> Outcome:
    if agent.start_error is not None:
        return Outcome("failed", f"{options.argv[0][:200]!a} could not be started: {os.strerror(agent.start_error)}.")
    written = (OutputItem("stdout", agent.stdout.text),) if agent.stdout.text else ()
    found = outputs.collect(work.folder, taken=tuple(item.name for item in written))
    if reason != "lease_lost":
        for sentence in found.left_out:
            emit(Event("log", {"text": sentence}, time.time()))
    status, summary = _verdict(agent, work.timeout, reason)
    cut = [f"{stream.discarded} bytes of {stream.kind}" for stream in (agent.stdout, agent.stderr) if stream.discarded]
    if cut:
        summary += f" Truncated: {' and '.join(cut)} over the limit were discarded."
    return Outcome(status, summary, agent.exit_code, written + found.items)


def _verdict(agent: AgentProcess, timeout: float, reason: str | None) -> tuple[Status, str]:
    if reason == "timed_out":
        return "timed_out", f"The program was stopped after its time limit of {timeout:g} s."
    if reason is not None:
        return "cancelled", f"The program was stopped: {reason}."
    code = agent.exit_code
    if code == 0:
        return "succeeded", "The program ended with exit code 0."
    if code is not None and code < 0:
        return "failed", f"The program was ended by signal {-code}."
    lines = agent.stderr.text[-2000:].strip().splitlines()
    return "failed", f"The program ended with exit code {code}." + (
        f" Its last words: {lines[-1][:300]}" if lines else ""
    )


def _reason(error: Exception) -> str:
    return error.strerror or "unknown reason" if isinstance(error, OSError) else str(error)
