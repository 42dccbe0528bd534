"""Pages of changes: a person writes what a document is to say, sees what that changes, and proposes it; a proposal
with what it changes and touches, and how it goes with the text of today."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals import actions, deciding
from approvals.models import Approval, State
from approvals.payloads import address
from approvals.proposals.actions import propose
from approvals.proposals.queries import brought_up_to_date, change_of, has_moved, open_of
from approvals.queries import approval_for
from specflow.accounts.capabilities import Verb
from specflow.accounts.rest import STATUS
from specflow.dashboard import registry
from specflow.dashboard.registry import Context, Fragment
from specflow.dashboard.showing import show
from specflow.dashboard.visit import ProjectVisit, project_page, whole
from specflow.errors import Conflict, DomainError, NotFound, PermissionDenied
from specflow.specs import hooks, proposing
from specflow.specs.actions import save_document
from specflow.specs.document_pages import document_here, drawn_change, name_of
from specflow.specs.documents import is_open, sha256_of
from specflow.specs.drafting import Draft, Marks, draft, require_unmarked
from specflow.specs.models import Document, DocumentKind, Revision
from specflow.specs.phases import require_phase
from specflow.specs.queries import revision_of
from specflow.specs.typing import typed

MARKS = Marks("change")
_TOPICS = ("approvals", "documents")
_OPEN = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """What the form of a change holds. `base` is the revision that its text was made on, `seen` the SHA-256 of the
    text that it began with."""

    text: str
    base: int
    seen: str
    unsettled: int = 0
    title: str = ""
    summary: str = ""
    replaces: str = ""
    matches: Mapping[str, int] = field(default_factory=dict)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page
def change_page(visit: ProjectVisit, document: str) -> HttpResponse:
    """A form with the document's text, or with that of the proposal `replaces`; sent, it shows what the text changes
    (`do` is preview), saves it (save), or proposes it (propose)."""
    row = document_here(visit, document)
    replaced = _replaced(visit, row)
    begun = _begun(row, replaced)
    if visit.request.method != "POST":
        return _form(visit, row, begun)
    sent, wanted = _sent(visit.request, begun), visit.request.POST.get("do")
    try:
        if wanted == "save":
            return _saved(visit, row, sent)
        if wanted == "propose":
            return _proposed(visit, row, sent, replaced)
        return _form(visit, row, sent, compared=True)
    except (NotFound, PermissionDenied):
        raise
    except DomainError as error:
        return _refused(visit, row, sent, error)


@require_safe
@project_page
def proposal_page(visit: ProjectVisit, approval: str) -> HttpResponse:
    """What a request changes, what that touches, what people said, and how it goes with the text of today."""
    row = _here(visit, approval)
    merged = brought_up_to_date(row)
    return show(
        visit,
        "proposals/proposal.html",
        title=row.title,
        at="inbox",
        topics=_TOPICS,
        crumbs=_crumbs(visit, row.document),
        approval=row,
        document=row.document,
        name=name_of(row.document),
        moved=has_moved(row) and row.state != State.APPROVED,
        merged=merged,
        decisions=row.decisions.select_related("user").order_by("id"),
        standing=deciding.standing(visit.actor, row),
        decide=address(row),
        may_change=visit.may(Verb.WRITE_SPECS) and visit.may(Verb.REQUEST_APPROVAL),
        may_withdraw=deciding.may_withdraw(visit.actor, row),
        query="",
        **drawn_change(visit, change_of(row)),
    )


@require_POST
@project_page
def proposal_update(visit: ProjectVisit, approval: str) -> HttpResponse:
    """Brings a proposal up to date with its document, and leads to the new one; where a person must settle something
    first, to the form."""
    row = _here(visit, approval)
    try:
        made = propose(row.document, actor=visit.actor, replaces=row)
    except (NotFound, PermissionDenied):
        raise
    except DomainError as error:
        messages.warning(visit.request, error.message)
        return _to("document-change", visit, row.document.public_id, query=f"?replaces={row.public_id}")
    messages.success(visit.request, "The proposal stands on the text of today; people are asked again.")
    return _to("proposal", visit, made.public_id)


@require_POST
@project_page
def proposal_withdraw(visit: ProjectVisit, approval: str) -> HttpResponse:
    """Takes a request back. Raises what `withdraw` raises."""
    row = actions.withdraw(_here(visit, approval), actor=visit.actor)
    messages.success(visit.request, f"Withdrawn: {row.title}.")
    return _to("proposal", visit, row.public_id)


@require_POST
@project_page
def document_ask(visit: ProjectVisit, document: str) -> HttpResponse:
    """Asks people to agree on the document as it stands, and leads back to it with what came of that."""
    row = document_here(visit, document)
    try:
        asked = actions.request_approval(row, actor=visit.actor)
    except (NotFound, PermissionDenied):
        raise
    except DomainError as error:
        messages.error(visit.request, " ".join((error.message, *error.next_steps)))
    else:
        messages.success(visit.request, f"People are asked to agree on {asked.title}.")
    return _to("document", visit, row.public_id)


def _begun(document: Document, replaced: Approval | None) -> Sent:
    """What the form begins with."""
    text, number = hooks.full_text(document), document.current.number if document.current else 0
    began = Draft(text)
    if replaced is not None:
        merged = brought_up_to_date(replaced)
        began = draft(merged, MARKS) if merged is not None else Draft(replaced.revision.text)
    return Sent(
        began.text,
        number,
        sha256_of(text),
        began.unsettled,
        replaced.title if replaced else "",
        replaced.summary if replaced else "",
        replaced.public_id if replaced else "",
    )


def _sent(request: HttpRequest, begun: Sent) -> Sent:
    """What a person sent, with the line ends of what the form held."""
    given = {name: request.POST.get(name, "") for name in ("title", "summary")}
    answers = {
        name.removeprefix("match-"): whole(line, least=0, most=2**31 - 1)
        for name, line in request.POST.items()
        if name.startswith("match-") and line
    }
    return replace(
        begun,
        text=typed(request.POST.get("text", ""), begun.text),
        base=whole(request.POST.get("base")),
        seen=request.POST.get("seen", ""),
        unsettled=0,
        matches=answers,
        **given,
    )


def _saved(visit: ProjectVisit, document: Document, sent: Sent) -> HttpResponse:
    require_unmarked(sent.text, MARKS)
    saved = save_document(visit.project, actor=visit.actor, path=document.path, text=sent.text, base_sha256=sent.seen)
    said = "Saved as a new revision." if saved.revised else "Nothing was changed."
    messages.success(visit.request, " ".join((said, *saved.refusals)))
    return _to("document", visit, document.public_id)


def _proposed(visit: ProjectVisit, document: Document, sent: Sent, replaced: Approval | None) -> HttpResponse:
    require_unmarked(sent.text, MARKS)
    made = propose(
        document,
        actor=visit.actor,
        text=sent.text,
        base_revision=sent.base,
        title=sent.title,
        summary=sent.summary,
        matches=sent.matches,
        replaces=replaced,
    )
    messages.success(visit.request, "Proposed; the text that stands stays until people agree.")
    return _to("proposal", visit, made.public_id)


def _refused(visit: ProjectVisit, document: Document, sent: Sent, error: DomainError) -> HttpResponse:
    """The form with what was written, what is wrong with it, and what must be said first."""
    if error.code == "merge_conflict":
        merged = proposing.merged(document, revision_of(document, sent.base), sent.text)
        began, now = draft(merged, MARKS), _begun(document, None)
        sent = replace(sent, text=began.text, unsettled=began.unsettled, base=now.base, seen=now.seen)
    response = _form(visit, document, sent, error=error)
    response.status_code = STATUS.get(error.kind, 400)
    return response


def _form(
    visit: ProjectVisit, document: Document, sent: Sent, *, compared: bool = False, error: DomainError | None = None
) -> HttpResponse:
    """The page is not drawn again by itself, because somebody is writing in it."""
    from specflow.specs.comparing import Comparison

    after = Revision(document=document, number=sent.base + 1, text=sent.text, author=visit.actor.user)
    return show(
        visit,
        "proposals/change.html",
        title=f"Change {name_of(document)}",
        at="documents",
        topics=(),
        crumbs=_crumbs(visit, document),
        document=document,
        name=name_of(document),
        sent=sent,
        marks=MARKS.lines,
        error=error,
        questions=_questions(error, sent),
        agreed=document.is_approved,
        proposed_first=document.is_approved or bool(sent.replaces),
        may_save=is_open(document),
        may_propose=visit.may(Verb.WRITE_SPECS) and _may_ask(visit, document),
        compared=compared,
        query=None,
        **(drawn_change(visit, Comparison(document, document.current, after)) if compared else {}),
    )


def _questions(error: DomainError | None, sent: Sent) -> list[Context]:
    """The questions of `ambiguous_match` with what was answered so far."""
    asked = error.details.get("questions", []) if error and error.code == "ambiguous_match" else []
    return [{**one, "rows": [{**row, "answer": sent.matches.get(row["id"])} for row in one["before"]]} for one in asked]


def _replaced(visit: ProjectVisit, document: Document) -> Approval | None:
    """The proposal that the form begins with. Raises NotFound `approval_not_found`."""
    name = visit.request.GET.get("replaces")
    if not name:
        return None
    row = _here(visit, name)
    if row.document_id != document.pk or not row.is_proposal:
        raise NotFound.of("approval", name)
    return row


def _here(visit: ProjectVisit, public_id: str) -> Approval:
    row = approval_for(visit.actor, public_id)
    if row.project_id != visit.project.pk:
        raise NotFound.of("approval", public_id)
    return row


def _crumbs(visit: ProjectVisit, document: Document) -> list[tuple[str, str]]:
    return [
        ("Documents", reverse("documents", args=(visit.project.slug,))),
        (name_of(document), reverse("document", args=(visit.project.slug, document.public_id))),
    ]


def _to(name: str, visit: ProjectVisit, *args: str, query: str = "") -> HttpResponse:
    return HttpResponseRedirect(reverse(name, args=(visit.project.slug, *args)) + query, status=303)


def _of_document(visit: ProjectVisit, document: Document) -> Context:
    """What waits for a decision on the document, and what the visitor may do about it."""
    open_rows = open_of(document)
    asked = any(one.state == State.PENDING and not one.is_proposal for one in open_rows)
    waits = _waits(document)
    return {
        "document": document,
        "project": visit.project,
        "rows": open_rows[:_OPEN],
        "may_change": visit.may(Verb.WRITE_SPECS) and document.current_id is not None,
        "is_kept": document.kind == DocumentKind.OTHER,
        "waits": waits,
        "may_ask": _may_ask(visit, document)
        and not (asked or waits or document.is_approved or document.current_id is None),
    }


def _may_ask(visit: ProjectVisit, document: Document) -> bool:
    """Whether the pages offer to ask people about the document: not about one that is kept and read by nobody."""
    return visit.may(Verb.REQUEST_APPROVAL) and document.kind != DocumentKind.OTHER


def _waits(document: Document) -> str:
    """What must be agreed on before the document can be, as a sentence; empty where nothing must."""
    if document.spec is None or document.is_approved:
        return ""
    try:
        require_phase(document.spec, document.kind)
    except Conflict as error:
        return error.message
    return ""


def register() -> None:
    """What changes put on the pages; called once, when the apps are ready."""
    registry.add(
        registry.document_panels,
        Fragment("agreement", "Agreement", "approval", 10, _TOPICS, "proposals/panel.html", _of_document),
    )


_ONE = "p/<str:project>/proposals/<str:approval>"
urlpatterns = [
    path("p/<str:project>/documents/<str:document>/change", change_page, name="document-change"),
    path("p/<str:project>/documents/<str:document>/ask", document_ask, name="document-ask"),
    path(_ONE, proposal_page, name="proposal"),
    path(f"{_ONE}/update", proposal_update, name="proposal-update"),
    path(f"{_ONE}/withdraw", proposal_withdraw, name="proposal-withdraw"),
]
