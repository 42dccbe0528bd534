"""New text makes a pending or approved approval of its document stale (QUALITY 27)."""

from approvals.actions import move
from approvals.models import Approval, State
from specflow.accounts.actors import Actor
from specflow.audit import log
from specflow.specs.models import Revision


def text_changed(revision: Revision, actor: Actor) -> None:
    """Called in the transaction of each new revision (specs.hooks)."""
    if revision.parent is None:
        return  # a first text has none
    standing = (State.PENDING, State.APPROVED)
    rows = Approval.objects.select_for_update().filter(document=revision.document, state__in=standing).order_by()
    for key in list(rows.values_list("pk", flat=True)):
        approval = Approval.objects.select_related("revision").get(pk=key)
        before = approval.state
        move(approval, State.STALE)
        log.entry(
            "approval.became_stale",
            approval,
            project=revision.document.project,
            before=before,
            document=revision.document.public_id,
            revision=revision.number,
            decided_on=approval.revision.number,
        )
