"""Tasks as rows: how a document's checkboxes become tasks that keep their ids, and how a task moves."""

import pytest

from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, DomainError, Invalid
from specflow.specs import actions as specs
from specflow.specs import hooks
from specflow.specs.models import Spec
from tasks import actions as tasks
from tasks.models import Status, Task
from tests.factories import Team, approve, make_released_task, make_team

pytestmark = pytest.mark.django_db
PATH = ".spec-workflow/specs/search/tasks.md"
TEXT = """# Tasks

- [ ] 1. Index
  - [ ] 1.1 Read the files
    - [ ] Skip what is hidden
    - [ ] Skip what is large
  - [ ] 1.2 Write the index
- [ ] 2. Query
"""


@pytest.fixture
def team() -> Team:
    return make_team()


def save(team: Team, text: str, **more) -> specs.Saved:
    return specs.save_document(team.project, actor=team.agent, path=PATH, text=text, **more)


def by_title(team: Team) -> dict[str, Task]:
    return {row.title: row for row in Task.objects.filter(project=team.project, document__path=PATH, present=True)}


def refusal(call, kind=DomainError) -> DomainError:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def logged(task: Task, team: Team) -> None:
    tasks.log_implementation(task, actor=team.agent, summary="Done", artifacts={"functions": ["count"]})


def complete(task: Task, team: Team) -> Task:
    logged(task, team)
    tasks.set_status(task, actor=team.agent, status="in_progress")
    return tasks.set_status(task, actor=team.agent, status="completed")


# Indexing


def test_every_checkbox_is_a_task_under_its_parent(team):
    save(team, TEXT)

    rows = by_title(team)
    assert {row.title: (row.key, row.level, row.parent.title if row.parent else None) for row in rows.values()} == {
        "Index": ("1", 0, None),
        "Read the files": ("1.1", 1, "Index"),
        "Skip what is hidden": ("", 2, "Read the files"),
        "Skip what is large": ("", 2, "Read the files"),
        "Write the index": ("1.2", 1, "Index"),
        "Query": ("2", 0, None),
    }
    assert {title for title, row in rows.items() if row.is_step} == {"Skip what is hidden", "Skip what is large"}


@pytest.mark.parametrize(
    "edited",
    [
        TEXT + "- [ ] 3. Rank\n",
        TEXT.replace("# Tasks\n", "# Tasks\n\n- [ ] 0. Plan\n"),
        TEXT.replace("- [ ] 2. Query", "- [ ] 2. Query (_fast_)\n  - Under a second"),
        TEXT.replace("# Tasks", "# All that is to be done\n\nIn this order."),
        TEXT.replace("- [ ] 2. Query", "- [ ] 2. Rank\n- [ ] 3. Query"),
        "# Tasks\n\n- [ ] 1. Plan\n" + TEXT[8:].replace("2.", "3.").replace("1.", "2."),
    ],
)
def test_a_task_keeps_its_id_when_the_text_around_it_changes(team, edited):
    save(team, TEXT)
    before = {title: row.public_id for title, row in by_title(team).items()}

    save(team, edited)

    after = {title: row.public_id for title, row in by_title(team).items()}
    kept = {title: after.get(title, after.get("Query (_fast_)")) for title in before}
    assert kept == before
    assert len(set(after.values())) == len(after)


def test_a_task_whose_title_changes_keeps_its_id_by_its_number(team):
    save(team, TEXT)
    before = by_title(team)["Query"].public_id

    save(team, TEXT.replace("Query", "Search"))

    assert by_title(team)["Search"].public_id == before


def test_a_task_whose_text_is_gone_is_not_present_and_comes_back_as_itself(team):
    save(team, TEXT)
    before = by_title(team)["Query"].public_id
    save(team, TEXT.replace("- [ ] 2. Query\n", ""))
    gone = Task.objects.get(public_id=before)

    save(team, TEXT)

    gone_then, now = gone.present, by_title(team)["Query"]
    assert (gone_then, now.public_id, now.present) == (False, before, True)


def test_progress_stays_with_its_task_when_others_are_put_before_it(team):
    task = make_released_task(team)
    complete(task, team)
    text = hooks.full_text(task.document)
    line = next(line for line in text.split("\n") if "Count failures" in line)
    assert line.startswith("- [x] 1.")

    edited = text.replace(line, "- [ ] 1. Plan\n" + line.replace("1.", "2."))
    specs.save_document(team.project, actor=team.agent, path=task.document.path, text=edited)

    rows = {row.title: row.status for row in Task.objects.filter(document=task.document, present=True)}
    assert rows == {"Plan": "pending", "Count failures": "completed"}


def test_a_released_task_stays_released_over_edits_and_works_again_when_they_are_approved(team):
    task = make_released_task(team)
    tasks.add_task(task.spec, actor=team.agent, title="Unlock")

    error = refusal(lambda: tasks.set_status(task, actor=team.agent, status="in_progress"), Conflict)
    assert (error.code, error.details["missing"]) == ("stale_approval", ["tasks"])

    approve(team, task.document)
    assert tasks.set_status(task, actor=team.agent, status="in_progress").status == Status.IN_PROGRESS


