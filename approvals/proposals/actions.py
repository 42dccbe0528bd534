"""Asking people to agree on a change; `approvals.actions.approve` applies it."""

from collections.abc import Mapping, Sequence

from approvals.actions import file, withdraw
from approvals.models import Approval, State
from approvals.proposals.queries import is_taken
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid, NotFound
from specflow.specs import documents, hooks, indexing, proposing
from specflow.specs.fitness import require_fit
from specflow.specs.models import Document, DocumentKind, Revision
from specflow.specs.phases import require_phase
from specflow.specs.queries import revision_of
from specflow.text import checked, checked_title


@action
def propose(
    document: Document,
    *,
    actor: Actor,
    text: str = "",
    edits: Sequence[tuple[str, str]] = (),
    base_revision: int | None = None,
    title: str = "",
    summary: str = "",
    matches: Mapping[str, int] | None = None,
    replaces: Approval | None = None,
) -> Approval:
    """Asks people to agree on a change of the document: `text`, or `edits` of the text that stands ((old, new) each).

    A text that was written on an older revision (`base_revision`) is brought together with what the document says by
    now. `replaces` is a proposal that ended without agreement, or a pending one that this one takes back; without a
    text its own is brought up to date. `matches` says which rows are which items of the new text
    (specs.following.Answers). Raises what `request_approval` raises, Invalid `text_missing`, `unknown_match`,
    NotFound `revision_not_found`, Conflict `nothing_changed`, `merge_conflict`, `ambiguous_match`, `edit_not_found`,
    `edit_not_unique`, and `wrong_state` where what it replaces was agreed on.
    """
    require(actor, Verb.WRITE_SPECS, document.project)
    require(actor, Verb.REQUEST_APPROVAL, document.project)
    document = documents.locked(document)
    if replaces is not None:
        _end(replaces, document, actor)
    base, proposed = document.current, _text(document, text, edits, base_revision, replaces)
    revision = documents.propose(document, proposed, actor=actor)
    approval = Approval(document=document, revision=revision, base=base, replaces=replaces)
    approval.matches = _checked(revision, matches or {})
    approval.title = _title(document, title, replaces)
    approval.summary = checked(summary, field="summary") or (replaces.summary if replaces else "")
    return file(approval, actor)


def _end(replaced: Approval, document: Document, actor: Actor) -> None:
    """What is replaced waits no more. Raises NotFound `approval_not_found` for another document's, Conflict
    `wrong_state`."""
    if replaced.document_id != document.pk or not replaced.is_proposal:
        raise NotFound.of("approval", replaced.public_id)
    replaced.refresh_from_db(fields=("state",))
    if replaced.state == State.PENDING:
        withdraw(replaced, actor=actor)
    elif is_taken(replaced):
        raise Conflict("wrong_state", "People agreed on what this replaces.", {"state": replaced.state, "allowed": []})


def _text(
    document: Document,
    text: str,
    edits: Sequence[tuple[str, str]],
    base_revision: int | None,
    replaces: Approval | None,
) -> str:
    """The text that is proposed, on the document's current one."""
    if text and edits:
        raise Invalid("text_and_edits", "Give a text or edits, not both.", {"field": "edits"})
    if edits:
        return proposing.edited(hooks.full_text(document), edits)
    base = document.current if base_revision is None else revision_of(document, base_revision)
    if not text and replaces is not None:
        base, text = replaces.base, replaces.revision.text
    if not text:
        raise Invalid("text_missing", "Say what the document is to say: a text, or edits.", {"field": "text"})
    return text if base is None or base.pk == document.current_id else proposing.merged_text(document, base, text)


def _checked(revision: Revision, matches: Mapping[str, int]) -> dict[str, int]:
    """Whether people can be asked to agree on the revision; gives the answers as they are kept."""
    from specflow.specs.changes.items import item_diff

    document = revision.document
    if document.spec is not None:
        require_phase(document.spec, document.kind)
    before, after = indexing.read(document.current), indexing.read(revision)
    if document.kind in (DocumentKind.REQUIREMENTS, DocumentKind.TASKS) and not getattr(after, document.kind):
        raise Conflict(
            "nothing_to_approve", f"The proposed text names no {document.kind}.", {"missing": [document.kind]}
        )
    require_fit(document, revision.text)
    return proposing.checked_answers(document, item_diff(before, after), matches)


def _title(document: Document, title: str, replaces: Approval | None) -> str:
    if title or replaces is None:
        named = f"Change of {document.subject[:1].lower()}{document.subject[1:]}"
        return checked_title(title) if title else named[:300]
    return replaces.title
