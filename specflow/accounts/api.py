"""REST of accounts: who am I, projects, members, keys."""

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts import actions, payloads
from specflow.accounts.api_bodies import (
    CallerShape,
    KeyCreate,
    KeyShape,
    MemberPut,
    MemberShape,
    NewKeyShape,
    ProjectCreate,
    ProjectShape,
    ProjectUpdate,
)
from specflow.accounts.capabilities import Role, Verb
from specflow.accounts.door import Door
from specflow.accounts.models import ApiKey, Project
from specflow.accounts.queries import (
    key_for,
    keys_visible_to,
    members_of,
    projects_visible_to,
    roles_of,
    user_named,
)
from specflow.accounts.rules import require_scope, role_in
from specflow.accounts.schema import route


class Me(Door):
    @route("me", "Who calls, within which scopes, with which roles", gives=CallerShape)
    def get(self, request: Request) -> Response:
        """What this key or session is."""
        roles = roles_of(self.actor)
        mine = projects_visible_to(self.actor).filter(pk__in=roles)
        return self.shown(payloads.caller(self.actor, [(row.slug, roles[row.pk]) for row in mine]))


class Projects(Door):
    @route("list_projects", "The projects that the caller is a member of", gives=ProjectShape, lists=True)
    def get(self, request: Request) -> Response:
        """A page of projects."""
        require_scope(self.actor, Verb.VIEW)
        roles = roles_of(self.actor)
        everywhere = Role.MAINTAINER if self.actor.user.is_superuser else ""
        return self.listed(
            projects_visible_to(self.actor), lambda row: payloads.project(row, everywhere or roles[row.pk])
        )

    @route(
        "create_project", "Make a project; its maker maintains it", takes=ProjectCreate, gives=ProjectShape, status=201
    )
    def post(self, request: Request) -> Response:
        """A person's session only."""
        body = self.body(ProjectCreate)
        row = actions.create_project(body["slug"], actor=self.actor, name=body["name"])
        return self.shown(payloads.project(row, role_in(self.actor, row) or ""), 201)


class OneProject(Door):
    @route("get_project", "A project with its policy", gives=ProjectShape)
    def get(self, request: Request, project: str) -> Response:
        """By slug or id."""
        return self.shown(self._shape(self.project(project)))

    @route("change_policy", "Set a project's policy", takes=ProjectUpdate, gives=ProjectShape)
    def patch(self, request: Request, project: str) -> Response:
        """The policy is set whole."""
        row, body = self.project(project), self.body(ProjectUpdate)
        with self.matched(row, self._shape):
            row = actions.change_policy(row, actor=self.actor, policy=body["policy"])
        return self.shown(self._shape(row))

    def _shape(self, row: Project) -> dict[str, Any]:
        return payloads.project(row, role_in(self.actor, row) or "")


class Members(Door):
    @route("list_members", "A project's members", gives=MemberShape, lists=True)
    def get(self, request: Request, project: str) -> Response:
        """A page of members."""
        return self.listed(members_of(self.project(project)), payloads.member)


class OneMember(Door):
    @route("put_member", "Make a user a member, or change a member's role", takes=MemberPut, gives=MemberShape)
    def put(self, request: Request, project: str, username: str) -> Response:
        """For maintainers."""
        row, body = self.project(project, Verb.MANAGE), self.body(MemberPut)
        member = actions.add_member(row, user_named(username), actor=self.actor, role=body["role"])
        return self.shown(payloads.member(member))

    @route("remove_member", "End a membership; the user's keys stop at once", status=204)
    def delete(self, request: Request, project: str, username: str) -> Response:
        """For maintainers."""
        row = self.project(project, Verb.MANAGE)
        actions.remove_member(row, user_named(username), actor=self.actor)
        return Response(status=204)


class Keys(Door):
    @route("list_keys", "API keys: one's own, and all to maintainers", gives=KeyShape, lists=True)
    def get(self, request: Request, project: str) -> Response:
        """A page of keys, without their secrets."""
        return self.listed(keys_visible_to(self.actor, self.project(project)), payloads.key)

    @route("create_key", "Make an API key; the answer shows it once", takes=KeyCreate, gives=NewKeyShape, status=201)
    def post(self, request: Request, project: str) -> Response:
        """For oneself, or by a maintainer for a member."""
        row, body = self.project(project), self.body(KeyCreate)
        user = user_named(body["username"]) if body["username"] else self.actor.user
        made = actions.create_key(
            row, user, actor=self.actor, scopes=body["scopes"], name=body["name"], expires_at=body["expires_at"]
        )
        return self.shown({**payloads.key(made), "key": getattr(made, "text", None)}, 201)


class OneKey(Door):
    @route("revoke_key", "Revoke an API key; it stops at once", gives=KeyShape)
    def delete(self, request: Request, project: str, key: str) -> Response:
        """One's own, or any by a maintainer."""
        row: ApiKey = key_for(self.actor, self.project(project), key)
        return self.shown(payloads.key(actions.revoke_key(row, actor=self.actor)))


urlpatterns = [
    path("me", Me.as_view()),
    path("projects", Projects.as_view()),
    path("projects/<str:project>", OneProject.as_view()),
    path("projects/<str:project>/members", Members.as_view()),
    path("projects/<str:project>/members/<str:username>", OneMember.as_view()),
    path("projects/<str:project>/keys", Keys.as_view()),
    path("projects/<str:project>/keys/<str:key>", OneKey.as_view()),
]
