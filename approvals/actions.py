"""Writes of approvals: request, decide, withdraw, comment. A decision binds a person to the text that they saw."""

from typing import Any

from django.utils import timezone

from approvals.models import TRANSITIONS, Approval, Comment, Decision, State, Verdict
from approvals.rules import require_decider
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.policy import Policy, policy_of
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import Conflict, Invalid, NotFound, PermissionDenied
from specflow.rows import Select, insert, update
from specflow.specs import documents
from specflow.specs.fitness import require_fit
from specflow.specs.models import Document, DocumentKind, Requirement, Revision
from specflow.specs.phases import move_phase, moves_of, require_phase
from specflow.text import checked, checked_title
from tasks.actions import release_tasks
from tasks.models import Task

_PENDING = Select(
    lambda given: (
        Approval.objects.filter(document=given("document"), state=State.PENDING, base=None).only("public_id").order_by()
    )
)
# By kind of document the first of the items that it must name for people to agree on it.
_NAMED: dict[str, Select[Any]] = {
    DocumentKind.REQUIREMENTS: Select(
        lambda given: (
            Requirement.objects.filter(document=given("document"), present=True).only("id").order_by("position")[:1]
        )
    ),
    DocumentKind.TASKS: Select(
        lambda given: Task.objects.filter(document=given("document"), present=True).only("id").order_by("position")[:1]
    ),
}


@action
def request_approval(document: Document, *, actor: Actor, title: str = "", summary: str = "") -> Approval:
    """Asks people to agree on the document's current text; the policy of this moment is kept with the request.

    Raises Conflict `approval_open`, `already_approved`, `phase_gate`, `nothing_to_approve`, `lint_errors`.
    """
    require(actor, Verb.REQUEST_APPROVAL, document.project)
    document = documents.locked(document)
    title = checked_title(title) if title else document.subject[:300]
    checked(summary, field="summary")
    return file(Approval(document=document, revision=_requestable(document), title=title, summary=summary), actor)


@action
def approve(approval: Approval, *, actor: Actor, digest: str, comment: str = "") -> Approval:
    """A person agrees on the text with this digest. With the last approval that the policy asks for, the document is
    approved, the spec moves to its next phase, and an approved tasks document releases its tasks. A proposed text
    becomes the document's in the same transaction; its items keep their rows.

    Raises PermissionDenied (rules), Conflict `wrong_state`, `stale_digest`, `already_decided`, `comments_open`,
    `phase_gate`.
    """
    approval, policy = _decidable(approval, actor, digest)
    if policy.comments_resolved and approval.document.comments.filter(resolved_at=None).exists():
        raise Conflict("comments_open", "Comments must be resolved first.", {"missing": ["resolved comments"]})
    if approval.document.spec is not None:
        require_phase(approval.document.spec, approval.document.kind)
    _decide(approval, actor, Verdict.APPROVE, comment)
    given = approval.decisions.filter(verdict=Verdict.APPROVE).count()
    if given < policy.approvals_needed:
        log.entry(
            "approval.counted",
            approval,
            project=approval.project,
            given=given,
            needed=policy.approvals_needed,
            comment=comment,
            **_about(approval),
        )
        return approval
    _end(approval, State.APPROVED, "approval.approved", comment)
    _agree(approval, actor)
    return approval


@action
def request_changes(approval: Approval, *, actor: Actor, digest: str, comment: str) -> Approval:
    """A person asks for changes; `comment` says which. Raises as `approve`, and Invalid `comment_missing`."""
    approval, _ = _decidable(approval, actor, digest)
    _require_comment(comment)
    _decide(approval, actor, Verdict.REQUEST_CHANGES, comment)
    _end(approval, State.NEEDS_REVISION, "approval.changes_requested", comment)
    return approval


@action
def reject(approval: Approval, *, actor: Actor, digest: str, comment: str) -> Approval:
    """A person rejects; `comment` says why. Raises as `request_changes`."""
    approval, _ = _decidable(approval, actor, digest)
    _require_comment(comment)
    _decide(approval, actor, Verdict.REJECT, comment)
    _end(approval, State.REJECTED, "approval.rejected", comment)
    return approval


