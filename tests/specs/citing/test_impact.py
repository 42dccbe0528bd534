"""What a change touches, with real rows: tasks and the work that came of them, test vectors, and other specs."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.proposals.actions import propose
from approvals.proposals.queries import change_of
from mcp_bridge.identity import Session
from mcp_bridge.registry import Offer
from mcp_bridge.server import call
from specflow.specs import actions as specs
from specflow.specs.comparing import Comparison, compare
from specflow.specs.imports import import_folder
from specflow.specs.models import Criterion, Document, Requirement, Spec
from tasks.models import ImplementationLog, Output, Task
from tests.calling import Caller, caller
from tests.dashboard.visits import as_, costs, inert
from tests.factories import Team, approve, make_team
from tests.specs.traced import make_run
from tests.tasks.vectors.booking import PATH as LOCKERS
from tests.tasks.vectors.booking import TEXT as BOOKING
from tests.tasks.vectors.booking import make_lockers

pytestmark = pytest.mark.django_db

FOLDER = ".spec-workflow/specs/search"
PATH = f"{FOLDER}/requirements.md"
TODO = f"{FOLDER}/tasks.md"
TEXT = """# Requirements

### Requirement 1: Find pages

1. WHEN a member types a word THEN the system SHALL list the pages that have it

### Requirement 2: Keep what was searched

1. WHEN a member searches THEN the system SHALL keep the words for a week
"""
CHANGED = TEXT.replace("a week", "a month")
TASKS = """# Tasks

- [ ] 1. Build the index
  - _Requirements: 1.1_
- [ ] 2. Store the words
  - _Requirements: 2.1_
- [ ] 3. Clear them out
  - _Requirements: 2_
