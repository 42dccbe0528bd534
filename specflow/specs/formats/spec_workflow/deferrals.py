"""Reads what was put off: decisions (`deferrals/d-….md`) and specs (`deferred.json`) (peer formats 2.5, 2.10)."""

import json
from dataclasses import dataclass

from specflow.errors import Invalid
from specflow.specs.formats.front_matter import front_matter
from specflow.specs.formats.lines import Page
from specflow.specs.formats.spec_workflow.outline import parts
from specflow.text import checked_json

_SECTIONS = {
    "context": "context",
    "decision deferred": "decision",
    "deferred decision": "decision",
    "decision": "decision",
    "revisit criteria": "revisit",
    "revisit": "revisit",
}


@dataclass(frozen=True, slots=True)
class DeferralItem:
    """A decision that waits: `status` is deferred, resolved, superseded or another word; a null is "".

    `context`, `decision` and `revisit` are the texts of its three sections, their own smaller headings included.
    """

    id: str = ""
    title: str = ""
    status: str = ""
    tags: tuple[str, ...] = ()
    created_at: str = ""
    updated_at: str = ""
    resolved_at: str = ""
    origin_spec: str = ""
    origin_phase: str = ""
    trigger: str = ""
    resolution: str = ""
    resolved_in: str = ""
    superseded_by: str = ""
    supersedes: str = ""
    context: str = ""
    decision: str = ""
    revisit: str = ""


@dataclass(frozen=True, slots=True)
class DeferredSpec:
    """A spec that is put off, since when and why."""

    deferred: bool
    reason: str
    deferred_at: str


def read_deferral(text: str) -> DeferralItem:
    """What a deferral says; reads any text. Without an id in its front matter, its id is ""."""
    page = Page(text)
    front = front_matter(page)
    said: dict[str, str] = {}
    for part in parts(page, after=front.end, deepest=2):
        name = _SECTIONS.get(part.title.casefold().rstrip(":"))
        if name and part.level == 2:
            said.setdefault(name, part.text)
    return DeferralItem(
        id=front.text("id"), title=front.text("title"), status=front.text("status"), tags=front.texts("tags"),
        created_at=front.text("createdAt"), updated_at=front.text("updatedAt"), resolved_at=front.text("resolvedAt"),
        origin_spec=front.text("originSpec"), origin_phase=front.text("originPhase"),
        trigger=front.text("revisitTrigger"), resolution=front.text("resolution"),
        resolved_in=front.text("resolvedInSpec"), superseded_by=front.text("supersededBy"),
        supersedes=front.text("supersedes"), **said,
    )  # fmt: skip


def read_deferred(text: str) -> DeferredSpec | None:
    """What `deferred.json` says of its spec; None for a text that is no such JSON."""
    try:
        said = checked_json(json.loads(text.removeprefix("\ufeff")), field="file")
    except (ValueError, RecursionError, Invalid):
        return None
    if not isinstance(said, dict):
        return None
    reason, since = said.get("reason"), said.get("deferredAt")
    return DeferredSpec(
        said.get("deferred") is True,
        reason if isinstance(reason, str) else "",
        since if isinstance(since, str) else "",
    )
