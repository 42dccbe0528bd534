"""A file and its document: the newer one is taken, and where both are newer nothing is overwritten."""

from pathlib import Path

import pytest

from specflow.audit.models import AuditEntry
from specflow.errors import DomainError
from specflow.specs.actions import save_document
from specflow.specs.models import Conflict, Document
from specflow.specs.sync.actions import attach, reconcile, settle
from specflow.specs.sync.folder import Workspace
from specflow.specs.sync.watching import Watch
from tasks.models import Status, Task
from tests.factories import Team
from tests.specs.sync.folders import PATH, file_of, put, text_of

pytestmark = pytest.mark.django_db
TASKS = ".spec-workflow/specs/login/tasks.md"
TEXT = "# Requirements\n\n### Requirement 1: Lock\n\n1. The system SHALL lock\n"


def write(team: Team, text: str, path: str = PATH) -> Document:
    return save_document(team.project, actor=team.agent, path=path, text=text).document


def steps(watch: Watch) -> dict[str, str]:
    return {one.path: one.step for one in watch.step_all()}


def test_a_new_file_becomes_a_document_by_the_actor_of_the_watch(team: Team, watch: Watch) -> None:
    put(watch, TEXT.replace("\n", "\r\n"))
    assert steps(watch) == {PATH: "taken"}

    document = Document.objects.get(path=PATH)
    assert document.current is not None
    assert (document.current.text, document.current.author) == (TEXT.replace("\n", "\r\n"), team.robot)
    assert steps(watch) == {PATH: "same"}


def test_a_revision_made_elsewhere_is_written_to_the_file(team: Team, watch: Watch) -> None:
    write(team, TEXT)
    assert steps(watch) == {PATH: "write"}
    assert file_of(watch) == TEXT

    write(team, TEXT + "2. More\n")
    assert steps(watch) == {PATH: "write"}
    assert file_of(watch) == TEXT + "2. More\n"
    assert steps(watch) == {PATH: "same"}


def test_a_changed_file_becomes_the_next_revision(team: Team, watch: Watch) -> None:
    put(watch, TEXT)
    steps(watch)
    put(watch, TEXT + "2. More\n")
    assert steps(watch) == {PATH: "taken"}
    assert Document.objects.get(path=PATH).current.number == 2


def test_where_both_changed_nothing_is_overwritten(team: Team, watch: Watch) -> None:
    put(watch, TEXT)
    steps(watch)
    put(watch, TEXT + "2. From the file\n")
    write(team, TEXT + "2. From the server\n")

    assert steps(watch) == {PATH: "conflict"}
    assert steps(watch) == {PATH: "conflict"}
    assert file_of(watch) == TEXT + "2. From the file\n"
    assert text_of() == TEXT + "2. From the server\n"
    conflict = Conflict.objects.get()
    assert conflict.text == TEXT + "2. From the file\n"
    assert AuditEntry.objects.filter(verb="conflict.found").count() == 1


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("file", TEXT + "2. From the file\n"),
        ("document", TEXT + "2. From the server\n"),
        ("merged", TEXT + "2. Both\n"),
    ],
)
def test_a_person_settles_it_and_both_sides_are_the_same(team: Team, watch: Watch, choice: str, expected: str) -> None:
    test_where_both_changed_nothing_is_overwritten(team, watch)
    settle(Conflict.objects.get(), actor=team.maintainer, choice=choice, text=TEXT + "2. Both\n")

    steps(watch)
    assert (file_of(watch), text_of()) == (expected, expected)
    assert steps(watch) == {PATH: "same"}
    assert Conflict.objects.filter(settled_at=None).count() == 0


def test_a_file_that_changed_again_after_it_was_settled_is_not_lost(team: Team, watch: Watch) -> None:
    test_where_both_changed_nothing_is_overwritten(team, watch)
    put(watch, TEXT + "2. Once more\n")
    settle(Conflict.objects.get(), actor=team.maintainer, choice="document")

    assert steps(watch) == {PATH: "conflict"}
    assert file_of(watch) == TEXT + "2. Once more\n"


