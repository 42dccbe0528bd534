"""Documents and their revisions: bytes kept, progress apart from text, nothing left behind by a refusal."""

import hashlib

import pytest
from django.db import DatabaseError, transaction

from approvals.models import Approval, State
from specflow.audit.models import AuditEntry
from specflow.errors import Conflict, DomainError, Invalid, TooLarge
from specflow.specs import actions as specs
from specflow.specs import documents, hooks
from specflow.specs.models import Document, Revision, Spec
from tasks import actions as tasks
from tasks.models import Task
from tests.factories import Team, approve, make_released_task, make_spec, make_team

pytestmark = pytest.mark.django_db
PATH = ".spec-workflow/specs/search/requirements.md"


@pytest.fixture
def team() -> Team:
    return make_team()


def save(team: Team, text: str, path: str = PATH, **more) -> specs.Saved:
    return specs.save_document(team.project, actor=team.agent, path=path, text=text, **more)


def refusal(call, kind=DomainError) -> DomainError:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def current(saved: specs.Saved) -> Document:
    return Document.objects.select_related("current", "approved").get(pk=saved.document.pk)


@pytest.mark.parametrize(
    "text",
    ["", "\n", "a", "a\n", "a\r\nb\r\n", "\ufeffa\r\n", "a \t \n\n\n", "a\rb", "a\u2028b\x85", "- [x] 1. a\r\n- [ ]"],
)
@pytest.mark.parametrize("name", ["requirements.md", "design.md", "tasks.md", "notes.txt"])
def test_a_text_is_kept_byte_for_byte(team, text, name):
    saved = save(team, text, f".spec-workflow/specs/search/{name}", adopt=True)

    revision = current(saved).current
    assert (revision.text, revision.number) == (text, 1)
    assert revision.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert hooks.full_text(current(saved)) == text


def test_the_same_text_makes_no_revision(team):
    saves = [save(team, "# A\n") for _ in range(3)]

    assert [one.revised for one in saves] == [True, False, False]
    assert Revision.objects.count() == AuditEntry.objects.filter(verb="document.revised").count() == 1


def test_each_new_text_is_a_revision_upon_the_last_one(team):
    for text in ("a", "b", "a"):
        save(team, text)

    rows = list(Revision.objects.order_by("number"))
    assert [(row.number, row.text, row.parent) for row in rows] == [
        (1, "a", None),
        (2, "b", rows[0]),
        (3, "a", rows[1]),
    ]


def test_a_writer_who_read_another_text_is_refused(team):
    first = current(save(team, "a")).current
    save(team, "b", base_sha256=first.sha256)

    error = refusal(lambda: save(team, "c", base_sha256=first.sha256), Conflict)

    assert (error.code, error.details["current_sha256"]) == ("stale_base", hashlib.sha256(b"b").hexdigest())
    assert Revision.objects.count() == 2


def test_a_base_for_a_document_that_there_is_not_is_refused_and_makes_none(team):
    assert refusal(lambda: save(team, "a", base_sha256="0" * 64), Conflict).code == "stale_base"
    assert not Document.objects.exists()
    assert not Spec.objects.exists()


def test_a_writer_who_read_the_text_with_todays_progress_is_taken(team):
    task = make_released_task(team)
    tasks.set_status(task, actor=team.agent, status="in_progress")
    read = hooks.full_text(task.document)

    saved = save(team, read + "\nMore.\n", task.document.path, base_sha256=documents.sha256_of(read))

    assert saved.revised
    assert Task.objects.get().status == "in_progress"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "requirements.md",
        "/etc/passwd",
        "/.spec-workflow/specs/a/requirements.md",
        ".spec-workflow",
        ".spec-workflow/",
        ".spec-workflow/../a.md",
        ".spec-workflow/specs/../../a.md",
        ".spec-workflow/specs//a.md",
        ".spec-workflow/specs/./a.md",
        "./.spec-workflow/specs/a/requirements.md",
        ".spec-workflow\\specs\\a.md",
        ".spec-workflow/specs/a\\..\\b/requirements.md",
        ".spec-workflow/specs/a\0/requirements.md",
        ".spec-workflow/specs/a\n/requirements.md",
        ".spec-workflow/specs/\ud800/requirements.md",
        ".spec-workflow/specs/" + "a" * 121 + "/requirements.md",
        ".spec-workflow/" + "a" * 256 + ".md",
        ".spec-workflow/steering/" + "é" * 128 + ".md",
        ".spec-workflow/" + "a/" * 300 + "b.md",
    ],
)
def test_a_path_that_leaves_the_workspace_or_cannot_be_a_file_is_refused_and_leaves_nothing(team, path):
    entries = AuditEntry.objects.count()

    assert refusal(lambda: save(team, "x", path), Invalid).code in ("invalid_path", "invalid_text")

    assert (Document.objects.count(), Spec.objects.count(), AuditEntry.objects.count()) == (0, 0, entries)


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("a\0b", "invalid_text", Invalid),
        ("a\x1bb", "invalid_text", Invalid),
        ("\ud800", "invalid_text", Invalid),
        ("x" * (5 * 1024 * 1024), "too_large", TooLarge),
        ("- [ ] 1. a\n" * 20_000, "too_large", TooLarge),
    ],
    ids=["NUL", "escape", "lone surrogate", "5 MB", "20,000 lines"],
)
@pytest.mark.parametrize("name", ["requirements.md", "tasks.md"])
def test_a_text_that_cannot_be_kept_leaves_no_row(team, text, code, kind, name):
    entries = AuditEntry.objects.count()

    assert refusal(lambda: save(team, text, f".spec-workflow/specs/search/{name}"), kind).code == code

    assert (Document.objects.count(), Spec.objects.count(), AuditEntry.objects.count()) == (0, 0, entries)


