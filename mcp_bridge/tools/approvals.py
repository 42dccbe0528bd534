"""The tool `approvals` of 003: its actions, arguments and replies. What was advice there is refused here."""

from pydantic import Field

from approvals import actions, payloads, queries
from approvals.models import State
from mcp_bridge import shapes, workspace
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools import decisions
from mcp_bridge.tools.peer import PeerArguments, check_project, given, reply
from mcp_bridge.tools.reading import choices
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.counting import counted
from specflow.errors import Conflict, Invalid, NotFound
from specflow.specs.formats import registry

_ACTIONS = ("request", "status", "delete", "cancel", "list")


class Approvals(PeerArguments):
    action: str = Field(description="What to do.", json_schema_extra=choices(*_ACTIONS))
    approvalId: str | None = Field(None, description="For status, delete and cancel: the approval's id (apr-…).")  # noqa: N815
    title: str | None = Field(None, description="For request: one line that says what is to be approved.")
    filePath: str | None = Field(  # noqa: N815
        None, description="For request: the document's path from the project's root, below .spec-workflow/."
    )
    type: str | None = Field(None, description="For request: document.", json_schema_extra={"enum": ["document", None]})
    category: str | None = Field(
        None, description="For request.", json_schema_extra={"enum": ["spec", "steering", "decomposition", None]}
    )
    categoryName: str | None = Field(None, description="For request and list: the spec's name.")  # noqa: N815


@tool("approvals", toolset="workflow", title="Approvals", output=shapes.Reply, destructive=True, peer=True)
def approvals(session: Session, arguments: Approvals) -> Answer:
    """Asks people to approve a document, and says what they decided. request files the request for the document at
    filePath as it stands; status says whether to wait, to go on or to revise; list gives what waits; cancel withdraws
    a pending request of your own; delete closes a decided one. Only a person decides, on the page that the reply
    names."""
    check_project(session, arguments)
    perform = {"request": _request, "status": _status, "delete": _delete, "cancel": _cancel, "list": _list}
    if arguments.action not in perform:
        raise Invalid(
            "unknown_action", f"action is one of {', '.join(_ACTIONS)}.", {"field": "action", "known": list(_ACTIONS)}
        )
    return perform[arguments.action](session, arguments)


def _request(session: Session, arguments: Approvals) -> Answer:
    path = workspace.checked_path(given(arguments.filePath, "filePath"))
    _check_subject(arguments, path)
    require(session.actor, Verb.REQUEST_APPROVAL, session.project)
    document, refusals = workspace.take_document(session, path)
    row = actions.request_approval(document, actor=session.actor, title=arguments.title or "")
    url = payloads.address(row)
    data = {
        "approvalId": row.public_id,
        "title": row.title,
        "filePath": path,
        "type": "document",
        "status": "pending",
        "revision": row.revision.number,
        "dashboardUrl": url,
        "warnings": refusals,
    }
    return reply(
        session,
        f"Approval was asked for. A person decides at {url}",
        data,
        decisions.waiting_steps(row),
        row.document.spec,
    )


@remembered
def _status(session: Session, arguments: Approvals) -> Answer:
    row = queries.approval_for(session.actor, given(arguments.approvalId, "approvalId"))
    return reply(session, decisions.message(row), decisions.status(row), decisions.next_steps(row), row.document.spec)


def _delete(session: Session, arguments: Approvals) -> Answer:
    name = given(arguments.approvalId, "approvalId")
    row = queries.approval_for(session.actor, name)
    if row.state == State.PENDING:
        raise Conflict(
            "approval_pending",
            f'BLOCKED: Cannot delete - status is "pending". A person decides at {payloads.address(row)}',
            {"approvalId": name, "status": "pending", "blockProgress": True, "canProceed": False},
            (*decisions.waiting_steps(row), 'Withdraw a request of your own with action "cancel".'),
        )
    data = {"approvalId": name, "status": decisions.peer_state(row), "closed": True}
    return reply(
        session,
        f'Approval "{name}" is closed; its record stays.',
        data,
        ("Go on with the next step.",) if row.state == State.APPROVED else decisions.next_steps(row),
        row.document.spec,
    )


def _cancel(session: Session, arguments: Approvals) -> Answer:
    row = queries.approval_for(session.actor, given(arguments.approvalId, "approvalId"))
    row = actions.withdraw(row, actor=session.actor)
    data = {"approvalId": row.public_id, "status": decisions.peer_state(row)}
    return reply(
        session,
        "The request is withdrawn.",
        data,
        ('Ask anew with action "request" when the text is ready.',),
        row.document.spec,
    )


@remembered
def _list(session: Session, arguments: Approvals) -> Answer:
    require(session.actor, Verb.VIEW, session.project)
    rows = queries.inbox(session.project)
    if arguments.categoryName is not None:
        rows = rows.filter(document__spec__slug=arguments.categoryName)
    found = [
        {
            "approvalId": row.public_id,
            "title": row.title,
            "filePath": row.document.path,
            "status": "pending",
            "createdAt": row.created_at.isoformat(),
            "dashboardUrl": payloads.address(row),
        }
        for row in rows[:100]
    ]
    return reply(session, f"{counted(len(found), 'request')} for a decision.", {"approvals": found})


def _check_subject(arguments: Approvals, path: str) -> None:
    if arguments.type not in (None, "document"):
        raise Invalid("unsupported_type", "Only documents are approved here.", {"field": "type", "known": ["document"]})
    known = registry.at(path)
    if known is None or known[1].kind == "other":
        raise NotFound("document_not_found", "This is no document that people approve.", {"path": path[:200]})
    place = known[1]
    if arguments.category == "spec" and arguments.categoryName and place.spec != arguments.categoryName:
        raise Invalid(
            "category_mismatch",
            f"The path is of the spec '{place.spec}', categoryName says '{arguments.categoryName[:100]}'.",
            {"field": "categoryName", "spec": place.spec},
        )
