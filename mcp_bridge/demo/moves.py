"""What the example agent does next. Decided afresh from what the spec says now, so that an agent that was killed at any
point goes on where it stood, and one that finds other people's changes respects them."""

from dataclasses import dataclass
from typing import Any

from mcp_bridge.demo.story import Story

KINDS = ("requirements", "design", "tasks")
QUOTED = 200  # characters of a remark that are quoted back
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Use a tool."""

    say: str
    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until people have decided on an approval."""

    approval: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """Have a task carried out, log it, and complete it."""

    task: dict[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """Nothing is left to do for the agent."""

    say: str
    completed: bool


Move = Call | Wait | Work | End


def next_move(story: Story, spec: Spec | None, project: str) -> Move:
    """The next step of the story; `spec` as `get_spec` gives it, None where there is none yet."""
    if spec is None:
        arguments = {"project_id": project, "title": story.title, "description": story.description}
        return Call(f"creates the spec '{story.title}'", "create_spec", arguments)
    for kind in KINDS:
        document = spec["documents"].get(kind)
        if document is None or not document["approved"]:
            return _towards_approval(story, spec, kind)
    for task in spec["tasks"]:
        if not task["step"] and task["status"] != "completed":
            return Work(task)
    return End(f"has come to the end: '{story.title}' is approved, carried out and on the log", completed=True)


def _towards_approval(story: Story, spec: Spec, kind: str) -> Move:
    asked = [one for one in spec["approvals"] if one["kind"] == kind]  # newest first
    if not asked:
        return _missing(story, spec, kind) or _request(spec, kind)
    last = asked[0]
    if last["state"] == "pending":
        return Wait(last)
    if last["state"] == "withdrawn":
        return End(f"stops here: the request for the {kind} was withdrawn", completed=False)
    if sum(one["state"] == "rejected" for one in asked) > 1:
        return End(f"stops here: the {kind} were rejected twice", completed=False)
    # What was refused is answered with a new text; what a new text made stale is asked for as it now stands.
    answered = spec["documents"][kind]["revision"] > last["revision"]
    if last["state"] in ("needs_revision", "rejected") and not answered:
        turn = sum(one["state"] in ("needs_revision", "rejected") for one in asked) - 1
        return _revise(story, spec, kind, turn, _remark(last))
    return _request(spec, kind)


def _missing(story: Story, spec: Spec, kind: str) -> Call | None:
    """The first part of the document that the story has and the spec has not."""
    return {"requirements": _missing_requirement, "design": _missing_design, "tasks": _missing_task}[kind](story, spec)


def _missing_requirement(story: Story, spec: Spec) -> Call | None:
    written = {one["title"]: one for one in spec["requirements"]}
    for wanted in story.requirements:
        here = written.get(wanted["title"])
        if here is None:
            arguments = {name: wanted[name] for name in ("title", "condition", "action")}
            say = f"adds the requirement '{wanted['title']}'"
            return Call(say, "add_requirement", {"spec_id": spec["id"], **arguments})
        texts = {one["text"] for one in here["criteria"]}
        for text in wanted.get("criteria", ()):
            if text not in texts:
                return _criterion(spec, here, text, f"adds a criterion to '{wanted['title']}'")
    return None


def _missing_design(story: Story, spec: Spec) -> Call | None:
    if "design" in spec["documents"]:
        return None
    return Call("writes the design", "update_design", {"spec_id": spec["id"], **story.design})


def _missing_task(story: Story, spec: Spec) -> Call | None:
    written = {one["title"] for one in spec["tasks"]}
    for wanted in story.tasks:
        if wanted["title"] not in written:
            return _task(spec, wanted, f"adds the task '{wanted['title']}'")
    return None


def _request(spec: Spec, kind: str) -> Call:
    arguments = {
        "action": "request",
        "title": f"{kind.capitalize()}: {spec['title']}"[:300],
        "filePath": spec["documents"][kind]["path"],
        "type": "document",
        "category": "spec",
        "categoryName": spec["slug"],
    }
    return Call(f"asks people to approve the {kind}", "approvals", arguments)


def _revise(story: Story, spec: Spec, kind: str, turn: int, remark: str) -> Call:
    """An answer to a remark: what the story has for this turn, else the remark itself as something to be met."""
    planned = story.revisions.get(kind, [])
    own = planned[turn] if turn < len(planned) else None
    quoted = f'asked for in review: "{remark}"'
    say = f'answers the review of the {kind}: "{remark}"'
    if kind == "requirements" and spec["requirements"]:
        text = own or "WHEN the work is reviewed THEN the system SHALL do what was asked for"
        return _criterion(spec, spec["requirements"][-1], f"{text} ({quoted})", say)
    if kind == "design":
        before = (spec["design"] or {}).get("architecture", "").rstrip("\n")
        text = f"{before}\n\n{own or 'What the review asked for is part of this design.'} ({quoted})\n"
        return Call(say, "update_design", {"spec_id": spec["id"], "architecture": text})
    if kind == "tasks":
        task = own or {"title": f"Answer review {turn + 1}", "description": "Do what the review asked for."}
        return _task(spec, {**task, "description": f"{task['description']} ({quoted})"}, say)
    first = story.requirements[0]
    arguments = {name: first[name] for name in ("title", "condition", "action")}
    return Call(say, "add_requirement", {"spec_id": spec["id"], **arguments})


def _criterion(spec: Spec, requirement: dict[str, Any], text: str, say: str) -> Call:
    arguments = {"spec_id": spec["id"], "requirement_id": requirement["id"], "text": text}
    return Call(say, "add_acceptance_criterion", arguments)


def _task(spec: Spec, task: dict[str, Any], say: str) -> Call:
    known = ("title", "description", "phase", "priority")
    arguments: dict[str, Any] = {name: task[name] for name in known if name in task}
    return Call(say, "add_spec_task", {"spec_id": spec["id"], **arguments})


def _remark(approval: dict[str, Any]) -> str:
    """What the person said, on one line and short."""
    said = next((one["comment"] for one in reversed(approval["decisions"]) if one["comment"].strip()), "no remark")
    line = " ".join(said.replace('"', "'").split())
    return line if len(line) <= QUOTED else f"{line[:QUOTED]}…"
