"""A finished change goes to the archive: whole, with all that hangs on it, or not at all."""

from __future__ import annotations

import pytest
from django.utils import timezone

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.capabilities import Role
from specflow.audit.models import AuditEntry
from specflow.errors import DomainError
from specflow.specs.actions import save_document
from specflow.specs.archiving import archive_change, archiving_of, is_archivable
from specflow.specs.imports import exported, import_folder
from specflow.specs.models import Conflict, Document, Requirement, Revision, Spec
from tasks.models import ImplementationLog, Task
from tests.factories import Team, approve
from tests.specs.archiving.changes import (
    AFTER,
    CAPABILITY,
    DELTA,
    DESK,
    FILES,
    HERE,
    NOTICES,
    opened,
    take,
    text_at,
)

pytestmark = pytest.mark.django_db


def there(name: str = "add-holds") -> str:
    return f"openspec/changes/archive/{timezone.now().date().isoformat()}-{name}"


def refusal(team: Team, spec: Spec, **given: object) -> DomainError:
    """What archiving is refused with; nothing has changed then."""
    before = (exported(team.project), AuditEntry.objects.count(), Spec.objects.count())
    actor = given.pop("actor", team.agent)
    with pytest.raises(DomainError) as refused:
        archive_change(spec, actor=actor, **given)
    assert (exported(team.project), AuditEntry.objects.count(), Spec.objects.count()) == before
    return refused.value


def test_the_deltas_become_the_capabilities_text(team: Team, change: Spec) -> None:
    archive_change(change, actor=team.agent)
    assert text_at(DESK) == AFTER
    assert (
        text_at(NOTICES)
        == "# Notices Specification\n\n## Requirements\n\n### Requirement: Tell\n\nThe system SHALL tell.\n"
    )
    new = Spec.objects.get(folder="openspec/specs/notices")
    assert (new.slug, new.requirements.get().title, new.archived) == ("notices", "Tell", False)
    assert Document.objects.get(path=DESK).current.number == 2


def test_a_requirement_that_is_renamed_keeps_its_id(team: Team, change: Spec) -> None:
    ids = {row.title: row.public_id for row in Requirement.objects.filter(document__path=DESK)}
    archive_change(change, actor=team.agent)
    now = {row.title: row.public_id for row in Requirement.objects.filter(document__path=DESK, present=True)}
    assert now["Lend"] == ids["Lend"]
    assert now["Note"] == ids["Letter"]


def test_the_documents_move_and_are_the_same_documents(team: Team, change: Spec) -> None:
    approve(team, Document.objects.get(path=f"{HERE}/proposal.md"))
    before = {row.path: row.public_id for row in Document.objects.filter(spec=change)}
    tasks = set(Task.objects.filter(spec=change).values_list("public_id", "status"))
    revisions = Revision.objects.filter(document__spec=change).count()

    archive_change(change, actor=team.agent)

    change.refresh_from_db()
    assert (change.archived, change.folder, change.slug) == (True, there(), "add-holds")
    after = {row.path: row.public_id for row in Document.objects.filter(spec=change)}
    assert after == {path.replace(HERE, there()): name for path, name in before.items()}
    assert Document.objects.get(path=f"{there()}/proposal.md").is_approved
    assert set(Task.objects.filter(spec=change).values_list("public_id", "status")) == tasks
    assert Revision.objects.filter(document__spec=change).count() == revisions
    texts = exported(team.project)
    assert {path.replace(there(), HERE): text for path, text in texts.items() if there() in path} == {
        path: text for path, text in FILES.items() if path.startswith(HERE)
    }


def test_what_was_archived_goes_out_and_comes_in_as_it_is(team: Team, change: Spec) -> None:
    archive_change(change, actor=team.agent)
    files, specs = exported(team.project), Spec.objects.count()
    report = import_folder(team.project, actor=team.agent, files=files)
    assert (report.revised, report.warnings, Spec.objects.count()) == (0, [], specs)


def test_the_log_says_what_was_archived(team: Team, change: Spec) -> None:
    archive_change(change, actor=team.agent)
    [said] = AuditEntry.objects.filter(verb="spec.archived")
    assert said.content["object"]["id"] == change.public_id
    assert said.content["data"] == {
        "was": HERE, "folder": there(), "capabilities": [DESK, NOTICES], "open_tasks": 0, "reason": "",
    }  # fmt: skip


def test_a_look_before_changes_nothing(team: Team, change: Spec) -> None:
    before = exported(team.project)
    plan = archiving_of(change)
    assert (plan.folder, plan.to, plan.refusal, plan.open_tasks) == (HERE, there(), None, ())
    assert [(one.path, one.is_new) for one in plan.capabilities] == [(DESK, False), (NOTICES, True)]
    assert (plan.capabilities[0].before, plan.capabilities[0].after) == (CAPABILITY, AFTER)
    assert plan.capabilities[1].summary == "Requirement Tell added"
    assert exported(team.project) == before


@pytest.mark.parametrize(
    ("delta", "code", "requirement"),
    [
        (DELTA.replace("Requirement: Lend", "Requirement: lend"), "requirement_missing", "lend"),
        (DELTA.replace("Requirement: Hold", "Requirement: Lend"), "delta_contradicts_itself", "Lend"),
        (DELTA.replace("FROM: `### Requirement: Letter", "FROM: `### Requirement: Fax"), "requirement_missing", "Fax"),
        ("## REMOVED Requirements\n\n### Requirement: Fax\n", "requirement_missing", "Fax"),
        ("# Nothing\n", "nothing_to_apply", None),
    ],
)
def test_a_delta_that_does_not_fit_refuses_the_whole(
    team: Team, change: Spec, delta: str, code: str, requirement: str | None
) -> None:
    take(team, {f"{HERE}/specs/desk/spec.md": delta})
    error = refusal(team, change)
    assert (error.code, error.details.get("requirement")) == (code, requirement)
    assert error.details["path"] == f"{HERE}/specs/desk/spec.md"
    plan = archiving_of(change)
    assert plan.refusal.code == code
    assert [one.refusal is None for one in plan.capabilities] == [False, True]