@action
def withdraw(approval: Approval, *, actor: Actor) -> Approval:
    """Takes a pending request back; whoever made it, or a maintainer. Raises Conflict `wrong_state`."""
    require(actor, Verb.REQUEST_APPROVAL, approval.project)
    approval = _locked(approval)
    if approval.requested_by != actor.user:
        require(actor, Verb.MANAGE, approval.project)
    _end(approval, State.WITHDRAWN, "approval.withdrawn", "")
    return approval


@action
def add_comment(
    document: Document,
    *,
    actor: Actor,
    text: str,
    approval: Approval | None = None,
    start: int | None = None,
    end: int | None = None,
) -> Comment:
    """A remark on the current text, on lines `start` to `end` (1-based, inclusive) or on the whole.

    Raises Invalid `missing_value`, `invalid_lines`, NotFound `approval_not_found` for another document's.
    """
    require(actor, Verb.COMMENT, document.project)
    if not checked(text, field="text").strip():
        raise Invalid("missing_value", "text must not be empty.", {"field": "text"})
    document = Document.objects.select_related("project", "current").get(pk=document.pk)
    if approval is not None and approval.document_id != document.pk:
        raise NotFound.of("approval", approval.public_id)
    revision = approval.revision if approval else document.current
    if revision is None:
        raise NotFound.of("revision", document.public_id)
    _check_lines(revision, start, end)
    row = Comment.objects.create(
        project=document.project,
        document=document,
        revision=revision,
        approval=approval,
        author=actor.user,
        text=text,
        start=start,
        end=end or start,
    )
    log.entry(
        "comment.added",
        row,
        project=document.project,
        document=document.public_id,
        approval=approval.public_id if approval else None,
        text=text[:500],
        start=start,
        end=end,
    )
    return row


@action
def resolve_comment(comment: Comment, *, actor: Actor) -> Comment:
    """Marks a remark as dealt with. Raises Conflict `wrong_state` for a resolved one."""
    require(actor, Verb.COMMENT, comment.project)
    comment = Comment.objects.select_for_update(of=("self",)).select_related("project", "author").get(pk=comment.pk)
    if not actor.user.is_person and comment.author != actor.user:
        raise PermissionDenied(
            "agent_may_not", "A person's comment is resolved by a person.", {"kind": actor.user.kind}
        )
    if comment.resolved_at is not None:
        raise Conflict("wrong_state", "The comment is resolved.", {"state": "resolved", "allowed": []})
    comment.resolved_by, comment.resolved_at = actor.user, timezone.now()
    comment.save(update_fields=("resolved_by", "resolved_at"))
    log.entry("comment.resolved", comment, project=comment.project)
    return comment


def file(approval: Approval, actor: Actor) -> Approval:
    """Files a request, with the policy of this moment; only inside an action."""
    project = approval.document.project
    approval.project, approval.digest, approval.requested_by = project, approval.revision.digest, actor.user
    approval.policy = policy_of(project.policy).as_dict()
    insert(approval)
    log.entry("approval.requested", approval, project=project, title=approval.title, **_about(approval))
    return approval


def move(approval: Approval, to: State) -> None:
    """The one writer of an approval's state. Raises Conflict `wrong_state` with the allowed moves."""
    if to not in TRANSITIONS[approval.state]:
        raise Conflict(
            "wrong_state",
            f"The approval is {approval.get_state_display().lower()} and does not become {to.label.lower()}.",
            {"state": approval.state, "allowed": list(TRANSITIONS[approval.state])},
        )
    approval.state = to
    approval.ended_at = timezone.now()
    update(approval, ("state", "ended_at"))


def _about(approval: Approval) -> dict[str, object]:
    """What each entry about an approval says of its subject."""
    spec = approval.document.spec
    return {
        "document": approval.document.public_id,
        "path": approval.document.path,
        "revision": approval.revision.number,
        "digest": approval.digest,
        "spec": spec.public_id if spec else None,
        **({"base": approval.base.number} if approval.base else {}),
    }


