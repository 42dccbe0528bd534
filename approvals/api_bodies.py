"""What REST takes and gives of approvals."""

from typing import Any

from rest_framework import serializers

from approvals.models import State, Verdict
from specflow.accounts.bodies import Body, Text, Whole
from specflow.specs.models import DocumentKind


class ApprovalCreate(Body):
    document = Text(help_text="A document's id; its current text is what people agree on.")
    title = Text(required=False, default="")
    summary = Text(required=False, default="")


class PreflightCreate(Body):
    files = serializers.ListField(child=Text(), required=False, default=list, help_text="Changed paths.")
    diff = Text(required=False, default="", help_text="A unified diff, instead of the paths or beside them.")


class PreflightFile(serializers.Serializer[Any]):
    path = serializers.CharField()
    tasks = serializers.ListField(child=serializers.DictField(), help_text="The tasks that name it.")
    requirements = serializers.ListField(child=serializers.DictField(), help_text="What these are for.")
    document = serializers.DictField(allow_null=True, help_text="Where the file is a document of a spec.")
    refusal = serializers.DictField(allow_null=True, help_text="Why it may not go in: code, message, who can help.")


class PreflightShape(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    files = PreflightFile(many=True)
    approvals = serializers.ListField(child=serializers.DictField(), help_text="What waits for a decision there.")
    deferrals = serializers.ListField(child=serializers.DictField(), help_text="Decisions that were put off there.")
    unclaimed = serializers.ListField(child=serializers.CharField(), help_text="Files that no task names.")


class Agreement(Body):
    digest = Text(help_text="The `digest` of the approval whose text you saw.")
    comment = Text(required=False, default="")


class Objection(Body):
    digest = Text(help_text="The `digest` of the approval whose text you saw.")
    comment = Text(help_text="Why.")


class SpecAgreement(Body):
    digest = Text(required=False, default="", help_text="Without one, approval is asked for and nothing moves.")
    comment = Text(required=False, default="")


class CommentCreate(Body):
    text = Text()
    start = Whole(required=False, allow_null=True, default=None, help_text="The first line, from 1.")
    end = Whole(required=False, allow_null=True, default=None, help_text="The last line.")


class DecisionShape(serializers.Serializer[Any]):
    by = serializers.CharField()
    verdict = serializers.ChoiceField(Verdict.choices)
    comment = serializers.CharField()
    door = serializers.CharField()
    at = serializers.DateTimeField()


class MatchShape(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="A requirement's, criterion's or task's id.")
    line = serializers.IntegerField(min_value=0, help_text="Its first line in the proposed text; 0 if it is gone.")


class ApprovalShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    project = serializers.CharField()
    spec = serializers.CharField(allow_null=True)
    document = serializers.CharField()
    kind = serializers.ChoiceField(DocumentKind.choices)
    path = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    revision = serializers.IntegerField()
    base_revision = serializers.IntegerField(allow_null=True, help_text="Of a proposal: the text that it changes.")
    replaces = serializers.CharField(allow_null=True, help_text="The proposal that this one was made from.")
    matches = MatchShape(many=True, help_text="Of a proposal: which items rows are, where a person said it.")
    digest = serializers.CharField()
    approvals_needed = serializers.IntegerField()
    decisions = DecisionShape(many=True)
    requested_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(help_text="Where a person decides.")


class CommentShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    document = serializers.CharField()
    approval = serializers.CharField(allow_null=True)
    revision = serializers.IntegerField()
    author = serializers.CharField()
    text = serializers.CharField()
    start = serializers.IntegerField(allow_null=True)
    end = serializers.IntegerField(allow_null=True)
    resolved = serializers.BooleanField()
    created_at = serializers.DateTimeField()
