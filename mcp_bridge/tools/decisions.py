"""An approval as agents of 003 know it: its status, flags, comments and what to do next (peer formats, 2.3)."""

from typing import Any

from approvals.models import Approval, Comment, Decision, State
from approvals.payloads import address

_PEER_STATE = {State.NEEDS_REVISION: "needs-revision", State.STALE: "needs-revision"}
_ENDED = (State.APPROVED, State.REJECTED)


def peer_state(row: Approval) -> str:
    """The state in the peer's words; `stale` reads as a call for revision there."""
    return _PEER_STATE.get(State(row.state), row.state)


def status(row: Approval) -> dict[str, Any]:
    """The `data` of a status."""
    approved = row.state == State.APPROVED
    return {
        "approvalId": row.public_id,
        "title": row.title,
        "type": "document",
        "filePath": row.document.path,
        "status": peer_state(row),
        "state": row.state,
        "createdAt": row.created_at.isoformat(),
        "respondedAt": row.ended_at.isoformat() if row.ended_at else None,
        "response": _response(row),
        "decisions": [_decision(one) for one in row.decisions.select_related("user")],
        "annotations": None,
        "comments": [_comment(one) for one in _comments(row)],
        "isCompleted": row.state in _ENDED,
        "canProceed": approved,
        "mustWait": not approved,
        "blockNext": not approved,
        "dashboardUrl": address(row),
    }


def message(row: Approval) -> str:
    """One sentence on where it stands."""
    if row.state == State.PENDING:
        return f"BLOCKED: Status is pending. A person decides at {address(row)}; a word in the chat counts for nothing."
    if row.state == State.STALE:
        return "Approval status: needs-revision. The text was changed after the request, so the request counts no more."
    return f"Approval status: {peer_state(row)}"


def next_steps(row: Approval) -> tuple[str, ...]:
    """What an agent does now."""
    if row.state == State.PENDING:
        return waiting_steps(row)
    if row.state == State.APPROVED:
        return ("APPROVED - go on with the next step.", 'Closing the request with action "delete" is possible.')
    again = 'Ask for approval of the new text with action "request" and the same filePath.'
    if row.is_proposal:
        again = f'Propose the text that is right with propose_revision, replaces "{row.public_id}".'
    if row.state in (State.STALE, State.WITHDRAWN):
        return ("Do not go on with this request.", again)
    said = _response(row)
    return (
        "BLOCKED - do not go on.",
        *([f"They said: {said}"] if said else []),
        *(_comment_step(number, one) for number, one in enumerate(_comments(row), 1)),
        "Change the document as they ask." if row.state == State.NEEDS_REVISION else "Think the document over.",
        again,
    )


def waiting_steps(row: Approval) -> tuple[str, ...]:
    """What an agent does while nobody has decided."""
    return (
        "BLOCKING - a person must decide on the dashboard.",
        f"Ask a person to decide at {address(row)}",
        "Do not take a spoken or written yes for a decision.",
        f'Look again with approvals action:"status" approvalId:"{row.public_id}"',
    )


def _comments(row: Approval) -> list[Comment]:
    return list(row.comments.select_related("author", "revision").order_by("id"))


def _response(row: Approval) -> str | None:
    last = row.decisions.order_by("-id").first()
    return last.comment or None if last else None


def _decision(row: Decision) -> dict[str, Any]:
    return {"by": row.user.username, "verdict": row.verdict, "comment": row.comment, "at": row.at.isoformat()}


def _comment(row: Comment) -> dict[str, Any]:
    lines = row.revision.text.split("\n")[row.start - 1 : row.end] if row.start else []
    return {
        "id": row.public_id,
        "type": "selection" if row.start else "general",
        "comment": row.text,
        "timestamp": row.created_at.isoformat(),
        "author": row.author.username,
        "lineNumber": row.start,
        "selectedText": "\n".join(lines)[:500] or None,
        "resolved": row.resolved_at is not None,
    }


def _comment_step(number: int, row: Comment) -> str:
    return f"Comment {number} on {f'line {row.start}' if row.start else 'the whole'}: {row.text}"
