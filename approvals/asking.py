"""Asking for an approval by the name of a spec and a kind of document, as `approve_requirements` and `approve_design`
do (002) over MCP and REST: whoever asks twice gets the same request, and nothing moves by asking."""

from approvals.actions import request_approval
from approvals.models import Approval, State
from approvals.queries import approvals_of
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import allows, require
from specflow.audit.log import action
from specflow.errors import Conflict
from specflow.specs.models import Document, Spec
from specflow.specs.phases import require_phase


@action
def ask_for(spec: Spec, kind: str, *, actor: Actor) -> Approval:
    """The approval that stands for the current text of the spec's `kind` of document: pending, or approved.

    Where there is neither, the request is filed. Tell them apart by `state`; only approvals.actions.approve moves one.
    Raises PermissionDenied for who may neither request nor decide (and where it must be filed, for who may not
    request), Conflict `phase_gate` before the documents before it are approved, Conflict `nothing_to_approve`.
    """
    if not allows(actor, Verb.DECIDE, spec.project):
        require(actor, Verb.REQUEST_APPROVAL, spec.project)
    require_phase(spec, kind)
    # The row is locked before its approvals are looked at, so that two who ask at once file one request.
    document = Document.objects.select_for_update().filter(spec=spec, kind=kind).first()
    if document is None:
        raise Conflict(
            "nothing_to_approve",
            f"The spec has no {kind} document yet.",
            {"missing": [kind]},
            (f"Write the {kind} first.",),
        )
    standing = approvals_of(spec).filter(
        document=document, revision=document.current_id, state__in=(State.PENDING, State.APPROVED)
    )
    return standing.first() or request_approval(document, actor=actor)
