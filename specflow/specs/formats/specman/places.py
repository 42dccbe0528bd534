"""Where the files of a SpecMan workspace stand (SpecMan Core, "Specification Layout" and the like)."""

from specflow.errors import Invalid
from specflow.specs.formats.items import Place

ROOTS = ("spec", "impl", ".specman")
SCRATCH = (".specman", "scratchpad")

# `spec` and `impl` are everyday names: only what stands in a folder of its own below them is SpecMan's.
_NAMES = {
    "spec": {"spec.md": "specification"},
    "impl": {"impl.md": "implementation"},
    ".specman": {"scratch.md": "scratch", "tasks.md": "tasks"},
}


def place(path: str) -> Place | None:
    """What stands at `path` (relative to the project, with `/`); None where it is nothing of SpecMan's."""
    parts = path.removeprefix("./").split("/")
    if len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
        return None
    match parts:
        case [("spec" | "impl") as root, name, *rest] if rest and rest[-1].endswith(".md"):
            return _in(root, f"{root}/{name}", rest)
        case [".specman", "scratchpad", name, *rest] if rest:
            return _in(".specman", f".specman/scratchpad/{name}", rest)
        case [".specman", *_]:
            return Place("", "other")
    return None


def _in(root: str, folder: str, rest: list[str]) -> Place:
    return Place(folder.rsplit("/", 1)[1], _NAMES[root].get("/".join(rest), "other"), folder=folder)


def folder_for(spec: str) -> str:
    """The folder of a specification."""
    return f"spec/{spec}"


def path_in(folder: str, kind: str) -> str:
    """Where the document of that kind stands in a specification's, implementation's or scratch pad's folder.

    Raises `unknown_document_kind` for a kind that has no place there.
    """
    names = _NAMES.get(folder.split("/", 1)[0], {})
    found = next((name for name, known in names.items() if known == kind), None)
    if found is None:
        raise Invalid("unknown_document_kind", f"A {kind} document has no place in {folder}.", {"kind": kind})
    return f"{folder}/{found}"
