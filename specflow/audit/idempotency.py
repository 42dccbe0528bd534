"""The same call with the same key gives the first result; another call with that key is refused (QUALITY 2)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Protocol

from django.apps import apps
from django.db.models import Model
from django.utils.module_loading import import_string

from specflow.audit.models import IdempotentCall
from specflow.errors import Conflict, Reused


class Keyed(Protocol):
    """An actor, as far as this module cares."""

    @property
    def idempotency_key(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(slots=True)
class Call:
    """A call under a key: `first` is the result of the first time, or None where this is it."""

    caller: str
    key: str
    fingerprint: str
    first: Any = None

    def keep(self, result: Any) -> None:
        """Remembers what the action returned, in the action's own transaction: a row, or a dataclass around one."""
        row, said = _taken_apart(result)
        IdempotentCall.objects.create(
            caller=self.caller,
            key=self.key,
            fingerprint=self.fingerprint,
            result_type=row._meta.label,
            result_id=row.pk,
            said=said,
        )


def begin(function: Callable[..., Any], actor: Keyed, args: Any, kwargs: Any) -> Call | None:
    """The call under the actor's key, with its first result where there is one; None without a key.

    Raises Reused `idempotency_key_reused` where the key came with another request.
    """
    if not actor.idempotency_key:
        return None
    call = Call(actor.name, actor.idempotency_key, _fingerprint(function, args, kwargs))
    kept = IdempotentCall.objects.select_for_update().filter(caller=call.caller, key=call.key).first()
    if kept is None:
        return call
    if kept.fingerprint != call.fingerprint:
        raise Reused(
            "idempotency_key_reused",
            "This idempotency key was used for another request.",
            {"key": call.key},
            ("Send a new key with a new request.",),
        )
    call.first = _put_together(kept)
    return call


def is_known(actor: Keyed) -> bool:
    """Whether the actor's key has a first result by now."""
    key = actor.idempotency_key
    return bool(key) and IdempotentCall.objects.filter(caller=actor.name, key=key).exists()


def _taken_apart(result: Any) -> tuple[Model, dict[str, Any]]:
    """(the row, what else was said): for a dataclass its import path, the field of the row, the JSON values beside. A
    field whose metadata says `replayed=False` is not kept, and has its default in a replay."""
    if isinstance(result, Model):
        return result, {}
    if not is_dataclass(result):
        raise TypeError("an action that is called with an idempotency key must return a row, or a dataclass around one")
    kept = [one.name for one in fields(result) if one.metadata.get("replayed", True)]
    values = {name: getattr(result, name) for name in kept}
    (name,) = (name for name, value in values.items() if isinstance(value, Model))
    row = values.pop(name)
    kind = type(result)
    return row, {"class": f"{kind.__module__}.{kind.__qualname__}", "row": name, "values": values}


def _put_together(kept: IdempotentCall) -> Any:
    row = apps.get_model(kept.result_type)._default_manager.filter(pk=kept.result_id).first()
    if row is None:
        raise Conflict("result_gone", "What this call made the first time is gone by now.", {"key": kept.key})
    if not kept.said:
        return row
    return import_string(kept.said["class"])(**{kept.said["row"]: row}, **kept.said["values"])


def _fingerprint(function: Callable[..., Any], args: Any, kwargs: Any) -> str:
    values = {"args": list(args), **{name: value for name, value in kwargs.items() if name != "actor"}}
    text = json.dumps([function.__module__, function.__qualname__, values], sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return f"{value._meta.label}:{value.pk}"
    return repr(value)
