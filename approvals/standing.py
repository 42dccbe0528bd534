"""How someone stands to many approvals at once: may they decide, and if not, why. The same rules as `rules.py`, whose
`require_decider` asks for one approval and is the gate; here a list asks in a few queries for all its rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from approvals.authors import authors_of
from approvals.models import Approval, State
from approvals.rules import part_in
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import CAPABILITIES, Role, Verb
from specflow.accounts.models import Membership, User
from specflow.accounts.policy import policy_of


@dataclass(frozen=True, slots=True)
class Standing:
    """`may` decide; else `reason` says why not, as the end of "You cannot decide on this: …"."""

    may: bool
    reason: str = ""


def standings(actor: Actor, approvals: Sequence[Approval]) -> dict[int, Standing]:
    """The actor's standing to each approval, by row id, in five queries however many there are."""
    roles = _roles(actor, approvals)
    authors = authors_of(approvals)
    return {one.pk: _standing(actor.user, one, roles.get(one.project_id), authors[one.pk]) for one in approvals}


def _standing(user: User, approval: Approval, role: str | None, authors: Sequence[User]) -> Standing:
    if approval.state != State.PENDING:
        return Standing(False, "it has been decided")
    policy = policy_of(approval.policy)
    if not user.is_person or role is None or Verb.DECIDE not in CAPABILITIES[Role(role)]:
        return Standing(False, f"the role {(role or 'none').replace('_', ' ')} does not decide here")
    if role not in policy.deciding_roles:
        return Standing(False, f"the policy lets {', '.join(policy.deciding_roles).replace('_', ' ')} decide")
    part = part_in(user, approval, authors)
    if part and not policy.self_approval:
        return Standing(False, f"you are {part}")
    if any(one.user_id == user.pk for one in approval.decisions.all()):
        return Standing(False, "you have decided; another person is needed")
    return Standing(True)


def _roles(actor: Actor, approvals: Sequence[Approval]) -> dict[int, str]:
    projects = {one.project_id for one in approvals}
    if actor.user.is_superuser:
        return dict.fromkeys(projects, Role.MAINTAINER)
    return dict(Membership.objects.filter(user=actor.user, project__in=projects).values_list("project_id", "role"))
