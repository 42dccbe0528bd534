"""Approvals in the admin: the page where a person decides, and read-only pages of decisions and comments."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import Truncator

from approvals import actions, deciding
from approvals.models import Approval, Comment, Decision, State, Verdict
from approvals.proposals.queries import change_of
from approvals.reviews import admin as _reviews  # noqa: F401  # registers its pages
from specflow.accounts.actors import Actor
from specflow.accounts.admin_door import Act, Door, OwnProjects, actor_of, display, readable_projects, show_error
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import allows
from specflow.audit import feed
from specflow.dashboard.templatetags.specflow import ago
from specflow.errors import DomainError, NotFound
from specflow.specs import hooks, lint
from specflow.specs.document_pages import laid_out
from specflow.specs.lint.queries import findings_of_document
from specflow.specs.rendering import diff_rows, diff_summary, is_markdown

STATE_COLOURS = {
    State.PENDING: "warning",
    State.APPROVED: "success",
    State.NEEDS_REVISION: "info",
    State.REJECTED: "danger",
}
VERDICT_COLOURS = {Verdict.APPROVE: "success", Verdict.REQUEST_CHANGES: "info", Verdict.REJECT: "danger"}


def _verdict_form(*, required: bool) -> Any:
    """A form with a comment and the digest of the text that the person sees; the action says what is missing."""

    def of(_request: HttpRequest, row: Approval) -> type[forms.Form]:
        hint = "What must change, and why" if required else "Optional"
        attributes = {"placeholder": hint, **({"required": True} if required else {})}

        class VerdictForm(forms.Form):
            digest = forms.CharField(widget=forms.HiddenInput, initial=row.digest, required=False)
            comment = forms.CharField(widget=forms.Textarea(attrs=attributes), required=False, strip=False)

        return VerdictForm

    return of


def _comment_form(_request: HttpRequest, _row: Approval) -> type[forms.Form]:
    class CommentForm(forms.Form):
        text = forms.CharField(label="Comment", widget=forms.Textarea(attrs={"required": True}), strip=False)
        start = forms.IntegerField(label="From line", required=False, min_value=1)
        end = forms.IntegerField(label="To line", required=False, min_value=1)

    return CommentForm


def _resolve_form(_request: HttpRequest, _row: Approval) -> type[forms.Form]:
    class ResolveForm(forms.Form):
        comment = forms.IntegerField(widget=forms.HiddenInput)

    return ResolveForm


def _approve(actor: Actor, row: Approval, data: dict[str, Any]) -> str:
    approved = actions.approve(row, actor=actor, digest=data["digest"], comment=data["comment"])
    if approved.state == State.PENDING:
        return f"Your approval of {row.title} is counted; it waits for others."
    return f"Approved: {row.title}, revision {row.revision.number}."


def _request_changes(actor: Actor, row: Approval, data: dict[str, Any]) -> str:
    actions.request_changes(row, actor=actor, digest=data["digest"], comment=data["comment"])
    return f"Changes requested: {row.title}."


def _reject(actor: Actor, row: Approval, data: dict[str, Any]) -> str:
    actions.reject(row, actor=actor, digest=data["digest"], comment=data["comment"])
    return f"Rejected: {row.title}."


def _withdraw(actor: Actor, row: Approval, _data: dict[str, Any]) -> str:
    actions.withdraw(row, actor=actor)
    return f"Withdrawn: {row.title}."


def _comment(actor: Actor, row: Approval, data: dict[str, Any]) -> str:
    actions.add_comment(
        row.document, actor=actor, approval=row, text=data["text"], start=data["start"], end=data["end"]
    )
    return "Your comment was added."


def _resolve(actor: Actor, row: Approval, data: dict[str, Any]) -> str:
    comment = row.document.comments.select_related("project").filter(pk=data["comment"]).first()
    if comment is None:
        raise NotFound.of("comment", data["comment"])
    actions.resolve_comment(comment, actor=actor)
    return "The comment is resolved."


def _findings(row: Approval) -> dict[str, Any] | None:
    """What the linter says of the document, the errors first; None where its text is no longer the one to decide on.
    `goes_to` says whether lines count alike here: where progress has lines of its own, the document's page is meant."""
    document = row.document
    if row.revision_id != document.current_id:
        return None
    findings = sorted(findings_of_document(document), key=lambda one: lint.SEVERITIES.index(one.severity))
    found = lint.payload(findings)
    page = reverse("document", args=(row.project.slug, document.public_id))
    goes_to = hooks.full_text(document).count("\n") == row.revision.text.count("\n")
    return {**found, "weighty": found["counts"]["error"] + found["counts"]["warning"], "page": page, "goes_to": goes_to}


