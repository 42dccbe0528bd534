"""Where the files of spec-kit stand: one numbered folder for each feature in `specs`, its own things in `.specify`."""

import re

from specflow.errors import Invalid
from specflow.specs.formats.items import Place

SPECS, OWN = "specs", ".specify"
_NAMES = {"requirements": "spec.md", "design": "plan.md", "tasks": "tasks.md"}
# `specs` is an everyday name: a folder in it is a feature's by its number alone.
_FEATURE = re.compile(r"^\d{3,}-.")


def place(path: str) -> Place | None:
    """What stands at `path` (relative to the project, with `/`); None if it is no feature's and not in `.specify`."""
    parts = path.removeprefix("./").split("/")
    if len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
        return None
    match parts:
        case ["specs", name, *rest] if rest and _FEATURE.match(name):
            return Place(name, _kind(rest), folder=f"{SPECS}/{name}")
        case [".specify", "specs", name, *rest] if rest:
            return Place(name, _kind(rest), folder=f"{OWN}/{SPECS}/{name}")
        case [".specify", "memory", "constitution.md"]:
            return Place("", "product")
        case [".specify", *_]:
            return Place("", "other")
    return None


def _kind(rest: list[str]) -> str:
    return next((kind for kind, name in _NAMES.items() if rest == [name]), "other")


def folder_for(spec: str) -> str:
    """The folder of a feature; one without a number gets the first, for how many there are is not known here."""
    return f"{SPECS}/{spec}" if _FEATURE.match(spec) else f"{SPECS}/001-{spec}"


def path_in(folder: str, kind: str) -> str:
    """Where the document of that kind stands in a feature's folder. Raises `unknown_document_kind`."""
    if kind not in _NAMES:
        raise Invalid("unknown_document_kind", f"A {kind} document has no place in spec-kit.", {"kind": kind})
    return f"{folder}/{_NAMES[kind]}"