def test_the_largest_tasks_document_that_is_taken_is_read_whole(team):
    text = "".join(f"- [ ] {n}. Task {n}\n" for n in range(1, 3_001))

    save(team, text, ".spec-workflow/specs/search/tasks.md")

    assert Task.objects.count() == 3_000


def test_a_second_document_of_a_kind_is_kept_beside_the_first(team):
    spec = make_spec(team)

    saved = save(team, "# Notes\n", f".spec-workflow/specs/{spec.slug}/notes/requirements.md")

    assert (saved.document.kind, saved.document.spec_id) == ("other", spec.pk)


def test_an_archived_spec_is_another_than_the_active_one_of_its_name(team):
    save(team, "# A\n")
    save(team, "# B\n", ".spec-workflow/archive/specs/search/requirements.md")

    assert {(row.slug, row.archived) for row in Spec.objects.all()} == {("search", False), ("archive~search", True)}


def test_steering_documents_belong_to_the_project(team):
    saved = save(team, "# Product\n", ".spec-workflow/steering/product.md")

    assert (saved.document.kind, saved.document.spec) == ("product", None)


def test_a_revision_cannot_be_changed_or_removed_in_the_database(team):
    revision = current(save(team, "a")).current
    for attempt in (
        lambda: Revision.objects.update(text="b"),
        lambda: Revision.objects.filter(pk=revision.pk)._raw_delete("default"),
        revision.save,
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()
    assert Revision.objects.get().text == "a"


# Progress


def with_progress(team: Team) -> Task:
    task = make_released_task(team)
    tasks.log_implementation(task, actor=team.agent, summary="Done", artifacts={"functions": ["count"]})
    return tasks.set_status(task, actor=team.agent, status="in_progress")


def test_the_full_text_shows_todays_progress_and_the_revision_does_not(team):
    task = with_progress(team)

    assert "- [-] 1. Count failures" in hooks.full_text(task.document)
    assert "- [ ] 1. Count failures" in task.document.current.text


def test_ticking_a_box_in_the_file_moves_the_task_and_makes_neither_revision_nor_stale_approval(team):
    task = with_progress(team)
    revisions = Revision.objects.count()
    text = hooks.full_text(task.document).replace("- [-]", "- [x]")

    saved = save(team, text, task.document.path)

    task.refresh_from_db()
    assert (saved.revised, saved.refusals, task.status) == (False, (), "completed")
    assert Revision.objects.count() == revisions
    assert set(Approval.objects.values_list("state", flat=True)) == {State.APPROVED}
    assert current(saved).is_approved
    assert AuditEntry.objects.filter(verb="approval.became_stale").count() == 0


def test_blocking_a_task_in_the_file_is_a_change_of_status_with_its_reason(team):
    task = with_progress(team)
    text = hooks.full_text(task.document).replace(
        "- [-] 1. Count failures", "- [~] 1. Count failures\n  - _Blocked: Ann_"
    )

    saved = save(team, text, task.document.path)

    task.refresh_from_db()
    assert (saved.revised, task.status, task.blocked_reason) == (False, "blocked", "Ann")
    assert hooks.full_text(current(saved)) == text


def test_a_tick_that_a_gate_refuses_is_listed_and_changes_nothing(team):
    task = make_released_task(team)
    text = hooks.full_text(task.document).replace("- [ ]", "- [x]")

    saved = save(team, text, task.document.path)

    task.refresh_from_db()
    assert (saved.revised, task.status, len(saved.refusals)) == (False, "pending", 1)
    assert saved.refusals[0].startswith("1: wrong_state: ")
    assert "- [ ]" in hooks.full_text(current(saved))


def test_a_tick_without_a_log_is_refused_by_its_own_gate(team):
    task = make_released_task(team)
    tasks.set_status(task, actor=team.agent, status="in_progress")

    saved = save(team, hooks.full_text(task.document).replace("- [-]", "- [x]"), task.document.path)

    assert saved.refusals[0].startswith("1: log_missing: ")


def test_a_change_of_text_and_marker_is_a_revision_and_a_change_of_status(team):
    task = with_progress(team)
    text = hooks.full_text(task.document).replace("- [-]", "- [x]") + "\nMore.\n"

    saved = save(team, text, task.document.path)

    task.refresh_from_db()
    assert (saved.revised, saved.refusals, task.status) == (True, (), "completed")
    assert not current(saved).is_approved
    assert hooks.full_text(current(saved)) == text


def test_new_text_makes_the_approval_stale(team):
    spec = make_spec(team)
    agreed = approve(team, spec.documents.get(kind="requirements"))

    saved = save(team, "# Other\n", spec.documents.get(kind="requirements").path)

    agreed.refresh_from_db()
    assert (agreed.state, current(saved).is_approved, current(saved).approved) == (State.STALE, False, agreed.revision)


def test_a_new_document_brings_its_progress_only_when_it_is_adopted(team):
    text = "- [x] 1. Index\n- [~] 2. Query\n  - _Blocked: Ann_\n"

    save(team, text, ".spec-workflow/specs/adopted/tasks.md", adopt=True)
    saved = save(team, text, ".spec-workflow/specs/written/tasks.md")

    def status_of(slug: str) -> list[str]:
        return list(Task.objects.filter(spec__slug=slug).values_list("status", flat=True))

    assert status_of("adopted") == ["completed", "blocked"]
    assert status_of("written") == ["pending", "blocked"]
    assert [one.split(":")[1].strip() for one in saved.refusals] == ["wrong_state"]
