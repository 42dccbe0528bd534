"""Errors of the linter stand in the way of an agreement, warnings do not; the same at every door."""

from __future__ import annotations

import os
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import actions as approvals
from approvals.models import Approval, State
from approvals.proposals.actions import propose
from specflow.accounts import actions as accounts
from specflow.audit.models import AuditEntry
from specflow.errors import Conflict
from specflow.specs.formats import registry
from specflow.specs.imports import import_folder
from specflow.specs.lint.queries import blocking, findings_of
from specflow.specs.models import Document
from tasks.actions import set_status
from tasks.models import Task
from tests.dashboard.visits import as_
from tests.factories import Team, approve, make_team
from tests.specs.formats import corpus
from tests.specs.lint.test_rules import ONE, TASKS, spec

pytestmark = pytest.mark.django_db
FOLDER = ".spec-workflow/specs/login"
DESIGN = "# Design\n\nOne table.\n"
TWICE = ONE + "\n### Requirement 1: Again\n\n- AC-7: [describe it]\n"


@pytest.fixture
def team() -> Team:
    return make_team()


def written(team: Team, files: dict[str, str]) -> dict[str, Document]:
    """The documents by their files' names."""
    import_folder(team.project, actor=team.agent, files=files)
    return {Path(row.path).name: row for row in Document.objects.select_related("spec", "current")}


def agreed(team: Team, tasks: str) -> Document:
    """The tasks document of a spec whose requirements and design people agreed on."""
    documents = written(team, {**spec(ONE, tasks), f"{FOLDER}/design.md": DESIGN})
    approve(team, documents["requirements.md"])
    approve(team, documents["design.md"])
    return documents["tasks.md"]


def refusal(call: Any) -> Conflict:
    with pytest.raises(Conflict) as caught:
        call()
    return caught.value


def test_errors_block_a_request_and_say_what_to_mend_and_where(team: Team) -> None:
    document = written(team, spec(TWICE, None))["requirements.md"]

    error = refusal(lambda: approvals.request_approval(document, actor=team.agent))

    assert (error.code, error.details["total"], error.details["path"]) == ("lint_errors", 2, document.path)
    assert [(one["code"], one["line"], one["column"]) for one in error.details["findings"]] == [
        ("duplicate-id", 10, 1), ("placeholder", 12, 9),
    ]  # fmt: skip
    first = error.details["findings"][0]
    assert first["message"] == "The id 1 stands on line 3 as well."
    assert f"Line 10, column 1: {first['message']} {first['mend']}" in error.next_steps
    assert not Approval.objects.exists()
    assert not AuditEntry.objects.filter(verb="approval.requested").exists()


def test_warnings_block_nothing(team: Team) -> None:
    text = ONE + "3. The page SHALL be fast\n\n### Requirement 2: Sign out\n"
    document = written(team, spec(text, None))["requirements.md"]
    assert {one.severity for one in findings_of(team.project)} == {"warning"}

    assert approvals.request_approval(document, actor=team.agent).state == State.PENDING


def test_the_mended_text_can_be_asked_for(team: Team) -> None:
    document = written(team, spec(TWICE, None))["requirements.md"]
    refusal(lambda: approvals.request_approval(document, actor=team.agent))
    written(team, spec(ONE, None))

    assert approvals.request_approval(document, actor=team.agent).state == State.PENDING


def test_errors_of_other_documents_of_the_spec_and_of_other_specs_block_nothing(team: Team) -> None:
    tasks = TASKS + "- [ ] 1. Again\n  - _Requirements: 9.9_\n"
    documents = written(team, {**spec(ONE, tasks), **spec(TWICE, None, name="other")})
    row = Document.objects.get(path=f"{FOLDER}/requirements.md")
    assert {one.severity for one in findings_of(team.project)} >= {"error"}
    assert documents

    assert approvals.request_approval(row, actor=team.agent).state == State.PENDING


def test_tasks_are_held_to_the_requirements_as_they_stand(team: Team) -> None:
    document = agreed(team, TASKS + "- [ ] 2. More\n  - _Requirements: 1.2, 1.9_\n")

    error = refusal(lambda: approvals.request_approval(document, actor=team.agent))

    assert [(one["code"], one["line"], one["column"]) for one in error.details["findings"]] == [
        ("unresolved-reference", 6, 25)
    ]


