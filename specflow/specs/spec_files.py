"""Machine-readable specs that are sent in whole: made or changed by the slug that they name (000, "Upload specs")."""

from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid
from specflow.specs.actions import save_document
from specflow.specs.formats.source import parse_source
from specflow.specs.models import Document, DocumentKind
from specflow.text import checked_document

FOLDER = "specflow"


@action
def save_spec_file(project: Project, *, actor: Actor, text: str, ending: str) -> Document:
    """Makes `text` the spec file `specflow/<slug>.<ending>`; `ending` is yaml or json. A file that is there is changed,
    one of `.yml` as well. Gives its document.

    Raises Invalid `invalid_spec_file` with line and column, TooLarge, Conflict `spec_exists` where the spec is written
    in the other notation, and as `save_document`.
    """
    checked_document(text)
    spec = parse_source(text, path=f"{FOLDER}/spec.{ending}")
    if spec.grammar != "spec-file":
        raise Invalid(
            "invalid_spec_file",
            "A spec file says `specflow: 1` at its top.",
            {"line": 1, "column": 1, "problems": []},
            ("Import other grammars as files, where their dialect has a place for them.",),
        )
    folder = f"{FOLDER}/{spec.slug}"
    there = Document.objects.filter(project=project, kind=DocumentKind.SOURCE, spec__folder=folder).order_by("id")
    path = there.values_list("path", flat=True).first() or f"{folder}.{ending}"
    if (ending == "json") != path.endswith(".json"):
        raise Conflict("spec_exists", f"The spec '{spec.slug}' is written in {path}.", {"path": path})
    return save_document(project, actor=actor, path=path, text=text).document
