"""Projects, members, people and agents: what is written and what the log says of it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Role
from specflow.accounts.models import Kind, Membership, Project, User
from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, Invalid, NotFound, PermissionDenied
from tests.factories import PASSWORD, Team, make_team
from tests.together import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def told(project: Project | None = None) -> list[tuple[str, dict[str, Any]]]:
    chain = project.public_id if project else "system"
    return [(one.verb, one.content["data"]) for one in AuditEntry.objects.filter(chain__key=chain)]


def test_who_makes_a_project_maintains_it():
    alice = accounts.create_person("alice", actor=actors.system(door="cli"), password=PASSWORD)

    project = accounts.create_project("demo", actor=actors.from_session(alice, door="page"), name="Demo")

    assert Membership.objects.get().role == Role.MAINTAINER
    assert told(project) == [
        ("project.created", {"slug": "demo", "name": "Demo"}),
        ("member.added", {"username": "alice", "role": "maintainer"}),
    ]


def test_a_project_of_the_servers_owner_has_no_members():
    project = accounts.create_project("demo", actor=actors.system(door="cli"))

    assert project.name == "demo"
    assert not Membership.objects.exists()


@pytest.mark.parametrize("slug", ["", "Demo", "two words", "-a", "a-", "a--b", "a/b", "../a", "ä", "a\n", "a" * 61])
def test_a_slug_is_lower_case_words_with_hyphens(slug: str):
    with pytest.raises(Invalid) as refused:
        accounts.create_project(slug, actor=actors.system(door="cli"))

    assert refused.value.code == "invalid_slug"
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": "n" * 301}, "invalid_title"),
        ({"name": "nul\0"}, "invalid_text"),
        ({"workspace": "/nul\0"}, "invalid_text"),
        ({"workspace": "/\udcff"}, "invalid_text"),
        ({"workspace": "/" + "w" * 1000}, "too_large"),
    ],
)
def test_what_a_project_cannot_keep_is_refused(more: dict[str, str], code: str):
    with pytest.raises(Invalid) as refused:
        accounts.create_project("demo", actor=actors.system(door="cli"), **more)

    assert refused.value.code == code
    assert not Project.objects.exists()


def test_a_slug_is_taken_once(team: Team):
    with pytest.raises(Conflict) as refused:
        accounts.create_project("demo", actor=team.stranger)

    assert refused.value.code == "project_exists"


def test_no_agent_and_no_key_makes_a_project(team: Team):
    key = accounts.create_key(team.project, team.alice, actor=team.maintainer, scopes=["admin"])

    for actor in (team.agent, actors.from_session(team.robot, door="api"), actors.from_key(key, door="api")):
        with pytest.raises(PermissionDenied) as refused:
            accounts.create_project("other", actor=actor)
        assert refused.value.code == "agent_may_not"


def test_a_member_is_added_changed_and_removed_and_the_log_says_so(team: Team):
    before = len(told(team.project))
    for role in ("viewer", "viewer", "engineer"):
        accounts.add_member(team.project, team.charlie, actor=team.maintainer, role=role)
    accounts.remove_member(team.project, team.charlie, actor=team.maintainer)

    assert told(team.project)[before:] == [
        ("member.added", {"username": "charlie", "role": "viewer"}),
        ("member.role_changed", {"username": "charlie", "before": "viewer", "after": "engineer"}),
        ("member.removed", {"username": "charlie"}),
    ]
    assert not Membership.objects.filter(project=team.project, user=team.charlie).exists()


@pytest.mark.parametrize("role", ["", "owner", "Viewer", "\0"])
def test_a_role_that_there_is_not_is_refused(team: Team, role: str):
    with pytest.raises(Invalid) as refused:
        accounts.add_member(team.project, team.charlie, actor=team.maintainer, role=role)

    assert refused.value.code == "unknown_role"


def test_who_is_no_member_cannot_be_removed(team: Team):
    with pytest.raises(NotFound) as refused:
        accounts.remove_member(team.project, team.charlie, actor=team.maintainer)

    assert refused.value.code == "member_not_found"


def test_only_maintainers_and_the_owner_change_members_agents_and_policy(team: Team):
    accounts.add_member(team.project, team.robot, actor=team.maintainer, role="maintainer")
    before = told(team.project)
    acts: list[Any] = [
        lambda actor: accounts.add_member(team.project, team.charlie, actor=actor, role="viewer"),
        lambda actor: accounts.remove_member(team.project, team.bob, actor=actor),
        lambda actor: accounts.create_agent("other", actor=actor, project=team.project),
        lambda actor: accounts.change_policy(team.project, actor=actor, policy={}),
    ]
    for act in acts:
        for actor, code in (
            (team.reviewer, "role_may_not"),
            (team.agent, "agent_may_not"),
            (actors.system(door="job"), "agent_may_not"),
        ):
            with pytest.raises(PermissionDenied) as refused:
                act(actor)
            assert refused.value.code == code
        with pytest.raises(NotFound, match="no project"):
            act(team.stranger)
    assert told(team.project) == before


def test_a_policy_is_kept_with_what_it_was_before(team: Team):
    accounts.change_policy(team.project, actor=team.maintainer, policy={"approvals_needed": 2})
    accounts.change_policy(team.project, actor=team.maintainer, policy={"self_approval": True})

    team.project.refresh_from_db()
    assert team.project.policy == {"self_approval": True}
    assert told(team.project)[-1] == (
        "project.policy_changed",
        {"before": {"approvals_needed": 2}, "after": {"self_approval": True}},
    )


def test_a_person_is_made_by_the_owner_or_a_superuser_who_is_logged_in(team: Team):
    root = accounts.create_person("root", actor=actors.system(door="cli"), password=PASSWORD, superuser=True)
    key = accounts.create_key(team.project, root, actor=actors.from_session(root, door="page"), scopes=["admin"])

    dave = accounts.create_person("dave", actor=actors.from_session(root, door="admin"), password=PASSWORD)

    assert (dave.kind, dave.is_superuser, dave.check_password(PASSWORD)) == (Kind.HUMAN, False, True)
    for actor in (team.maintainer, team.agent, actors.system(door="job"), actors.from_key(key, door="api")):
        with pytest.raises(PermissionDenied) as refused:
            accounts.create_person("eve", actor=actor, password=PASSWORD)
        assert refused.value.code == "owner_only"


def test_the_log_of_the_system_names_who_was_made_and_no_password(team: Team):
    verb, data = told()[0]

    assert (verb, data) == ("user.created", {"username": "alice", "kind": "human", "superuser": False})
    assert not any(PASSWORD in one or team.alice.password in one for one in _canonical())


def _canonical() -> list[str]:
    return list(AuditEntry.objects.values_list("canonical", flat=True))


def test_a_name_is_given_once(team: Team):
    with pytest.raises(Conflict) as refused:
        accounts.create_person("alice", actor=actors.system(door="cli"), password=PASSWORD)

    assert refused.value.code == "user_exists"
    team.alice.refresh_from_db()
    assert team.alice.check_password(PASSWORD)


@pytest.mark.parametrize("name", ["", "two words", "a/b", "nul\0", "\ud800", "a" * 101, "line\n"])
def test_a_username_that_cannot_be_one_is_refused(team: Team, name: str):
    owner = actors.system(door="cli")
    for make in (
        lambda: accounts.create_person(name, actor=owner, password=PASSWORD),
        lambda: accounts.create_agent(name, actor=owner, project=team.project),
    ):
        with pytest.raises(Invalid) as refused:
            make()
        assert refused.value.code == "invalid_username"


def test_an_agent_cannot_log_in_and_answers_to_who_made_it(team: Team):
    robot = accounts.create_agent("helper", actor=team.maintainer, project=team.project)

    assert (robot.kind, robot.owner, robot.has_usable_password()) == (Kind.AGENT, team.alice, False)
    assert (robot.is_staff, robot.is_superuser) == (False, False)
    assert Membership.objects.get(user=robot).role == Role.ENGINEER
    assert told(team.project)[-2:] == [
        ("user.created", {"username": "helper", "kind": "agent"}),
        ("member.added", {"username": "helper", "role": "engineer"}),
    ]


def test_an_agent_that_is_there_is_taken_as_it_is(team: Team):
    before = told(team.project)

    again = accounts.create_agent("robot", actor=team.maintainer, project=team.project, role="maintainer")

    assert again == team.robot
    assert Membership.objects.get(user=again).role == Role.ENGINEER
    assert told(team.project) == before


@pytest.mark.parametrize("name", ["bob", "system"])
def test_a_person_is_no_agent(team: Team, name: str):
    with pytest.raises(Conflict) as refused:
        accounts.create_agent(name, actor=team.maintainer, project=team.project)

    assert refused.value.code == "not_an_agent"


def test_the_database_lets_no_agent_be_staff(team: Team):
    for right in ({"is_staff": True}, {"is_superuser": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=team.robot.pk).update(**right)


@pytest.mark.django_db(transaction=True)
def test_two_sessions_of_an_agent_that_start_at_once_share_it():
    owner = actors.system(door="cli")
    for number in range(8):
        project = accounts.create_project(f"demo-{number}", actor=owner)

        ended = at_once(
            [
                lambda number=number, project=project: accounts.create_agent(
                    f"robot-{number}", actor=owner, project=project
                )
            ]
            * 6
        )

        assert ended.codes == []
        assert len({user.pk for user in ended.values}) == 1
        assert [verb for verb, _ in told(project)] == ["project.created", "user.created", "member.added"]
