"""The capability table: what a role may do, what a scope covers, what an agent never does (DESIGN, Who may do what)."""

from enum import StrEnum
from typing import Final

from django.db import models


class Role(models.TextChoices):
    """A member's role in a project, from the least to the most."""

    VIEWER = "viewer", "Viewer"
    ENGINEER = "engineer", "Engineer"
    REVIEWER = "reviewer", "Reviewer"
    PRODUCT_MANAGER = "product_manager", "Product manager"
    MAINTAINER = "maintainer", "Maintainer"


class Verb(StrEnum):
    """What can be done in a project."""

    VIEW = "view"
    COMMENT = "comment"
    WRITE_SPECS = "write_specs"
    WRITE_TASKS = "write_tasks"
    RUN_TASKS = "run_tasks"
    REQUEST_APPROVAL = "request_approval"
    DECIDE = "decide"
    READ_AUDIT = "read_audit"
    MANAGE = "manage"


_V = Verb
CAPABILITIES: Final[dict[Role, frozenset[Verb]]] = {
    Role.VIEWER: frozenset({_V.VIEW}),
    Role.ENGINEER: frozenset({_V.VIEW, _V.COMMENT, _V.WRITE_SPECS, _V.WRITE_TASKS, _V.RUN_TASKS, _V.REQUEST_APPROVAL}),
    Role.REVIEWER: frozenset({_V.VIEW, _V.COMMENT, _V.DECIDE, _V.READ_AUDIT}),
    Role.PRODUCT_MANAGER: frozenset(
        {_V.VIEW, _V.COMMENT, _V.WRITE_SPECS, _V.REQUEST_APPROVAL, _V.DECIDE, _V.READ_AUDIT}
    ),
    Role.MAINTAINER: frozenset(Verb),
}


class Scope(models.TextChoices):
    """What an API key may be used for; `admin` covers all."""

    SPECS_READ = "specs:read", "Read specs, tasks, approvals and runs"
    SPECS_WRITE = "specs:write", "Write specs and comments"
    TASKS_WRITE = "tasks:write", "Change tasks and log implementations"
    TASKS_RUN = "tasks:run", "Run tasks"
    APPROVALS_REQUEST = "approvals:request", "Request approvals"
    APPROVALS_DECIDE = "approvals:decide", "Decide on approvals (people only)"
    AUDIT_READ = "audit:read", "Read the audit log"
    ADMIN = "admin", "Everything that the user's role allows"


SCOPE_OF: Final[dict[Verb, Scope]] = {
    _V.VIEW: Scope.SPECS_READ,
    _V.COMMENT: Scope.SPECS_WRITE,
    _V.WRITE_SPECS: Scope.SPECS_WRITE,
    _V.WRITE_TASKS: Scope.TASKS_WRITE,
    _V.RUN_TASKS: Scope.TASKS_RUN,
    _V.REQUEST_APPROVAL: Scope.APPROVALS_REQUEST,
    _V.DECIDE: Scope.APPROVALS_DECIDE,
    _V.READ_AUDIT: Scope.AUDIT_READ,
    _V.MANAGE: Scope.ADMIN,
}

# What a role gives to a person and never to an agent or the system (DESIGN: agents never decide).
PEOPLE_ONLY: Final[frozenset[Verb]] = frozenset({_V.DECIDE, _V.MANAGE})

# The scopes of an agent on this machine's own stdio server, which needs no key.
LOCAL_AGENT_SCOPES: Final[frozenset[str]] = frozenset(
    {Scope.SPECS_READ, Scope.SPECS_WRITE, Scope.TASKS_WRITE, Scope.TASKS_RUN, Scope.APPROVALS_REQUEST}
)
