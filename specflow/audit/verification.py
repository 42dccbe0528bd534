"""Walking the chains: the first entry that is not what was written (QUALITY 23)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC

from django.db.models import F, QuerySet

from specflow.audit.models import AuditEntry, Chain


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad place of a chain: its key, the sequence, and what is wrong there."""

    chain: str
    sequence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """How many chains and entries were walked, and the first fault of each bad chain."""

    chains: int
    entries: int
    faults: tuple[Fault, ...]


def verify() -> Report:
    """Walks every chain from its first entry to its head; reads in batches, so memory stays flat."""
    return _verified(Chain.objects.order_by("key"))


def verify_chain(key: str) -> Report:
    """As `verify`, for one chain; a project has its own under its id."""
    return _verified(Chain.objects.filter(key=key))


def _verified(which: QuerySet[Chain]) -> Report:
    faults, entries, chains = [], 0, 0
    for chain in which:
        chains += 1
        fault, count = _walk(chain)
        entries += count
        if fault:
            faults.append(fault)
    return Report(chains, entries, tuple(faults))


def _walk(chain: Chain) -> tuple[Fault | None, int]:
    """Walks to the head as it was read before, so that a log that grows meanwhile is whole."""
    expected, previous = 0, ""
    rows = AuditEntry.objects.filter(chain=chain, sequence__lte=chain.sequence).order_by("sequence")
    for entry in rows.iterator(2000):
        expected += 1
        if entry.sequence != expected:
            return Fault(chain.key, expected, "the entry is missing"), expected
        reason = _fault_of(entry, chain.key, previous)
        if reason:
            return Fault(chain.key, expected, reason), expected
        previous = entry.hash
    return _fault_at_head(chain, expected, previous), expected


def _fault_at_head(chain: Chain, last: int, previous: str) -> Fault | None:
    if last != chain.sequence:
        return Fault(chain.key, last + 1, f"the head stands at {chain.sequence}, the log ends at {last}")
    # One statement reads both sides, so a writer cannot come between them.
    beyond = AuditEntry.objects.filter(chain=chain, sequence__gt=F("chain__sequence")).order_by("sequence").first()
    if beyond is not None:
        return Fault(chain.key, beyond.sequence, "the entry stands behind the head")
    if chain.head != previous:
        return Fault(chain.key, last, "the head's hash is not the last entry's")
    return None


def _fault_of(entry: AuditEntry, chain: str, previous: str) -> str:
    """What is wrong with the entry, or an empty string."""
    if hashlib.sha256(entry.canonical.encode()).hexdigest() != entry.hash:
        return "the content does not match its hash"
    if entry.previous != previous:
        return "it does not follow the entry before it"
    try:
        content = json.loads(entry.canonical)
        told = (
            content["chain"],
            content["sequence"],
            content["at"],
            content["verb"],
            content["actor"]["user"],
            content["object"]["type"],
            content["object"]["id"],
            content["previous"],
        )
    except (ValueError, KeyError, TypeError):
        return "the content cannot be read"
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    kept = (chain, entry.sequence, at, entry.verb, entry.actor, entry.object_type, entry.object_id, entry.previous)
    return "" if told == kept else "a column differs from the hashed content"
