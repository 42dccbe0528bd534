"""Where the files of OpenSpec stand: capabilities in `openspec/specs`, changes in `openspec/changes`."""

import re
from datetime import date

from specflow.errors import Invalid
from specflow.specs.formats.items import Place

ROOT = "openspec"
_SPECS, _CHANGES = f"{ROOT}/specs", f"{ROOT}/changes"
_NAMES = {"requirements": "spec.md", "proposal": "proposal.md", "design": "design.md", "tasks": "tasks.md"}
_OF_CAPABILITY = ("requirements", "design", "tasks")
_OF_CHANGE = ("proposal", "design", "tasks")
_DATED = re.compile(r"^\d{4}-\d{2}-\d{2}-(?=.)")


def place(path: str) -> Place | None:
    """What stands at `path` (relative to the project, with `/`); None if it is not below `openspec`."""
    parts = path.removeprefix("./").split("/")
    if parts[0] != ROOT or len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
        return None
    match parts[1:]:
        case ["specs", *names, file] if names:
            return _of_capability(names, file)
        case ["changes", "archive", name, *rest] if rest:
            return _of_change(_DATED.sub("", name), rest, f"{_CHANGES}/archive/{name}", archived=True)
        case ["changes", name, *rest] if rest and name != "archive":
            return _of_change(name, rest, f"{_CHANGES}/{name}", archived=False)
    return Place("", "other", archived=parts[1:3] == ["changes", "archive"])


def _of_capability(names: list[str], file: str) -> Place:
    """A capability may stand in folders of folders; its name is all of theirs."""
    kind = _kind(file, _OF_CAPABILITY)
    if kind == "other" and len(names) > 1:
        return Place("", "other")
    return Place("-".join(names), kind, folder=f"{_SPECS}/{'/'.join(names)}")


def _of_change(name: str, rest: list[str], folder: str, *, archived: bool) -> Place:
    if rest[0] == "specs" and len(rest) > 2 and rest[-1] == _NAMES["requirements"]:
        kind = "delta"
    else:
        kind = _kind(rest[0], _OF_CHANGE) if len(rest) == 1 else "other"
    return Place(name, kind, archived=archived, folder=folder)


def _kind(file: str, kinds: tuple[str, ...]) -> str:
    return next((kind for kind in kinds if _NAMES[kind] == file), "other")


def folder_for(spec: str) -> str:
    """The folder of a capability."""
    return f"{_SPECS}/{spec}"


def path_in(folder: str, kind: str) -> str:
    """Where the document of that kind stands in the folder of a capability or of a change.

    Raises `unknown_document_kind`: a change has no requirements of its own, only deltas of a capability's.
    """
    kinds = _OF_CHANGE if folder.startswith(f"{_CHANGES}/") else _OF_CAPABILITY
    if kind not in kinds:
        raise Invalid(
            "unknown_document_kind",
            f"A {kind} document has no place in {folder}.",
            {"kind": kind, "known": list(kinds)},
        )
    return f"{folder}/{_NAMES[kind]}"


def archive_of(folder: str, day: date) -> str | None:
    """Where a change goes when it is done; None for what is no change, or was archived."""
    name = folder.removeprefix(f"{_CHANGES}/")
    if name == folder or "/" in name:
        return None
    return f"{_CHANGES}/archive/{day.isoformat()}-{name}"


def changed_by(path: str) -> str:
    """The capability's document that a change's delta is about: below `specs` in both it bears the same name."""
    return f"{_SPECS}/{path.removeprefix(f'{_CHANGES}/').partition('/specs/')[2]}"
