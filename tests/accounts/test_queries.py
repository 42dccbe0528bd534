"""What an actor sees: an unknown thing and a foreign one are the same (QUALITY 31)."""

from collections.abc import Callable

import pytest

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.queries import (
    key_for,
    keys_visible_to,
    members_of,
    projects_visible_to,
    roles_of,
    user_named,
    visible,
    visible_project,
    visible_to,
)
from specflow.errors import DomainError, NotFound, PermissionDenied
from specflow.specs.models import Spec
from tests.factories import Team, make_spec, make_team

pytestmark = pytest.mark.django_db
NOWHERE = ["none", "", "nul\0", "\ud800", "' OR 1=1", "x" * 5000, "DEMO"]


@pytest.fixture
def team() -> Team:
    return make_team()


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """(class, code) of what the call raises."""
    with pytest.raises(DomainError) as refused:
        call()
    str(refused.value.as_dict()).encode()  # every door can say it
    return type(refused.value).__name__, refused.value.code


def slugs(actor: Actor) -> list[str]:
    return [project.slug for project in projects_visible_to(actor)]


def test_members_see_their_projects_and_the_owner_and_superusers_see_all(team: Team):
    root = accounts.create_person("root", actor=actors.system(door="cli"), password="x", superuser=True)

    assert slugs(team.maintainer) == slugs(team.agent) == ["demo"]
    assert slugs(team.stranger) == ["demo-foreign"]
    assert (
        slugs(actors.from_session(root, door="admin")) == slugs(actors.system(door="cli")) == ["demo", "demo-foreign"]
    )


def test_a_project_is_found_by_slug_and_by_id(team: Team):
    assert visible_project(team.agent, "demo") == team.project
    assert visible_project(team.agent, team.project.public_id) == team.project


@pytest.mark.parametrize("name", NOWHERE)
def test_an_unknown_project_and_a_foreign_one_are_the_same(team: Team, name: str):
    unknown = refusal(lambda: visible_project(team.stranger, name))
    foreign = refusal(lambda: visible_project(team.stranger, "demo"))
    by_id = refusal(lambda: visible_project(team.stranger, team.project.public_id))

    assert unknown == foreign == by_id == ("NotFound", "project_not_found")


def test_a_member_who_may_not_hears_so(team: Team):
    assert visible_project(team.reviewer, "demo", Verb.DECIDE) == team.project
    assert refusal(lambda: visible_project(team.reviewer, "demo", Verb.MANAGE)) == ("PermissionDenied", "role_may_not")
    assert refusal(lambda: visible_project(team.stranger, "demo", Verb.MANAGE)) == ("NotFound", "project_not_found")


@pytest.mark.parametrize("name", NOWHERE)
def test_an_unknown_row_and_a_foreign_one_are_the_same(team: Team, name: str):
    spec = make_spec(team)

    unknown = refusal(lambda: visible(Spec.objects.all(), team.stranger, name))
    foreign = refusal(lambda: visible(Spec.objects.all(), team.stranger, spec.public_id))

    assert unknown == foreign == ("NotFound", "spec_not_found")
    assert visible(Spec.objects.all(), team.reviewer, spec.public_id) == spec


def test_a_row_of_the_own_project_says_what_is_not_allowed(team: Team):
    spec = make_spec(team)

    with pytest.raises(PermissionDenied, match="reviewer"):
        visible(Spec.objects.all(), team.reviewer, spec.public_id, Verb.WRITE_SPECS)


def test_the_message_for_a_foreign_row_names_the_id_that_was_asked_for_only(team: Team):
    spec = make_spec(team, "Very secret")

    with pytest.raises(NotFound) as refused:
        visible(Spec.objects.all(), team.stranger, spec.public_id)

    assert refused.value.details == {"spec": spec.public_id}
    assert "demo" not in refused.value.message
    assert "secret" not in str(refused.value.as_dict()).lower()


def test_a_list_holds_the_rows_of_the_own_projects(team: Team):
    spec = make_spec(team)

    assert list(visible_to(team.reviewer, Spec.objects.all())) == [spec]
    assert list(visible_to(team.stranger, Spec.objects.all())) == []


def test_a_list_needs_the_scope_to_view(team: Team):
    key = accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=["tasks:run"])

    assert refusal(lambda: visible_to(actors.from_key(key, door="api"), Spec.objects.all())) == (
        "PermissionDenied",
        "scope_missing",
    )


def test_keys_are_seen_by_their_user_and_by_maintainers(team: Team):
    own = accounts.create_key(team.project, team.bob, actor=team.reviewer, scopes=["specs:read"])
    other = accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=["specs:read"])

    assert list(keys_visible_to(team.reviewer, team.project)) == [own]
    assert set(keys_visible_to(team.maintainer, team.project)) == {own, other}
    assert key_for(team.reviewer, team.project, own.public_id) == own
    for name in (other.public_id, *NOWHERE):
        assert refusal(lambda name=name: key_for(team.reviewer, team.project, name)) == ("NotFound", "key_not_found")


def test_a_user_is_named_and_the_system_is_none(team: Team):
    assert user_named("bob") == team.bob
    for name in ("system", *NOWHERE):
        assert refusal(lambda name=name: user_named(name)) == ("NotFound", "user_not_found")


def test_members_and_roles_are_what_was_given(team: Team):
    assert {(one.user.username, one.role) for one in members_of(team.project)} == {
        ("alice", "maintainer"),
        ("bob", "reviewer"),
        ("robot", "engineer"),
    }
    assert roles_of(team.reviewer) == {team.project.pk: "reviewer"}
    assert Project.objects.count() == 2