def _may_comment(actor: Actor, row: Approval) -> bool:
    return allows(actor, Verb.COMMENT, row.project)


@admin.register(Approval)
class ApprovalAdmin(Door):
    """Where people decide (approvals.payloads.address leads here)."""

    list_display = ("shown_state", "title", "spec", "shown_revision", "requested_by", "asked", "project")
    list_display_links = ("title",)
    list_filter = ("state", "document__kind", ("project", OwnProjects))
    search_fields = ("title", "document__path", "public_id")
    list_select_related = ("document__spec", "revision", "requested_by", "project")
    actions = ("approve_selected",)
    change_form_template = "admin/approvals/approval/change_form.html"

    class Media:
        css: ClassVar = {"all": ("specflow/findings.css",)}

    acts = (
        Act(
            "approve",
            "Approve",
            "check",
            _approve,
            lambda actor, row: deciding.standing(actor, row).may_approve,
            _verdict_form(required=False),
            style="primary",
        ),
        Act(
            "request-changes",
            "Request changes",
            "edit_note",
            _request_changes,
            lambda actor, row: deciding.standing(actor, row).may_decide,
            _verdict_form(required=True),
            "The request ends, and the authors revise the text and ask again.",
        ),
        Act(
            "reject",
            "Reject",
            "block",
            _reject,
            lambda actor, row: deciding.standing(actor, row).may_decide,
            _verdict_form(required=True),
            "The request ends. Say why, so that nobody has to guess.",
            style="danger",
        ),
        Act(
            "withdraw",
            "Withdraw",
            "undo",
            _withdraw,
            deciding.may_withdraw,
            explain="The request is taken back; nobody has to decide on it.",
        ),
        Act("comment", "Comment", "add_comment", _comment, _may_comment, _comment_form),
        Act("resolve", "Resolve", "done", _resolve, _may_comment, _resolve_form),
    )

    @display(description="State", ordering="state", label={key.label: colour for key, colour in STATE_COLOURS.items()})
    def shown_state(self, row: Approval) -> str:
        return row.get_state_display()

    @display(description="Revision", ordering="revision__number")
    def shown_revision(self, row: Approval) -> int:
        return row.revision.number

    @display(description="Asked", ordering="created_at")
    def asked(self, row: Approval) -> str:
        return ago(row.created_at)

    @display(description="Spec", ordering="document__spec__title")
    def spec(self, row: Approval) -> str:
        return str(row.document.spec or row.document.path)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        rows = super().get_queryset(request)
        return rows.select_related(
            *("project", "document__spec", "document__current", "document__approved"),
            *("revision", "base", "requested_by"),
        )

    def page(self, request: HttpRequest, row: Approval) -> dict[str, Any]:
        """Everything that one must see before deciding, and the verdicts that are one's own to give."""
        before = deciding.baseline(row)
        offers = {offer.act.name.replace("-", "_"): offer for offer in self.offers(request, row)}
        text = row.revision.text
        return {
            "title": Truncator(row.title).chars(60),
            "subtitle": None,
            "original": Truncator(row.title).chars(60),  # a text: unfold then repeats no long title in the header
            "approval": row,
            "position": feed.position(row.project.public_id),
            "standing": deciding.standing(actor_of(request), row),
            "verdicts": [offers[name] for name in ("approve", "request_changes", "reject") if name in offers],
            "offer": offers,
            "policy": deciding.policy_sentence(row),
            "given": deciding.given(row),
            "needed": deciding.needed(row),
            "consequences": deciding.consequences(row) if row.state == State.PENDING else [],
            "decisions": row.decisions.select_related("user").order_by("id"),
            "comments": row.document.comments.select_related("author", "revision", "resolved_by").order_by("id"),
            "findings": _findings(row),
            "before": before,
            "what_changes": change_of(row).summary,
            "proposal": reverse("proposal", args=(row.project.slug, row.public_id)),
            "laid_out": laid_out(text) if is_markdown(row.document.path) else None,
            "lines": text.removesuffix("\n").split("\n"),
            "rows": diff_rows(before.text, text) if before else [],
            "changes": diff_summary(before.text, text) if before else None,
            "state_colour": STATE_COLOURS.get(State(row.state), "default"),
        }

    @admin.action(description="Approve…")
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Approval]) -> HttpResponse | None:
        """First a page that lists what is approved, with the digest of each; confirmed, one action per row."""
        rows = list(queryset.filter(state=State.PENDING).order_by("id")[:50])
        if not rows:
            messages.warning(request, "None of these waits for a decision.")
            return None
        if "confirmed" in request.POST:
            self._approve_each(request, rows)
            return None
        actor = actor_of(request)
        standings = [(row, deciding.standing(actor, row)) for row in rows]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Approve several",
            "rows": standings,
            "any": any(standing.may_approve for _, standing in standings),
        }
        return TemplateResponse(request, "admin/approvals/approval/approve_selected.html", context)

    def _approve_each(self, request: HttpRequest, rows: list[Approval]) -> None:
        for row in rows:
            seen = request.POST.get(f"seen-{row.pk}", "")
            if not seen:
                continue
            try:
                messages.success(request, _approve(actor_of(request), row, {"digest": seen, "comment": ""}))
            except DomainError as error:
                show_error(request, error, about=row.title)


