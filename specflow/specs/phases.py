"""The one writer of a spec's phase."""

from collections.abc import Container, Mapping

from specflow.audit import log
from specflow.errors import Conflict
from specflow.rows import Select
from specflow.specs.formats import registry
from specflow.specs.models import TRANSITIONS, Document, DocumentKind, Phase, Spec


def move_phase(spec: Spec, to: Phase) -> Spec:
    """Moves the spec on; only inside an action. Raises Conflict `wrong_phase` with the allowed moves."""
    spec = Spec.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(pk=spec.pk)
    if to not in TRANSITIONS[spec.phase]:
        raise Conflict(
            "wrong_phase",
            f"A spec in the phase {spec.phase} does not move to {to}.",
            {"phase": spec.phase, "allowed": list(TRANSITIONS[spec.phase])},
        )
    before, spec.phase = spec.phase, to
    spec.save(update_fields=("phase", "updated_at"))
    log.entry("spec.phase_changed", spec, project=spec.project, before=before, after=to)
    return spec


_DOCUMENTS = Select(lambda given: Document.objects.filter(spec=given("spec")).order_by())
ORDER = (Phase.REQUIREMENTS, Phase.DESIGN, Phase.TASKS)


def require_phase(spec: Spec, kind: str) -> None:
    """The gate before writing or approving a spec's `kind` of document: the documents before it are approved as they
    stand. A machine-readable spec says requirements and design at once, so where there are no others it is asked for;
    a spec of a dialect that knows tasks alone is asked for nothing before them.
    Raises Conflict `phase_gate` that says which is missing and who can give it."""
    if kind not in ORDER:
        return
    documents = {one.kind: one for one in _DOCUMENTS.all(spec=spec.pk)}
    before: list[str] = [one.value for one in ORDER[: ORDER.index(Phase(kind))]]
    if before and _stands_alone(documents):
        before = [DocumentKind.SOURCE.value]
    missing = [one for one in before if one not in documents or not documents[one].is_approved]
    if missing and not _is_tasks_alone(documents):
        are = "is" if missing == [DocumentKind.SOURCE] else "are"
        raise Conflict(
            "phase_gate",
            f"The {kind} of this spec wait until its {' and '.join(missing)} {are} approved.",
            {
                "phase": spec.phase,
                "missing": missing,
                "who": "a reviewer, product manager or maintainer of the project",
            },
            tuple(f"Request approval of the {one} and wait for a person's decision." for one in missing),
        )


def moves_of(document: Document) -> list[Phase]:
    """The phases through which its spec goes when people agree on this document, in order."""
    spec = document.spec
    if spec is None:
        return []
    if document.kind == spec.phase:
        return [Phase(TRANSITIONS[spec.phase][0])]
    kinds = {one.kind: one for one in spec.documents.all()}
    if document.kind == DocumentKind.TASKS and spec.phase in ORDER and _is_tasks_alone(kinds):
        return [*ORDER[ORDER.index(Phase(spec.phase)) + 1 :], Phase.IMPLEMENTATION]
    at_begin = spec.phase in (Phase.REQUIREMENTS, Phase.DESIGN)
    if document.kind == DocumentKind.SOURCE and at_begin and _stands_alone(kinds):
        return [Phase.DESIGN, Phase.TASKS] if spec.phase == Phase.REQUIREMENTS else [Phase.TASKS]
    return []


def _is_tasks_alone(documents: Mapping[str, Document]) -> bool:
    """Whether a spec of these documents, by kind, is tasks and has no place for what is to be built."""
    others = {DocumentKind.REQUIREMENTS, DocumentKind.DESIGN, DocumentKind.SOURCE} & set(documents)
    tasks = documents.get(DocumentKind.TASKS)
    return tasks is not None and not others and registry.of(tasks.path).tasks_alone


def _stands_alone(kinds: Container[str]) -> bool:
    """Whether a spec of these kinds of documents is machine-readable, with nothing else that says what to build."""
    return DocumentKind.SOURCE in kinds and not (Phase.REQUIREMENTS in kinds or Phase.DESIGN in kinds)
