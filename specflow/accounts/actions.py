"""Writes of accounts: users, projects, members, keys, policy."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from specflow.accounts import keys
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Role, Scope, Verb
from specflow.accounts.models import SLUG, ApiKey, Kind, Membership, Project, User
from specflow.accounts.policy import checked_policy
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid, NotFound, PermissionDenied
from specflow.text import checked, checked_title


@action
def create_person(username: str, *, actor: Actor, password: str, superuser: bool = False) -> User:
    """A person who can log in. Only for the owner of the server (door `cli`) or a superuser who is logged in."""
    if not (actor.user.is_superuser and actor.scopes is None):
        _require_owner(actor)
    rights = {"password": make_password(password), "is_staff": True, "is_superuser": superuser}
    user, made = User.objects.get_or_create(username=_checked_username(username), defaults=rights)
    if not made:
        raise Conflict("user_exists", f"There is a user '{username}' already.", {"username": username})
    log.entry("user.created", user, project=None, username=username, kind=user.kind, superuser=superuser)
    return user


@action
def create_agent(username: str, *, actor: Actor, project: Project, role: str = Role.ENGINEER) -> User:
    """The agent user of this name, made if missing, and made a member of the project if it is none."""
    _require_owner_or_maintainer(actor, project)
    owner = actor.user if actor.user.is_person else None
    unable = {"kind": Kind.AGENT, "owner": owner, "password": make_password(None)}
    user, made = User.objects.get_or_create(username=_checked_username(username), defaults=unable)
    if made:
        log.entry("user.created", user, project=project, username=username, kind=user.kind)
    elif user.kind != Kind.AGENT:
        raise Conflict("not_an_agent", f"'{username}' is no agent.", {"username": username, "kind": user.kind})
    if not Membership.objects.filter(project=project, user=user).exists():
        add_member(project, user, actor=actor, role=role)
    return user


@action
def create_project(slug: str, *, actor: Actor, name: str = "", workspace: str = "") -> Project:
    """A project; its maker becomes a maintainer. Raises Invalid `invalid_slug`, Conflict `project_exists`."""
    if actor.user.kind == Kind.AGENT or actor.bound_to is not None:
        raise PermissionDenied(
            "agent_may_not", "Only a person or the server's owner makes projects.", {"verb": "manage"}
        )
    if len(slug) > 60 or not re.fullmatch(SLUG, slug):
        raise Invalid(
            "invalid_slug",
            f"'{slug[:80]}' is no project slug: lower-case words joined by hyphens.",
            {"slug": slug[:80]},
        )
    named = {
        "name": checked_title(name or slug, field="name"),
        "workspace": checked(workspace, field="workspace", limit=1000),
    }
    project, made = Project.objects.get_or_create(slug=slug, defaults=named)
    if not made:
        raise Conflict("project_exists", f"There is a project '{slug}' already.", {"project": slug})
    log.entry("project.created", project, project=project, slug=slug, name=project.name)
    if actor.user.is_person:
        _join(project, actor.user, Role.MAINTAINER)
    return project


@action
def add_member(project: Project, user: User, *, actor: Actor, role: str) -> Membership:
    """Makes the user a member, or changes the role of one."""
    _require_owner_or_maintainer(actor, project)
    return _join(project, user, _checked_role(role))


@action
def remove_member(project: Project, user: User, *, actor: Actor) -> User:
    """Ends a membership; the user's keys for the project no longer act, because the role is gone."""
    _require_owner_or_maintainer(actor, project)
    membership = Membership.objects.select_for_update().filter(project=project, user=user).first()
    if membership is None:
        raise NotFound.of("member", user.username)
    membership.delete()
    log.entry("member.removed", user, project=project, username=user.username)
    return user


@action
def change_policy(project: Project, *, actor: Actor, policy: dict[str, Any]) -> Project:
    """Sets the project's policy. Raises Invalid `invalid_policy`."""
    require(actor, Verb.MANAGE, project)
    project = Project.objects.select_for_update().get(pk=project.pk)
    before, project.policy = project.policy, checked_policy(policy)
    project.save(update_fields=("policy",))
    log.entry("project.policy_changed", project, project=project, before=before, after=project.policy)
    return project