def test_agents_and_second_looks_settle_nothing(team: Team, watch: Watch) -> None:
    test_where_both_changed_nothing_is_overwritten(team, watch)
    conflict = Conflict.objects.get()
    with pytest.raises(DomainError) as agent:
        settle(conflict, actor=team.agent, choice="file")
    with pytest.raises(DomainError) as unknown:
        settle(conflict, actor=team.maintainer, choice="mine")
    settle(conflict, actor=team.maintainer, choice="file")
    with pytest.raises(DomainError) as again:
        settle(conflict, actor=team.maintainer, choice="document")

    assert [one.value.code for one in (agent, unknown, again)] == ["agent_may_not", "unknown_choice", "wrong_state"]


def test_both_sides_that_came_to_say_the_same_are_no_conflict_any_more(team: Team, watch: Watch) -> None:
    test_where_both_changed_nothing_is_overwritten(team, watch)
    put(watch, TEXT + "2. From the server\n")
    assert steps(watch) == {PATH: "same"}
    assert Conflict.objects.get().settled_at is not None


def test_a_ticked_box_is_a_change_of_status_and_a_refused_one_goes_back_to_the_file(team: Team, watch: Watch) -> None:
    put(watch, "# Tasks\n\n- [ ] 1. Count\n", TASKS)
    steps(watch)
    put(watch, "# Tasks\n\n- [x] 1. Count\n", TASKS)

    [outcome] = watch.step_all()
    assert (outcome.step, outcome.refusals[0].split(":")[1].strip()) == ("write", "wrong_state")
    assert file_of(watch, TASKS) == "# Tasks\n\n- [ ] 1. Count\n"
    Task.objects.update(status=Status.IN_PROGRESS)
    assert steps(watch) == {TASKS: "write"}
    assert file_of(watch, TASKS) == "# Tasks\n\n- [-] 1. Count\n"
    assert Document.objects.get(path=TASKS).current.number == 1


def test_a_removed_file_takes_nothing_with_it_and_comes_back_with_new_text(team: Team, watch: Watch) -> None:
    put(watch, TEXT)
    steps(watch)
    (watch.folder.root / PATH).unlink()
    assert steps(watch) == {PATH: "missing"}

    write(team, TEXT + "2. More\n")
    assert steps(watch) == {PATH: "write"}
    assert file_of(watch) == TEXT + "2. More\n"


def test_a_crash_between_decision_and_file_reverts_nothing(team: Team, watch: Watch) -> None:
    put(watch, TEXT)
    steps(watch)
    write(team, TEXT + "2. More\n")
    outcome = reconcile(team.project, actor=team.agent, path=PATH, file=TEXT)  # and here the process dies

    assert outcome.step == "write"
    assert steps(watch) == {PATH: "write"}
    assert text_of() == file_of(watch) == TEXT + "2. More\n"


def test_a_file_that_cannot_be_taken_is_said_and_the_others_go_on(team: Team, watch: Watch) -> None:
    put(watch, TEXT)
    bad = ".spec-workflow/specs/login/design.md"
    (watch.folder.root / bad).write_bytes(b"# \xff\n")

    refused, taken = watch.step_all()
    assert (refused.path, refused.step) == (bad, "refused")
    assert refused.refusals[0].startswith("invalid_utf8: ")
    assert (taken.path, taken.step) == (PATH, "taken")


def test_only_the_text_that_was_decided_on_is_replaced(tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    assert folder.write("a/b.md", "one", over=None)
    assert not folder.write("a/b.md", "two", over=None)
    assert not folder.write("a/b.md", "two", over="another")
    assert (tmp_path / "a/b.md").read_text() == "one"
    assert folder.write("a/b.md", "two", over="one")
    assert folder.read("a/b.md") == "two"
    assert [one.name for one in (tmp_path / "a").iterdir()] == ["b.md"]


def test_a_symlink_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").symlink_to(tmp_path / "outside")
    (tmp_path / "in/b.md").symlink_to(tmp_path / "outside/b.md")
    (tmp_path / "outside/b.md").write_text("one")

    folder = Workspace(tmp_path / "in")
    for path in ("a/b.md", "b.md"):
        with pytest.raises(DomainError) as refused:
            folder.read(path)
        assert refused.value.code == "symlink_refused"
    with pytest.raises(DomainError):
        folder.write("a/b.md", "two", over="one")
    assert not folder.write("b.md", "two", over="one")
    assert (tmp_path / "outside/b.md").read_text() == "one"


def test_only_the_owner_of_the_server_says_where_the_folder_is(team: Team, tmp_path: Path) -> None:
    with pytest.raises(DomainError) as refused:
        attach(team.project, actor=team.maintainer, folder=str(tmp_path))
    assert refused.value.code == "owner_only"
