"""The inbox: what waits, for whom, and why not for others."""

import pytest

from approvals import actions
from approvals.models import Approval
from approvals.rules import require_decider
from approvals.standing import standings
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Role
from specflow.accounts.models import Membership
from specflow.errors import DomainError
from specflow.specs import actions as specs
from tests import factories
from tests.dashboard.visits import as_
from tests.factories import Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def ask(team: Team, title: str = "Login lock", actor: actors.Actor | None = None) -> Approval:
    spec = factories.make_spec(team, title)
    return actions.request_approval(spec.documents.get(kind="requirements"), actor=actor or team.agent)


def test_what_waits_is_shown_oldest_first_with_the_way_to_decide(team: Team) -> None:
    first, second = ask(team, "First one"), ask(team, "Second one")
    text = as_(team.bob).get("/p/demo/inbox").content.decode()
    assert text.index("First one") < text.index("Second one")
    for one in (first, second):
        assert f"/admin/approvals/approval/{one.pk}/change/" in text
    assert "You cannot decide" not in text


def test_who_cannot_decide_is_told_why(team: Team) -> None:
    asked = ask(team, actor=team.maintainer)
    text = as_(team.alice).get("/p/demo/inbox").content.decode()
    assert "You cannot decide on this: you are the one who requested it." in text
    assert f"/admin/approvals/approval/{asked.pk}/change/" in text


def test_an_empty_inbox_says_what_will_fill_it(team: Team) -> None:
    assert "Nothing waits for a decision" in as_(team.bob).get("/p/demo/inbox").content.decode()


def test_home_shows_what_waits_over_all_projects(team: Team) -> None:
    ask(team, "From the demo")
    assert "From the demo" in as_(team.bob).get("/").content.decode()
    assert "From the demo" not in as_(team.charlie).get("/").content.decode()


def test_the_inbox_counts_in_the_navigation(team: Team) -> None:
    ask(team, "One")
    ask(team, "Two")
    assert 'aria-label="2 waiting"' in as_(team.bob).get("/p/demo/navigation").content.decode()


def test_an_approvals_own_address_leads_to_its_decision(team: Team) -> None:
    asked = ask(team)
    answer = as_(team.bob).get(f"/p/demo/approvals/{asked.public_id}")
    assert answer["Location"] == f"/admin/approvals/approval/{asked.pk}/change/"


def test_a_list_says_the_same_as_the_gate(team: Team) -> None:
    """standing.py answers for many what rules.py answers for one: the same for everyone, whatever part they had."""
    people = [team.alice, team.bob, team.charlie, team.robot]
    for role in Role:
        people.append(accounts.create_person(f"the-{role}", actor=actors.system(door="cli"), password="correct horse"))
        accounts.add_member(team.project, people[-1], actor=team.maintainer, role=role)
    root = accounts.create_person("root", actor=actors.system(door="cli"), password="correct horse", superuser=True)
    ask(team, "By the robot")
    ask(team, "By alice", actor=team.maintainer)
    agreed = ask(team, "Agreed and changed")
    actions.approve(agreed, actor=team.reviewer, digest=agreed.digest)
    requirement = agreed.document.spec.requirements.first()
    specs.add_criterion(requirement, actor=team.maintainer, text="By alice, later")
    agreed.document.refresh_from_db()
    actions.request_approval(agreed.document, actor=team.agent)
    owned = ask(team, "Owned")
    team.robot.owner = root
    team.robot.save()
    Membership.objects.filter(user=team.charlie).update(role=Role.VIEWER)
    rows = list(
        Approval.objects.filter(state="pending")
        .select_related("project", "document__approved", "revision", "requested_by")
        .prefetch_related("decisions")
    )
    assert owned in rows
    for user in [*people, root]:
        actor = actors.from_session(user, door="page")
        found = standings(actor, rows)
        for row in rows:
            assert found[row.pk].may is allowed(actor, row), f"{user} on {row}: {found[row.pk].reason}"


def allowed(actor: actors.Actor, approval: Approval) -> bool:
    try:
        require_decider(actor, approval)
    except DomainError:
        return False
    return True
