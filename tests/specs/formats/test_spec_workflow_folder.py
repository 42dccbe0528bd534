import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specflow.specs.formats.items import Place
from specflow.specs.formats.lines import Page
from specflow.specs.formats.spec_workflow.approval_files import (
    CommentFile,
    SnapshotEntry,
    read_approval,
    read_snapshot,
    read_snapshots,
)
from specflow.specs.formats.spec_workflow.decomposition import IndexedSpec, PlannedSpec, read_decomposition, read_index
from specflow.specs.formats.spec_workflow.deferrals import DeferralItem, DeferredSpec, read_deferral, read_deferred
from specflow.specs.formats.spec_workflow.logs import LogName, log_name, read_log
from specflow.specs.formats.spec_workflow.places import place, record
from specflow.specs.formats.spec_workflow.reviews import ReviewName, review_name
from specflow.specs.formats.titles import title_of
from specflow.text import MAX_TITLE_CHARACTERS
from tests.specs.formats.corpus import documents, text_of
from tests.specs.formats.nasty import texts

ROOT = Path(__file__).parents[3] / "examples" / "dialects" / "spec-workflow"
FOLDER = ROOT / ".spec-workflow"
READERS = {
    "implementation_log": read_log,
    "deferred_spec": read_deferred,
    "review": None,
    "snapshots": read_snapshots,
    "snapshot": read_snapshot,
    "approval": read_approval,
    "deferral": read_deferral,
    "index": read_index,
}


def example(path):
    return text_of(FOLDER / path)


def test_every_file_of_the_example_is_kept_and_every_record_has_a_reader_that_reads_it():
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            name = path.relative_to(ROOT).as_posix()
            assert place(name) is not None
            found.setdefault(record(name), []).append(name)
    assert found.keys() == {*READERS, ""}
    for name, paths in found.items():
        reader = READERS.get(name)
        for path in paths if reader else []:
            assert reader(text_of(ROOT / path)), path


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("specs/a/Implementation Logs/task-1_2026-03-02T0915_5f0c2a9e.md", "implementation_log"),
        ("archive/specs/a/Implementation Logs/task-1.md", "implementation_log"),
        ("specs/a/deferred.json", "deferred_spec"),
        ("specs/a/reviews/.prepare-1", "review"),
        ("spec-decomposition/reviews/adversarial-analysis-decomposition.md", "review"),
        ("approvals/a/approval_1_x.json", "approval"),
        ("approvals/by-hand.json", "approval"),
        ("approvals/a/.snapshots/design.md/snapshot-012.json", "snapshot"),
        ("approvals/a/.snapshots/design.md/metadata.json", "snapshots"),
        ("deferrals/d-4be1f20c.md", "deferral"),
        ("spec-decomposition/INDEX.md", "index"),
        ("specs/a/notes.md", ""),
        ("deferrals/README.md", ""),
        ("session.json", ""),
    ],
)
def test_a_path_says_which_record_of_the_work_it_is(path, name):
    assert record(f".spec-workflow/{path}") == name
    assert place(f".spec-workflow/{path}").kind == "other"
    assert record(path) == record(f"docs/.spec-workflow/{path}") == ""


def test_records_of_a_spec_belong_to_it_and_those_of_the_project_to_none():
    logs = ".spec-workflow/specs/a/Implementation Logs/task-1.md"
    assert place(logs) == Place("a", "other", folder=".spec-workflow/specs/a")
    archived = place(".spec-workflow/archive/specs/a/reviews/x.md")
    assert archived == Place("a", "other", archived=True, folder=".spec-workflow/archive/specs/a")
    assert place(".spec-workflow/approvals/a/approval_1.json") == Place("", "other")


