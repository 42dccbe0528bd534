"""Who may decide: people with the role who had no part in the text; never an agent (QUALITY 29)."""

import pytest

from approvals import actions as approvals
from approvals.models import Approval, Decision, State
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Role, Scope
from specflow.errors import NotFound, PermissionDenied
from specflow.specs import actions as specs
from tests.factories import PASSWORD, Team, approve, make_spec, make_team

pytestmark = pytest.mark.django_db
VERDICTS = [approvals.approve, approvals.request_changes, approvals.reject]


@pytest.fixture
def team() -> Team:
    return make_team()


def ask(team: Team, actor=None, writer=None) -> Approval:
    """A request by `actor` for a text to which `writer` added, each the robot unless said."""
    spec = make_spec(team)
    if writer:
        specs.add_requirement(spec, actor=writer, title="Unlock", condition="an hour passes", action="unlock it")
    return approvals.request_approval(spec.documents.get(kind="requirements"), actor=actor or team.agent)


def denial(asked: Approval, actor, decide=approvals.approve) -> str:
    with pytest.raises(PermissionDenied) as caught:
        decide(asked, actor=actor, digest=asked.digest, comment="Because")
    assert not Decision.objects.exists()
    return caught.value.code


def member(team: Team, name: str, role: str, **more):
    person = accounts.create_person(name, actor=actors.system(door="cli"), password=PASSWORD, **more)
    accounts.add_member(team.project, person, actor=team.maintainer, role=role)
    return team.session(person)


@pytest.mark.parametrize("decide", VERDICTS)
def test_the_agent_that_asked_does_not_decide(team, decide):
    assert denial(ask(team), team.agent, decide) == "agent_may_not"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.PRODUCT_MANAGER, Role.MAINTAINER])
def test_no_agent_decides_whatever_its_role_and_the_policy(team, role):
    accounts.change_policy(team.project, actor=team.maintainer, policy={"self_approval": True})
    other = accounts.create_agent("helper", actor=actors.system(door="cli"), project=team.project, role=role)

    assert denial(ask(team), team.session(other, door="mcp")) == "agent_may_not"


def test_the_system_does_not_decide(team):
    assert denial(ask(team), actors.system(door="job")) == "agent_may_not"


def test_the_author_does_not_decide(team):
    author = member(team, "dora", Role.PRODUCT_MANAGER)

    assert denial(ask(team, writer=author), author) == "self_approval"


def test_who_wrote_an_earlier_part_of_the_text_does_not_decide(team):
    author = member(team, "dora", Role.PRODUCT_MANAGER)
    spec = make_spec(team)
    specs.add_requirement(spec, actor=author, title="Unlock", condition="an hour passes", action="unlock it")
    specs.add_requirement(spec, actor=team.agent, title="Tell", condition="it is locked", action="tell the owner")
    asked = approvals.request_approval(spec.documents.get(kind="requirements"), actor=team.agent)

    assert denial(asked, author) == "self_approval"


def test_who_wrote_only_what_people_agreed_on_already_decides_on_what_is_new(team):
    author = member(team, "dora", Role.PRODUCT_MANAGER)
    spec = make_spec(team)
    specs.add_requirement(spec, actor=author, title="Unlock", condition="an hour passes", action="unlock it")
    approve(team, spec.documents.get(kind="requirements"))
    specs.add_requirement(spec, actor=team.agent, title="Tell", condition="it is locked", action="tell the owner")
    asked = approvals.request_approval(spec.documents.get(kind="requirements"), actor=team.agent)

    assert approvals.approve(asked, actor=author, digest=asked.digest).state == State.APPROVED


def test_who_asked_does_not_decide(team):
    assert denial(ask(team, actor=team.maintainer), team.maintainer) == "self_approval"


def test_the_owner_of_the_agent_does_not_decide(team):
    owner = member(team, "dora", Role.MAINTAINER)
    agent = accounts.create_agent("her-agent", actor=owner, project=team.project)
    assert agent.owner == owner.user

    assert denial(ask(team, actor=actors.local_agent(agent, team.project)), owner) == "self_approval"


def test_a_superuser_who_wrote_the_text_does_not_decide(team):
    root = member(team, "root", Role.MAINTAINER, superuser=True)

    assert denial(ask(team, writer=root), root) == "self_approval"


def test_a_superuser_who_had_no_part_in_it_decides(team):
    asked = ask(team)
    root = accounts.create_person("root", actor=actors.system(door="cli"), password=PASSWORD, superuser=True)

    assert approvals.approve(asked, actor=team.session(root), digest=asked.digest).state == State.APPROVED


def test_a_policy_lets_the_author_decide_where_it_says_so(team):
    accounts.change_policy(team.project, actor=team.maintainer, policy={"self_approval": True})
    asked = ask(team, actor=team.maintainer)

    assert approvals.approve(asked, actor=team.maintainer, digest=asked.digest).state == State.APPROVED


def test_self_approval_allowed_later_does_not_reach_what_was_asked_before(team):
    asked = ask(team, actor=team.maintainer)
    accounts.change_policy(team.project, actor=team.maintainer, policy={"self_approval": True})

    assert denial(asked, team.maintainer) == "self_approval"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER])
def test_a_role_without_the_capability_does_not_decide(team, role):
    assert denial(ask(team), member(team, "dora", role)) == "role_may_not"


def test_a_policy_names_the_roles_that_decide(team):
    accounts.change_policy(team.project, actor=team.maintainer, policy={"deciding_roles": ["product_manager"]})
    asked = ask(team)

    assert denial(asked, team.reviewer) == "role_may_not"
    manager = member(team, "dora", Role.PRODUCT_MANAGER)
    assert approvals.approve(asked, actor=manager, digest=asked.digest).state == State.APPROVED


def test_a_key_decides_only_with_the_scope_for_it(team):
    asked = ask(team)
    keys = [
        accounts.create_key(team.project, team.bob, actor=team.reviewer, scopes=scopes)
        for scopes in ([Scope.SPECS_READ], [Scope.SPECS_READ, Scope.APPROVALS_DECIDE])
    ]

    assert denial(asked, actors.from_key(keys[0], door="api")) == "scope_missing"
    decided = approvals.approve(asked, actor=actors.from_key(keys[1], door="api"), digest=asked.digest)
    assert decided.state == State.APPROVED


def test_a_stranger_learns_nothing(team):
    asked = ask(team)

    with pytest.raises(NotFound):
        approvals.approve(asked, actor=team.stranger, digest=asked.digest)


def test_a_member_who_left_does_not_decide(team):
    asked = ask(team)
    accounts.remove_member(team.project, team.bob, actor=team.maintainer)

    with pytest.raises(NotFound):
        approvals.approve(asked, actor=team.reviewer, digest=asked.digest)
