"""REST of approvals: request, decide, withdraw, comment; and approving by spec, as 002 has it."""

from collections.abc import Callable

from django.urls import path
from django_filters import CharFilter, ChoiceFilter
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions, api_bodies, payloads
from approvals.asking import ask_for
from approvals.models import Approval, State
from approvals.preflight import changed_in, preflight
from approvals.queries import approval_for, approvals_visible_to, comment_for, comments_of, latest_of
from specflow.accounts.bodies import Body, Nothing
from specflow.accounts.door import Door
from specflow.accounts.filters import Filters
from specflow.accounts.schema import route
from specflow.errors import Conflict
from specflow.specs import payloads as spec_payloads
from specflow.specs.api_bodies import SpecShape
from specflow.specs.models import DocumentKind
from specflow.specs.phases import require_phase
from specflow.specs.queries import document_for, spec_for


class ApprovalFilters(Filters):
    """Which approvals."""

    spec = CharFilter(field_name="document__spec__public_id", label="A spec's id.")
    state = ChoiceFilter(choices=State.choices, label="Where the approval stands.")


class Approvals(Door):
    @route(
        "list_approvals", "Approvals, newest first", gives=api_bodies.ApprovalShape, lists=True, filters=ApprovalFilters
    )
    def get(self, request: Request) -> Response:
        """A page of approvals with their decisions."""
        return self.listed(self.filtered(approvals_visible_to(self.actor), ApprovalFilters), payloads.approval)

    @route(
        "request_approval",
        "Ask people to agree on a document",
        takes=api_bodies.ApprovalCreate,
        gives=api_bodies.ApprovalShape,
        status=201,
    )
    def post(self, request: Request) -> Response:
        """On its text as it stands now."""
        body = self.body(api_bodies.ApprovalCreate)
        document = document_for(self.actor, body["document"])
        asked = actions.request_approval(document, actor=self.actor, title=body["title"], summary=body["summary"])
        return self.shown(payloads.approval(asked), 201)


class OneApproval(Door):
    @route("get_approval", "An approval with its decisions", gives=api_bodies.ApprovalShape)
    def get(self, request: Request, approval: str) -> Response:
        """`digest` is what a decision must name."""
        return self.shown(payloads.approval(approval_for(self.actor, approval)))


class Decide(Door):
    """A person's verdict; the three below say which."""

    takes: type[Body] = api_bodies.Objection
    verdict: Callable[..., Approval]

    def decided(self, public_id: str) -> Response:
        """The approval after the verdict."""
        row, body = approval_for(self.actor, public_id), self.body(self.takes)
        with self.matched(row, payloads.approval):
            row = type(self).verdict(row, actor=self.actor, **body)
        return self.shown(payloads.approval(row))


class Approve(Decide):
    takes = api_bodies.Agreement
    verdict = staticmethod(actions.approve)

    @route("approve", "Agree on the text with this digest", takes=takes, gives=api_bodies.ApprovalShape)
    def post(self, request: Request, approval: str) -> Response:
        """For a person; the last approval that is needed moves the spec."""
        return self.decided(approval)


class RequestChanges(Decide):
    verdict = staticmethod(actions.request_changes)

    @route("request_changes", "Ask for changes", takes=api_bodies.Objection, gives=api_bodies.ApprovalShape)
    def post(self, request: Request, approval: str) -> Response:
        """For a person; the comment says which."""
        return self.decided(approval)


class Reject(Decide):
    verdict = staticmethod(actions.reject)

    @route("reject", "Reject", takes=api_bodies.Objection, gives=api_bodies.ApprovalShape)
    def post(self, request: Request, approval: str) -> Response:
        """For a person; the comment says why."""
        return self.decided(approval)


class Withdraw(Door):
    @route("withdraw_approval", "Take a request back", takes=Nothing, gives=api_bodies.ApprovalShape)
    def post(self, request: Request, approval: str) -> Response:
        """By who made it, or by a maintainer."""
        self.body(Nothing)
        row = actions.withdraw(approval_for(self.actor, approval), actor=self.actor)
        return self.shown(payloads.approval(row))


