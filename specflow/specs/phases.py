"""The one writer of a spec's phase."""

from collections.abc import Iterable, Mapping

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
# What says what to build in a spec without requirements: a machine-readable spec, changes of other specs, notes.
_STAND_INS = (DocumentKind.SOURCE, DocumentKind.DELTA, DocumentKind.SCRATCH)


def require_phase(spec: Spec, kind: str) -> None:
    """The gate before writing or approving a spec's `kind` of document: the documents before it are approved as they
    stand. Where a spec has no requirements, what stands for these is asked for, and a design only where it has one; a
    spec of a dialect that knows tasks alone is asked for nothing before them.
    Raises Conflict `phase_gate` that says which is missing and who can give it."""
    if kind not in ORDER:
        return
    documents = list(_DOCUMENTS.all(spec=spec.pk))
    missing = [one for one in _before(Phase(kind), documents) if not _is_agreed(one, documents)]
    if missing:
        are = "is" if len(missing) == 1 and missing[0] in _STAND_INS else "are"
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
    documents = list(spec.documents.all())
    kinds = {one.kind: one for one in documents}
    if document.kind == DocumentKind.TASKS and spec.phase in ORDER and _is_tasks_alone(kinds):
        return [*ORDER[ORDER.index(Phase(spec.phase)) + 1 :], Phase.IMPLEMENTATION]
    at_begin = spec.phase in (Phase.REQUIREMENTS, Phase.DESIGN)
    others = [one for one in documents if one.pk != document.pk and one.kind == document.kind]
    if not at_begin or document.kind != _stand_in(kinds) or not all(one.is_approved for one in others):
        return []
    to = Phase.DESIGN if Phase.DESIGN in kinds else Phase.TASKS
    return list(ORDER[ORDER.index(Phase(spec.phase)) + 1 : ORDER.index(to) + 1])


def _before(kind: Phase, documents: Iterable[Document]) -> list[str]:
    """The kinds of documents on which people agree before one of `kind`, in a spec of these."""
    before: list[str] = [one.value for one in ORDER[: ORDER.index(kind)]]
    kinds = {one.kind: one for one in documents}
    if not before or _is_tasks_alone(kinds):
        return []
    stand_in = _stand_in(kinds)
    return [stand_in, *(one for one in before[1:] if one in kinds)] if stand_in else before


def _is_agreed(kind: str, documents: Iterable[Document]) -> bool:
    """Whether there are documents of the kind, and people agreed on each as it stands."""
    found = [one.is_approved for one in documents if one.kind == kind]
    return bool(found) and all(found)


def _stand_in(kinds: Mapping[str, Document]) -> str:
    """The kind that stands for requirements in a spec of these; empty where it has requirements, or nothing else."""
    if Phase.REQUIREMENTS in kinds:
        return ""
    return next((one.value for one in _STAND_INS if one in kinds), "")


def _is_tasks_alone(documents: Mapping[str, Document]) -> bool:
    """Whether a spec of these documents, by kind, is tasks and has no place for what is to be built."""
    others = {DocumentKind.REQUIREMENTS, DocumentKind.DESIGN, DocumentKind.SOURCE} & set(documents)
    tasks = documents.get(DocumentKind.TASKS)
    return tasks is not None and not others and registry.of(tasks.path).tasks_alone
