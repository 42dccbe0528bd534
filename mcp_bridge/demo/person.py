"""The person of `manage.py demo --approve`: a reviewer who reads and agrees, by the same action as everybody."""

import secrets
from typing import Any

from approvals import actions as approvals
from approvals.queries import approval_for
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Role, Verb
from specflow.accounts.models import Project, User
from specflow.accounts.rules import allows
from specflow.errors import Conflict

REVIEWER = "reviewer"


def reviewer(project: Project) -> User:
    """The user `reviewer`, made a reviewer of the project where that is missing. Their password is known to nobody:
    a maintainer sets one before anybody logs in as them."""
    owner = actors.system(door="cli")
    user = User.objects.filter(username=REVIEWER).first()
    if user is None:
        user = accounts.create_person(REVIEWER, actor=owner, password=secrets.token_urlsafe(32))
    if not allows(actors.from_session(user, door="cli"), Verb.DECIDE, project):
        accounts.add_member(project, user, actor=owner, role=Role.REVIEWER)
    return user


def approve(user: User, asked: dict[str, Any]) -> None:
    """Approves what the agent asked for. Somebody who decided meanwhile was first, and that stands."""
    actor = actors.from_session(user, door="cli")
    approval = approval_for(actor, asked["id"])
    try:
        approvals.approve(approval, actor=actor, digest=asked["digest"], comment="Read and agreed.")
    except Conflict as error:
        if error.code not in ("wrong_state", "stale_digest"):
            raise
