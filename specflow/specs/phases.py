"""The one writer of a spec's phase."""

from specflow.audit import log
from specflow.errors import Conflict
from specflow.rows import Select
from specflow.specs.models import TRANSITIONS, Document, Phase, Spec


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
    stand. Raises Conflict `phase_gate` that says which is missing and who can give it."""
    if kind not in ORDER:
        return
    before = ORDER[: ORDER.index(Phase(kind))]
    documents = {one.kind: one for one in _DOCUMENTS.all(spec=spec.pk)}
    missing = [one.value for one in before if one not in documents or not documents[one].is_approved]
    if missing:
        raise Conflict(
            "phase_gate",
            f"The {kind} of this spec wait until its {' and '.join(missing)} are approved.",
            {
                "phase": spec.phase,
                "missing": missing,
                "who": "a reviewer, product manager or maintainer of the project",
            },
            tuple(f"Request approval of the {one} and wait for a person's decision." for one in missing),
        )