def test_a_task_comes_back_as_it_was_given(team):
    task = make_released_task(team)

    row = tasks.add_task(
        task.spec,
        actor=team.agent,
        title="Count [x] `it`",
        description="First\n- [ ] not a task\n\n## nor a heading",
        phase="Wave 2",
        priority="critical",
        requirements=["1.1", "FR-3, the last"],
    )

    row.refresh_from_db()
    assert (row.title, row.description) == ("Count [x] `it`", "First\n- [ ] not a task\n\n## nor a heading")
    assert (row.phase, row.priority, row.requirements) == ("Wave 2", "critical", ["1.1", "FR-3, the last"])
    assert Task.objects.filter(document=task.document, present=True).count() == 2


def test_a_task_of_no_known_priority_is_refused(team):
    spec = make_released_task(team).spec

    error = refusal(lambda: tasks.add_task(spec, actor=team.agent, title="x", priority="urgent"), Invalid)

    assert error.code == "unknown_priority"


def test_a_task_waits_for_requirements_and_design(team):
    spec = specs.create_spec(team.project, actor=team.agent, title="Search")

    error = refusal(lambda: tasks.add_task(spec, actor=team.agent, title="Index"), Conflict)

    assert (error.code, error.details["missing"]) == ("phase_gate", ["requirements", "design"])
    assert not Task.objects.exists()


# Moving


@pytest.mark.parametrize("status", ["", "done", "COMPLETED", "x" * 1000, "in progress"])
def test_a_status_that_there_is_not_is_refused(team, status):
    task = make_released_task(team)

    assert refusal(lambda: tasks.set_status(task, actor=team.agent, status=status), Invalid).code == "unknown_status"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (["completed"], ["in_progress", "blocked"]),
        (["pending"], ["in_progress", "blocked"]),
        (["in_progress", "in_progress"], ["pending", "blocked", "completed"]),
        (["blocked", "completed"], ["pending", "in_progress"]),
    ],
)
def test_a_move_that_there_is_not_is_refused_with_those_that_there_are(team, path, allowed):
    task = make_released_task(team)
    logged(task, team)
    for status in path[:-1]:
        tasks.set_status(task, actor=team.agent, status=status, reason="Waits")

    error = refusal(lambda: tasks.set_status(task, actor=team.agent, status=path[-1]), Conflict)

    assert (error.code, error.details["allowed"]) == ("wrong_state", allowed)


def test_a_task_that_was_not_released_is_not_begun(team):
    save(team, TEXT)
    task = by_title(team)["Query"]

    error = refusal(lambda: tasks.set_status(task, actor=team.agent, status="in_progress"), Conflict)

    assert (error.code, error.details["task"]) == ("not_released", task.public_id)
    assert "reviewer" in error.details["who"]


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_who_blocks_a_task_says_why(team, reason):
    task = make_released_task(team)

    error = refusal(lambda: tasks.set_status(task, actor=team.agent, status="blocked", reason=reason), Invalid)

    assert error.code == "reason_missing"


def test_the_reason_of_a_block_can_change_and_goes_with_the_block(team):
    task = make_released_task(team)
    for reason in ("Waits for _Ann_", 'Waits for "Bob"\nand Carl'):
        task = tasks.set_status(task, actor=team.agent, status="blocked", reason=reason)
        assert task.blocked_reason == reason
        assert "_Blocked:" in hooks.full_text(task.document)

    task = tasks.set_status(task, actor=team.agent, status="pending")

    assert task.blocked_reason == ""
    assert "_Blocked:" not in hooks.full_text(task.document)


def test_a_task_completes_only_with_an_implementation_log(team):
    task = make_released_task(team)
    tasks.set_status(task, actor=team.agent, status="in_progress")

    error = refusal(lambda: tasks.set_status(task, actor=team.agent, status="completed"), Conflict)
    assert (error.code, error.details["missing"]) == ("log_missing", ["implementation_log"])

    logged(task, team)
    assert tasks.set_status(task, actor=team.agent, status="completed").status == Status.COMPLETED


def test_a_move_is_on_the_log_with_both_states(team):
    task = make_released_task(team)

    tasks.set_status(task, actor=team.agent, status="in_progress")

    entry = AuditEntry.objects.get(verb="task.status_changed").content
    assert (entry["data"]["before"], entry["data"]["after"]) == ("pending", "in_progress")
    assert entry["object"]["id"] == task.public_id


def test_the_spec_is_complete_with_its_last_task_and_open_again_with_a_reopened_one(team):
    first = make_released_task(team)
    second = tasks.add_task(first.spec, actor=team.agent, title="Unlock")
    approve(team, first.document)
    phases = []
    for task in (first, second):
        complete(task, team)
        phases.append(Spec.objects.get(pk=first.spec_id).phase)

    tasks.set_status(first, actor=team.agent, status="in_progress")

    assert [*phases, Spec.objects.get(pk=first.spec_id).phase] == ["implementation", "completed", "implementation"]


