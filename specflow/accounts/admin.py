"""Accounts in the admin: people and agents, projects with their members and policy, API keys; admin_log has the log."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import TabularInline

from specflow.accounts import actions, admin_log  # noqa: F401 - admin_log registers the log's pages
from specflow.accounts.actors import Actor
from specflow.accounts.admin_door import (
    Act,
    Door,
    OwnProjects,
    Shown,
    actor_of,
    display,
    may_somewhere,
    readable_projects,
)
from specflow.accounts.capabilities import Role, Scope, Verb
from specflow.accounts.models import ApiKey, Kind, Membership, Project, User
from specflow.accounts.queries import projects_visible_to
from specflow.accounts.rules import allows
from specflow.errors import Invalid, NotFound

admin.site.unregister(Group)  # roles in projects say who may do what


def _is_superuser(actor: Actor, _row: Any) -> bool:
    return actor.user.is_superuser


def _manages(actor: Actor, row: Project) -> bool:
    return allows(actor, Verb.MANAGE, row)


class PersonForm(forms.Form):
    username = forms.CharField(max_length=100)
    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False)
    superuser = forms.BooleanField(required=False, help_text="Sees every project and is a maintainer of each.")

    def clean_password(self) -> str:
        """As Django asks of passwords (settings.AUTH_PASSWORD_VALIDATORS)."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


def _create_person(actor: Actor, _row: None, data: dict[str, Any]) -> str:
    user = actions.create_person(data["username"], actor=actor, password=data["password"], superuser=data["superuser"])
    return f"{user.username} can log in. Make them a member of a project next."


@admin.register(User)
class UserAdmin(Door):
    """People and agents. A member sees the members of their projects, a superuser everyone."""

    list_display = ("username", "shown_kind", "owner", "is_active", "is_superuser", "last_login", "date_joined")
    list_filter = ("kind", "is_active")
    search_fields = ("username", "first_name", "last_name", "public_id")
    list_select_related = ("owner",)
    ordering = ("username",)
    fields = ("username", "kind", "owner", "is_active", "is_superuser", "last_login", "date_joined", "public_id")
    readonly_fields = ("public_id",)
    adding = Act(
        "create",
        "Add a person",
        "person_add",
        _create_person,
        _is_superuser,
        lambda *_: PersonForm,
        "Agents are not made here: they come with their API key, or with the MCP server of a machine.",
    )

    @display(description="Kind", ordering="kind", label={"Human": "info", "Agent": "primary", "System": "warning"})
    def shown_kind(self, row: User) -> str:
        return row.get_kind_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows = User.objects.all()
        if request.user.is_superuser:
            return rows
        return rows.filter(memberships__project__in=projects_visible_to(actor_of(request))).distinct()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Never by the password's hash."""
        return not lookup.startswith("password") and bool(super().lookup_allowed(lookup, value, request))

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(request.user.is_staff) and (obj is None or self.get_queryset(request).filter(pk=obj.pk).exists())


class MemberInline(TabularInline):  # type: ignore[misc]  # unfold ships no types
    model = Membership
    extra = 0
    can_delete = False
    hide_title = True
    fields = ("user", "role")
    verbose_name_plural = "members"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows: QuerySet[Membership] = super().get_queryset(request)
        return rows.select_related("user", "project")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ProjectForm(forms.Form):
    slug = forms.CharField(max_length=60, help_text="Lower-case words joined by hyphens; it stands in addresses.")
    name = forms.CharField(max_length=300, required=False)


def _create_project(actor: Actor, _row: None, data: dict[str, Any]) -> str:
    project = actions.create_project(data["slug"], actor=actor, name=data["name"])
    return f"The project {project.slug} is made; you are its maintainer."


def _member_form(_request: HttpRequest, _row: Project) -> type[forms.Form]:
    class MemberForm(forms.Form):
        user = forms.CharField(label="Username", max_length=150)
        role = forms.ChoiceField(choices=Role.choices, initial=Role.ENGINEER)

    return MemberForm


def _leaver_form(_request: HttpRequest, row: Project) -> type[forms.Form]:
    class LeaverForm(forms.Form):
        user = forms.ModelChoiceField(User.objects.filter(memberships__project=row), label="Member")

    return LeaverForm


def _policy_form(_request: HttpRequest, row: Project) -> type[forms.Form]:
    class PolicyForm(forms.Form):
        policy = forms.JSONField(
            initial=row.policy,
            required=False,
            help_text="approvals_needed, deciding_roles, self_approval, comments_resolved, runner, vectors. "
            "Pending requests keep the policy that they were made under.",
        )

    return PolicyForm


def _add_member(actor: Actor, row: Project, data: dict[str, Any]) -> str:
    user = User.objects.filter(username=data["user"]).first()
    if user is None:
        raise NotFound.of("user", data["user"])
    member = actions.add_member(row, user, actor=actor, role=data["role"])
    return f"{user.username} is {member.get_role_display().lower()} in {row.slug}."