def test_the_lines_are_those_that_people_read_with_the_progress_of_today(team: Team) -> None:
    document = agreed(team, TASKS)
    approve(team, document)
    set_status(Task.objects.get(), actor=team.agent, status="in_progress")
    set_status(Task.objects.get(), actor=team.agent, status="blocked", reason="Waits for the door")
    policy = {"proposals_only": False}
    accounts.change_policy(team.project, actor=team.maintainer, policy=policy)
    written(team, spec(ONE, TASKS.replace("[ ]", "[~]") + "  - _Blocked: Waits for the door_\n- [ ] 1. Again\n"))
    document.refresh_from_db()

    error = refusal(lambda: approvals.request_approval(document, actor=team.agent))

    assert [one["line"] for one in error.details["findings"]] == [6]


def test_a_proposal_is_held_to_the_text_that_it_proposes(team: Team) -> None:
    document = written(team, spec(ONE, None))["requirements.md"]
    approve(team, document)
    document.refresh_from_db()

    error = refusal(lambda: propose(document, actor=team.agent, text=TWICE))

    assert (error.code, error.details["total"]) == ("lint_errors", 2)
    assert propose(document, actor=team.agent, text=ONE + "3. The page SHALL be fast\n").state == State.PENDING


def test_details_hold_twenty_findings_and_how_many_there_are(team: Team) -> None:
    text = ONE + "".join("\n### Requirement 1: Again\n" for _ in range(30))
    document = written(team, spec(text, None))["requirements.md"]

    error = refusal(lambda: approvals.request_approval(document, actor=team.agent))

    assert (error.details["total"], len(error.details["findings"]), len(error.next_steps)) == (30, 20, 6)


def test_a_text_without_tasks_is_judged_without_reading_others(team: Team) -> None:
    documents = written(team, {**spec(TWICE), f"{FOLDER}/design.md": "# Design\n\nTBD\n"})
    for name, queries in (("requirements.md", 0), ("design.md", 0), ("tasks.md", 2)):
        blocking(documents[name])
        with CaptureQueriesContext(connection) as asked:
            blocking(documents[name])
        assert len(asked) == queries, name


def test_the_button_of_a_documents_page_says_what_to_mend(team: Team) -> None:
    document = written(team, spec(TWICE, None))["requirements.md"]

    page = as_(team.alice).post(f"/p/demo/documents/{document.public_id}/ask", follow=True)

    assert "The id 1 stands on line 3 as well. Give one of them an id of its own" in unescape(page.content.decode())
    assert not Approval.objects.exists()


def test_what_blocks_a_document_are_the_errors_that_every_door_shows_of_it(team: Team) -> None:
    files = {
        **spec(TWICE, TASKS + "- [ ] 1. Again\n  - _Requirements: 9.9_\n"),
        **spec("\n", "- [ ] 1. A\n  - _Depends: 1_\n", name="b"),
        f"{FOLDER}/design.md": "# Design\n\n## A\n[Describe it]\n",
        ".spec-workflow/steering/product.md": "# Product\n",
        "specflow/doors.yaml": "specflow: 1\ntitel: x\n",
        "specflow/doors/tasks.md": "- [ ] 1. A\n  - _Requirements: 9_\n",
        **{f"backlog/tasks/task-{n} - A.md": "---\nid: task-1\ntitle: A\nstatus: To Do\n---\nText\n" for n in (1, 2)},
    }
    import_folder(team.project, actor=team.agent, files=files)
    assert_blocked_as_shown(team)
    assert len({one.path for one in findings_of(team.project) if one.severity == "error"}) >= 6


def test_what_blocks_real_documents_is_what_is_shown_of_them_and_it_is_little(team: Team) -> None:
    where = corpus.folder()
    if where is None:
        pytest.skip("no folder of real documents: set SPECFLOW_CORPUS")
    documents = blocked = 0
    for root in sorted(path for path in where.iterdir() if path.is_dir()):
        other = make_team(root.name)
        texts = {one.relative_to(root).as_posix(): corpus.text_of(one) for one in root.rglob("*.md") if one.is_file()}
        files = {path: text for path, text in texts.items() if registry.at(path)}
        import_folder(other.project, actor=other.agent, files=files)
        documents += len(files)
        blocked += assert_blocked_as_shown(other)
    assert blocked <= documents / 100


def assert_blocked_as_shown(team: Team) -> int:
    """Holds the two against each other for each document; gives how many are blocked."""
    shown = [one for one in findings_of(team.project) if one.severity == "error"]
    rows = Document.objects.filter(project=team.project).select_related("current", "spec")
    for row in rows:
        assert blocking(row) == [one for one in shown if one.path == row.path], row.path
    return len({one.path for one in shown})


def test_the_first_request_loads_the_linter_and_the_start_does_not() -> None:
    """It is large, and agents start a server for each session."""
    script = (
        "import django; django.setup(); import sys; from approvals import actions;"
        " from mcp_bridge import server; print('specflow.specs.lint' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "specflow.settings", "SPECFLOW_LEAN": "1"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "False"