def released_tree(team: Team) -> dict[str, Task]:
    task = make_released_task(team)
    text = hooks.full_text(task.document) + "- [ ] 2. Unlock\n  - [ ] 2.1 Ask\n    - [ ] Politely\n  - [ ] 2.2 Do\n"
    specs.save_document(team.project, actor=team.agent, path=task.document.path, text=text)
    approve(team, task.document)
    return {row.title: row for row in Task.objects.filter(document=task.document, present=True)}


def test_a_task_that_only_holds_others_together_completes_after_them_without_a_log(team):
    rows = released_tree(team)
    tasks.set_status(rows["Unlock"], actor=team.agent, status="in_progress")
    complete(rows["Ask"], team)
    error = refusal(lambda: tasks.set_status(rows["Unlock"], actor=team.agent, status="completed"), Conflict)
    assert error.code == "log_missing"
    complete(rows["Do"], team)

    assert tasks.set_status(rows["Unlock"], actor=team.agent, status="completed").status == Status.COMPLETED


def test_a_step_is_ticked_without_a_log(team):
    step = released_tree(team)["Politely"]
    tasks.set_status(step, actor=team.agent, status="in_progress")

    assert tasks.set_status(step, actor=team.agent, status="completed").status == Status.COMPLETED


# Logs and tickets


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"summary": " ", "artifacts": {"functions": ["f"]}}, "missing_value"),
        ({"summary": "Done", "artifacts": {}}, "artifacts_missing"),
        ({"summary": "Done", "artifacts": {"functions": [], "classes": []}}, "artifacts_missing"),
        ({"summary": "a\0b", "artifacts": {"functions": ["f"]}}, "invalid_text"),
        ({"summary": "Done", "artifacts": {"functions": ["a\0b"]}}, "invalid_text"),
        ({"summary": "Done", "artifacts": {"functions": ["\ud800"]}}, "invalid_text"),
        ({"summary": "Done", "artifacts": {"f": ["g"]}, "files_modified": ["a\0b"]}, "invalid_text"),
        ({"summary": "Done", "artifacts": {"f": ["g"]}, "statistics": {"a": "b" * 300_000}}, "too_large"),
    ],
)
def test_a_log_that_says_nothing_or_cannot_be_kept_is_refused(team, given, code):
    task = make_released_task(team)

    assert refusal(lambda: tasks.log_implementation(task, actor=team.agent, **given)).code == code
    assert not task.logs.exists()


def test_a_log_is_kept_as_it_was_given(team):
    task = make_released_task(team)

    row = tasks.log_implementation(
        task,
        actor=team.agent,
        summary="Counts\nfailures",
        artifacts={"functions": [{"name": "count", "isExported": True}]},
        files_modified=["a.py"],
        files_created=["b.py"],
        statistics={"linesAdded": 3},
    )

    row.refresh_from_db()
    assert row.artifacts == {"functions": [{"name": "count", "isExported": True}]}
    assert (row.summary, row.files_modified, row.files_created) == ("Counts\nfailures", ["a.py"], ["b.py"])
    assert (row.statistics, row.author) == ({"linesAdded": 3}, team.robot)


def test_nothing_is_logged_for_a_task_that_was_not_released(team):
    save(team, TEXT)
    task = by_title(team)["Query"]

    assert refusal(lambda: logged(task, team), Conflict).code == "not_released"


def test_a_ticket_is_made_as_it_was_given(team):
    row = tasks.create_ticket(
        team.project, actor=team.agent, title="Lock", description="Now", priority="HIGH", phase_id="PHASE_BUILD"
    )

    row.refresh_from_db()
    assert (row.title, row.description, row.priority, row.phase_id) == ("Lock", "Now", "HIGH", "PHASE_BUILD")
    assert AuditEntry.objects.filter(verb="ticket.created", object_id=row.public_id).exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"title": ""}, "invalid_title"),
        ({"title": "a", "priority": "high"}, "unknown_priority"),
        ({"title": "a", "phase_id": "phase_build"}, "invalid_phase_id"),
        ({"title": "a", "phase_id": "PHASE_" + "X" * 60}, "invalid_phase_id"),
        ({"title": "a", "phase_id": "PHASE_A\0"}, "invalid_phase_id"),
        ({"title": "a", "phase_id": "PHASE_A\n"}, "invalid_phase_id"),
        ({"title": "a", "description": "\x07"}, "invalid_text"),
    ],
)
def test_a_ticket_that_cannot_be_taken_is_refused(team, given, code):
    assert refusal(lambda: tasks.create_ticket(team.project, actor=team.agent, **given)).code == code
    assert not team.project.tickets.exists()
