"""Reads of accounts: what an actor can see."""

from typing import Protocol, TypeVar

from django.db.models import Model, QuerySet

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import ApiKey, Kind, Project
from specflow.accounts.rules import require
from specflow.errors import NotFound


class Owned(Protocol):
    """A row that belongs to a project."""

    project: Project


M = TypeVar("M", bound=Model)


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
    project = projects_visible_to(actor).filter(slug=name).first() or (
        projects_visible_to(actor).filter(public_id=name).first()
    )
    if project is None:
        raise NotFound.of("project", name)
    require(actor, verb, project)
    return project


def visible(rows: QuerySet[M], actor: Actor, public_id: str, verb: Verb = Verb.VIEW) -> M:
    """The row of `rows` with this outside id, in a project where the actor may do `verb`.

    Raises NotFound `<noun>_not_found`, the same for an unknown id and for another project's.
    """
    noun = rows.model.noun  # type: ignore[attr-defined]
    row = rows.select_related("project").filter(public_id=public_id).first()
    if row is None:
        raise NotFound.of(noun, public_id)
    try:
        require(actor, verb, row.project)  # type: ignore[attr-defined]
    except NotFound as error:
        raise NotFound.of(noun, public_id) from error
    return row


def visible_to(actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of `rows` that belong to the actor's projects."""
    return rows.filter(project__in=projects_visible_to(actor))


def keys_of(project: Project) -> QuerySet[ApiKey]:
    """The project's keys with their users."""
    return ApiKey.objects.filter(project=project).select_related("user")
