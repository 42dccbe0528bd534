"""Where the files of the Kiro dialect stand (peer formats, "Other dialects")."""

from specflow.errors import Invalid
from specflow.specs.formats.items import Place

ROOT = ".kiro"
_KINDS = {"requirements.md": "requirements", "bugfix.md": "requirements", "design.md": "design", "tasks.md": "tasks"}
_STEERING = {f"{kind}.md": kind for kind in ("product", "tech", "structure", "design-system")}
_WRITTEN = ("requirements", "design", "tasks")


def place(path: str) -> Place | None:
    """What stands at `path` (relative to the project, with `/`); None if it is not below `.kiro`."""
    parts = path.removeprefix("./").split("/")
    if parts[0] != ROOT or len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
        return None
    match parts[1:]:
        case ["specs", name, document]:
            return Place(name, _KINDS.get(document, "other"), folder=folder_for(name))
        case ["specs", name, *rest] if rest:
            return Place(name, "other", folder=folder_for(name))
        case ["steering", document]:
            return Place("", _STEERING.get(document, "other"))
    return Place("", "other")


def folder_for(spec: str) -> str:
    """The folder of a spec."""
    return f"{ROOT}/specs/{spec}"


def path_in(folder: str, kind: str) -> str:
    """Where the document of that kind stands in a spec's folder.

    Raises `unknown_document_kind` for a kind that has no place in this dialect.
    """
    if kind in _WRITTEN:
        return f"{folder}/{kind}.md"
    raise Invalid("unknown_document_kind", f"A {kind} document has no place in .kiro.", {"kind": kind})
