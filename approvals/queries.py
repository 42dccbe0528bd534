"""Reads of approvals."""

from django.db.models import QuerySet

from approvals.models import Approval, Comment, State
from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.accounts.queries import visible, visible_to
from specflow.errors import NotFound
from specflow.specs.models import Spec

_TEXTS = ("revision__text", "base__text")  # a list shows none of them
_SHOWN = ("document__spec", "revision", "base", "replaces", "requested_by", "project")


def approval_for(actor: Actor, public_id: str) -> Approval:
    """The visible approval, or NotFound `approval_not_found`."""
    return visible(Approval.objects.select_related(*_SHOWN), actor, public_id)


def approvals_visible_to(actor: Actor) -> QuerySet[Approval]:
    """Approvals of the actor's projects, newest first."""
    return visible_to(actor, _listed(Approval.objects.all()).prefetch_related("decisions__user"))


def inbox(project: Project) -> QuerySet[Approval]:
    """What waits for a decision in the project, oldest first."""
    return _listed(Approval.objects.filter(project=project, state=State.PENDING)).order_by("id")


def approvals_of(spec: Spec) -> QuerySet[Approval]:
    """All approvals of the spec's documents, newest first."""
    return _listed(Approval.objects.filter(document__spec=spec)).prefetch_related("decisions__user")


def _listed(rows: QuerySet[Approval]) -> QuerySet[Approval]:
    return rows.select_related(*_SHOWN).defer(*_TEXTS)


def comment_for(actor: Actor, public_id: str) -> Comment:
    """The visible comment, or NotFound `comment_not_found`."""
    return visible(Comment.objects.select_related("author", "document"), actor, public_id)


def comments_of(approval: Approval) -> QuerySet[Comment]:
    """The remarks made on this approval."""
    return approval.comments.select_related("author", "document", "revision", "approval")


def latest_of(spec: Spec, kind: str) -> Approval:
    """The spec's latest approval of a kind of document (a pending one is the latest), or NotFound
    `approval_not_found`."""
    row = approvals_of(spec).filter(document__kind=kind).first()
    if row is None:
        raise NotFound.of("approval", f"{spec.slug}/{kind}")
    return row
