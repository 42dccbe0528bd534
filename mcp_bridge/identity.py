"""Who acts. A server knows its callers by one of these; nothing that a caller sends as an argument counts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.authentication import authenticate
from specflow.accounts.models import ApiKey, Project, User
from specflow.accounts.rules import member
from specflow.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Session:
    """One call: who makes it, in which project, and the folder that project has on this machine, if it has one."""

    actor: Actor
    project: Project
    workspace: Path | None = None

    def context(self, spec: str | None = None, phase: str | None = None) -> dict[str, Any]:
        """The `projectContext` of the workflow tools (003)."""
        from django.conf import settings

        root = str(self.workspace) if self.workspace else self.project.slug
        return {
            "projectPath": root,
            "workflowRoot": f"{root}/.spec-workflow",
            "specName": spec,
            "currentPhase": phase,
            "dashboardUrl": f"{settings.SPECFLOW_URL}/p/{self.project.slug}/",
        }


class Caller(Protocol):
    """Who stands behind a stdio server."""

    def session(self) -> Session:
        """A session for one call, looked up anew: what was taken away a moment ago is gone."""
        ...


@dataclass(frozen=True, slots=True)
class LocalAgent:
    """An agent on this machine without a key: whoever can start the server can read the database as well."""

    user: int
    project: Project
    workspace: Path | None = None

    def session(self) -> Session:
        """Raises Unauthenticated `agent_unknown` for an agent that was switched off."""
        user = member(self.project, self.user) or User.objects.filter(pk=self.user, is_active=True).first()
        if user is None:
            raise Unauthenticated("agent_unknown", "This agent may not act any more.")
        return Session(actors.local_agent(user, self.project), self.project, self.workspace)


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whoever holds an API key; it is checked at each call."""

    key: str
    workspace: Path | None = None

    def session(self) -> Session:
        """Raises Unauthenticated `key_unknown`, `key_revoked`, `key_expired`."""
        return session_of(authenticate(self.key), self.workspace)


def session_of(key: ApiKey, workspace: Path | None = None) -> Session:
    """A session within the key's project and scopes."""
    return Session(actors.from_key(key, door="mcp"), key.project, workspace)
