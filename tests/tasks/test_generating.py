"""Tasks made from a machine-readable spec: written, added to, approved, at every door."""

import pytest

from approvals.models import Approval
from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.errors import Conflict, DomainError, NotFound
from specflow.specs.actions import save_document
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.imports import exported
from specflow.specs.models import Document, Spec
from tasks.actions import add_task
from tasks.generating import Generated, generate_tasks
from tasks.models import Reference, Task
from tests.calling import caller
from tests.dashboard.visits import as_
from tests.factories import Team, approve, make_spec, make_team
from tests.tasks.vectors.booking import PATH, TEXT, make_lockers

pytestmark = pytest.mark.django_db
MORE = TEXT.replace(
    "design:\n",
    "  - id: TELL\n    title: Tell the receiver\n    shall: write a message\n    depends_on: [OPEN]\ndesign:\n",
)


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def spec(team: Team) -> Spec:
    """The spec on which people agreed."""
    spec = make_lockers(team)
    approve(team, source(spec))
    return fresh(spec)


def fresh(spec: Spec) -> Spec:
    return Spec.objects.select_related("project").get(pk=spec.pk)


def source(spec: Spec) -> Document:
    return spec.documents.get(kind="source")


def generate(team: Team, spec: Spec) -> Generated:
    return generate_tasks(fresh(spec), actor=team.agent)


def lines(spec: Spec) -> list[tuple[str, str, str, list[str]]]:
    rows = Task.objects.filter(spec=spec, present=True).order_by("position")
    return [(row.key, row.title, row.status, row.dependencies) for row in rows]


def test_a_spec_on_which_people_agreed_gives_its_tasks_document(team: Team, spec: Spec) -> None:
    made = generate(team, spec)
    assert (made.document.path, made.added, made.kept) == ("specflow/lockers/tasks.md", 2, 0)
    assert lines(spec) == [
        ("1", "Open the right door", "pending", []),
        ("2", "POST /lockers/{locker}/codes", "pending", ["1"]),
    ]
    named = Reference.objects.filter(task__spec=spec).values_list("requirement__key", flat=True)
    assert list(named) == ["OPEN", "OPEN"]


def test_nothing_is_generated_before_people_agreed_on_the_spec(team: Team) -> None:
    spec = make_lockers(team)
    with pytest.raises(Conflict) as refused:
        generate(team, spec)
    assert (refused.value.code, refused.value.details["missing"]) == ("phase_gate", ["source"])
    assert not spec.documents.filter(kind="tasks").exists()
    approve(team, source(spec))
    save_document(team.project, actor=team.agent, path=PATH, text=MORE)
    with pytest.raises(Conflict) as again:
        generate(team, spec)
    assert again.value.code == "phase_gate"


def test_generating_again_adds_only_what_is_missing_and_keeps_what_is_there(team: Team, spec: Spec) -> None:
    made = generate(team, spec)
    add_task(fresh(spec), actor=team.agent, title="A task of our own")
    before = dict(Task.objects.values_list("title", "public_id"))
    Task.objects.filter(key="1").update(status="in_progress")
    assert generate(team, spec).added == 0
    assert made.document.revisions.count() == 2
    save_document(team.project, actor=team.agent, path=PATH, text=MORE)
    approve(team, source(spec))
    again = generate(team, spec)
    assert (again.added, again.kept) == (1, 2)
    assert lines(spec) == [
        ("1", "Open the right door", "in_progress", []),
        ("2", "POST /lockers/{locker}/codes", "pending", ["1"]),
        ("3", "A task of our own", "pending", []),
        ("4", "Tell the receiver", "pending", ["1"]),
    ]
    assert {title: before[title] for title in before} == dict(
        Task.objects.exclude(title="Tell the receiver").values_list("title", "public_id")
    )


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_what_stood_in_the_tasks_document_stays_byte_for_byte(team: Team, spec: Spec, ending: str) -> None:
    text = ending.join(["# Ours", "", "* [x] 7 Open the right door   ", "", "## Notes", "", "Last words"])
    path = "specflow/lockers/tasks.md"
    save_document(team.project, actor=team.agent, path=path, text=text, adopt=True)
    assert generate(team, spec).added == 1
    written = exported(team.project)[path]
    head, _, rest = written.partition("- [ ] 8.")
    assert head.rstrip() == ending.join(["# Ours", "", "* [x] 7 Open the right door   "]).rstrip()
    assert written.endswith(ending.join(["", "", "## Notes", "", "Last words"]))
    assert [item.key for item in read_tasks(written)] == ["7", "8"]
    assert "_Depends: 7_" in rest