"""
BILLING = ".spec-workflow/specs/billing/design.md"


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def robot(team: Team) -> Caller:
    return caller(team, team.robot)


def save(team: Team, path: str, text: str) -> Document:
    return specs.save_document(team.project, actor=team.agent, path=path, text=text).document


def document(path: str = PATH) -> Document:
    return Document.objects.select_related("spec", "project", "current", "approved").get(path=path)


@pytest.fixture
def changed(team: Team) -> Document:
    """A document whose criterion 2.1 was reworded, with its tasks."""
    for path, text in ((PATH, TEXT), (TODO, TASKS), (PATH, CHANGED)):
        save(team, path, text)
    return document()


def work(team: Team, key: str, runs: int = 1) -> Task:
    """A task at which agents worked: a log, and so many runs with an output each."""
    task = Task.objects.select_related("spec", "project").get(key=key)
    ImplementationLog.objects.create(project=team.project, task=task, summary=f"Did {key}", author=team.robot)
    for _ in range(runs):
        Output.objects.create(run=make_run(team, task), name="stdout", text="done", sha256="0" * 64)
    return task


def impact(row: Document, before: int = 1, after: int = 2) -> dict[str, Any]:
    return compare(row, before, after).impact()


def cites(found: dict[str, Any]) -> list[tuple[str, int, list[str]]]:
    return [(one["path"], one["line"], one["names"]) for one in found["citations"]]


# Work


def test_what_came_of_the_tasks_that_cite_it_is_named(team: Team, changed: Document) -> None:
    work(team, "1")
    task = work(team, "2")
    found = impact(changed)
    assert [(one["key"], one["why"], one["status"]) for one in found["tasks"]] == [
        ("2", "cites", "pending"), ("3", "cites", "pending")
    ]  # fmt: skip
    run, log = task.runs.get(), task.logs.get()
    assert found["runs"] == [
        {"id": run.public_id, "task": task.public_id, "status": "succeeded", "provider": "command", "attempt": 1}
    ]
    assert found["outputs"] == [{"id": run.outputs.get().public_id, "run": run.public_id, "name": "stdout"}]
    assert found["logs"] == [{"id": log.public_id, "task": task.public_id, "summary": "Did 2"}]
    assert compare(changed, 1, 2).summary == "Criterion 2.1 reworded; 2 tasks and 1 run cite what changed"


def test_tasks_that_changed_themselves_are_named_with_their_work(team: Team, changed: Document) -> None:
    one, two = work(team, "1"), work(team, "2")
    work(team, "3")
    save(team, TODO, TASKS.replace("Build the index", "Build two indexes").partition("- [ ] 2.")[0])
    save(team, TODO, document(TODO).current.text + "- [ ] 3. Clear them out\n  - _Requirements: 2_\n")
    found = impact(document(TODO), 1, 3)
    assert [(row["id"], row["why"]) for row in found["tasks"]] == [
        (one.public_id, "changed"),
        (two.public_id, "removed"),
    ]
    assert {row["task"] for row in found["runs"]} == {one.public_id, two.public_id}
    assert compare(document(TODO), 1, 3).summary.endswith("removed; 2 runs rest on what changed")


def test_a_new_task_and_one_that_moved_touch_no_work(team: Team, changed: Document) -> None:
    work(team, "1")
    first, rest = TASKS.split("- [ ] 2.", 1)
    save(team, TODO, f"{first}- [ ] 4. Print\n- [ ] 2.{rest}")
    assert impact(document(TODO))["totals"]["tasks"] == 0


def test_old_revisions_are_compared_by_what_the_tasks_are_called(team: Team, changed: Document) -> None:
    task = work(team, "2")
    save(team, TODO, TASKS.replace("2.1_", "2_"))
    save(team, TODO, TASKS.replace("Build the index", "Build it"))
    found = impact(document(TODO), 1, 2)
    assert [(row["id"], row["why"]) for row in found["tasks"]] == [(task.public_id, "changed")]


def test_the_test_vectors_of_what_changed_are_named(team: Team) -> None:
    spec = make_lockers(team)
    criterion = Criterion.objects.filter(requirement__spec=spec, vectors__present=True).order_by("position").first()
    assert criterion is not None
    save(team, LOCKERS, BOOKING.replace(criterion.text, f"{criterion.text} at once", 1))
    found = impact(document(LOCKERS))
    assert criterion.key in found["criteria"]
    wanted = set(criterion.vectors.filter(present=True).values_list("public_id", flat=True))
    assert wanted
    assert wanted <= {one["id"] for one in found["vectors"]}


def test_much_work_is_counted_and_the_newest_is_told(team: Team, changed: Document) -> None:
    task = work(team, "2", runs=150)
    found = impact(changed)
    assert (found["totals"]["runs"], len(found["runs"])) == (150, 100)
    assert found["runs"][0]["id"] == task.runs.order_by("-pk").first().public_id
    assert "2 tasks and 150 runs cite" in compare(changed, 1, 2).summary


def test_it_costs_as_many_queries_for_much_work_as_for_little(team: Team, changed: Document) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            compared = Comparison(changed, changed.revisions.get(number=1), changed.revisions.get(number=2))
            assert compared.summary
            assert compared.impact()
        return len(found)

    work(team, "2")
    save(team, BILLING, "As search/2.1 asks.\n")
    few = asked()
    for key in ("2", "3"):
        work(team, key, runs=20)
    for at in range(20):
        save(team, f".spec-workflow/specs/s{at}/design.md", "As search/2.1 asks.\n")
    assert asked() == few


# Other specs


def test_other_specs_that_cite_what_changed_are_named_with_line_and_words(team: Team, changed: Document) -> None:
    row = save(team, BILLING, "# Design\n\nWords are kept as search/2.1 asks.\nNot as search/1.1 does.\n")
    found = impact(changed)
    assert found["citations"] == [
        {
            "spec": "billing", "phase": "requirements", "document": row.public_id, "path": BILLING, "kind": "design",
            "line": 3, "text": "Words are kept as search/2.1 asks.", "how": "cites", "names": ["2.1"],
        }
    ]  # fmt: skip
    assert found["totals"]["citations"] == 1
    assert compare(changed, 1, 2).summary.endswith("2 tasks and 1 other spec cite what changed")


def test_a_document_of_no_spec_that_links_to_it_mentions_it(team: Team, changed: Document) -> None:
    save(team, ".spec-workflow/steering/tech.md", "See [search](../specs/search/requirements.md).\n")
    found = impact(changed)
    assert [(one["spec"], one["how"]) for one in found["citations"]] == [("", "mentions")]
    assert "1 other document cite" in compare(changed, 1, 2).summary


def test_an_outside_id_is_found_wherever_it_stands(team: Team, changed: Document) -> None:
    criterion, other = Criterion.objects.get(key="2.1"), Requirement.objects.get(key="1")
    save(team, BILLING, f"For {criterion.public_id}.\nFor {other.public_id}.\n")
    assert cites(impact(changed)) == [(BILLING, 1, ["2.1"])]


def test_a_task_s_outside_id_is_found_when_its_text_is_gone(team: Team, changed: Document) -> None:
    task = Task.objects.get(key="2")
    save(team, BILLING, f"After {task.public_id}\n")
    save(team, TODO, TASKS.partition("- [ ] 2.")[0])
    assert cites(impact(document(TODO))) == [(BILLING, 1, ["2"])]


def test_what_specman_documents_rest_on_is_a_citation(team: Team) -> None:
    text = "---\nname: lamps\nversion: 1.0.0\n---\n# Lamps\n\n## Concept: Lights\n\n!concept-lights.on:\n- MUST shine\n"
    impl = "---\nspec: ../../spec/lamps/spec.md\nreferences:\n- ref: ../../spec/lamps/spec.md\n---\n# Lamps\n"
    other = "---\nname: house\ndependencies:\n- ref: ../lamps/spec.md\n---\n# House\n"
    for path, said in (
        ("spec/lamps/spec.md", text), ("impl/lamps-py/impl.md", impl), ("spec/house/spec.md", other),
        ("spec/lamps/spec.md", text.replace("MUST shine", "MUST glow")),
    ):  # fmt: skip
        save(team, path, said)
    found = impact(document("spec/lamps/spec.md"))
    assert [(path, line) for path, line, _ in cites(found)] == [
        ("impl/lamps-py/impl.md", 2), ("impl/lamps-py/impl.md", 4), ("spec/house/spec.md", 4)
    ]  # fmt: skip
    assert {one["how"] for one in found["citations"]} == {"mentions"}


def test_deltas_that_change_the_requirement_are_named(team: Team) -> None:
    base = "# Auth\n\n## Requirements\n\n" + "".join(
        f"### Requirement: {name}\nThe system SHALL {name.lower()}.\n\n#### Scenario: It does\n- **WHEN** asked\n"
        "- **THEN** done\n\n" for name in ("Session end", "Sign in", "Sign out")
    )  # fmt: skip
    delta = (
        "## MODIFIED Requirements\n\n### Requirement: {}\nThe system SHALL differ.\n\n#### Scenario: S\n- **WHEN** a\n"
    )
    for path, said in (
        ("openspec/specs/auth/spec.md", base),
        ("openspec/changes/shorter/specs/auth/spec.md", delta.format("Session end")),
        ("openspec/changes/other/specs/auth/spec.md", delta.format("Sign in")),
        ("openspec/changes/gone/specs/auth/spec.md", "## REMOVED Requirements\n\n### Requirement: Session end\n"),
        ("openspec/changes/elsewhere/specs/posts/spec.md", delta.format("Session end")),
        ("openspec/specs/auth/spec.md", base.replace("SHALL session end", "SHALL end sessions")),
    ):
        save(team, path, said)
    found = impact(document("openspec/specs/auth/spec.md"))
    assert cites(found) == [
        ("openspec/changes/gone/specs/auth/spec.md", 3, ["Session end"]),
        ("openspec/changes/shorter/specs/auth/spec.md", 3, ["Session end"]),
    ]
    assert found["citations"][1]["text"] == "MODIFIED ### Requirement: Session end"


def test_only_texts_that_stand_now_in_the_same_project_cite(team: Team, changed: Document) -> None:
    said = "As search/2.1 asks.\n"
    save(team, BILLING, said)
    save(team, BILLING, "As nobody asks.\n")
    save(team, f"{FOLDER}/design.md", said)  # the same spec
    save(team, ".spec-workflow/approvals/billing/a1.json", f'{{"filePath": "{PATH}"}}')
    import_folder(team.project, actor=team.agent, files={".spec-workflow/archive/specs/old/design.md": said})
    specs.save_document(team.foreign, actor=team.session(team.charlie), path=BILLING, text=said)
    assert impact(changed)["citations"] == []
    assert Spec.objects.filter(project=team.project).count() == 3


def test_a_name_that_another_spec_has_is_not_taken_for_this_one(team: Team, changed: Document) -> None:
    save(team, ".kiro/specs/search/requirements.md", TEXT)
    save(team, ".kiro/specs/search/requirements.md", CHANGED)
    save(team, BILLING, "As search/2.1 asks, and specs/search/requirements.md.\n")
    other = document(".kiro/specs/search/requirements.md")
    assert other.spec is not None
    assert other.spec.slug != "search"
    assert impact(other)["citations"] == []
    assert cites(impact(changed)) == [(BILLING, 1, ["2.1"])]


def test_the_same_text_is_cited_by_nobody(team: Team, changed: Document) -> None:
    save(team, BILLING, f"As [search](/{PATH}) asks.\n")
    assert impact(changed, 2, 2)["citations"] == []


# Proposals, and the doors


def test_a_proposal_is_seen_though_no_row_stands_at_it(team: Team) -> None:
    for path, text in ((PATH, TEXT), (TODO, TASKS), (BILLING, "As search/2.1 asks, and Requirement 3 of search.\n")):
        save(team, path, text)
    approve(team, document())
    work(team, "2")
    more = "\n### Requirement 3: Print\n\n1. The system SHALL print\n"
    asked = propose(document(), actor=team.agent, text=CHANGED + more)
    compared = change_of(asked)
    assert document().current_id != asked.revision_id
    found = compared.impact()
    assert [one["key"] for one in found["tasks"]] == ["2", "3"]
    assert (found["totals"]["runs"], cites(found)) == (1, [(BILLING, 1, ["2.1", "3"])])
    assert compared.summary.endswith("2 tasks, 1 run and 1 other spec cite what changed")


def test_every_door_tells_the_same(team: Team, robot: Caller, changed: Document) -> None:
    run = work(team, "2").runs.get()
    row = save(team, BILLING, "As search/2.1 asks.\n")
    rest = robot("GET", f"documents/{changed.public_id}/diff").body
    answer = call(lambda: Session(team.agent, team.project), "diff_revisions", {"path": PATH}, Offer())
    assert answer.structured_content["impact"] == rest["impact"]
    text = answer.content[0].text
    assert f"- command [succeeded] (ID: {run.public_id})" in text
    assert f"- {BILLING}:1 cites 2.1: As search/2.1 asks." in text
    page = as_(team.bob).get(f"/p/demo/documents/{changed.public_id}/difference").content.decode()
    assert f"/p/demo/runs/{run.public_id}" in page
    assert f"/p/demo/documents/{row.public_id}?view=text#L1" in page
    assert rest["summary"] in page


def test_a_change_that_touches_nothing_says_so_in_a_sentence(team: Team) -> None:
    save(team, BILLING, "# A\n")
    save(team, BILLING, "# B\n")
    page = as_(team.bob).get(f"/p/demo/documents/{document(BILLING).public_id}/difference").content.decode()
    assert "No task, run, output or other spec rests on what changed." in page


def test_the_page_costs_as_much_for_much_as_for_little(team: Team, changed: Document) -> None:
    address = f"/p/demo/documents/{changed.public_id}/difference"
    work(team, "2")
    save(team, BILLING, "As search/2.1 asks.\n")
    bob = as_(team.bob)
    bob.get("/")
    few = costs(bob, address)
    work(team, "3", runs=60)
    for at in range(60):
        save(team, f".spec-workflow/specs/s{at}/design.md", "As search/2.1 asks.\n")
    assert costs(bob, address) == few
    page = bob.get(address).content.decode()
    assert re.search(r"61 lines elsewhere cite it.*11 more\.", page, re.DOTALL)


@pytest.mark.parametrize(
    "payload",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "[x](javascript:alert(1))", "{{ 7|add:7 }}"],
)
def test_nothing_that_cites_runs_on_the_page(team: Team, changed: Document, payload: str) -> None:
    save(team, BILLING, f"{payload} search/2.1 {payload}\n")
    task = work(team, "2")
    Output.objects.create(run=make_run(team, task), name=payload[:300], text="", sha256="0" * 64)
    ImplementationLog.objects.create(project=team.project, task=task, summary=payload, author=team.robot)
    address = f"/p/demo/documents/{changed.public_id}/difference"
    inert(as_(team.bob).get(address), payload, address)
