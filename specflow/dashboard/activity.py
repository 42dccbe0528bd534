"""What stands on the log, as people read it: who did what to which thing, with a way there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from specflow.accounts.models import Project
from specflow.audit.models import AuditEntry
from specflow.audit.verbs import VERBS
from specflow.dashboard.registry import addresses, titles

_TITLES = ("title", "path", "key", "summary", "username", "slug", "name", "text", "prefix")


@dataclass(frozen=True, slots=True)
class Line:
    """One act. `title` says what it was done to where the log has words for it, `url` leads there (or is empty)."""

    sequence: int
    at: datetime
    verb: str
    sentence: str
    actor: str
    kind: str
    door: str
    title: str
    detail: str
    url: str
    hash: str


def lines_of(entries: Sequence[AuditEntry], project: Project) -> list[Line]:
    """The entries as lines, in a query for each kind of thing that they are about."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        wanted[entry.object_type].add(entry.object_id)
    names = {noun: titles[noun](ids) for noun, ids in wanted.items() if noun in titles}
    return [_line(entry, project, names.get(entry.object_type, {})) for entry in entries]


def _line(entry: AuditEntry, project: Project, names: dict[str, str]) -> Line:
    content = entry.content
    data, actor = content["data"], content["actor"]
    return Line(
        sequence=entry.sequence,
        at=entry.at,
        verb=entry.verb,
        sentence=VERBS.get(entry.verb, entry.verb),
        actor=entry.actor,
        kind=actor.get("kind", ""),
        door=actor.get("door", ""),
        title=names.get(entry.object_id) or next((str(data[name]) for name in _TITLES if data.get(name)), ""),
        detail=_detail(data),
        url=_url(entry, data, project),
        hash=entry.hash,
    )


def _detail(data: dict[str, Any]) -> str:
    if "before" in data and "after" in data:
        return f"{data['before']} → {data['after']}".replace("_", " ")
    return f"revision {data['revision']}" if data.get("revision") else ""


def _url(entry: AuditEntry, data: dict[str, Any], project: Project) -> str:
    """The page of the object, else of the run, task or spec that the entry names."""
    named = {
        entry.object_type: entry.object_id,
        **{noun: data[noun] for noun in ("run", "task", "spec") if data.get(noun)},
    }
    for noun, public_id in named.items():
        if noun in addresses:
            try:
                return reverse(addresses[noun], args=(project.slug, public_id))
            except NoReverseMatch:
                return ""
    return ""
