"""The Actor: who acts, through which door, with what rights. Built by a door, never from a caller's argument."""

from dataclasses import dataclass, replace
from typing import Any

from specflow.accounts.capabilities import LOCAL_AGENT_SCOPES
from specflow.accounts.models import ApiKey, Kind, Project, User
from specflow.ids import new_id

SYSTEM_USER = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Frozen. `scopes` None means a person's session, which the role alone limits.

    `bound_to` is the id of the only project that the actor may know of (a key's), or None.
    """

    user: User
    door: str  # admin, api, mcp, page, job, cli
    scopes: frozenset[str] | None = None
    bound_to: int | None = None
    key: str = ""
    request_id: str = ""
    idempotency_key: str = ""

    @property
    def name(self) -> str:
        """The username, as it stands on the log."""
        return self.user.username

    def stamp(self) -> dict[str, Any]:
        """What the log keeps of the actor."""
        stamp = {"user": self.user.username, "kind": self.user.kind, "door": self.door}
        if self.key:
            stamp["key"] = self.key
        if self.request_id:
            stamp["request"] = self.request_id
        return stamp

    def with_idempotency(self, key: str) -> "Actor":
        """The same actor for one call under an idempotency key."""
        return replace(self, idempotency_key=key)


def from_session(user: User, *, door: str) -> Actor:
    """A person who is logged in, on the admin, a page or REST."""
    return Actor(user=user, door=door, request_id=new_id("req"))


def from_key(key: ApiKey, *, door: str) -> Actor:
    """Whoever the key was made for, within the key's project and scopes."""
    return Actor(
        user=key.user,
        door=door,
        scopes=frozenset(key.scopes),
        bound_to=key.project_id,
        key=key.prefix,
        request_id=new_id("req"),
    )


def local_agent(user: User, project: Project) -> Actor:
    """An agent on this machine's stdio server: who can start that can also read the database."""
    return Actor(user=user, door="mcp", scopes=LOCAL_AGENT_SCOPES, bound_to=project.pk, request_id=new_id("req"))


def system(*, door: str) -> Actor:
    """The system itself: the worker, a command of the server's owner. It has no session and no password."""
    user, _ = User.objects.get_or_create(
        username=SYSTEM_USER, defaults={"kind": Kind.SYSTEM, "is_active": False, "password": "!"}
    )
    return Actor(user=user, door=door, request_id=new_id("req"))
