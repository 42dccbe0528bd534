"""Reads of proposals: what one changes, and whether it still stands on the document's text."""

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from approvals import deciding
from approvals.models import Approval, State
from approvals.queries import approvals_visible_to
from specflow.accounts.actors import Actor
from specflow.specs import proposing
from specflow.specs.models import Document
from specflow.specs.queries import proposed_in

if TYPE_CHECKING:  # a server starts sooner without it
    from specflow.specs.changes.merge import Merged
    from specflow.specs.comparing import Comparison


def proposals_of(actor: Actor, document: Document) -> QuerySet[Approval]:
    """The document's proposals that the actor may see, newest first."""
    return approvals_visible_to(actor).filter(document=document).exclude(base=None)


def open_of(document: Document) -> list[Approval]:
    """What waits for a decision on the document, newest first, and the proposals that wait to be brought up to date."""
    rows = Approval.objects.filter(document=document).select_related("requested_by", "revision")
    pending = Q(state=State.PENDING)
    left = Q(state=State.STALE, replaced_by=None, revision__in=proposed_in(document)) & ~Q(base=None)
    return list(rows.filter(pending | left).defer("revision__text").order_by("-id"))


def change_of(approval: Approval) -> "Comparison":
    """What people are asked to agree on: a proposal against its base, another request against the text that people
    agreed on before."""
    from specflow.specs.comparing import Comparison

    return Comparison(approval.document, approval.base or deciding.baseline(approval), approval.revision)


def has_moved(approval: Approval) -> bool:
    """Whether the document's text is another by now than the one that this was proposed on."""
    return approval.is_proposal and approval.document.current_id not in (approval.base_id, approval.revision_id)


def is_taken(approval: Approval) -> bool:
    """Whether people agreed on this proposal, so that it became the document's text."""
    return approval.is_proposal and deciding.given(approval) >= deciding.needed(approval)


def brought_up_to_date(approval: Approval) -> "Merged | None":
    """What this proposal would be on the text of today; None where it stands on that, or was applied."""
    if not has_moved(approval) or is_taken(approval) or approval.base is None:
        return None
    return proposing.merged(approval.document, approval.base, approval.revision.text)
