"""The provider `scripted`: plays a recorded script of model calls, tool calls and outputs with their timing.

For demonstrations and tests: a run that can be watched without a model and comes out the same each time. The format is
described in docs/scripted-provider.md. Options:

- `script`: the name of a file in the scripts' folder, or the script itself as a mapping.
- `speed`: how many times as fast as the script says, over the script's own `speed`.

Steps, each a mapping with `after` (seconds to wait first, 0 unless said) and at most one of:
`model_call`, `tool_call`, `tool_result`, `progress` (mappings), `log` (text), `output` (name, text),
`fail` (the run fails with this sentence), `crash` (the provider itself raises, as a defect would).
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from specflow import yaml
from specflow.counting import counted
from specflow.errors import TooLarge
from specflow.text import MAX_VALUE_BYTES, checked, checked_title, decoded
from tasks.providers.base import STOP_INTERVAL, Emit, Event, EventKind, Outcome, OutputItem, ShouldStop, Status, Work
from tasks.providers.options import check_names, number, refused
from tasks.providers.placeholders import fill

MAX_STEPS = 10_000
MAX_OUTPUTS = 50
MAX_AFTER = 3600.0
MAX_SPEED = 10_000.0
MIN_SPEED = 0.001
SCRIPTS = Path(__file__).resolve().parents[2] / "examples" / "scripts"

_MAPPINGS: dict[str, EventKind] = {
    "model_call": "model_call",
    "tool_call": "tool_call",
    "tool_result": "tool_result",
    "progress": "progress",
}
_TEXTS = ("log", "fail", "crash")
_ACTS = (*_MAPPINGS, *_TEXTS, "output")


class ScriptedError(RuntimeError):
    """What a script's `crash` raises: not a DomainError, since it plays a defect."""


@dataclass(frozen=True, slots=True)
class _Step:
    after: float
    act: str | None
    value: Any

    @classmethod
    def of(cls, value: Any, place: str) -> Self:
        """The step in `value`, `place` being where it stands ("script.steps[3]")."""
        if not isinstance(value, Mapping):
            raise refused(place, "must be a mapping")
        acts = [name for name in value if name != "after"]
        if len(acts) > 1 or (acts and acts[0] not in _ACTS):
            raise refused(place, f"must hold one of {', '.join(_ACTS)}, and may hold after")
        after = number(value.get("after", 0), f"{place}.after", least=0, most=MAX_AFTER)
        if not acts:
            return cls(after, None, None)
        _check_value(acts[0], value[acts[0]], f"{place}.{acts[0]}")
        return cls(after, acts[0], value[acts[0]])


@dataclass(frozen=True, slots=True)
class _Script:
    speed: float
    steps: tuple[_Step, ...]

    @classmethod
    def of(cls, value: Any) -> Self:
        if not isinstance(value, Mapping):
            raise refused("script", "must be a mapping with steps")
        for name in value:
            if name not in ("speed", "steps", "description"):
                raise refused(f"script.{name}", "is not known here; known are speed, steps, description")
        steps = value.get("steps")
        if not isinstance(steps, list | tuple) or len(steps) > MAX_STEPS:
            raise refused("script.steps", f"must be a list of up to {MAX_STEPS} steps")
        speed = number(value.get("speed", 1), "script.speed", least=MIN_SPEED, most=MAX_SPEED)
        script = cls(speed, tuple(_Step.of(step, f"script.steps[{index}]") for index, step in enumerate(steps)))
        names = [step.value["name"] for step in script.steps if step.act == "output"]
        if len(names) > MAX_OUTPUTS or len(set(names)) < len(names):
            raise refused("script.steps", f"may hold up to {MAX_OUTPUTS} outputs, each with a name of its own")
        return script


def _check_value(act: str, value: Any, place: str) -> None:
    _check_json(value, place)
    if act in _TEXTS and not isinstance(value, str):
        raise refused(place, "must be text")
    if act in _TEXTS:
        return
    if not isinstance(value, Mapping):
        raise refused(place, "must be a mapping")
    if act == "tool_call" and not (isinstance(value.get("name"), str) and set(value) <= {"name", "arguments"}):
        raise refused(place, "must hold a name and may hold arguments")
    if act == "output":
        if set(value) != {"name", "text"} or not all(isinstance(part, str) for part in value.values()):
            raise refused(place, "must hold a name and a text, both text")
        checked_title(value["name"], field=f"{place}.name")