def test_a_log_says_what_was_done():
    log = read_log(example("specs/ferry-tickets/Implementation Logs/task-1_2026-03-02T0915_5f0c2a9e.md"))
    assert (log.task, log.timestamp, log.id) == (
        "1",
        "2026-03-02T09:15:20.114Z",
        "5f0c2a9e-1f3b-4c7a-9d51-0a8b6c2d4e77",
    )
    assert log.summary.startswith("Payments are taken")
    assert log.summary.endswith("- Note: on old phones it opens in the browser.")
    assert (log.files_modified, log.files_created) == (("src/app.py", "src/settings.py"), ("src/payments.py",))
    assert log.statistics == {"linesAdded": 1204, "linesRemoved": 31, "filesChanged": 3, "netChange": 1173}


def test_artifacts_are_those_that_the_tool_takes():
    log = read_log(example("specs/ferry-tickets/Implementation Logs/task-1_2026-03-02T0915_5f0c2a9e.md"))
    assert list(log.artifacts) == ["apiEndpoints", "functions", "classes", "integrations"]
    assert log.artifacts["apiEndpoints"] == [
        {
            "method": "POST",
            "path": "/api/payments",
            "purpose": "Takes a payment and gives a ticket",
            "location": "src/payments.py:40",
            "requestFormat": "JSON {trip, seats}",
        }
    ]
    assert log.artifacts["functions"][0]["isExported"] is True
    assert (log.artifacts["classes"][0]["methods"], log.artifacts["classes"][0]["isExported"]) == (
        ["show", "refund"],
        False,
    )
    assert log.artifacts["integrations"] == [
        {
            "description": "The form's answer becomes a ticket",
            "frontendComponent": "PaymentForm",
            "backendEndpoint": "POST /api/payments",
            "dataFlow": "form -> bank -> ticket",
        }
    ]


def test_logs_written_by_hand_are_read_too():
    log = read_log(
        "# Implementation log - task 2.1: The form\n\n## Summary\n\nIt is **done**.\n\n## Statistics\n"
        "- Lines added: 12\n- Net change: -3\n\n## Files Created\n_No files created_\n\n## Artifacts\n\n"
        "### Functions\n- `run(a)` - runs it\n  - Location: `src/run.py`\n  - Exported: no\n- **Stop**\n\n"
        "### Components\n- **Purpose:** a form\n- **Exports:**\n  - Form\n  - Field\n\n## Notes\n\n### More\n"
    )
    assert (log.task, log.summary, log.files_created) == ("2.1", "It is **done**.", ())
    assert log.statistics == {"linesAdded": 12, "netChange": -3}
    assert log.artifacts == {
        "functions": [
            {"purpose": "runs it", "name": "run(a)", "location": "`src/run.py`", "isExported": False},
            {"name": "Stop"},
        ],
        "components": [{"purpose": "a form", "exports": ["Form", "Field"]}],
    }


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("x/task-1-2_2026-03-02T0915_5f0c2a9e.md", LogName("1-2", "2026-03-02T0915", "5f0c2a9e")),
        ("task-23.md", LogName("23", "", "")),
        ("log-1.md", None),
        ("task-1.json", None),
    ],
)
def test_a_logs_name_says_its_task(path, name):
    assert log_name(path) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("reviews/adversarial-prompt-design.md", ReviewName("prompt", phase="design", round=1)),
        ("reviews/adversarial-analysis-design-r3.md", ReviewName("analysis", phase="design", round=3)),
        ("reviews/adversarial-memory-tasks.md", ReviewName("memory", phase="tasks")),
        ("reviews/review-2.1_v3_2026-03-02T1000.md", ReviewName("review", "", "2.1", 3, "2026-03-02T1000")),
        ("reviews/.prepare-2.1", ReviewName("prepared", task="2.1")),
        ("reviews/notes.md", None),
    ],
)
def test_a_reviews_name_says_of_what_it_is(path, name):
    assert review_name(path) == name


