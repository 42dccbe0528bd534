"""The example agent: what it does next, with the real tools, and whatever people decide meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from approvals import actions as approvals
from approvals.queries import approvals_of
from mcp_bridge.demo.moves import Call, End, Wait, Work, next_move
from mcp_bridge.demo.story import Story, read_story
from specflow.accounts.actors import Actor
from specflow.errors import Invalid, NotFound
from specflow.specs import actions as specs
from specflow.specs import payloads
from specflow.specs.models import Spec
from tasks import actions as tasks
from tests.factories import Team, make_team

pytestmark = pytest.mark.django_db
EXAMPLES = Path(settings.BASE_DIR) / "examples" / "specs"


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def story() -> Story:
    return read_story(EXAMPLES, "login-lock")


def now(team: Team) -> dict[str, Any] | None:
    """The spec as `get_spec` gives it; None where there is none yet."""
    row = Spec.objects.filter(project=team.project).first()
    return payloads.spec(row) if row else None


def make(team: Team, move: Call) -> None:
    """What the tool of the move does, by the action that the tool calls."""
    agent, arguments = team.agent, dict(move.arguments)
    spec = Spec.objects.filter(project=team.project).first()
    arguments.pop("spec_id", None)
    match move.tool:
        case "create_spec":
            specs.create_spec(team.project, actor=agent, title=arguments["title"], description=arguments["description"])
        case "add_requirement":
            specs.add_requirement(spec, actor=agent, **arguments)
        case "add_acceptance_criterion":
            requirement = spec.requirements.get(public_id=arguments["requirement_id"])
            specs.add_criterion(requirement, actor=agent, text=arguments["text"])
        case "update_design":
            specs.update_design(spec, actor=agent, architecture=arguments["architecture"])
        case "add_spec_task":
            tasks.add_task(spec, actor=agent, **arguments)
        case "approvals":
            approvals.request_approval(spec.documents.get(path=arguments["filePath"]), actor=agent)
        case other:
            raise AssertionError(other)


def until_waiting(team: Team, story: Story) -> Wait | Work | End:
    """Plays the agent's calls until it needs somebody else."""
    for _ in range(60):
        move = next_move(story, now(team), "demo")
        if not isinstance(move, Call):
            return move
        make(team, move)
    raise AssertionError("the agent does not stop calling")


def decide(team: Team, move: Wait, verdict: Any, **more: str) -> None:
    approval = approvals_of(Spec.objects.get(project=team.project)).get(public_id=move.approval["id"])
    reviewer: Actor = team.reviewer
    verdict(approval, actor=reviewer, digest=approval.digest, **more)


@pytest.mark.parametrize("name", [path.stem for path in EXAMPLES.glob("*.yaml")])
def test_a_story_goes_from_gate_to_gate_to_its_tasks(team: Team, name: str) -> None:
    story = read_story(EXAMPLES, name)
    for kind in ("requirements", "design", "tasks"):
        move = until_waiting(team, story)
        assert isinstance(move, Wait)
        assert move.approval["kind"] == kind
        decide(team, move, approvals.approve)

    move = until_waiting(team, story)
    assert isinstance(move, Work)
    assert move.task["title"] == story.tasks[0]["title"]
    assert [one["title"] for one in now(team)["tasks"]] == [one["title"] for one in story.tasks]


def test_what_is_written_already_is_not_written_again(team: Team, story: Story) -> None:
    until_waiting(team, story)
    spec = now(team)

    assert isinstance(next_move(story, spec, "demo"), Wait)
    assert [one["title"] for one in spec["requirements"]] == [one["title"] for one in story.requirements]
    wanted = [text for one in story.requirements for text in one["criteria"]]
    assert [one["text"] for each in spec["requirements"] for one in each["criteria"]] == wanted


@pytest.mark.parametrize("kind", ["requirements", "design", "tasks"])
@pytest.mark.parametrize("verdict", [approvals.request_changes, approvals.reject])
def test_a_review_is_answered_in_the_text_and_asked_again(team: Team, story: Story, kind: str, verdict: Any) -> None:
    move = until_waiting(team, story)
    while move.approval["kind"] != kind:
        decide(team, move, approvals.approve)
        move = until_waiting(team, story)

    decide(team, move, verdict, comment='Say who "owns" it,\nplease')
    again = until_waiting(team, story)

    assert isinstance(again, Wait)
    assert (again.approval["kind"], again.approval["state"]) == (kind, "pending")
    text = Spec.objects.get(project=team.project).documents.get(kind=kind).current.text
    assert "Say who 'owns' it, please" in text


def test_every_review_gets_an_answer_also_after_the_planned_ones(team: Team, story: Story) -> None:
    for turn in range(4):
        move = until_waiting(team, story)
        decide(team, move, approvals.request_changes, comment=f"Remark number {turn}")

    assert isinstance(until_waiting(team, story), Wait)
    texts = [one["text"] for each in now(team)["requirements"] for one in each["criteria"]]
    assert all(any(f"Remark number {turn}" in text for text in texts) for turn in range(4))


def test_two_rejections_are_taken_as_an_answer(team: Team, story: Story) -> None:
    for _ in range(2):
        decide(team, until_waiting(team, story), approvals.reject, comment="No")

    end = until_waiting(team, story)
    assert isinstance(end, End)
    assert not end.completed


def test_a_text_that_a_person_changed_is_asked_for_as_it_stands(team: Team, story: Story) -> None:
    decide(team, until_waiting(team, story), approvals.approve)
    spec = Spec.objects.get(project=team.project)
    specs.add_requirement(spec, actor=team.maintainer, title="Mine", condition="it is late", action="wait")

    move = until_waiting(team, story)
    assert isinstance(move, Wait)
    assert move.approval["kind"] == "requirements"
    assert "Mine" in [one["title"] for one in now(team)["requirements"]]


def test_a_story_is_checked_when_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("title: A\ndescription: B\nrequirements: []\ntasks: []\n")
    with pytest.raises(Invalid) as caught:
        read_story(tmp_path, "bad")
    assert caught.value.code == "invalid_story"
    with pytest.raises(NotFound):
        read_story(tmp_path, "../bad")
