"""People, projects, keys and the log in the admin: written by actions only, seen by those whose they are."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from specflow.accounts.actions import add_member, create_key, create_person
from specflow.accounts.actors import system
from specflow.accounts.authentication import authenticate
from specflow.accounts.models import ApiKey, Membership, Project, User
from specflow.audit.models import AuditEntry
from tests.factories import PASSWORD, make_spec, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def root():
    return create_person("root", actor=system(door="cli"), password=PASSWORD, superuser=True)


def login(user):
    client = Client()
    client.force_login(user)
    return client


def act(client, row, name, **data):
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_act", args=[row.pk, name])
    return client.post(address, data, follow=True)


def messages_of(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_a_superuser_makes_a_person_who_can_log_in(team, root):
    form = {"username": "dora", "password": "a long enough sentence"}
    response = login(root).post(reverse("admin:accounts_user_add"), form, follow=True)

    assert "dora can log in" in messages_of(response)
    assert Client().login(username="dora", password="a long enough sentence")
    assert AuditEntry.objects.filter(verb="user.created", actor="root").count() == 1


def test_a_weak_password_is_refused(team, root):
    login(root).post(reverse("admin:accounts_user_add"), {"username": "dora", "password": "12345678"})
    assert not User.objects.filter(username="dora").exists()


def test_only_a_superuser_makes_people(team):
    assert login(team.alice).post(reverse("admin:accounts_user_add"), {}).status_code == 403


def test_a_person_makes_a_project_and_maintains_it(team):
    login(team.bob).post(reverse("admin:accounts_project_add"), {"slug": "payments", "name": "Payments"})
    assert Membership.objects.get(project__slug="payments").role == "maintainer"


def test_a_refused_form_says_why(team):
    response = login(team.bob).post(reverse("admin:accounts_project_add"), {"slug": "Not A Slug"})
    assert "invalid_slug" in response.content.decode()


def test_a_maintainer_changes_members_and_policy(team):
    client = login(team.alice)
    act(client, team.project, "member", user="charlie", role="viewer")
    assert team.charlie.memberships.get(project=team.project).role == "viewer"
    act(client, team.project, "leave", user=team.charlie.pk)
    assert not team.charlie.memberships.filter(project=team.project).exists()
    act(client, team.project, "policy", policy='{"approvals_needed": 2}')
    team.project.refresh_from_db()
    assert team.project.policy == {"approvals_needed": 2}
    assert "invalid_policy" in messages_of(act(client, team.project, "policy", policy='{"approvals": 2}'))
    assert "invalid_policy" in messages_of(act(client, team.project, "policy", policy="[1]"))


def test_a_reviewer_manages_nothing(team):
    client = login(team.bob)
    assert "role_may_not" in messages_of(act(client, team.project, "policy", policy="{}"))
    html = client.get(reverse("admin:accounts_project_change", args=[team.project.pk])).content.decode()
    assert "Change policy" not in html


def test_a_key_is_shown_once_and_revoked(team):
    client = login(team.bob)
    form = {"project": team.project.pk, "user": team.bob.pk, "scopes": ["specs:read"]}
    response = client.post(reverse("admin:accounts_apikey_add"), form)
    text = response.context["text"]
    key = ApiKey.objects.get()
    assert text in response.content.decode()
    assert authenticate(text) == key
    assert text not in client.get(reverse("admin:accounts_apikey_change", args=[key.pk])).content.decode()

    act(client, key, "revoke")
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_no_one_makes_a_deciding_key_for_an_agent(team):
    form = {"project": team.project.pk, "user": team.robot.pk, "scopes": ["approvals:decide"]}
    response = login(team.alice).post(reverse("admin:accounts_apikey_add"), form)
    assert "agent_may_not" in response.content.decode()
    assert not ApiKey.objects.exists()


def test_a_member_sees_their_own_keys_and_a_maintainer_all(team):
    create_key(team.project, team.robot, actor=team.maintainer, scopes=["specs:read"], name="warehouse robot")
    listing = reverse("admin:accounts_apikey_changelist")
    assert "warehouse robot" in login(team.alice).get(listing).content.decode()
    assert "warehouse robot" not in login(team.bob).get(listing).content.decode()
    assert (
        login(team.charlie)
        .post(reverse("admin:accounts_apikey_act", args=[ApiKey.objects.get().pk, "revoke"]))
        .status_code
        == 404
    )


def test_nobody_searches_users_by_the_hash_of_a_password(team):
    response = login(team.alice).get(reverse("admin:accounts_user_changelist"), {"password__startswith": "pbkdf2"})
    assert response.status_code in (302, 400)


def test_the_log_is_read_by_those_who_may_and_written_by_nobody(team, root):
    make_spec(team)
    entry = AuditEntry.objects.filter(verb="spec.created").get()
    address = reverse("admin:audit_auditentry_change", args=[entry.pk])

    html = login(team.bob).get(address).content.decode()
    assert "created a spec" in html
    assert entry.hash in html
    assert login(team.charlie).get(address).status_code == 302  # "no such entry", back to the start

    client = login(root)
    assert client.post(address, {"actor": "someone"}).status_code == 403
    assert client.post(reverse("admin:audit_auditentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403
    assert AuditEntry.objects.get(pk=entry.pk).hash == entry.hash


def test_an_engineer_does_not_read_the_log(team):
    add_member(team.project, team.charlie, actor=team.maintainer, role="engineer")
    make_spec(team)
    html = login(team.charlie).get(reverse("admin:audit_auditentry_changelist")).content.decode()
    assert "created a spec" not in html


def test_no_model_can_be_changed_or_deleted_past_the_actions(team, root, rf):
    request = rf.get("/admin/")
    request.user = root
    for model, model_admin in admin.site._registry.items():
        assert not model_admin.has_change_permission(request), model
        assert not model_admin.has_delete_permission(request), model


def test_filters_name_no_foreign_project(team):
    Project.objects.filter(pk=team.foreign.pk).update(name="Secret merger")
    client = login(team.bob)
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        response = client.get(address)
        assert response.status_code == 200, model
        assert "Secret merger" not in response.content.decode(), model


def test_every_list_opens_for_a_superuser_and_the_login_page_bears_our_name(team, root):
    make_spec(team)
    client = login(root)
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert client.get(address, {"q": "a"}).status_code == 200, model
    assert client.get("/admin/").status_code == 200
    assert "SpecFlow" in Client().get("/admin/login/").content.decode()


@pytest.mark.parametrize("place", ["audit_auditentry", "accounts_user", "accounts_apikey", "accounts_project"])
def test_a_list_costs_the_same_for_1_row_and_for_100(team, root, place, django_assert_max_num_queries):
    client = login(root)
    listing = reverse(f"admin:{place}_changelist")
    create_key(team.project, team.robot, actor=team.maintainer, scopes=["specs:read"])
    client.get(listing)
    with django_assert_max_num_queries(100) as one:
        client.get(listing)
    for number in range(50):
        more = make_team(f"team{number}")
        for _ in range(2):
            create_key(more.project, more.robot, actor=more.maintainer, scopes=["specs:read"])
    with django_assert_max_num_queries(len(one.captured_queries)):
        client.get(listing)
