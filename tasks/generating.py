"""Tasks made from a machine-readable spec, as its tasks document (specs/generation.py)."""

from dataclasses import dataclass

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.audit.log import action
from specflow.errors import Conflict, NotFound
from specflow.specs import documents
from specflow.specs.formats.source import parse_source
from specflow.specs.generation import generated_tasks, tasks_text, with_missing
from specflow.specs.models import Document, DocumentKind, Spec
from specflow.specs.phases import require_phase


@dataclass(frozen=True, slots=True)
class Generated:
    """The tasks document, how many tasks were written, and how many were there already."""

    document: Document
    added: int
    kept: int


@action
def generate_tasks(spec: Spec, *, actor: Actor) -> Generated:
    """Writes the tasks that the spec's machine-readable document gives and its tasks document has none of (by title).
    The document is begun where there is none; tasks that are there keep their text, progress and ids.

    Raises NotFound `document_not_found` without such a document, Conflict `phase_gate` before people agreed on it,
    `nothing_to_generate`, Invalid `invalid_spec_file`, `cyclic_dependency`, `unrepresentable_text`.
    """
    require(actor, Verb.WRITE_SPECS, spec.project)
    source = spec.documents.filter(kind=DocumentKind.SOURCE).select_related("current").order_by("id").first()
    if source is None or source.current is None:
        raise NotFound.of("document", f"{spec.slug}/{DocumentKind.SOURCE.value}")
    require_phase(spec, DocumentKind.TASKS)
    said = parse_source(source.current.text, path=source.path)
    wanted = generated_tasks(said)
    if not wanted:
        raise Conflict("nothing_to_generate", "The spec names no requirement, endpoint or task.", {"spec": spec.slug})
    document = documents.document_of(spec, "tasks")
    if document.current is None:
        text, added = tasks_text(said), len(wanted)
    else:
        text, added = with_missing(documents.text_of(document), wanted)
    documents.write(document, text, actor=actor)
    return Generated(document, added, len(wanted) - added)
