"""What can be followed in a project, by topic (CONTRACT, Live feed): which entries of the log belong to which topic.

`trace:task-…` and `spec:spec-…` are what concerns one task or one spec. `run:run-…` is no topic of the log but a source
of its own (audit.feed.sources). `audit` is all of the log, for those who may read it.
"""

from typing import Final

from specflow.audit.feed import Event

_OF_VERB: Final[dict[str, str]] = {
    "spec": "specs",
    "folder": "specs",
    "document": "documents",
    "conflict": "documents",
    "approval": "approvals",
    "comment": "approvals",
    "task": "tasks",
    "ticket": "tasks",
    "run": "runs",
    "vectors": "runs",
    "project": "project",
    "member": "project",
}
TOPICS: Final[frozenset[str]] = frozenset(_OF_VERB.values()) | {"audit"}
_ABOUT: Final[dict[str, str]] = {"trace": "task", "spec": "spec"}


def topic_of(verb: str) -> str:
    """The topic of an entry's verb; `audit` for what only readers of the log see (keys, users)."""
    return _OF_VERB.get(verb.partition(".")[0], "audit")


def is_topic(name: str) -> bool:
    """Whether this can be followed in the log."""
    kind, _, key = name.partition(":")
    return name in TOPICS or (kind in _ABOUT and bool(key))


def concerns(event: Event, wanted: frozenset[str]) -> bool:
    """Whether an entry belongs to one of the wanted topics."""
    if "audit" in wanted or topic_of(event["verb"]) in wanted:
        return True
    return any(_is_about(event, *name.split(":", 1)) for name in wanted if ":" in name)


def _is_about(event: Event, kind: str, key: str) -> bool:
    noun = _ABOUT[kind]
    return event["data"].get(noun) == key or (event["object"]["type"], event["object"]["id"]) == (noun, key)
