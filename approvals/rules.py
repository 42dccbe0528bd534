"""Who may decide on an approval (QUALITY 29): a person with the role, who did not write, request or own it."""

from collections.abc import Sequence

from approvals.authors import authors_of
from approvals.models import Approval
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import User
from specflow.accounts.policy import Policy, policy_of
from specflow.accounts.rules import require, role_in
from specflow.errors import PermissionDenied


def require_decider(actor: Actor, approval: Approval) -> Policy:
    """The policy that the approval was requested under, where the actor may decide on it.

    Raises PermissionDenied `agent_may_not`, `role_may_not`, `scope_missing`, `self_approval`.
    """
    require(actor, Verb.DECIDE, approval.project)
    if not actor.user.is_person:
        raise PermissionDenied(
            "agent_may_not", "Only a person decides.", {"kind": actor.user.kind}, ("Ask a person of the project.",)
        )
    policy = policy_of(approval.policy)
    role = role_in(actor, approval.project)
    if role not in policy.deciding_roles:
        raise PermissionDenied(
            "role_may_not",
            f"The policy lets {', '.join(policy.deciding_roles)} decide.",
            {"role": role, "roles_that_may": list(policy.deciding_roles)},
        )
    part = part_in(actor.user, approval, authors_of([approval])[approval.pk])
    if part and not policy.self_approval:
        raise PermissionDenied(
            "self_approval",
            f"You cannot decide on this: you are {part}.",
            {"part": part},
            ("Ask another reviewer of the project.",),
        )
    return policy


def part_in(user: User, approval: Approval, authors: Sequence[User]) -> str:
    """What the user had to do with what is to be decided ("an author of this text"), or an empty string; `authors` are
    those of `authors_of`."""
    if user in authors:
        return "an author of this text"
    if user == approval.requested_by:
        return "the one who requested it"
    if user.pk in {one.owner_id for one in (*authors, approval.requested_by) if one.owner_id}:
        return "the owner of the agent that wrote or requested it"
    return ""
