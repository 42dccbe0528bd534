"""Where the files of the `.spec-workflow` dialect stand (peer formats, "Folder layout")."""

import re

from specflow.errors import Invalid
from specflow.specs.formats.items import Place

ROOT = ".spec-workflow"
SPEC_KINDS = ("requirements", "design", "tasks")
STEERING_KINDS = ("product", "tech", "structure", "design-system")


def place(path: str) -> Place | None:
    """What stands at `path` (relative to the project, with `/`); None if it is not below `.spec-workflow`."""
    parts = path.removeprefix("./").split("/")
    if parts[0] != ROOT or len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
        return None
    return _below(parts[1:])


def _below(parts: list[str]) -> Place:
    match parts:
        case ["archive", "specs", name, *rest] if rest:
            return Place(name, _kind(rest, SPEC_KINDS), archived=True, folder=f"{ROOT}/archive/specs/{name}")
        case ["specs", name, *rest] if rest:
            return Place(name, _kind(rest, SPEC_KINDS), folder=folder_for(name))
        case ["steering", *rest]:
            return Place("", _kind(rest, STEERING_KINDS))
        case ["spec-decomposition", *rest]:
            return Place("", _kind(rest, ("decomposition",)))
    return Place("", "other", archived=parts[0] == "archive")


def _kind(rest: list[str], kinds: tuple[str, ...]) -> str:
    found = rest[0].removesuffix(".md") if len(rest) == 1 and rest[0].endswith(".md") else ""
    return found if found in kinds else "other"


_RECORDS = (
    ("implementation_log", re.compile(r"(?:archive/)?specs/[^/]+/Implementation Logs/[^/]+\.md")),
    ("deferred_spec", re.compile(r"(?:archive/)?specs/[^/]+/deferred\.json")),
    ("review", re.compile(r"(?:(?:archive/)?specs/[^/]+|spec-decomposition|steering)/reviews/[^/]+")),
    ("snapshots", re.compile(r"approvals/[^/]+/\.snapshots/[^/]+/metadata\.json")),
    ("snapshot", re.compile(r"approvals/[^/]+/\.snapshots/[^/]+/snapshot-[0-9]+\.json")),
    ("approval", re.compile(r"approvals/(?:[^/]+/)?[^/]+\.json")),
    ("deferral", re.compile(r"deferrals/d-[^/]+\.md")),
    ("index", re.compile(r"spec-decomposition/INDEX\.md")),
)


def record(path: str) -> str:
    """Which record of the work a document of the kind "other" is, "" where it is none.

    implementation_log, deferred_spec, review, snapshots (their list), snapshot, approval, deferral or index: each has
    a reader of its own in this package.
    """
    below = path.removeprefix("./").removeprefix(f"{ROOT}/")
    if below == path or place(path) is None:
        return ""
    return next((name for name, form in _RECORDS if form.fullmatch(below)), "")


def folder_for(spec: str) -> str:
    """The folder of a spec that is not archived."""
    return f"{ROOT}/specs/{spec}"


def archive_of(folder: str) -> str | None:
    """Where a spec's folder goes when it is archived; None for another folder."""
    name = folder.removeprefix(f"{ROOT}/specs/")
    return None if name == folder or "/" in name else f"{ROOT}/archive/specs/{name}"


def path_in(folder: str, kind: str) -> str:
    """Where the document of that kind stands in a spec's folder.

    Raises `unknown_document_kind` for a kind that has no place in this dialect.
    """
    if kind in SPEC_KINDS:
        return f"{folder}/{kind}.md"
    raise Invalid("unknown_document_kind", f"A {kind} document has no place in .spec-workflow.", {"kind": kind})
