"""The one translation of errors for this door (CONTRACT, MCP tools).

A refusal is a result with `isError`: `{code, message, details, next_steps}` as JSON text and in `_meta`, never as
structured content, which clients hold against the output schema. Of an unexpected error nothing leaves but its code.
"""

import json
import logging
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic import ValidationError

from specflow.errors import DomainError, Invalid

META = "specflow/error"
logger = logging.getLogger("specflow.mcp")


class InternalError(DomainError):
    """Something broke here; what, is in the server's log."""

    kind = "internal"


def translated(error: Exception, tool: str) -> DomainError:
    """The error as a caller may see it: a DomainError as it is, anything else logged and without its text."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ValidationError):
        return invalid_arguments(error)
    logger.error("The tool %s failed", tool, exc_info=error)
    return InternalError(
        "internal_error",
        "The server failed at this call; the error is in its log.",
        next_steps=("Look at what was changed, then try again.",),
    )


def invalid_arguments(error: ValidationError) -> Invalid:
    """Code `invalid_arguments`; `details.errors` names each field by its path and says what is wrong with it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    errors = [{"field": ".".join(str(part) for part in one["loc"]), "problem": one["msg"]} for one in found[:20]]
    named = ", ".join(one["field"] for one in errors)
    return Invalid(
        "invalid_arguments",
        f"These arguments do not fit: {named[:300]}.",
        {"errors": errors},
        ("Call again with the arguments that the tool's input schema names.",),
    )


def as_result(error: DomainError) -> CallToolResult:
    """The refusal as a tool's result."""
    shape = error.as_dict()
    return CallToolResult(
        content=[TextContent(type="text", text=as_json(shape))],
        is_error=True,
        _meta={META: shape},
    )


def as_peer_result(error: DomainError, context: dict[str, Any] | None) -> CallToolResult:
    """The refusal in the shape of the workflow tools (003): `success` false, the code and the details in `data`."""
    reply = {
        "success": False,
        "message": error.message,
        "data": {"code": error.code, **error.details},
        "nextSteps": list(error.next_steps),
        "projectContext": context,
    }
    return CallToolResult(
        content=[TextContent(type="text", text=as_json(reply))],
        structured_content=reply,
        is_error=True,
        _meta={META: error.as_dict()},
    )


def as_json(value: Any) -> str:
    """JSON text as agents read it."""
    return json.dumps(value, ensure_ascii=False)
