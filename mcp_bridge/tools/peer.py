"""What the workflow tools share: the reply of 003, and the arguments that its agents send to each of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from mcp_bridge.errors import as_json
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments
from specflow.errors import Conflict, Invalid
from specflow.specs.models import Spec


class PeerArguments(Arguments):
    projectPath: str | None = Field(  # noqa: N815  # the wire's name (003)
        None, description="The project's folder. The session's own project is used; another folder is refused."
    )


def check_project(session: Session, arguments: PeerArguments) -> None:
    """Raises Conflict `other_project` where the caller means another folder than the session's."""
    if arguments.projectPath is None or session.workspace is None:
        return
    if Path(arguments.projectPath).resolve() != session.workspace:
        raise Conflict(
            "other_project",
            "This server works on another folder.",
            {"projectPath": arguments.projectPath[:300], "workspace": str(session.workspace)},
            ("Start a server for that folder, or leave projectPath out.",),
        )


def given(value: str | None, name: str) -> str:
    """An argument that this action needs. Raises Invalid `invalid_arguments`, as a missing argument does anywhere."""
    if not value:
        raise Invalid(
            "invalid_arguments",
            f"These arguments do not fit: {name}.",
            {"errors": [{"field": name, "problem": "This action needs it."}]},
        )
    return value


def reply(
    session: Session,
    message: str,
    data: Mapping[str, Any] | None = None,
    next_steps: Sequence[str] = (),
    spec: Spec | None = None,
) -> Answer:
    """`{success, message, data, nextSteps, projectContext}` as data and as JSON text."""
    value = {
        "success": True,
        "message": message,
        "data": dict(data) if data is not None else None,
        "nextSteps": list(next_steps),
        "projectContext": session.context(spec.slug if spec else None, spec.phase if spec else None),
    }
    return as_answer(value)


def as_answer(value: Mapping[str, Any]) -> Answer:
    """A reply as data and as JSON text."""
    return Answer(as_json(value), value)
