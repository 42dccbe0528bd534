"""Whether what came out of a vector is what its spec demands. Only what was learned counts: a server that refuses
everybody, or a program that crashes, has shown nothing."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.vector_models import TestVector, Verdict

REFUSED_EXIT = 65  # EX_DATAERR of sysexits.h: "the input data was incorrect in some way"
REFUSED = (400, 409, 413, 422)  # what a server answers to data that it does not take
MAX_GOT = 8_000  # characters of what came out that are kept


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one vector, a sentence where it is not passed, and what came out as JSON ("" for nothing)."""

    verdict: Verdict
    message: str = ""
    got: str = ""


def error(message: str, got: str = "") -> Judgement:
    """Nothing could be learned."""
    return Judgement(Verdict.ERROR, message, got)


def skipped(message: str) -> Judgement:
    """The vector does not say enough to be tried."""
    return Judgement(Verdict.SKIPPED, message)


def agrees(expected: Any, got: Any) -> bool:
    """Whether `got` is as far as `expected` says it: members of an object that it does not name are free. 1 is 1.0, and
    true is no number."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(key in got and agrees(one, got[key]) for key, one in expected.items())
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and all(map(agrees, expected, got))
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    return bool(expected == got)


def of_program(vector: TestVector, exit_code: int | None, stdout: str) -> Judgement:
    """The verdict on a program that was given the vector: by `passed` where it says so itself, else by `valid` (or exit
    code 65) and `output`."""
    said = _object(stdout)
    got = shown(said if said else stdout)
    if exit_code not in (0, REFUSED_EXIT):
        return error(_ended(exit_code), got)
    if isinstance(said.get("passed"), bool):
        verdict = Verdict.PASSED if said["passed"] else Verdict.FAILED
        return Judgement(verdict, str(said.get("message", "")), got)
    if vector.is_sentence:
        return skipped('The program did not judge this sentence: it does by {"passed": true} or false.')
    taken = exit_code == 0 and said.get("valid") is not False
    return _judged(vector, taken, got, "output" in said, said.get("output"))


def of_answer(vector: TestVector, status: int, body: Any) -> Judgement:
    """The verdict on what a server answered; `body` is its JSON, or its text."""
    got, expected = shown({"status": status, "body": body}), vector.expected
    if isinstance(expected, dict) and "status" in expected and set(expected) <= {"status", "body"}:
        if not _is_status(expected["status"], status):
            return Judgement(Verdict.FAILED, f"The server answered {status}, not {expected['status']}.", got)
        if "body" in expected and not agrees(expected["body"], body):
            return Judgement(Verdict.FAILED, "The server answered something else.", got)
        return Judgement(Verdict.PASSED, "", got)
    if not 200 <= status < 300 and status not in REFUSED:
        known = ", ".join(map(str, REFUSED))
        message = f"The server answered {status}, which neither takes the input (2xx) nor refuses it ({known})."
        return Judgement(Verdict.FAILED, message, got)
    return _judged(vector, status < 300, got, True, body)


def shown(value: Any) -> str:
    """A value as JSON, or as much of its text as is kept."""
    text = _encodable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= MAX_GOT else json.dumps(f"{text[:MAX_GOT]}…", ensure_ascii=False)


def value_of(text: str) -> Any:
    """The JSON value that a stranger's text is. Raises ValueError for what is none, NaN and numbers too large too."""
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as failure:
        raise ValueError("it is nested too deep") from failure


def told(text: str) -> str:
    """A stranger's words as a sentence that can be kept: without control characters, at most 500."""
    return _encodable("".join(one if one.isprintable() else " " for one in text[:500])).strip()


def _judged(vector: TestVector, taken: bool, got: str, has_output: bool, output: Any) -> Judgement:
    if taken != vector.valid:
        return Judgement(Verdict.FAILED, "It was refused." if vector.valid else "It was taken.", got)
    if vector.expects and not has_output:
        return Judgement(Verdict.FAILED, 'Nothing came out: a program prints {"output": …}.', got)
    if vector.expects and not agrees(vector.expected, output):
        return Judgement(Verdict.FAILED, "Something else came out.", got)
    return Judgement(Verdict.PASSED, "", got)


def _is_status(wanted: Any, status: int) -> bool:
    """A status, or a class of them such as 2XX (OpenAPI, Responses Object)."""
    said = str(wanted).upper()
    return said in (str(status), f"{status // 100}XX")


def _ended(exit_code: int | None) -> str:
    how = f"by signal {-exit_code}" if exit_code is not None and exit_code < 0 else f"with exit code {exit_code}"
    return f'The program ended {how}. To refuse an input it prints {{"valid": false}}, or ends with {REFUSED_EXIT}.'


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = value_of(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _encodable(text: str) -> str:
    """With a question mark for each half of a character (a lone surrogate)."""
    return text.encode(errors="replace").decode()


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number
