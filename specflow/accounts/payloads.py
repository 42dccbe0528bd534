"""The shapes in which doors send out projects, members and keys."""

from typing import Any

from specflow.accounts.actors import Actor
from specflow.accounts.models import ApiKey, Membership, Project
from specflow.accounts.policy import policy_of


def project(row: Project, role: str) -> dict[str, Any]:
    """A project and the reader's role in it. How runs are carried out (`runner`, `vectors`) is for maintainers."""
    policy = policy_of(row.policy).as_dict()
    if role != "maintainer":
        del policy["runner"], policy["vectors"]
    return {
        "id": row.public_id,
        "slug": row.slug,
        "name": row.name,
        "role": role,
        "policy": policy,
        "created_at": row.created_at.isoformat(),
    }


def member(row: Membership) -> dict[str, Any]:
    """A member of a project."""
    return {"username": row.user.username, "kind": row.user.kind, "role": row.role}


def key(row: ApiKey) -> dict[str, Any]:
    """A key without its secret, which nobody has; `prefix` is how people recognise it."""
    return {
        "id": row.public_id,
        "name": row.name,
        "prefix": row.prefix,
        "user": row.user.username,
        "scopes": row.scopes,
        "created_at": row.created_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
        "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
    }


def caller(actor: Actor, projects: list[tuple[str, str]]) -> dict[str, Any]:
    """Who calls: the user, the key's scopes (None: a session, which the role alone limits), `(slug, role)` pairs."""
    return {
        "id": actor.user.public_id,
        "username": actor.user.username,
        "kind": actor.user.kind,
        "superuser": actor.user.is_superuser,
        "key": actor.key or None,
        "scopes": sorted(actor.scopes) if actor.scopes is not None else None,
        "projects": [{"slug": slug, "role": role} for slug, role in projects],
    }