def _remove_member(actor: Actor, row: Project, data: dict[str, Any]) -> str:
    actions.remove_member(row, data["user"], actor=actor)
    return f"{data['user'].username} is no longer a member of {row.slug}."


def _change_policy(actor: Actor, row: Project, data: dict[str, Any]) -> str:
    policy = {} if data["policy"] is None else data["policy"]
    if not isinstance(policy, dict):
        raise Invalid("invalid_policy", "A policy is a JSON object.", {"field": "policy"})
    actions.change_policy(row, actor=actor, policy=policy)
    return f"The policy of {row.slug} is changed."


@admin.register(Project)
class ProjectAdmin(Door):
    """Projects with their members and policy."""

    list_display = ("name", "slug", "members_count", "created_at")
    search_fields = ("name", "slug", "public_id")
    fields = ("name", "slug", "policy", "workspace", "created_at", "public_id")
    readonly_fields = ("created_at", "public_id")
    inlines = (MemberInline,)
    adding = Act(
        "create",
        "Add a project",
        "add",
        _create_project,
        lambda actor, _row: actor.user.is_person,
        lambda *_: ProjectForm,
        "A project has members, a policy, specs and a log of its own.",
    )
    acts = (
        Act("policy", "Change policy", "policy", _change_policy, _manages, _policy_form),
        Act(
            "member",
            "Add or change a member",
            "group_add",
            _add_member,
            _manages,
            _member_form,
            "A member who is there already gets the new role.",
        ),
        Act("leave", "Remove a member", "group_remove", _remove_member, _manages, _leaver_form, style="danger"),
    )

    @display(description="Members", ordering="member_count")
    def members_count(self, row: Project) -> int:
        return row.member_count  # type: ignore[attr-defined, no-any-return]  # annotated below

    def project_of(self, row: Project) -> Project:
        return row

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        seen = readable_projects(actor_of(request), self.reading)
        return Project.objects.filter(pk__in=seen).annotate(member_count=Count("memberships"))


def _key_form(request: HttpRequest, _row: None) -> type[forms.Form]:
    mine = projects_visible_to(actor_of(request))

    class KeyForm(forms.Form):
        project = forms.ModelChoiceField(mine)
        user = forms.ModelChoiceField(
            User.objects.filter(memberships__project__in=mine).exclude(kind=Kind.SYSTEM).distinct(),
            label="Acts as",
            initial=request.user.pk,
        )
        name = forms.CharField(max_length=100, required=False, help_text="What it is for.")
        scopes = forms.MultipleChoiceField(choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
        expires_at = forms.DateTimeField(
            required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), label="Expires (UTC)"
        )

    return KeyForm


def _create_key(actor: Actor, _row: None, data: dict[str, Any]) -> Shown:
    key = actions.create_key(
        data["project"],
        data["user"],
        actor=actor,
        scopes=data["scopes"],
        name=data["name"],
        expires_at=data["expires_at"],
    )
    text: str = key.text  # type: ignore[attr-defined]  # this once, as create_key says
    return Shown("Your new API key", "admin/accounts/apikey/shown_once.html", {"key": key, "text": text})


@admin.register(ApiKey)
class ApiKeyAdmin(Door):
    """API keys. A member sees their own, a maintainer all of the project; the key itself is shown once."""

    list_display = ("prefix", "name", "user", "project", "shown_state", "last_used_at", "expires_at", "created_at")
    list_filter = (("project", OwnProjects),)
    search_fields = ("prefix", "name", "user__username")
    list_select_related = ("user", "project")
    fields = (
        "prefix",
        "name",
        "user",
        "project",
        "scopes",
        "created_by",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = ("created_at",)
    adding = Act(
        "create",
        "Add an API key",
        "key",
        _create_key,
        lambda actor, _row: may_somewhere(actor, Verb.VIEW),
        _key_form,
        "What a key may do is what its user's role allows, within the scopes chosen here.",
    )
    acts = (
        Act(
            "revoke",
            "Revoke",
            "key_off",
            lambda actor, row, _data: f"The key {actions.revoke_key(row, actor=actor).prefix}… acts no more.",
            lambda actor, row: (
                row.revoked_at is None and (row.user_id == actor.user.pk or allows(actor, Verb.MANAGE, row.project))
            ),
            explain="Whoever uses this key is refused from the next call on. This cannot be undone.",
            style="danger",
        ),
    )

    @display(description="State", label={"active": "success", "revoked": "danger", "expired": "warning"})
    def shown_state(self, row: ApiKey) -> str:
        if row.revoked_at:
            return "revoked"
        return "expired" if row.expires_at and row.expires_at <= timezone.now() else "active"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        actor = actor_of(request)
        managed = readable_projects(actor, Verb.MANAGE)
        return ApiKey.objects.filter(Q(project__in=managed) | Q(user=actor.user)).distinct()

    def has_view_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return bool(request.user.is_staff) and (obj is None or self.get_queryset(request).filter(pk=obj.pk).exists())