class Comments(Door):
    @route("list_comments", "Remarks on an approval, newest first", gives=api_bodies.CommentShape, lists=True)
    def get(self, request: Request, approval: str) -> Response:
        """A page of comments."""
        return self.listed(comments_of(approval_for(self.actor, approval)), payloads.comment)

    @route(
        "add_comment",
        "Remark on some lines or the whole",
        takes=api_bodies.CommentCreate,
        gives=api_bodies.CommentShape,
        status=201,
    )
    def post(self, request: Request, approval: str) -> Response:
        """On the text that is to be agreed on."""
        row, body = approval_for(self.actor, approval), self.body(api_bodies.CommentCreate)
        made = actions.add_comment(row.document, actor=self.actor, approval=row, **body)
        return self.shown(payloads.comment(made), 201)


class ResolveComment(Door):
    @route("resolve_comment", "Mark a remark as dealt with", takes=Nothing, gives=api_bodies.CommentShape)
    def post(self, request: Request, comment: str) -> Response:
        """A person's remark is resolved by a person."""
        self.body(Nothing)
        return self.shown(payloads.comment(actions.resolve_comment(comment_for(self.actor, comment), actor=self.actor)))


class ApproveOfSpec(Door):
    """002's `approve-…`: a person who names the digest approves; anyone else has asked, and nothing moves."""

    kind: DocumentKind

    def approved(self, public_id: str) -> Response:
        """The spec, once people agreed. Raises Conflict `approval_required` with the approval, its digest and the
        address where a person decides."""
        spec, body = spec_for(self.actor, public_id), self.body(api_bodies.SpecAgreement)
        if body["digest"] and self.actor.user.is_person:
            require_phase(spec, self.kind)
            row = latest_of(spec, self.kind)
            row = actions.approve(row, actor=self.actor, digest=body["digest"], comment=body["comment"])
        else:
            row = ask_for(spec, self.kind, actor=self.actor)
        if row.state != State.APPROVED:
            raise _approval_required(row)
        return self.shown(spec_payloads.spec(spec_for(self.actor, public_id)))


class ApproveRequirements(ApproveOfSpec):
    kind = DocumentKind.REQUIREMENTS

    @route("approve_requirements", "Approve a spec's requirements", takes=api_bodies.SpecAgreement, gives=SpecShape)
    def post(self, request: Request, spec: str) -> Response:
        """Moves the spec to the phase design, or asks for it (409 `approval_required`)."""
        return self.approved(spec)


class ApproveDesign(ApproveOfSpec):
    kind = DocumentKind.DESIGN

    @route("approve_design", "Approve a spec's design", takes=api_bodies.SpecAgreement, gives=SpecShape)
    def post(self, request: Request, spec: str) -> Response:
        """Moves the spec to the phase tasks, or asks for it (409 `approval_required`)."""
        return self.approved(spec)


class PreflightOfProject(Door):
    @route(
        "preflight",
        "Which specs a change touches, and whether they allow it",
        takes=api_bodies.PreflightCreate,
        gives=api_bodies.PreflightShape,
    )
    def post(self, request: Request, project: str) -> Response:
        """For the paths and the diff that are sent. Nothing is written, so who may view may ask."""
        body = self.body(api_bodies.PreflightCreate)
        files = [*body["files"], *changed_in(body["diff"])]
        return self.shown(preflight(self.project(project), actor=self.actor, files=files).as_dict())


def _approval_required(row: Approval) -> Conflict:
    return Conflict(
        "approval_required",
        f"A person decides on the {row.document.kind}: the approval is {row.get_state_display().lower()}.",
        {"approval": row.public_id, "url": payloads.address(row), "digest": row.digest, "state": row.state},
        (
            f"A person decides at {payloads.address(row)}, or sends the digest of the text that they saw.",
            "Ask again to see whether it was decided.",
        ),
    )


urlpatterns = [
    path("approvals", Approvals.as_view()),
    path("approvals/<str:approval>", OneApproval.as_view()),
    path("approvals/<str:approval>/approve", Approve.as_view()),
    path("approvals/<str:approval>/request-changes", RequestChanges.as_view()),
    path("approvals/<str:approval>/reject", Reject.as_view()),
    path("approvals/<str:approval>/withdraw", Withdraw.as_view()),
    path("approvals/<str:approval>/comments", Comments.as_view()),
    path("projects/<str:project>/preflight", PreflightOfProject.as_view()),
    path("comments/<str:comment>/resolve", ResolveComment.as_view()),
    path("specs/<str:spec>/approve-requirements", ApproveRequirements.as_view()),
    path("specs/<str:spec>/approve-design", ApproveDesign.as_view()),
]
