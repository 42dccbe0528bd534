"""Reads approvals and their snapshots: the JSON below `.spec-workflow/approvals/` (peer formats 2.5, 2.6)."""

import json
from dataclasses import dataclass
from typing import Any

from specflow.errors import Invalid
from specflow.text import MAX_DOCUMENT_BYTES, checked_json


@dataclass(frozen=True, slots=True)
class CommentFile:
    """A comment: `general`, or a `selection` with the text that it is on and, where the file says so, its line.

    `line` is from 1, 0 where there is none; `begin` and `end` are offsets in that line's text, as the file has them.
    `color` is the mark's, a name or a value of CSS.
    """

    kind: str
    text: str
    timestamp: str = ""
    id: str = ""
    selected: str = ""
    line: int = 0
    begin: int = 0
    end: int = 0
    color: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalFile:
    """An approval as it was written: `kind` document or action, `status` pending, approved, needs-revision, rejected
    or another word, `path` the document from the workspace's root. Times are as the file has them (ISO 8601)."""

    id: str
    title: str = ""
    path: str = ""
    kind: str = ""
    status: str = ""
    category: str = ""
    category_name: str = ""
    created_at: str = ""
    responded_at: str = ""
    response: str = ""
    summary: str = ""
    comments: tuple[CommentFile, ...] = ()


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """The text of a document at one moment of its approval. `trigger` is initial, revision_requested, approved or
    manual; `status` is the approval's from before that moment. `size` (bytes), `lines` and `modified_at` are the file's
    as they were counted then."""

    id: str
    approval: str = ""
    title: str = ""
    version: int = 0
    timestamp: str = ""
    trigger: str = ""
    status: str = ""
    content: str = ""
    size: int = 0
    lines: int = 0
    modified_at: str = ""
    comments: tuple[CommentFile, ...] = ()


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """One snapshot in the list of those of a document."""

    version: int
    filename: str
    timestamp: str
    trigger: str
    approval: str
    title: str


@dataclass(frozen=True, slots=True)
class SnapshotList:
    """The snapshots of one document (`metadata.json`)."""

    path: str
    current: int
    entries: tuple[SnapshotEntry, ...]


def read_approval(text: str) -> ApprovalFile | None:
    """The approval in a file; None for a text that is no such JSON. A field of another type than its own is empty."""
    said = _object(text)
    if said is None or not _text(said, "id"):
        return None
    notes = _object(_text(said, "annotations")) or {}
    return ApprovalFile(
        id=_text(said, "id"), title=_text(said, "title"), path=_text(said, "filePath"), kind=_text(said, "type"),
        status=_text(said, "status"), category=_text(said, "category"), category_name=_text(said, "categoryName"),
        created_at=_text(said, "createdAt"), responded_at=_text(said, "respondedAt"), response=_text(said, "response"),
        summary=_text(notes, "summary"), comments=_comments(said, notes),
    )  # fmt: skip


def read_snapshot(text: str) -> SnapshotFile | None:
    """The snapshot in a file; None for a text that is no such JSON."""
    said = _object(text)
    if said is None or not isinstance(said.get("content"), str):
        return None
    notes = _object(_text(said, "annotations")) or {}
    counted = said.get("fileStats")
    stats: dict[str, Any] = counted if isinstance(counted, dict) else {}
    return SnapshotFile(
        id=_text(said, "id"), approval=_text(said, "approvalId"), title=_text(said, "approvalTitle"),
        version=_number(said, "version"), timestamp=_text(said, "timestamp"), trigger=_text(said, "trigger"),
        status=_text(said, "status"), content=said["content"], size=_number(stats, "size"),
        lines=_number(stats, "lines"), modified_at=_text(stats, "lastModified"), comments=_comments(said, notes),
    )  # fmt: skip


def read_snapshots(text: str) -> SnapshotList | None:
    """The list of a document's snapshots; None for a text that is no such JSON."""
    said = _object(text)
    listed = said.get("snapshots") if said else None
    if said is None or not isinstance(listed, list):
        return None
    entries = tuple(
        SnapshotEntry(
            _number(one, "version"), _text(one, "filename"), _text(one, "timestamp"), _text(one, "trigger"),
            _text(one, "approvalId"), _text(one, "approvalTitle"),
        )
        for one in listed
        if isinstance(one, dict)
    )  # fmt: skip
    return SnapshotList(_text(said, "filePath"), _number(said, "currentVersion"), entries)


def _object(text: str) -> dict[str, Any] | None:
    """The JSON object in the text, if it is one and holds nothing that the system does not keep."""
    try:
        value = checked_json(json.loads(text.removeprefix("\ufeff")), field="file", limit=2 * MAX_DOCUMENT_BYTES)
    except (ValueError, RecursionError, Invalid):
        return None
    return value if isinstance(value, dict) else None


def _comments(said: dict[str, Any], notes: dict[str, Any]) -> tuple[CommentFile, ...]:
    """The comments themselves, or those in the annotations where the file has none beside them."""
    listed = said.get("comments") or notes.get("comments")
    return tuple(_comment(one) for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict))


def _comment(said: dict[str, Any]) -> CommentFile:
    color = said.get("highlightColor")
    if isinstance(color, dict):
        color = next((color[key] for key in ("name", "bg", "border") if isinstance(color.get(key), str)), "")
    selected = _text(said, "selectedText")
    return CommentFile(
        kind=_text(said, "type") or ("selection" if selected else "general"), text=_text(said, "comment"),
        timestamp=_text(said, "timestamp"), id=_text(said, "id"), selected=selected,
        line=max(0, _number(said, "lineNumber")), begin=_number(said, "startOffset"), end=_number(said, "endOffset"),
        color=color if isinstance(color, str) else "",
    )  # fmt: skip


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _number(said: dict[str, Any], key: str) -> int:
    value = said.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
