"""Reads of accounts: what an actor can see."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import ApiKey, Kind, Membership, Project, User
from specflow.accounts.rules import allows, require, require_scope
from specflow.errors import NotFound
from specflow.rows import Select

M = TypeVar("M", bound=Model)
_BY_SLUG = Select(lambda given: Project.objects.filter(slug=given("slug")).order_by())
_BY_ID = Select(lambda given: Project.objects.filter(public_id=given("id")).order_by())


def projects_visible_to(actor: Actor) -> QuerySet[Project]:
    """The projects that the actor is a member of (all for a superuser), within the key's project."""
    projects = Project.objects.all()
    if actor.bound_to is not None:
        projects = projects.filter(pk=actor.bound_to)
    if not actor.user.is_superuser and actor.user.kind != Kind.SYSTEM:
        projects = projects.filter(memberships__user=actor.user)
    return projects


def visible_project(actor: Actor, name: str, verb: Verb = Verb.VIEW) -> Project:
    """The project by slug or id, where the actor may do `verb` there.

    Raises NotFound `project_not_found` for an unknown one and for another's alike.
    """
    _require_name("project", name)
    project = _BY_SLUG.first(slug=name) or _BY_ID.first(id=name)
    if project is None:
        raise NotFound.of("project", name)
    try:
        require(actor, verb, project)
    except NotFound as error:
        raise NotFound.of("project", name) from error
    return project


def visible(rows: QuerySet[M], actor: Actor, public_id: str, verb: Verb = Verb.VIEW) -> M:
    """The row of `rows` with this outside id, in a project where the actor may do `verb`.

    Raises NotFound `<noun>_not_found`, the same for an unknown id and for another project's.
    """
    noun = rows.model.noun  # type: ignore[attr-defined]
    _require_name(noun, public_id)
    row = rows.select_related("project").filter(public_id=public_id).first()
    if row is None:
        raise NotFound.of(noun, public_id)
    try:
        require(actor, verb, row.project)  # type: ignore[attr-defined]
    except NotFound as error:
        raise NotFound.of(noun, public_id) from error
    return row


def visible_to(actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of `rows` that belong to the actor's projects. Every role may view; a key needs the scope for it.

    Raises PermissionDenied `scope_missing`.
    """
    require_scope(actor, Verb.VIEW)
    return rows.filter(project__in=projects_visible_to(actor))


def keys_of(project: Project) -> QuerySet[ApiKey]:
    """The project's keys with their users."""
    return ApiKey.objects.filter(project=project).select_related("user")


def keys_visible_to(actor: Actor, project: Project) -> QuerySet[ApiKey]:
    """The project's keys: all to who manages it, else the actor's own."""
    rows = keys_of(project)
    return rows if allows(actor, Verb.MANAGE, project) else rows.filter(user=actor.user)


def key_for(actor: Actor, project: Project, public_id: str) -> ApiKey:
    """One of the keys that the actor sees, or NotFound `key_not_found`."""
    _require_name("key", public_id)
    row = keys_visible_to(actor, project).select_related("project").filter(public_id=public_id).first()
    if row is None:
        raise NotFound.of("key", public_id)
    return row


def members_of(project: Project) -> QuerySet[Membership]:
    """The project's members with their roles."""
    return Membership.objects.filter(project=project).select_related("user")


def user_named(username: str) -> User:
    """A person or an agent, or NotFound `user_not_found`."""
    _require_name("user", username)
    row = User.objects.filter(username=username).exclude(kind=Kind.SYSTEM).first()
    if row is None:
        raise NotFound.of("user", username)
    return row


def roles_of(actor: Actor) -> dict[int, str]:
    """The actor's role by project id, as memberships say; a superuser is a maintainer everywhere besides."""
    return dict(Membership.objects.filter(user=actor.user).values_list("project_id", "role"))


def _require_name(noun: str, name: str) -> None:
    """PostgreSQL refuses to look for a NUL, and no database takes half a surrogate: no row has such a name."""
    if not name.isprintable():
        raise NotFound.of(noun, ascii(name)[1:-1])