@admin.register(Decision)
class DecisionAdmin(Door):
    """Who said what on which digest."""

    project_path = "approval__project"
    list_display = ("shown_verdict", "approval", "user", "door", "at")
    list_display_links = ("approval",)
    list_filter = ("verdict", ("approval__project", OwnProjects))
    search_fields = ("approval__title", "user__username")
    list_select_related = ("approval__project", "user")
    fields = ("approval", "user", "verdict", "comment", "digest", "door", "at")
    readonly_fields = fields

    @display(description="Verdict", label={key.label: colour for key, colour in VERDICT_COLOURS.items()})
    def shown_verdict(self, row: Decision) -> str:
        return row.get_verdict_display()


@admin.register(Comment)
class CommentAdmin(Door):
    """Remarks on documents."""

    reading = Verb.VIEW
    list_display = ("excerpt", "document", "author", "created_at", "is_resolved", "project")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), ("project", OwnProjects))
    search_fields = ("text", "document__path")
    list_select_related = ("document", "author", "project")
    fields = ("document", "revision", "start", "end", "text", "author", "created_at", "resolved_by", "resolved_at")
    acts = (
        Act(
            "resolve",
            "Resolve",
            "done",
            lambda actor, row, _data: "Resolved." if actions.resolve_comment(row, actor=actor) else "",
            lambda actor, row: row.resolved_at is None and allows(actor, Verb.COMMENT, row.project),
        ),
    )

    @display(description="Comment")
    def excerpt(self, row: Comment) -> str:
        return str(row)

    @display(description="Resolved", boolean=True)
    def is_resolved(self, row: Comment) -> bool:
        return row.resolved_at is not None


def waiting(request: HttpRequest) -> str:
    """How many requests wait for a decision in the person's projects; the badge of the inbox (settings.UNFOLD)."""
    projects = readable_projects(actor_of(request), Verb.VIEW)
    count = Approval.objects.filter(state=State.PENDING, project__in=projects).count()
    return str(count) if count else ""
