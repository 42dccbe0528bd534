"""New text makes a pending or approved approval of its document stale (QUALITY 27), but for that which made it the
text: a proposal."""

from approvals.actions import move
from approvals.models import Approval, State
from specflow.accounts.actors import Actor
from specflow.audit import log
from specflow.rows import Select
from specflow.specs.models import Revision

_STANDING = Select(
    lambda given: (
        Approval.objects.filter(document=given("document"), state__in=(State.PENDING, State.APPROVED))
        .exclude(revision=given("revision"))
        .only("id")
        .select_for_update()
        .order_by()
    )
)

_LOCKED = Select(lambda given: Approval.objects.filter(pk=given("id")).select_related("revision").order_by())


def text_changed(revision: Revision, actor: Actor) -> None:
    """Called in the transaction of each new revision (specs.hooks)."""
    if revision.parent is None:
        return  # a first text has none
    for key in [one.pk for one in _STANDING.all(document=revision.document_id, revision=revision.pk)]:
        (approval,) = _LOCKED.all(id=key)  # as it is now that it is locked
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
