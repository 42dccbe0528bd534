"""REST of proposals: a change of a document, what it touches, and bringing it up to date."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import api_bodies
from approvals.payloads import approval as approval_payload
from approvals.proposals.actions import propose
from approvals.proposals.payloads import change
from approvals.proposals.queries import proposals_of
from approvals.queries import approval_for
from specflow.accounts.bodies import Body, Text, Whole
from specflow.accounts.door import Door
from specflow.accounts.schema import route
from specflow.specs.api_bodies import DiffShape
from specflow.specs.proposing import MAX_EDITS
from specflow.specs.queries import document_for


class Edit(Body):
    old = Text(help_text="What stands in the document exactly once.")
    new = Text(help_text="What is to stand there.")


class Match(Body):
    id = Text(help_text="A requirement's, criterion's or task's id.")
    line = Whole(min_value=0, help_text="Its first line in the new text; 0 if it is gone.")


class ProposalCreate(Body):
    text = Text(required=False, default="", help_text="The whole text as it is to be.")
    edits = serializers.ListField(
        child=Edit(), required=False, default=list, max_length=MAX_EDITS, help_text="Instead of the text."
    )
    base_revision = Whole(
        required=False, allow_null=True, default=None, min_value=1, help_text="The revision that you had read."
    )
    title = Text(required=False, default="")
    summary = Text(required=False, default="", help_text="Why.")
    matches = Match(many=True, required=False, default=list, help_text="Answers to `ambiguous_match`.")
    replaces = Text(
        required=False, default="", help_text="A proposal that this one replaces; without a text it is brought to date."
    )


class MergeShape(serializers.Serializer[Any]):
    clean = serializers.BooleanField()
    conflicts = serializers.ListField(child=serializers.DictField(), help_text="The three sides, and the items.")


class ChangeShape(DiffShape):
    approval = serializers.CharField()
    path = serializers.CharField()
    state = serializers.CharField()
    digest = serializers.CharField(help_text="What a decision must name.")
    merge = MergeShape(allow_null=True, help_text="Where the document was changed since; null where it stands.")


class Proposals(Door):
    @route("list_proposals", "A document's proposals, newest first", gives=api_bodies.ApprovalShape, lists=True)
    def get(self, request: Request, document: str) -> Response:
        """A page of them, with their decisions."""
        return self.listed(proposals_of(self.actor, document_for(self.actor, document)), approval_payload)

    @route("propose_revision", "Propose a change", takes=ProposalCreate, gives=api_bodies.ApprovalShape, status=201)
    def post(self, request: Request, document: str) -> Response:
        """The text that stands stays until people agree. 409 `merge_conflict` and `ambiguous_match` say what is to be
        settled first."""
        row, body = document_for(self.actor, document), self.body(ProposalCreate)
        replaced = approval_for(self.actor, body["replaces"]) if body["replaces"] else None
        given = {
            "edits": [(one["old"], one["new"]) for one in body["edits"]],
            "matches": {one["id"]: one["line"] for one in body["matches"]},
            "replaces": replaced,
        }
        made = propose(row, actor=self.actor, **{**body, **given})
        return self.shown(approval_payload(made), 201)


class Change(Door):
    @route("get_change", "What an approval changes", gives=ChangeShape)
    def get(self, request: Request, approval: str) -> Response:
        """By item and line, with what it touches; of a proposal also whether it goes with the text of today."""
        return self.shown(change(approval_for(self.actor, approval)))


urlpatterns = [
    path("documents/<str:document>/proposals", Proposals.as_view()),
    path("approvals/<str:approval>/change", Change.as_view()),
]
