"""What the rules make of documents of other dialects, whatever reads them."""

from dataclasses import replace

from hypothesis import given, settings

from specflow.specs.formats.items import CriterionItem, Items, Place, RequirementItem, TaskItem
from specflow.specs.lint import RULES, lint
from specflow.specs.lint.workspace import Document, Workspace
from tests.specs.formats.nasty import texts

STEPS = "- **WHEN** a file is saved\n- **THEN** the app SHALL keep it\n- **AND** it SHALL say so"


def requirement(key: str, change: str, *criteria: CriterionItem) -> RequirementItem:
    return RequirementItem(key, 0, key, "", "", "", criteria, 1, 4, change=change)


def task(key: str, *, box: bool = True, references: tuple[str, ...] = ()) -> TaskItem:
    return TaskItem(0, key, 0, "Do it", "pending", "", 0, None, 1, 1, requirements=references, box=box)


def change(name: str, *requirements: RequirementItem, tasks: tuple[TaskItem, ...] = ()) -> list[Document]:
    """A change to the requirements of another spec, with its tasks."""
    folder = f"changes/{name}"
    return [
        Document(f"{folder}/specs/notes/spec.md", f"### {name}\n{STEPS}\n", Place(name, "delta", folder=folder),
                 Items(requirements=requirements)),
        Document(f"{folder}/tasks.md", "- [ ] Do it\n", Place(name, "tasks", folder=folder), Items(tasks=tasks)),
    ]  # fmt: skip


def codes(*documents: Document) -> list[tuple[str, str]]:
    """(code, path) of everything that is found in the documents."""
    workspace = Workspace({})
    workspace.documents = list(documents)
    return [(one.code, one.path) for rule in RULES for one in rule.findings(workspace)]


SCENARIO = CriterionItem("Saved", STEPS, 2, 4, "event")


def test_two_open_changes_to_one_requirement_overlap():
    first, second = (change(name, requirement("Keep", "modified", SCENARIO), tasks=(task("1"),)) for name in ("a", "b"))
    assert codes(*first, *second) == [
        ("overlap", "changes/a/specs/notes/spec.md"),
        ("overlap", "changes/b/specs/notes/spec.md"),
    ]


def test_two_changes_that_add_requirements_do_not():
    first, second = (change(name, requirement("Keep", "added", SCENARIO), tasks=(task("1"),)) for name in ("a", "b"))
    assert codes(*first, *second) == []


def test_what_a_change_removes_needs_no_criterion_and_no_task():
    assert codes(*change("a", requirement("Keep", "removed"), tasks=(task("1", references=("Other",)),))) == []


def test_tasks_of_a_change_are_held_to_requirements_only_where_they_name_some():
    documents = change("a", requirement("Keep", "added", SCENARIO), tasks=(task("1", references=("Keep",)),))
    assert codes(*documents) == []
    assert codes(*change("a", requirement("Keep", "added", SCENARIO), tasks=(task("1", references=("9",)),))) == [
        ("unresolved-reference", "changes/a/tasks.md"),
        ("requirement-without-task", "changes/a/specs/notes/spec.md"),
    ]


def test_two_documents_that_are_one_task_each_do_not_share_an_id():
    documents = [
        Document(f"backlog/{name}.md", "text\n", Place("backlog", "task", folder="backlog"), Items(tasks=(one,)))
        for name, one in (("a", task("T-1", box=False)), ("b", task("t-1", box=False)), ("c", task("T-2", box=False)))
    ]
    assert codes(*documents) == [("duplicate-id", "backlog/b.md")]


def test_a_machine_readable_spec_is_not_held_to_what_people_write():
    free = CriterionItem("name", "minLength 3", 1, 1, "free")
    document = Document(
        "api.json",
        '{"type": "object", "description": "TBD"}',
        Place("api", "source", folder="api"),
        Items(requirements=(requirement("A", "", free),)),
    )
    assert codes(document) == []


def test_entries_of_two_lists_may_have_one_id_and_wait_for_those_of_their_own():
    entries = tuple(
        replace(task("1", box=False), index=at, start=at + 1, phase=phase, dependencies=waits)
        for at, (phase, waits) in enumerate([("main", ()), ("next", ("1",))])
    )
    document = Document("tasks.json", "{\n}\n", Place("all", "tasks", folder="all"), Items(tasks=entries))
    assert codes(document) == [("cyclic-dependency", "tasks.json")]


SOURCE = """\
specflow: 1
slug: doors
title: Doors
requirements:
  - id: OPEN
    title: Open
    shall: open
    criteria: [It opens]
tasks:
  - {id: a, title: A, requirements: [OPEN], depends_on: [b]}
  - {id: b, title: B, requirements: [SHUT], depends_on: [a]}
  - {id: c, title: C}
  - {id: c, title: D}
colour: red
"""


def errors(text: str) -> list[tuple[str, str, int, int]]:
    """(code, what the grammar calls it, line, column) of everything wrong with a spec file."""
    found = lint({"specflow/doors.yaml": text})
    assert all(one.severity == "error" for one in found)
    return [(one.code, one.message.partition(":")[0], one.line, one.column) for one in found]


def test_a_spec_file_is_told_everything_that_its_grammar_refuses_once():
    assert errors(SOURCE) == [
        ("invalid-spec-file", "cyclic_dependency", 10, 5),
        ("invalid-spec-file", "unknown_reference", 11, 38),
        ("invalid-spec-file", "duplicate_id", 13, 5),
        ("invalid-spec-file", "unknown_key", 14, 1),
    ]


def test_a_spec_file_that_cannot_be_read_is_an_error_at_the_place_that_stops_the_reader():
    assert errors("specflow: 1\ntitle: [\n") == [("invalid-spec-file", "invalid_yaml", 2, 1)]
    assert errors("a: 1\na: 2\n") == [("invalid-spec-file", "invalid_yaml", 2, 1)]
    assert [one[0] for one in errors("\n")] == ["empty-document"]


@settings(max_examples=60, deadline=None)
@given(texts)
def test_any_text_of_a_spec_file_is_linted_and_every_finding_has_a_true_place(text):
    for one in lint({"specflow/doors.yaml": text}):
        lines = text.split("\n")
        assert 1 <= one.line <= len(lines)
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1
