"""What a person needs to know to decide: whether they may, on which changes, and what follows."""

from dataclasses import dataclass
from typing import Final

from approvals.models import Approval, State, Verdict
from approvals.rules import require_decider
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Role, Verb
from specflow.accounts.policy import policy_of
from specflow.accounts.rules import allows
from specflow.errors import DomainError
from specflow.specs.models import DocumentKind, Revision
from specflow.specs.phases import moves_of, require_phase
from tasks.models import Task


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands towards an approval.

    `why_not` is empty where they may decide; `held_back` says why they may ask for changes or reject, but not approve.
    """

    why_not: str = ""
    held_back: str = ""

    @property
    def may_decide(self) -> bool:
        """Whether any verdict is theirs to give."""
        return not self.why_not

    @property
    def may_approve(self) -> bool:
        """Whether they may agree."""
        return not self.why_not and not self.held_back


_CLOSED: Final = {
    State.APPROVED: "People agreed on this text.",
    State.NEEDS_REVISION: "Changes were asked for; the authors revise the text and ask again.",
    State.REJECTED: "The text was rejected.",
    State.STALE: "The text was changed after the request; a decision needs a new request.",
    State.WITHDRAWN: "The request was taken back.",
}


def standing(actor: Actor, approval: Approval) -> Standing:
    """Where the actor stands. It shows what the actions would say; they decide anew."""
    if approval.state != State.PENDING:
        return Standing(_CLOSED[State(approval.state)])
    try:
        require_decider(actor, approval)
    except DomainError as error:
        return Standing(" ".join((error.message, *error.next_steps)))
    if any(one.user_id == actor.user.pk for one in approval.decisions.all()):
        return Standing("You have decided on this; it waits for others.")
    return Standing(held_back=_held_back(approval))


def _held_back(approval: Approval) -> str:
    open_comments = approval.document.comments.filter(resolved_at=None).count()
    if policy_of(approval.policy).comments_resolved and open_comments:
        return f"Comments must be resolved before approval: {open_comments} open."
    if approval.document.spec is not None:
        try:
            require_phase(approval.document.spec, approval.document.kind)
        except DomainError as error:
            return error.message
    return ""


def may_withdraw(actor: Actor, approval: Approval) -> bool:
    """Whether the actor may take the request back. It shows what the action would say."""
    verb = Verb.REQUEST_APPROVAL if approval.requested_by_id == actor.user.pk else Verb.MANAGE
    return approval.state == State.PENDING and allows(actor, verb, approval.project)


def policy_sentence(approval: Approval) -> str:
    """Who has to agree: "1 approval from a reviewer, product manager or maintainer, other than the authors"."""
    policy = policy_of(approval.policy)
    roles = [Role(role).label.lower() for role in policy.deciding_roles]
    who = " or ".join([", ".join(roles[:-1]), roles[-1]] if len(roles) > 1 else roles)
    count = f"{policy.approvals_needed} approval{'s' if policy.approvals_needed > 1 else ''}"
    return f"{count} from a {who}" + ("" if policy.self_approval else ", other than the authors")


def given(approval: Approval) -> int:
    """How many people have approved so far."""
    return sum(one.verdict == Verdict.APPROVE for one in approval.decisions.all())


def needed(approval: Approval) -> int:
    """How many the policy asks for."""
    return policy_of(approval.policy).approvals_needed


def consequences(approval: Approval) -> list[str]:
    """What happens when the actor approves a pending request, as sentences."""
    missing = needed(approval) - given(approval) - 1
    if missing > 0:
        return [f"Your approval is counted; {missing} more {'is' if missing == 1 else 'are'} needed."]
    document = approval.document
    text = "document's text, on which people agreed" if approval.is_proposal else "text that people agreed on"
    lines = [f"Revision {approval.revision.number} becomes the {text}."]
    if moves := moves_of(document):
        lines.append(f"The spec moves to {moves[-1].label}.")
    if document.kind in (DocumentKind.TASKS, DocumentKind.TASK):
        waiting = Task.objects.filter(document=document, present=True, released_at=None)
        count = sum(not task.is_step for task in waiting)
        lines.append(f"{count} task{' is' if count == 1 else 's are'} released for work.")
    return lines


def baseline(approval: Approval) -> Revision | None:
    """The revision that people agreed on before this one; None for a first version."""
    agreed = approval.document.approved
    if agreed is not None and agreed.number < approval.revision.number:
        return agreed
    earlier = (
        Approval.objects.filter(
            document=approval.document_id,
            state__in=(State.APPROVED, State.STALE),
            revision__number__lt=approval.revision.number,
        )
        .select_related("revision")
        .prefetch_related("decisions")
        .order_by("-revision__number")
    )
    return next((one.revision for one in earlier if given(one) >= needed(one)), None)
