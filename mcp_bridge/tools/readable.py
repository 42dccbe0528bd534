"""Payloads as text that people and agents read (002, get_spec)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_SUMMARY = 600  # characters of each part of the design


def spec(shape: Mapping[str, Any]) -> str:
    """A spec whole: where it stands, requirements with criteria, design in short, tasks."""
    return "\n".join((*_head(shape), "", *_requirements(shape), "", *_design(shape["design"]), "", *_tasks(shape)))


def specs(shapes: Sequence[Mapping[str, Any]], cursor: str | None) -> str:
    """A line for each spec."""
    lines = [f"- {one['title']} (ID: {one['id']}, {one['slug']}): {one['phase']}, {one['status']}" for one in shapes]
    return "\n".join((f"Specs ({len(shapes)}):", *lines, *more(cursor)))


def tasks(shapes: Sequence[Mapping[str, Any]], cursor: str | None) -> str:
    """A line for each task."""
    return "\n".join((f"Tasks ({len(shapes)}):", *(task_line(one) for one in shapes), *more(cursor)))


def task_line(shape: Mapping[str, Any]) -> str:
    """`- [status] title (priority)`, then its number in the document and its id."""
    number = f"{shape['key']}, " if shape["key"] else ""
    return f"- [{shape['status']}] {shape['title']} ({shape['priority']}) ({number}ID: {shape['id']})"


def task(shape: Mapping[str, Any]) -> str:
    """A task whole."""
    lines = [
        f"Task: {shape['title']} (ID: {shape['id']})",
        f"Status: {shape['status']} | Phase: {shape['phase']} | Priority: {shape['priority']}",
        f"Released: {'yes' if shape['released'] else 'no, its tasks document is not approved with it'}",
    ]
    if shape["blocked_reason"]:
        lines.append(f"Blocked: {shape['blocked_reason']}")
    if shape["description"]:
        lines += ["", shape["description"]]
    if shape["prompt"]:
        lines += ["", f"Prompt: {shape['prompt']}"]
    lines += ["", f"Implementation logs: {len(shape['logs'])}", *map(_log, shape["logs"])]
    return "\n".join((*lines, f"Runs: {len(shape['runs'])}", *(f"- {run_line(one)}" for one in shape["runs"])))


def _log(shape: Mapping[str, Any]) -> str:
    origin = f" (imported from {shape['imported_from']})" if shape["imported_from"] else ""
    return f"- {shape['summary']}{origin}"


def run_line(shape: Mapping[str, Any]) -> str:
    """`run-… is running (attempt 1)`."""
    return f"{shape['id']} is {shape['status']} (attempt {shape['attempt']})"


def run(shape: Mapping[str, Any]) -> str:
    """A run with its last events and its outputs."""
    lines = [f"Run {run_line(shape)} of task '{shape['task_title']}' (ID: {shape['task']})"]
    if shape["summary"]:
        lines.append(shape["summary"])
    lines += ["", "Last events:", *(f"  {one['seq']} {one['kind']}: {_data(one['data'])}" for one in shape["events"])]
    lines += ["", f"Outputs ({len(shape['outputs'])}):"]
    return "\n".join((*lines, *(f"  - {one['name']} ({len(one['text'])} characters)" for one in shape["outputs"])))


def _head(shape: Mapping[str, Any]) -> Iterator[str]:
    yield f"Spec: {shape['title']} (ID: {shape['id']})"
    yield f"Status: {shape['status']} | Phase: {shape['phase']}"
    yield f"Progress: {shape['progress']}%"
    for one in shape["approvals"]:
        if one["state"] == "pending":
            yield f"Waiting for a decision: {one['kind']} (ID: {one['id']}) at {one['url']}"


def _requirements(shape: Mapping[str, Any]) -> Iterator[str]:
    yield f"Requirements ({len(shape['requirements'])}):"
    for one in shape["requirements"]:
        yield f"  - [{one['status']}] {one['title']} (ID: {one['id']})"
        if one["condition"] or one["action"]:
            yield f"    WHEN {one['condition']}"
            yield f"    THE SYSTEM SHALL {one['action']}"
        for criterion in one["criteria"]:
            yield f"    * {criterion['text']} (ID: {criterion['id']})"


def _design(shape: Mapping[str, Any] | None) -> Iterator[str]:
    if shape is None:
        yield "Design: none yet"
        return
    yield "Design:"
    for name, part in (("Architecture", shape["architecture"]), ("Data model", shape["data_model"])):
        if part:
            yield f"  {name}: {part if len(part) <= _SUMMARY else part[:_SUMMARY] + '… (in full in the data)'}"
    for one in shape["api_spec"]:
        yield f"  {one['method']} {one['endpoint']} {one['description']}".rstrip()


def _tasks(shape: Mapping[str, Any]) -> Iterator[str]:
    yield f"Tasks ({len(shape['tasks'])}):"
    for one in shape["tasks"]:
        yield f"  {task_line(one)}"


def more(cursor: str | None) -> tuple[str, ...]:
    """A line that says how to go on, where there is a next page."""
    return (f"There are more: call again with cursor={cursor}.",) if cursor else ()


def _data(value: Mapping[str, Any]) -> str:
    text = str(value.get("text", value))
    return text if len(text) <= 200 else f"{text[:200]}…"