def _check_json(value: Any, place: str, depth: int = 0) -> None:
    """Takes what can be stored as JSON: an inline script has not been through the YAML loader."""
    if depth > yaml.MAX_DEPTH:
        raise refused(place, f"is nested more than {yaml.MAX_DEPTH} deep")
    if isinstance(value, str):
        checked(value, field=place)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise refused(place, "must have text for keys")
            _check_json(key, place, depth + 1)
            _check_json(inner, place, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_json(inner, place, depth + 1)
    elif not (value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))):
        raise refused(place, "must hold JSON values only")


class Scripted:
    """Plays a script as an agent; see the module. `scripts` is the folder that script names are looked for in."""

    name = "scripted"

    def __init__(self, scripts: Path = SCRIPTS) -> None:
        self.scripts = scripts

    def check(self, options: Mapping[str, Any]) -> None:
        """Reads the whole script; Invalid `invalid_provider_options`, or `invalid_yaml` with line and column."""
        self._read(options)

    def execute(self, work: Work, emit: Emit, should_stop: ShouldStop) -> Outcome:
        """Plays the script to its end, its first `fail`, the run's time limit or a reason to stop."""
        script = self._read(work.options)
        try:
            return _Playing(work, emit, should_stop, script.speed).play(script.steps)
        except TooLarge as error:
            return Outcome("failed", str(error))

    def _read(self, options: Mapping[str, Any]) -> _Script:
        check_names(options, ("script", "speed"), required="script")
        script = options["script"]
        read = _Script.of(self._load(script) if isinstance(script, str) else script)
        if "speed" not in options:
            return read
        return _Script(number(options["speed"], "speed", least=MIN_SPEED, most=MAX_SPEED), read.steps)

    def _load(self, name: str) -> Any:
        checked_title(name, field="script")
        folder = self.scripts.resolve()
        path = (folder / name).resolve()
        # Resolved, so that neither `..` nor an absolute name nor a link leads out of the folder.
        if not path.is_relative_to(folder) or ".." in Path(name).parts:
            raise refused("script", "must be the name of a file in the scripts' folder")
        if not path.is_file():
            raise refused("script", f"names no script: there is no '{name[:100]}'")
        with path.open("rb") as file:
            return yaml.load(decoded(file.read(yaml.MAX_BYTES + 1), field=name), field=name)


class _Playing:
    """One script being played for one run."""

    def __init__(self, work: Work, emit: Emit, should_stop: ShouldStop, speed: float) -> None:
        self.work = work
        self.emit = emit
        self.should_stop = should_stop
        self.speed = speed
        self.deadline = time.monotonic() + work.timeout
        self.outputs: list[OutputItem] = []

    def play(self, steps: tuple[_Step, ...]) -> Outcome:
        for step in steps:
            ended = self._wait(step.after / self.speed) or self._act(step)
            if ended:
                return ended
        return self._outcome("succeeded", f"The script was played to its end, {counted(len(steps), 'step')}.")

    def _wait(self, seconds: float) -> Outcome | None:
        """Waits, or gives the outcome of a run that is to stop; asks at least once, also for no wait at all."""
        end = time.monotonic() + seconds
        while True:
            if reason := self.should_stop():
                return self._outcome("cancelled", f"The script was stopped: {reason}.")
            now = time.monotonic()
            if now >= self.deadline:
                return self._outcome("timed_out", f"The script was stopped after {self.work.timeout:g} s.")
            if now >= end:
                return None
            time.sleep(min(end, self.deadline, now + STOP_INTERVAL / 2) - now)

    def _act(self, step: _Step) -> Outcome | None:
        act, value = step.act, self._filled(step.value)
        if act == "fail":
            return self._outcome("failed", value)
        if act == "crash":
            raise ScriptedError(value)
        if act == "output":
            self.outputs.append(OutputItem(value["name"], value["text"]))
            self._say("output", value)
        elif act == "log":
            self._say("log", {"text": value})
        elif act is not None:
            self._say(_MAPPINGS[act], value)
        return None

    def _filled(self, value: Any) -> Any:
        """`value` with the placeholders in its texts filled, keys left alone; `too_large` for all texts together."""
        room = MAX_VALUE_BYTES

        def filled(part: Any) -> Any:
            nonlocal room
            if isinstance(part, str):
                text = fill(part, self.work, limit=room)
                room -= len(text.encode())
                return text
            if isinstance(part, Mapping):
                return {key: filled(inner) for key, inner in part.items()}
            return [filled(inner) for inner in part] if isinstance(part, list | tuple) else part

        return filled(value)

    def _say(self, kind: EventKind, data: dict[str, Any]) -> None:
        self.emit(Event(kind, data, time.time()))

    def _outcome(self, status: Status, summary: str) -> Outcome:
        return Outcome(status, summary, None, tuple(self.outputs))