def _requestable(document: Document) -> Revision:
    """The revision that people can be asked to agree on."""
    pending = _PENDING.first(document=document.pk)
    if pending:
        raise Conflict(
            "approval_open",
            "This document has a request that nobody has decided yet.",
            {"approval": pending.public_id},
            ("Wait for the decision, or withdraw the request.",),
        )
    if document.current is None:
        raise Conflict("nothing_to_approve", "The document has no text.", {"missing": [document.kind]})
    if document.is_approved:
        raise Conflict("already_approved", "People have agreed on this very text.", {"document": document.public_id})
    if document.spec is not None:
        require_phase(document.spec, document.kind)
    items = _NAMED.get(document.kind)
    if items is not None and items.first(document=document.pk) is None:
        raise Conflict(
            "nothing_to_approve",
            f"The document names no {document.kind} yet.",
            {"missing": [document.kind]},
            (f"Add {document.kind} first.",),
        )
    require_fit(document)
    return document.current


def _locked(approval: Approval) -> Approval:
    return (
        Approval.objects.select_for_update(of=("self",))
        .select_related(
            *("project", "document__spec__project", "document__current", "document__approved"),
            *("revision", "base", "requested_by"),
        )
        .get(pk=approval.pk)
    )


def _decidable(approval: Approval, actor: Actor, digest: str) -> tuple[Approval, Policy]:
    """The locked approval and its policy, where the actor may decide on it now and saw this very text."""
    documents.lock_row(approval.document_id)  # before the approval, as save_document does
    approval = _locked(approval)
    policy = require_decider(actor, approval)
    if approval.state != State.PENDING:
        raise Conflict(
            "wrong_state",
            f"The approval is {approval.get_state_display().lower()}.",
            {"state": approval.state, "allowed": list(TRANSITIONS[approval.state])},
        )
    if digest != approval.digest or approval.document.current_id != approval.stands_on:
        raise Conflict(
            "stale_digest",
            "The text is not the one that you saw.",
            {"digest": approval.digest, "revision": approval.revision.number},
            ("Open the page again, read the text, and decide on that.",),
        )
    return approval, policy


def _decide(approval: Approval, actor: Actor, verdict: Verdict, comment: str) -> None:
    checked(comment, field="comment")
    if approval.decisions.filter(user=actor.user).exists():
        raise Conflict("already_decided", "You have decided on this.", {"approval": approval.public_id})
    Decision.objects.create(
        approval=approval, user=actor.user, verdict=verdict, digest=approval.digest, comment=comment, door=actor.door
    )


def _require_comment(comment: str) -> None:
    if not comment.strip():
        raise Invalid("comment_missing", "Say why: the comment must not be empty.", {"field": "comment"})


def _end(approval: Approval, to: State, verb: str, comment: str) -> None:
    move(approval, to)
    log.entry(verb, approval, project=approval.project, title=approval.title, comment=comment, **_about(approval))


def _agree(approval: Approval, actor: Actor) -> None:
    """What follows from an approval: the approved revision, the spec's phase, the released tasks."""
    document = approval.document
    if approval.is_proposal:
        approval.revision.document = document
        documents.take(approval.revision, actor=actor, answers=approval.matches)
    document.approved = approval.revision
    document.save(update_fields=("approved",))
    for phase in moves_of(document):
        move_phase(document.spec, phase)  # type: ignore[arg-type]  # only a document of a spec moves one
    if document.kind in (DocumentKind.TASKS, DocumentKind.TASK):
        release_tasks(document, actor=actor)


def _check_lines(revision: Revision, start: int | None, end: int | None) -> None:
    last = revision.text.count("\n") + 1
    if start is None and end is None:
        return
    if start is None or not 1 <= start <= (end or start) <= last:
        raise Invalid("invalid_lines", f"Lines run from 1 to {last}.", {"start": start, "end": end, "lines": last})
