"""Where the files of the `.spec-workflow` dialect stand (peer formats, "Folder layout")."""

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
            return Place(name, _kind(rest, SPEC_KINDS), archived=True)
        case ["specs", name, *rest] if rest:
            return Place(name, _kind(rest, SPEC_KINDS))
        case ["steering", *rest]:
            return Place("", _kind(rest, STEERING_KINDS))
        case ["spec-decomposition", *rest]:
            return Place("", _kind(rest, ("decomposition",)))
    return Place("", "other", archived=parts[0] == "archive")


def _kind(rest: list[str], kinds: tuple[str, ...]) -> str:
    found = rest[0].removesuffix(".md") if len(rest) == 1 and rest[0].endswith(".md") else ""
    return found if found in kinds else "other"


def path_for(spec: str, kind: str) -> str:
    """Where the document of that kind stands; `spec` is not looked at for a project's own documents.

    Raises `unknown_document_kind` for a kind that has no place in this dialect.
    """
    if kind in SPEC_KINDS:
        return f"{ROOT}/specs/{spec}/{kind}.md"
    if kind in STEERING_KINDS:
        return f"{ROOT}/steering/{kind}.md"
    if kind == "decomposition":
        return f"{ROOT}/spec-decomposition/decomposition.md"
    raise Invalid("unknown_document_kind", f"A {kind} document has no place in .spec-workflow.", {"kind": kind})
