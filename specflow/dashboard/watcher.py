"""Who listens on a connection of the live feed, and whether they still may. Plain functions of the database."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.utils.module_loading import import_string

from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.authentication import authenticate, reauthenticate
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import ApiKey, Project, User
from specflow.accounts.queries import visible_project
from specflow.accounts.rules import require
from specflow.audit import feed
from specflow.dashboard.topics import TOPICS, is_topic
from specflow.errors import Invalid, NotFound, Unauthenticated

MAX_TOPICS = 50


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whoever listens: by a session's key or by an API key."""

    actor: Actor
    session: str = ""
    key: ApiKey | None = None

    def again(self) -> "Watcher":
        """The same listener as they stand now. Raises Unauthenticated once the session or the key has ended."""
        return by_session(self.session) if self.key is None else _by_key(reauthenticate(self.key))


def by_session(session: str) -> Watcher:
    """The person behind a session cookie. Raises Unauthenticated `session_unknown`."""
    request = HttpRequest()
    request.session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(session)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active:
        raise Unauthenticated("session_unknown", "Nobody is logged in.", {}, ("Log in and open the page again.",))
    return Watcher(actors.from_session(user, door="page"), session=session)


def by_key(text: str) -> Watcher:
    """Whoever the key was made for. Raises Unauthenticated as accounts.authentication."""
    return _by_key(authenticate(text))


def _by_key(key: ApiKey) -> Watcher:
    return Watcher(actors.from_key(key, door="api"), key=key)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a `subscribe` message asks for, checked: where to read, from which sequence on, and what to let through.

    `topics` is empty for a source other than the log; `topic` names a source that is a topic itself (`run:run-…`).
    """

    project: Project
    source: str
    key: str
    after: int
    topics: frozenset[str]
    topic: str = ""


def wishes(watcher: Watcher, message: dict[str, Any]) -> list[Wish]:
    """What the message asks for. Raises NotFound `project_not_found` (a foreign project's too), `<source>_not_found`,
    PermissionDenied, Invalid `invalid_message`, `unknown_topic`."""
    slug, topics, after = message.get("project"), message.get("topics", []), message.get("after")
    if not isinstance(slug, str) or not isinstance(topics, list) or len(topics) > MAX_TOPICS:
        raise Invalid("invalid_message", f"subscribe takes a project and a list of at most {MAX_TOPICS} topics.")
    if after is not None and (not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**62):
        raise Invalid("invalid_message", "after is the sequence of the last event that was seen.", {"field": "after"})
    if not slug.isprintable() or not all(isinstance(one, str) and one.isprintable() for one in topics):
        raise Invalid("invalid_message", "Names hold no control characters.")
    project = visible_project(watcher.actor, slug)
    found = [_wish(project, name, after) for name in topics if _is_source(name)]
    logged = frozenset(name for name in topics if not _is_source(name))
    if logged or not topics:
        found.append(_of_log(watcher, project, logged, after))
    return found


def require_view(watcher: Watcher, projects: set[Project], *, audit: set[Project]) -> None:
    """Raises NotFound or PermissionDenied where the listener may no longer see one of the projects."""
    for project in projects:
        require(watcher.actor, Verb.VIEW, project)
    for project in audit:
        require(watcher.actor, Verb.READ_AUDIT, project)


def _is_source(name: str) -> bool:
    source = name.partition(":")[0]
    return source in feed.sources and source != "log"


def _wish(project: Project, name: str, after: int | None) -> Wish:
    source, _, key = name.partition(":")
    if feed.sources[source].project_of(key) != project.public_id:
        raise NotFound.of(source, key)
    return Wish(project, source, key, after or 0, frozenset(), topic=name)


def _of_log(watcher: Watcher, project: Project, topics: frozenset[str], after: int | None) -> Wish:
    unknown = sorted(name for name in topics if not is_topic(name))
    if unknown:
        raise Invalid("unknown_topic", f"There is no topic '{unknown[0][:60]}'.", {"topic": unknown[0][:60]})
    if "audit" in topics:
        require(watcher.actor, Verb.READ_AUDIT, project)
    chain = project.public_id
    return Wish(project, "log", chain, feed.position(chain) if after is None else after, topics or TOPICS - {"audit"})
