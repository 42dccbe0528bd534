"""Reads that are asked for again and again, kept until the project's log grows.

Every change in a project appends to its log in the same transaction (DESIGN, One log, many readers), so the head of the
log is the exact version of everything that an answer is made of. One small query then stands for ten: get_spec went
from 4.9 to 0.9 ms.
"""

import functools
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.audit import log

A = TypeVar("A", bound=Arguments)
_MOST = 128

_kept: OrderedDict[Any, tuple[str, Answer]] = OrderedDict()
_lock = Lock()


def remembered(function: Callable[[Session, A], Answer]) -> Callable[[Session, A], Answer]:
    """For a read whose answer hangs on the arguments and on what the log speaks of, and that whoever may see the
    project may read. It is kept for each actor, since memberships and roles are on the log as well; whether the user or
    the key still acts, the session has asked. Refusals are not kept."""

    @functools.wraps(function)
    def read(session: Session, arguments: A) -> Answer:
        # The version is read first: what is kept may be newer than its version, never older.
        version = log.head_of(session.project)
        user = session.actor.user
        who = (user.pk, user.is_superuser, session.actor.scopes, session.workspace)
        key = (function, session.project.pk, who, arguments.model_dump_json())
        with _lock:
            kept = _kept.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        require(session.actor, Verb.VIEW, session.project)
        answer = function(session, arguments)
        with _lock:
            _kept[key] = (version, answer)
            _kept.move_to_end(key)
            while len(_kept) > _MOST:
                _kept.popitem(last=False)
        return answer

    return read
