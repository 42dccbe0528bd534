"""Implementation logs that come as files: logs of the tasks that they name, and documents as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Scope
from specflow.audit.models import AuditEntry
from specflow.specs.actions import save_document
from specflow.specs.imports import exported, import_folder
from specflow.specs.models import Document
from specflow.specs.sync.watching import Watch
from specflow.specs.tracing import trace
from tasks.models import ImplementationLog, Status, Task
from tasks.queries import completed_without_log
from tests.calling import caller
from tests.dashboard.test_pages import PAYLOADS
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team, make_released_task, make_team
from tests.specs.sync.folders import put

pytestmark = pytest.mark.django_db
SPEC = ".spec-workflow/specs/tickets"
TASKS = "# Tasks\n\n- [x] 1. Pay\n- [x] 2. Seats\n  - [x] 2.1 Keep the seat\n- [-] 3. Refunds\n"
ID = "5f0c2a9e-1f3b-4c7a-9d51-0a8b6c2d4e77"
LOG = (
    f"# Implementation Log: Task 2.1\n\n**Summary:** The seat is kept.\n\n**Timestamp:** 2026-03-02T09:15:20.114Z\n"
    f"**Log ID:** {ID}\n\n---\n\n## Statistics\n\n- **Lines Added:** +1,204\n- **Net Change:** -3\n\n"
    "## Files Modified\n- src/seats.py\n\n## Artifacts\n\n### Functions\n\n#### keep\n- **Location:** src/seats.py:4\n"
)
AT = f"{SPEC}/Implementation Logs/task-2-1_2026-03-02T0915_5f0c2a9e.md"
FILES = {f"{SPEC}/tasks.md": TASKS, AT: LOG}


@pytest.fixture
def team() -> Team:
    return make_team()


def take(team: Team, files: dict[str, str], **changed: str) -> list[str]:
    """What an import of the files warns of."""
    return import_folder(team.project, actor=team.agent, files={**files, **changed}).warnings


def only_log() -> ImplementationLog:
    return ImplementationLog.objects.select_related("task", "document", "author").get()


def use(team: Team, tool: str, **arguments: Any) -> Any:
    return call(lambda: Session(team.agent, team.project, None), tool, arguments, Offer())


def test_a_log_becomes_that_of_its_task_with_all_that_the_file_says(team: Team) -> None:
    assert take(team, FILES) == []

    row = only_log()
    assert (row.task.key, row.task.title, row.summary) == ("2.1", "Keep the seat", "The seat is kept.")
    assert (row.original_id, row.original_time, row.imported_from) == (ID, "2026-03-02T09:15:20.114Z", AT)
    assert (row.files_modified, row.statistics) == (["src/seats.py"], {"linesAdded": 1204, "netChange": -3})
    assert row.artifacts == {"functions": [{"name": "keep", "location": "src/seats.py:4"}]}
    assert row.author == team.robot
    [said] = AuditEntry.objects.filter(verb="task.logged")
    assert (said.content["data"]["log"], said.content["data"]["imported_from"]) == (row.public_id, AT)


def test_the_file_goes_out_byte_for_byte(team: Team) -> None:
    files = {**FILES, AT: "\ufeff" + LOG.replace("\n", "\r\n") + "\r\n \r\n"}
    assert take(team, files) == []
    assert exported(team.project) == files
    assert only_log().summary == "The seat is kept."


def test_a_completed_task_that_comes_with_its_log_counts_as_logged(team: Team) -> None:
    take(team, FILES)
    spec = Task.objects.get(key="1").spec
    assert [one.key for one in completed_without_log(spec)] == ["1", "2"]


def test_the_same_folder_again_makes_no_second_log(team: Team) -> None:
    take(team, FILES)
    assert take(team, FILES) == []
    assert ImplementationLog.objects.count() == 1


def test_a_changed_file_is_told_and_its_log_stays(team: Team) -> None:
    take(team, FILES)
    [told] = take(team, FILES, **{AT: LOG.replace("kept", "lost")})
    assert told.startswith(f"{AT}: log_changed: ")
    assert only_log().summary == "The seat is kept."


def test_a_log_waits_for_its_task(team: Team) -> None:
    [told] = take(team, {AT: LOG})
    assert told.startswith(f"{AT}: task_not_found: The spec has no task '2.1'.")
    assert Document.objects.get().path == AT

    assert take(team, {f"{SPEC}/tasks.md": TASKS}) == []
    assert only_log().task.key == "2.1"


@pytest.mark.parametrize(
    ("tasks", "log", "code"),
    [
        (TASKS, LOG.replace("Task 2.1", "Task 9"), "task_not_found"),
        (TASKS + "- [ ] 2.1 Again\n", LOG, "ambiguous_task"),
        (TASKS, "# Implementation Log: Task 1\n\n**Summary:** Done\n", "empty_log"),
        (TASKS, "# Implementation Log: Task 1\n\n## Files Created\n- a.py\n", "empty_log"),
        (TASKS, "", "empty_log"),
        (TASKS, LOG.replace("The seat", "seat " * 50_000), "too_large"),
    ],
)
def test_a_log_that_cannot_be_taken_is_told_and_kept_as_it_is(team: Team, tasks: str, log: str, code: str) -> None:
    files = {f"{SPEC}/tasks.md": tasks, AT: log}
    [told] = take(team, files)
    assert told.startswith(f"{AT}: {code}: ")
    assert not ImplementationLog.objects.exists()
    assert exported(team.project) == files


@pytest.mark.parametrize(
    ("name", "title", "key"),
    [
        ("task-2-1_2026-03-02T0915_5f0c2a9e.md", "Implementation Log", "2.1"),
        ("task-2.1.md", "Implementation Log", "2.1"),
        ("anything.md", "Implementation Log: Task 3", "3"),
        ("task-1.md", "Implementation Log - task 2.1: The seat", "2.1"),
    ],
)
def test_the_text_says_the_task_and_else_the_files_name_does(team: Team, name: str, title: str, key: str) -> None:
    take(team, {f"{SPEC}/tasks.md": TASKS, f"{SPEC}/Implementation Logs/{name}": LOG.replace(LOG[2:30], title, 1)})
    assert only_log().task.key == key


def test_a_log_of_the_same_id_under_another_name_is_the_same_log(team: Team) -> None:
    take(team, FILES)
    [told] = take(team, FILES, **{AT.replace("0915", "0916"): LOG})
    assert f"log_known: It is the log of {AT} again." in told
    assert ImplementationLog.objects.count() == 1


def test_tasks_of_another_spec_are_not_meant(team: Team) -> None:
    take(team, {".spec-workflow/specs/other/tasks.md": TASKS})
    assert "task_not_found" in take(team, {AT: LOG})[0]
    take(team, {f"{SPEC}/tasks.md": TASKS})
    assert only_log().task.spec.slug == "tickets"


def test_whoever_may_not_write_tasks_brings_documents_only(team: Team) -> None:
    key = accounts.create_key(team.project, team.robot, actor=actors.system(door="cli"), scopes=[Scope.SPECS_WRITE])
    actor = actors.from_key(key, door="api")
    [told] = import_folder(team.project, actor=actor, files=FILES).warnings
    assert told.startswith(f"{AT}: scope_missing: ")
    assert take(team, FILES) == []
    assert only_log().author == team.robot


def test_a_box_that_is_ticked_in_the_same_import_finds_its_log(team: Team) -> None:
    task = make_released_task(team)
    Task.objects.filter(pk=task.pk).update(status=Status.IN_PROGRESS)
    files = {path: text for path, text in exported(team.project).items() if path.endswith("tasks.md")}
    [(path, text)] = files.items()
    log = LOG.replace("Task 2.1", f"Task {task.key}")

    assert (
        take(team, {path: text.replace("[-]", "[x]"), path.replace("tasks.md", "Implementation Logs/a.md"): log}) == []
    )
    task.refresh_from_db()
    assert task.status == Status.COMPLETED


def test_a_log_that_is_saved_by_any_door_counts(team: Team) -> None:
    take(team, {f"{SPEC}/tasks.md": TASKS})
    save_document(team.project, actor=team.agent, path=AT, text=LOG)
    assert only_log().task.key == "2.1"


# The watched folder


def test_a_watched_folder_brings_its_logs_whatever_comes_first(team: Team, tmp_path: Path) -> None:
    watch = Watch(team.project, tmp_path, actor=lambda: team.agent, say=lambda _: None)
    for path, text in FILES.items():
        put(watch, text, path)
    assert [(one.step, one.refusals) for one in watch.step_all()] == [("taken", ()), ("taken", ())]
    assert only_log().imported_from == AT

    put(watch, LOG.replace("2.1", "7"), f"{SPEC}/Implementation Logs/task-7.md")
    *_, told = watch.step_all()
    assert (told.path, told.step) == (f"{SPEC}/Implementation Logs/task-7.md", "same")
    assert told.refusals[0].startswith("task_not_found: ")


# Where it is shown


def test_every_door_says_where_the_log_came_from(team: Team) -> None:
    take(team, FILES)
    row = only_log()
    [shown] = caller(team, team.alice)("GET", f"tasks/{row.task.public_id}/logs").body["results"]
    assert (shown["imported_from"], shown["original_id"]) == (AT, ID)
    assert shown["original_time"] == "2026-03-02T09:15:20.114Z"

    read = use(team, "get_task", task_id=row.task.public_id)
    assert read.structured_content["logs"][0]["imported_from"] == AT
    assert f"- The seat is kept. (imported from {AT})" in read.content[0].text

    [below] = trace(team.agent, row.task.public_id).below
    assert (below.kind, below.path) == ("log", AT)

    page = as_(team.bob).get(f"/p/demo/tasks/{row.task.public_id}/").content.decode()
    assert f"imported from {AT}</a>" in page
    assert "written 2026-03-02T09:15:20.114Z" in page
    assert AT.rpartition("/")[2] in as_(team.bob).get(f"/p/demo/trace/{row.task.public_id}").content.decode()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_an_imported_log_runs(team: Team, payload: str) -> None:
    take(team, FILES, **{AT: LOG.replace("The seat", payload).replace("2026-03-02T09:15:20.114Z", payload)})
    address = f"/p/demo/tasks/{only_log().task.public_id}/"
    inert(as_(team.bob).get(address), payload, address)


def test_the_tasks_page_costs_the_same_for_one_and_for_many_logs(team: Team) -> None:
    take(team, FILES)
    bob, address = as_(team.bob), f"/p/demo/tasks/{only_log().task.public_id}/"
    bob.get("/")
    before = costs(bob, address)
    take(team, {AT.replace("0915", f"10{at}"): LOG.replace(ID, f"id-{at}") for at in range(10, 16)})
    assert ImplementationLog.objects.count() == 7
    assert costs(bob, address) == before