@action
def create_key(
    project: Project,
    user: User,
    *,
    actor: Actor,
    scopes: Iterable[str],
    name: str = "",
    expires_at: datetime | None = None,
) -> ApiKey:
    """A key; its whole text is in `text` of the returned row, this once and never again.

    A key with `approvals:decide` or `admin` is made only by a person for themselves, or by the server's owner for a
    person (QUALITY 29). Raises Invalid `unknown_scope` or `invalid_title`, PermissionDenied
    `agent_may_not`, Conflict `not_a_member`.
    """
    wanted = _checked_scopes(scopes)
    if name:
        checked_title(name, field="name", limit=100)
    if not (actor.user == user and user.is_person and actor.scopes is None):
        _require_owner_or_maintainer(actor, project)
    if {Scope.APPROVALS_DECIDE, Scope.ADMIN} & set(wanted):
        _require_own_person(actor, user)
    if not Membership.objects.filter(project=project, user=user).exists() and not user.is_superuser:
        raise Conflict(
            "not_a_member", f"'{user.username}' is not a member of {project.slug}.", {"username": user.username}
        )
    text, prefix, digest = keys.new_key()
    key = ApiKey.objects.create(
        project=project,
        user=user,
        created_by=actor.user,
        name=name,
        prefix=prefix,
        digest=digest,
        scopes=wanted,
        expires_at=expires_at,
    )
    log.entry(
        "key.created",
        key,
        project=project,
        prefix=prefix,
        username=user.username,
        scopes=wanted,
        expires_at=expires_at.isoformat() if expires_at else None,
    )
    key.text = text  # type: ignore[attr-defined]  # not a field: shown once, never kept
    return key


@action
def revoke_key(key: ApiKey, *, actor: Actor) -> ApiKey:
    """Ends a key at once: every call looks it up. Its user or a maintainer may."""
    if not (actor.user == key.user and actor.scopes is None):
        _require_owner_or_maintainer(actor, key.project)
    key = ApiKey.objects.select_for_update().select_related("project", "user").get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=("revoked_at",))
        log.entry("key.revoked", key, project=key.project, prefix=key.prefix, username=key.user.username)
    return key


def _join(project: Project, user: User, role: Role) -> Membership:
    rows = Membership.objects.select_for_update()
    membership, made = rows.get_or_create(project=project, user=user, defaults={"role": role})
    if made:
        log.entry("member.added", user, project=project, username=user.username, role=role)
    elif membership.role != role:
        before, membership.role = membership.role, role
        membership.save(update_fields=("role",))
        log.entry("member.role_changed", user, project=project, username=user.username, before=before, after=role)
    return membership


def _require_owner(actor: Actor) -> None:
    if actor.user.kind != Kind.SYSTEM or actor.door != "cli":
        raise PermissionDenied("owner_only", "Only the server's owner may do this, on its command line.")


def _require_owner_or_maintainer(actor: Actor, project: Project) -> None:
    if actor.user.kind == Kind.SYSTEM and actor.door == "cli":
        return
    require(actor, Verb.MANAGE, project)


def _require_own_person(actor: Actor, user: User) -> None:
    own = actor.user == user or actor.user.kind == Kind.SYSTEM
    if not user.is_person or not own:
        raise PermissionDenied(
            "agent_may_not",
            "A key that decides or administers is made by a person for themselves.",
            {"username": user.username, "kind": user.kind},
        )


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    unknown = [one for one in wanted if one not in Scope.values]
    if unknown or not wanted:
        raise Invalid(
            "unknown_scope",
            f"Unknown scopes: {', '.join(unknown) or 'none given'}.",
            {"unknown": unknown, "known": list(Scope.values)},
        )
    return wanted


def _checked_role(role: str) -> Role:
    if role not in Role.values:
        raise Invalid(
            "unknown_role", f"There is no role '{role[:40]}'.", {"role": role[:40], "known": list(Role.values)}
        )
    return Role(role)


def _checked_username(username: str) -> str:
    try:
        User.username_validator(username)
    except ValidationError as error:
        raise Invalid(
            "invalid_username", f"'{username[:80]}' cannot be a username.", {"username": username[:80]}
        ) from error
    if not 1 <= len(username) <= 100:
        raise Invalid("invalid_username", "A username has 1 to 100 characters.", {"username": username[:80]})
    return User.normalize_username(username)
