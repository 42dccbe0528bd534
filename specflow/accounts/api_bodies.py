"""What REST takes and gives of accounts."""

from typing import Any

from rest_framework import serializers

from specflow.accounts.bodies import Body, Moment, Text
from specflow.accounts.capabilities import Role, Scope
from specflow.accounts.models import Kind


class ProjectCreate(Body):
    slug = Text(help_text="Lower-case words joined by hyphens; stays as it is.")
    name = Text(required=False, default="")


class ProjectUpdate(Body):
    policy = serializers.DictField(help_text="The whole policy; keys that are left out have their defaults.")


class MemberPut(Body):
    role = Text()


class KeyCreate(Body):
    scopes = serializers.ListField(child=Text())
    username = Text(required=False, default="", help_text="Whose key; the caller's own where nobody is named.")
    name = Text(required=False, default="", max_length=100)
    expires_at = Moment(required=False, allow_null=True, default=None)


class ProjectPolicy(serializers.Serializer[Any]):
    approvals_needed = serializers.IntegerField()
    deciding_roles = serializers.ListField(child=serializers.CharField())
    self_approval = serializers.BooleanField()
    comments_resolved = serializers.BooleanField()
    proposals_only = serializers.BooleanField()
    review_required = serializers.BooleanField()
    runner = serializers.DictField(required=False, help_text="Shown to maintainers.")
    vectors = serializers.DictField(required=False, help_text="Shown to maintainers.")


class ProjectShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    policy = ProjectPolicy()
    created_at = serializers.DateTimeField()


class MemberShape(serializers.Serializer[Any]):
    username = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    role = serializers.ChoiceField(Role.choices)


class KeyShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    user = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewKeyShape(KeyShape):
    key = serializers.CharField(allow_null=True, help_text="The whole key, this once; null when a call is repeated.")


class CallerProject(serializers.Serializer[Any]):
    slug = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)


class CallerShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    username = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    superuser = serializers.BooleanField()
    key = serializers.CharField(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True)
    projects = CallerProject(many=True)
