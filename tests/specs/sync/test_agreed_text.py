"""On what a file and its document last agreed, progress included: a merge of both always has its base."""

from __future__ import annotations

import pytest

from specflow.specs import hooks
from specflow.specs.actions import save_document
from specflow.specs.imports import exported
from specflow.specs.models import Conflict, WorkspaceFile
from specflow.specs.sync.actions import settle
from specflow.specs.sync.queries import base_of, draft_of
from specflow.specs.sync.watching import Watch
from tasks.actions import set_status
from tasks.models import Task
from tests.calling import caller
from tests.factories import Team, make_released_tasks
from tests.specs.sync.folders import file_of, put, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(team: Team, watch: Watch) -> str:
    """A tasks document and its file that agree; the first of its five tasks was begun since its text was written."""
    tasks = make_released_tasks(team, 5)
    watch.step_all()
    set_status(tasks[0], actor=team.agent, status="in_progress")
    watch.step_all()
    return tasks[0].document.path


def begin(team: Team, number: int) -> None:
    set_status(Task.objects.get(key=str(number)), actor=team.agent, status="in_progress")


def edit(team: Team, path: str, before: str, after: str) -> None:
    save_document(team.project, actor=team.agent, path=path, text=text_of(path).replace(before, after))


def edit_file(watch: Watch, path: str, *changes: tuple[str, str]) -> None:
    text = file_of(watch, path)
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    put(watch, text, path)


def test_ticks_and_edits_of_both_sides_go_together(team: Team, watch: Watch, path: str) -> None:
    agreed = file_of(watch, path)
    assert "- [-] 1. Task 1" in agreed
    edit_file(watch, path, ("- [ ] 3.", "- [-] 3."), ("4. Task 4", "4. Fourth of the file"))
    begin(team, 2)
    edit(team, path, "# Tasks", "# All tasks")
    watch.step_all()

    row = Conflict.objects.get()
    base = base_of(row)
    assert (base.text, base.revision.number) == (agreed, 1)
    draft = draft_of(row, base)
    assert (draft.is_merged, draft.unsettled) == (True, 0)

    settle(row, actor=team.maintainer, choice="merged", text=draft.text)
    watch.step_all()
    merged = agreed.replace("# Tasks", "# All tasks").replace("Task 4", "Fourth of the file")
    assert text_of(path) == merged.replace(
        "[ ] 2.", "[-] 2."
    )  # the approval is stale: the file's tick waits for a new one
    assert file_of(watch, path) == text_of(path)


def test_only_what_both_changed_is_left_to_a_person(team: Team, watch: Watch, path: str) -> None:
    edit_file(watch, path, ("5. Task 5", "5. Fifth of the file"), ("4. Task 4", "4. Fourth of the file"))
    edit(team, path, "5. Task 5", "5. Fifth of the document")
    watch.step_all()
    row = Conflict.objects.get()
    draft = draft_of(row, base_of(row))
    assert (draft.is_merged, draft.unsettled) == (True, 1)
    assert "4. Fourth of the file" in draft.text
    assert "- [-] 1. Task 1" in draft.text


@pytest.mark.parametrize("choice", ["document", "merged"])
def test_a_conflict_after_one_that_was_settled_has_its_base_too(
    team: Team, watch: Watch, path: str, choice: str
) -> None:
    edit_file(watch, path, ("4. Task 4", "4. Fourth of the file"))
    edit(team, path, "# Tasks", "# All tasks")
    watch.step_all()
    settle(Conflict.objects.get(), actor=team.maintainer, choice=choice, text="# Other\n\n- [-] 1. Task 1\n")
    file = file_of(watch, path)
    put(watch, file + "\nMore\n", path)
    watch.step_all()
    assert base_of(Conflict.objects.get(settled_at=None)).text == file


def test_the_base_is_said_over_rest(team: Team, watch: Watch, path: str) -> None:
    edit_file(watch, path, ("[ ] 3.", "[-] 3."))
    edit(team, path, "# Tasks", "# All tasks")
    watch.step_all()
    body = caller(team, team.alice)("GET", f"conflicts/{Conflict.objects.get().public_id}").body
    assert (body["base_revision"], body["draft"]["unsettled"]) == (1, 0)


def test_a_text_is_kept_only_where_no_revision_has_it(team: Team, watch: Watch, path: str) -> None:
    kept = dict(WorkspaceFile.objects.values_list("path", "text"))
    assert [one for one, text in kept.items() if text] == [path]
    assert kept[path] == exported(team.project)[path]
    save_document(team.project, actor=team.agent, path=path, text=hooks.full_text(Task.objects.first().document) + "\n")
    watch.step_all()
    assert WorkspaceFile.objects.get(path=path).text == ""
