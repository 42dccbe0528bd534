"""May this actor do this in this project? What a call may do is role ∩ scopes ∩ kind (DESIGN, Who may do what)."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import CAPABILITIES, PEOPLE_ONLY, SCOPE_OF, Role, Scope, Verb
from specflow.accounts.models import Kind, Membership, Project, User
from specflow.errors import NotFound, PermissionDenied
from specflow.rows import Select

_MEMBERSHIP = Select(
    lambda given: Membership.objects.filter(project=given("project"), user=given("user")).only("role").order_by()
)
_MEMBER = Select(
    lambda given: (
        Membership.objects.filter(project=given("project"), user=given("user"), user__is_active=True)
        .select_related("user")
        .order_by()
    )
)
_roles: ContextVar[dict[tuple[int, int], str | None] | None] = ContextVar("specflow_roles", default=None)


@contextlib.contextmanager
def one_call() -> Iterator[None]:
    """Within it a membership is looked up once. For a door whose calls decide nothing: a decision looks after it has
    its lock, so that a member who was removed meanwhile decides no more."""
    token = _roles.set({})
    try:
        yield
    finally:
        _roles.reset(token)


def role_in(actor: Actor, project: Project) -> Role | None:
    """The actor's role: the membership's; maintainer for a superuser and for the system; None for a stranger."""
    if actor.bound_to is not None and actor.bound_to != project.pk:
        return None
    if not actor.user.is_active and actor.user.kind != Kind.SYSTEM:
        return None
    if actor.user.is_superuser or actor.user.kind == Kind.SYSTEM:
        return Role.MAINTAINER
    role = _membership(actor.user.pk, project.pk)
    return Role(role) if role else None


def member(project: Project, user: int) -> User | None:
    """The active user who is a member, with the role in the same look (within `one_call`); None for a stranger."""
    found = _MEMBER.first(project=project.pk, user=user)
    known = _roles.get()
    if found is None:
        return None
    if known is not None:
        known[user, project.pk] = found.role
    return found.user


def _membership(user: int, project: int) -> str | None:
    known = _roles.get()
    if known is not None and (user, project) in known:
        return known[user, project]
    found = _MEMBERSHIP.first(project=project, user=user)
    role = found.role if found else None
    if known is not None:
        known[user, project] = role
    return role


def allows(actor: Actor, verb: Verb, project: Project) -> bool:
    """Whether the actor may do `verb` in `project`."""
    return _refusal(actor, verb, project) is None


def require(actor: Actor, verb: Verb, project: Project) -> None:
    """Raises NotFound `project_not_found` for a stranger, PermissionDenied with a code for a member who may not."""
    refusal = _refusal(actor, verb, project)
    if refusal is not None:
        raise refusal


def require_scope(actor: Actor, verb: Verb) -> None:
    """For what spans projects (a list): raises PermissionDenied `scope_missing` where the key does not cover `verb`."""
    refusal = _scope_refusal(actor, verb)
    if refusal is not None:
        raise refusal


def allowed(actor: Actor, project: Project) -> frozenset[Verb]:
    """Everything that the actor may do in `project`, in one look."""
    role = role_in(actor, project)
    return frozenset(verb for verb in Verb if _refusal_for(role, actor, verb, project) is None)


def _refusal(actor: Actor, verb: Verb, project: Project) -> NotFound | PermissionDenied | None:
    return _refusal_for(role_in(actor, project), actor, verb, project)


def _refusal_for(role: Role | None, actor: Actor, verb: Verb, project: Project) -> NotFound | PermissionDenied | None:
    if role is None:
        return NotFound.of("project", project.slug)
    if verb in PEOPLE_ONLY and not actor.user.is_person:
        return PermissionDenied(
            "agent_may_not",
            f"Only a person may {verb.replace('_', ' ')}; '{actor.name}' is none.",
            {"verb": verb, "kind": actor.user.kind},
            ("Ask a person of the project to do it.",),
        )
    if verb not in CAPABILITIES[role]:
        able = [one.value for one in Role if verb in CAPABILITIES[one]]
        return PermissionDenied(
            "role_may_not",
            f"The role {role.label.lower()} may not {verb.replace('_', ' ')} in {project.slug}.",
            {"verb": verb, "role": role, "roles_that_may": able},
        )
    return _scope_refusal(actor, verb)


def _scope_refusal(actor: Actor, verb: Verb) -> PermissionDenied | None:
    if actor.scopes is None or {SCOPE_OF[verb], Scope.ADMIN} & actor.scopes:
        return None
    return PermissionDenied(
        "scope_missing",
        f"The API key lacks the scope {SCOPE_OF[verb]}.",
        {"verb": verb, "scope": SCOPE_OF[verb], "scopes": sorted(actor.scopes)},
    )