def test_a_capability_that_changed_meanwhile_is_taken_as_it_is_now(team: Team, change: Spec) -> None:
    take(team, {DESK: CAPABILITY.replace("# Desk", "# The Desk")})
    archive_change(change, actor=team.agent)
    assert text_at(DESK) == AFTER.replace("# Desk", "# The Desk")


def test_a_change_without_deltas_only_moves(team: Team) -> None:
    take(team, {f"{HERE}/proposal.md": "# Proposal\n"})
    archive_change(Spec.objects.get(), actor=team.agent)
    assert list(exported(team.project)) == [f"{there()}/proposal.md"]


# When it may be


def test_open_tasks_are_named(team: Team, change: Spec) -> None:
    error = refusal(team, opened(team, change))
    assert (error.code, error.details["keys"], error.details["count"]) == ("tasks_open", ["1.3"], 1)
    assert "1.3" in error.message
    assert [one["key"] for one in archiving_of(change).open_tasks] == ["1.3"]


def test_a_maintainer_archives_with_open_tasks_and_says_why(team: Team, change: Spec) -> None:
    opened(team, change)
    assert refusal(team, change, actor=team.maintainer, force=True).code == "reason_missing"
    archive_change(change, actor=team.maintainer, force=True, reason="Dropped by the board")
    [said] = AuditEntry.objects.filter(verb="spec.archived")
    assert (said.content["data"]["open_tasks"], said.content["data"]["reason"]) == (1, "Dropped by the board")
    assert Task.objects.get(key="1.3").status == "pending"


def test_nobody_else_does(team: Team, change: Spec) -> None:
    opened(team, change)
    accounts.add_member(team.project, team.charlie, actor=actors.system(door="cli"), role=Role.ENGINEER)
    assert refusal(team, change, force=True, reason="x").code == "agent_may_not"
    assert refusal(team, change, actor=team.stranger, force=True, reason="x").code == "role_may_not"
    assert refusal(team, change, actor=team.reviewer).code == "role_may_not"


def test_what_is_archived_is_not_archived_again(team: Team, change: Spec) -> None:
    archive_change(change, actor=team.agent)
    change.refresh_from_db()
    assert refusal(team, change).code == "wrong_state"
    assert not is_archivable(change)


def test_nothing_in_the_archive_is_written_over(team: Team, change: Spec) -> None:
    take(team, {f"{there()}/proposal.md": "# Earlier\n"})
    error = refusal(team, change)
    assert (error.code, error.details["folder"]) == ("archive_exists", there())


def test_a_capability_is_no_change(team: Team, change: Spec) -> None:
    desk = Spec.objects.get(slug="desk")
    assert (is_archivable(change), is_archivable(desk)) == (True, False)
    assert refusal(team, desk).code == "not_archivable"


def test_a_conflict_is_settled_first(team: Team, change: Spec) -> None:
    document = Document.objects.get(path=f"{HERE}/proposal.md")
    Conflict.objects.create(
        project=team.project, document=document, revision=document.current, text="x", sha256="0" * 64
    )
    assert refusal(team, change).code == "open_conflict"


def test_an_agreed_capability_waits_for_an_agreed_change_where_that_is_the_policy(team: Team, change: Spec) -> None:
    document = Document.objects.get(path=DESK)
    approve(team, document)
    accounts.change_policy(team.project, actor=team.maintainer, policy={"proposals_only": True})
    error = refusal(team, Spec.objects.get(pk=change.pk))
    assert error.code == "approved_document"
    approve(team, Document.objects.get(path=f"{HERE}/specs/desk/spec.md"))
    archive_change(Spec.objects.get(pk=change.pk), actor=team.agent)
    document.refresh_from_db()
    assert (text_at(DESK), document.is_approved) == (AFTER, False)


# Spec Workflow


def test_a_spec_of_spec_workflow_goes_to_its_archive_with_its_logs(team: Team) -> None:
    here, to = ".spec-workflow/specs/login", ".spec-workflow/archive/specs/login"
    log = "# Implementation Log: Task 1\n\n**Summary:** Done\n\n## Files Created\n- a.py\n"
    files = {
        f"{here}/requirements.md": "# Requirements\n\n### Requirement 1: Lock\n",
        f"{here}/tasks.md": "- [x] 1. Lock\n",
        f"{here}/Implementation Logs/task-1.md": log,
    }
    take(team, files)
    spec = Spec.objects.get()
    archive_change(spec, actor=team.agent)
    assert exported(team.project) == {path.replace(here, to): text for path, text in files.items()}
    assert ImplementationLog.objects.get().imported_from == f"{to}/Implementation Logs/task-1.md"
    save_document(team.project, actor=team.agent, path=f"{here}/tasks.md", text="- [ ] 1. Again\n")
    assert Spec.objects.exclude(pk=spec.pk).get().folder == here


@pytest.mark.parametrize("path", [".kiro/specs/x/tasks.md", "backlog/tasks/task-1 - A.md", ".spec-workflow/notes.md"])
def test_a_dialect_without_an_archive_says_so(team: Team, path: str) -> None:
    take(team, {path: "# Plan\n"})
    for spec in Spec.objects.all():
        assert refusal(team, spec).code == "not_archivable"