def test_an_approval_has_its_comments_with_what_they_are_on():
    approval = read_approval(example("approvals/ferry-tickets/approval_1772442000000_k3f9x2q1a.json"))
    assert (approval.status, approval.kind, approval.category, approval.category_name) == (
        "needs-revision",
        "document",
        "spec",
        "ferry-tickets",
    )
    assert (approval.response, approval.summary) == ("Two comments.", "Say how long the seat is kept.")
    general, selection = approval.comments
    assert (general.kind, general.text, general.line) == ("general", "Who refunds a cancelled trip?", 0)
    assert selection == CommentFile(
        "selection", "Two minutes are too short.", "2026-03-02T09:06:00.000Z", "comment_1772442360000_b2",
        "keep the seat for two minutes", 16, 49, 78, "yellow",
    )  # fmt: skip


def test_comments_in_the_annotations_count_where_there_are_none_beside_them():
    notes = json.dumps({"comments": [{"comment": "a", "selectedText": "b", "highlightColor": "#fff"}, 5]})
    approval = read_approval(json.dumps({"id": "a", "annotations": notes, "title": 5}))
    assert approval.comments == (CommentFile("selection", "a", selected="b", color="#fff"),)
    assert approval.title == ""


def test_a_snapshot_has_the_text_of_its_moment():
    snapshot = read_snapshot(example("approvals/ferry-tickets/.snapshots/requirements.md/snapshot-001.json"))
    assert (snapshot.version, snapshot.trigger, snapshot.status) == (1, "initial", "pending")
    assert (snapshot.content, snapshot.size, snapshot.lines) == ("# Requirements: Ferry Tickets\n", 30, 2)
    listed = read_snapshots(example("approvals/ferry-tickets/.snapshots/requirements.md/metadata.json"))
    assert (listed.path, listed.current) == (".spec-workflow/specs/ferry-tickets/requirements.md", 1)
    assert listed.entries == (
        SnapshotEntry(
            1, "snapshot-001.json", "2026-03-02T09:00:00.000Z", "initial", "approval_1772442000000_k3f9x2q1a",
            "Requirements for ferry-tickets",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", '"a"', "{", '{"id": 5}', '{"id": "\\ud800", "content": "\\u0000", "snapshots": []}',
        "[" * 100_000,
        '{"id": "a", "content": "b", "snapshots": [], "x": NaN}', '{"id": ' + "9" * 5000 + "}",
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_json_is_none(text):
    assert read_approval(text) is None
    assert read_snapshot(text) is None
    assert read_snapshots(text) is None


def test_a_deferral_says_what_waits_and_for_what():
    assert read_deferral(example("deferrals/d-4be1f20c.md")) == DeferralItem(
        id="d-4be1f20c", title="Tickets for bicycles", status="deferred", tags=("pricing", "boats"),
        created_at="2026-02-21T10:00:00.000Z", updated_at="2026-02-22T10:00:00.000Z", origin_spec="ferry-tickets",
        origin_phase="requirements", trigger="When the new ferry sails.",
        context="The old ferry takes six bicycles.\n\n### Numbers\n\nNobody has counted them.",
        decision="Whether a bicycle needs a ticket of its own.", revisit="The new ferry sails.",
    )  # fmt: skip


def test_a_deferred_spec_says_why():
    assert read_deferred(example("specs/winter-timetable/deferred.json")) == DeferredSpec(
        True, "The harbour office decides in autumn.", "2026-02-20T08:00:00.000Z"
    )
    assert read_deferred('{"deferred": "yes", "reason": 1}') == DeferredSpec(False, "", "")
    assert read_deferred("[]") is None


def test_a_decomposition_names_its_specs_in_order():
    assert read_decomposition(example("spec-decomposition/decomposition.md")) == (
        PlannedSpec("ferry-tickets", "Tickets on the phone", "1", "active", 5),
        PlannedSpec("winter-timetable", "Sailing in winter", "2", "deferred", 9),
    )
    table = (
        "# Plan\n\n| # | Spec | Status |\n|---|---|---|\n| 1 | `login` | active |\n| 2 | two words | |\n\n### `login`\n"
    )
    assert read_decomposition(table) == (PlannedSpec("login", "", "1", "active", 5),)


def test_an_index_says_what_comes_next_and_where_each_spec_stands():
    index = read_index(example("spec-decomposition/INDEX.md"))
    assert (index.state, index.why) == ("active", "Tickets are begun.")
    assert index.specs == (
        IndexedSpec("active", "ferry-tickets", "Implementing", "1", 1, 2, "", 12),
        IndexedSpec(
            "deferred", "winter-timetable", "Requirements", "", 0, 0, "The harbour office decides in autumn.", 18
        ),
    )


ANY = texts | st.lists(
    st.sampled_from([
        "# Implementation Log: Task 1\n", "**Summary:** a\n", "## Statistics\n", "- **Lines Added:** +1\n", "## Next\n",
        "## Artifacts\n", "### API Endpoints\n", "#### GET /x\n", "- **Purpose:** y\n", "- a\n", "  - Location: b\n",
        "---\n", "| Spec | Status |\n", "|---|---|\n", "| a | b |\n", "### 1. `a` — b (c)\n", "## Context\n", "id: x\n",
        "# Design: \n", "```\n", "(", ")",
    ]),
    max_size=20,
).map("".join)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_reading_never_fails(text):
    for reader in READERS.values():
        if reader:
            reader(text)
    for kind in ("requirements", "product", "other"):
        title = title_of(kind, text)
        assert len(title) <= MAX_TITLE_CHARACTERS
        assert title == title.strip()
    lines = len(Page(text).lines)
    assert all(1 <= one.line <= lines for one in (*read_decomposition(text), *read_index(text).specs))
    for path in (text, f".spec-workflow/{text}", f"reviews/{text}"):
        place(path), record(path), log_name(path), review_name(path)


KEYS = st.sampled_from(["id", "comments", "annotations", "highlightColor", "content", "fileStats", "snapshots", "type"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_json_of_any_shape_is_read_or_none(value):
    text = json.dumps(value)
    for read in (read_approval, read_snapshot, read_snapshots, read_deferred):
        read(text)


LARGE = {
    "blanks": "# Implementation Log"
    + " " * 300_000
    + "x\n### `a` "
    + " " * 300_000
    + "b\n- **a:**"
    + " " * 300_000
    + "1",
    "labels": "## Artifacts\n### Functions\n" + "- **Purpose:** x\n" * 50_000,
    "bullets": "## Artifacts\n### Functions\n" + "- a\n  - Location: b\n" * 30_000,
    "table": "## Active\n| Spec |\n|---|\n" + "| a-b |\n" * 50_000 + "|" * 300_000,
    "words": "# " + "Design: " * 100_000,
    "brackets": "### `a` — " + "(" * 200_000 + ")" * 200_000,
    "digits": "## Statistics\n- **Lines Added:** " + "9" * 300_000 + "\n" + "1 " * 100_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_large_and_hostile_texts_are_read_in_linear_time(name):
    for read in (read_log, read_deferral, read_decomposition, read_index, lambda text: title_of("design", text)):
        begin = time.process_time()
        read(LARGE[name])
        assert time.process_time() - begin < 2


def test_every_real_file_of_such_a_folder_has_its_place_and_every_record_is_read():
    for path in documents("*"):
        if ".spec-workflow" not in path.parts:
            continue
        name = "/".join(path.parts[path.parts.index(".spec-workflow") :])
        text = text_of(path)
        found = place(name)
        assert found is not None
        assert Page(text).text == text
        reader = READERS.get(record(name))
        assert reader is None or reader(text)
        if found.kind in ("requirements", "design", "tasks"):
            title = title_of(found.kind, text)
            assert not title.casefold().startswith(
                ("requirements", "tasks", "design:", "design document", "implementation")
            )
