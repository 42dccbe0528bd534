"""Appending to the log, and the one decorator that every action wears (DESIGN, One call path).

An action runs in one transaction. It says what happened with `entry(…)`; the decorator appends all of it as the
transaction's last statements, so that a chain's head is locked for an instant only. An action called by an action joins
it. Where an entry cannot be written, nothing happened.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, ParamSpec, Protocol, TypeVar

from django.db import IntegrityError, OperationalError, transaction

from specflow.audit import bell, heads, idempotency
from specflow.audit.heads import Head
from specflow.audit.models import SYSTEM, AuditEntry
from specflow.audit.verbs import VERBS
from specflow.errors import Conflict, DomainError

P = ParamSpec("P")
R = TypeVar("R")


class Acting(Protocol):
    """What the log needs to know of an actor (accounts.Actor)."""

    @property
    def idempotency_key(self) -> str: ...
    @property
    def name(self) -> str: ...
    def stamp(self) -> dict[str, Any]:
        """`{user, kind, door, …}`: JSON values, no secret."""
        ...


class Loggable(Protocol):
    """A row that the log can name: a noun and an outside id."""

    noun: ClassVar[str]

    @property
    def public_id(self) -> Any:
        """The outside id."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its place in a chain."""

    chain: str
    verb: str
    actor: str
    stamp: dict[str, Any]
    object_type: str
    object_id: str
    data: dict[str, Any]


@dataclass(slots=True)
class _Unit:
    actor: Acting
    drafts: list[Draft] = field(default_factory=list)


_unit: ContextVar[_Unit | None] = ContextVar("specflow_action", default=None)


def entry(verb: str, subject: Loggable, *, project: Loggable | None, **data: Any) -> None:
    """Says that `verb` was done to `subject` in `project` (None: the system's chain). Only inside an action.

    `data` holds JSON values and never a secret. Raises KeyError for a verb outside the closed list.
    """
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("log.entry() was called outside an action")
    if verb not in VERBS:
        raise KeyError(f"{verb} is not in the closed list of verbs")
    chain = project.public_id if project else SYSTEM
    unit.drafts.append(Draft(chain, verb, unit.actor.name, unit.actor.stamp(), subject.noun, subject.public_id, data))


def canonical(chain: str, sequence: int, at: datetime, draft: Draft, previous: str) -> str:
    """The exact text that is hashed: JSON with sorted keys and no blanks, UTF-8, times in UTC with microseconds."""
    return json.dumps(
        {
            "actor": draft.stamp,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "chain": chain,
            "data": draft.data,
            "object": {"id": draft.object_id, "type": draft.object_type},
            "previous": previous,
            "sequence": sequence,
            "verb": draft.verb,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def record(drafts: Sequence[Draft]) -> None:
    """Appends the drafts to their chains, in order, each chain locked once (in the order of their keys).

    Sequences are gapless per chain: the head's row is the only source of numbers. Must run in a transaction.
    """
    for key in sorted({draft.chain for draft in drafts}):
        head = heads.locked(key)
        heads.append(head, [_link(head, draft) for draft in drafts if draft.chain == key])
    if drafts:
        bell.ring_on_commit()


def head_of(project: Loggable) -> str:
    """The hash of the project's last entry. It changes with every change in the project, so it is the version of all
    that the log speaks of."""
    return heads.hash_of(project.public_id)


def _link(head: Head, draft: Draft) -> AuditEntry:
    """The draft as the chain's next entry; moves the head in memory."""
    at = datetime.now(UTC)
    head.sequence += 1
    previous, text = head.hash, canonical(head.key, head.sequence, at, draft, head.hash)
    head.hash = hashlib.sha256(text.encode()).hexdigest()
    return AuditEntry(
        chain_id=head.id,
        sequence=head.sequence,
        at=at,
        verb=draft.verb,
        actor=draft.actor,
        object_type=draft.object_type,
        object_id=draft.object_id,
        canonical=text,
        previous=previous,
        hash=head.hash,
    )


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Makes `function` an action: one transaction, its entries appended last, replayed by idempotency key.

    The function takes a required keyword `actor`. Raises Conflict `busy` where a lock was not free in time.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if _unit.get() is not None:
            return function(*args, **kwargs)
        actor: Acting = kwargs["actor"]  # type: ignore[assignment]
        try:
            return _in_transaction(function, actor, args, kwargs)
        except OperationalError as error:
            if is_lock_failure(error):
                raise Conflict(
                    "busy",
                    "Another call holds what this one needs; nothing was changed.",
                    {"action": function.__name__},
                    ("Try the same call again.",),
                ) from error
            raise

    return call


def _in_transaction(function: Callable[..., R], actor: Acting, args: Any, kwargs: Any) -> R:
    try:
        with transaction.atomic():
            return _perform(function, actor, args, kwargs)
    except (IntegrityError, DomainError):
        if not idempotency.is_known(actor):
            raise
    # Another call with the same key was first by a moment, and this one met what it made: its result is the answer.
    with transaction.atomic():
        return _perform(function, actor, args, kwargs)


def _perform(function: Callable[..., R], actor: Acting, args: Any, kwargs: Any) -> R:
    unit = _Unit(actor)
    token = _unit.set(unit)
    try:
        call = idempotency.begin(function, actor, args, kwargs)
        if call is not None and call.first is not None:
            return call.first  # type: ignore[no-any-return]
        result = function(*args, **kwargs)
        if call is not None:
            call.keep(result)
    finally:
        _unit.reset(token)
    record(unit.drafts)
    return result


def is_lock_failure(error: OperationalError) -> bool:
    """A lock timeout or a deadlock of PostgreSQL, or SQLite's busy database."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in {"55P03", "40P01"} or "database is locked" in str(error)