def test_generated_tasks_are_approved_and_released_as_others_are(team: Team, spec: Spec) -> None:
    assert spec.phase == "tasks"
    generate(team, spec)
    approve(team, spec.documents.get(kind="tasks"))
    assert fresh(spec).phase == "implementation"
    assert not Task.objects.filter(released_at=None).exists()


def test_a_spec_that_also_has_requirements_waits_for_these(team: Team) -> None:
    spec = make_spec(team)
    with pytest.raises(NotFound) as refused:
        generate(team, spec)
    assert refused.value.code == "document_not_found"


def test_nobody_agrees_on_a_broken_file_and_it_gives_no_tasks(team: Team) -> None:
    spec = make_lockers(team, "specflow: 1\nslug: broken\ntitel: x\n", "specflow/broken.yaml")
    for refused, code in (
        (lambda: approve(team, source(spec)), "lint_errors"),
        (lambda: generate(team, spec), "phase_gate"),
    ):
        with pytest.raises(Conflict) as caught:
            refused()
        assert caught.value.code == code
    assert not spec.documents.filter(kind="tasks").exists()


def test_a_file_that_asks_for_nothing_gives_no_tasks(team: Team) -> None:
    spec = make_lockers(team, "specflow: 1\nslug: empty\ntitle: Empty\n", "specflow/empty.yaml")
    approve(team, source(spec))
    with pytest.raises(Conflict) as refused:
        generate(team, spec)
    assert refused.value.code == "nothing_to_generate"
    assert not spec.documents.filter(kind="tasks").exists()


def test_what_a_workspace_exports_comes_back_as_the_same_spec(team: Team, spec: Spec) -> None:
    generate(team, spec)
    texts = exported(team.project)
    other = make_team("other")
    for path, text in texts.items():
        save_document(other.project, actor=other.agent, path=path, text=text, adopt=True)
    made = Spec.objects.get(project=other.project)
    assert sorted(made.documents.values_list("kind", flat=True)) == ["source", "tasks"]
    assert exported(other.project) == texts


def test_who_may_not_write_specs_generates_nothing(team: Team, spec: Spec) -> None:
    for actor, code in ((team.reviewer, "role_may_not"), (team.stranger, "project_not_found")):
        with pytest.raises(DomainError) as refused:
            generate_tasks(spec, actor=actor)
        assert refused.value.code == code


def test_rest_generates_tasks_once(team: Team, spec: Spec) -> None:
    robot = caller(team, team.robot)
    address = f"specs/{spec.public_id}/generate-tasks"
    made = robot("POST", address, {}, Idempotency_Key="once")
    assert (made.status, made.body["added"], made.body["path"]) == (201, 2, "specflow/lockers/tasks.md")
    assert robot("POST", address, {}, Idempotency_Key="once").body == made.body
    assert robot("POST", address, {}).body["kept"] == 2
    other = make_team("other")
    assert caller(other, other.robot)("POST", address, {}).code == "spec_not_found"


def test_an_agent_generates_tasks(team: Team, spec: Spec) -> None:
    result = call(lambda: Session(team.agent, team.project, None), "generate_tasks", {"spec_id": "lockers"}, Offer())
    assert result.content[0].text == "Added 2 tasks to specflow/lockers/tasks.md (0 there before)."
    assert result.structured_content["added"] == 2


def test_the_tab_of_tasks_has_a_button_for_who_may_write(team: Team, spec: Spec) -> None:
    tab, address = "/p/demo/specs/lockers/?tab=tasks", "/p/demo/specs/lockers/generate-tasks"
    alice = as_(team.alice)
    assert address in alice.get(tab).content.decode()
    assert address not in as_(team.bob).get(tab).content.decode()
    answer = alice.post(address)
    assert (answer.status_code, answer["Location"]) == (303, tab)
    assert Task.objects.filter(spec=spec).count() == 2
    assert as_(team.bob).post(address).status_code == 403
    make_spec(team)
    assert "generate-tasks" not in alice.get("/p/demo/specs/login-lock/?tab=tasks").content.decode()


def test_the_request_says_what_follows_from_approving_a_machine_readable_spec(team: Team) -> None:
    from approvals import actions as approvals
    from approvals.deciding import consequences

    spec = make_lockers(team)
    approvals.request_approval(source(spec), actor=team.agent)
    asked = Approval.objects.select_related("document__spec", "revision").get()
    assert "The spec moves to Tasks." in consequences(asked)
