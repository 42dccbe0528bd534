"""Folders in and out: byte for byte, all or nothing, and nothing twice; by the action and by the commands."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from approvals import actions as approvals
from specflow.accounts.models import Project
from specflow.audit.models import AuditEntry
from specflow.errors import Invalid
from specflow.specs.imports import exported, import_folder
from specflow.specs.models import Document, Requirement, Revision, Spec
from specflow.specs.workspace import read_folder, write_folder
from tasks import actions as tasks
from tasks.models import Task
from tests.factories import Team, make_team
from tests.specs.formats import corpus

pytestmark = pytest.mark.django_db
SPEC = ".spec-workflow/specs/sign-in"
FILES = {
    f"{SPEC}/requirements.md": corpus.REQUIREMENTS,
    f"{SPEC}/design.md": "\ufeff" + corpus.DESIGN.replace("\n", "\r\n"),
    f"{SPEC}/tasks.md": corpus.TASKS,
    f"{SPEC}/notes.txt": "no end of line",
    ".spec-workflow/archive/specs/old/tasks.md": "- [x] 1. Done\n  - [~] 1.1 Held\n    - _Blocked: Ann_\n",
    ".spec-workflow/steering/product.md": "# Product  \n\n\n",
    ".spec-workflow/templates/empty.md": "",
}


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def folder(tmp_path):
    """A small workspace of our own, with a picture in it."""
    write_folder(tmp_path / "in", FILES)
    (tmp_path / "in" / SPEC / "shot.png").write_bytes(b"\x89PNG\xff\0")
    return tmp_path / "in"


def run(name: str, *arguments: object, **options) -> dict:
    """What a command says with `--format json`."""
    out = StringIO()
    call_command(name, *map(str, arguments), format="json", stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Document, Revision, Spec, Requirement, Task, AuditEntry))


def bytes_in(folder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".png"
    }


# The action


def test_what_was_imported_is_exported_byte_for_byte(team):
    import_folder(team.project, actor=team.agent, files=FILES)

    assert exported(team.project) == FILES


def test_an_import_counts_what_it_read(team):
    report = import_folder(team.project, actor=team.agent, files=FILES)

    assert report.as_dict() == {
        "documents": 7,
        "revised": 7,
        "specs": 2,
        "requirements": 3,
        "criteria": 3,
        "tasks": 8,
        "checkboxes": 8,
        "warnings": [],
    }
    assert AuditEntry.objects.get(verb="folder.imported").content["data"]["documents"] == 7


def test_a_new_folder_brings_the_progress_of_its_tasks(team):
    import_folder(team.project, actor=team.agent, files=FILES)

    status = {row.title: (row.status, row.blocked_reason) for row in Task.objects.filter(spec__slug="sign-in")}
    assert status["Lay the ground"] == ("completed", "")
    assert status["Sign in"] == ("in_progress", "")
    assert status["The check"] == ("blocked", "waits for the form")
    assert Task.objects.filter(released_at=None).count() == Task.objects.count()


def test_the_same_folder_again_revises_nothing(team):
    import_folder(team.project, actor=team.agent, files=FILES)
    before = rows()

    again = import_folder(team.project, actor=team.agent, files=FILES)

    assert (again.documents, again.revised, again.warnings) == (7, 0, [])
    assert rows() == (*before[:-1], before[-1] + 1)  # the import itself stands on the log


def test_an_export_after_work_was_done_comes_back_in_without_a_revision(team):
    import_folder(team.project, actor=team.agent, files=FILES)
    tasks.set_status(Task.objects.get(title="Read it all again"), actor=team.agent, status="blocked", reason="Ann")
    files = exported(team.project)
    changed = [path for path in FILES if files[path] != FILES[path]]

    again = import_folder(team.project, actor=team.agent, files=files)

    assert changed == [f"{SPEC}/tasks.md"]
    assert (again.revised, again.warnings, exported(team.project)) == (0, [], files)


def test_a_changed_marker_in_a_known_folder_goes_through_the_gates(team):
    import_folder(team.project, actor=team.agent, files=FILES)
    ticked = {**FILES, f"{SPEC}/tasks.md": corpus.TASKS.replace("+ [ ]", "+ [x]").replace("- [ ] 2.1", "- [-] 2.1")}

    report = import_folder(team.project, actor=team.agent, files=ticked)

    assert report.revised == 0
    assert [one.split(": ")[2] for one in report.warnings] == ["not_released", "wrong_state"]
    assert all(one.startswith(f"{SPEC}/tasks.md: ") for one in report.warnings)
    assert exported(team.project) == FILES


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (f"{SPEC}/z.md", "a\0b", "invalid_text"),
        (f"{SPEC}/z.md", "x\n" * 20_000, "too_large"),
        (".spec-workflow/../z.md", "x", "invalid_path"),
    ],
)
def test_one_bad_file_leaves_nothing_of_the_folder_and_is_named(team, path, text, code):
    before = rows()

    with pytest.raises(Invalid) as caught:
        import_folder(team.project, actor=team.agent, files={**FILES, path: text})

    assert (caught.value.code, caught.value.details["path"]) == (code, path)
    assert caught.value.message.startswith(path)
    assert rows() == before


# The commands


def test_the_commands_bring_a_folder_in_and_out_byte_for_byte(team, folder, tmp_path):
    took = run("spec_import", folder, project="demo")
    gave = run("spec_export", tmp_path / "out", project="demo")

    assert (took["documents"], took["specs"], took["checkboxes"], took["tasks"]) == (7, 2, 8, 8)
    assert [one.split(":")[0] for one in took["warnings"]] == [f"{SPEC}/shot.png"]
    assert (gave["documents"], gave["changed"], gave["paths"]) == (7, 7, sorted(FILES))
    assert bytes_in(tmp_path / "out") == bytes_in(folder)
    assert run("spec_export", tmp_path / "out", project="demo")["changed"] == 0


def test_a_dry_run_says_what_would_be_taken_and_takes_nothing(folder, tmp_path, team):
    before = rows()

    dry = run("spec_import", folder, project="new", create_project=True, dry_run=True)

    assert (rows(), Project.objects.filter(slug="new").exists()) == (before, False)
    assert dry == run("spec_import", folder, project="new", create_project=True)
    assert run("spec_export", tmp_path / "out", project="new", dry_run=True)["documents"] == 7
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("bad.md", b"\xff", "invalid_utf8"),
        ("bad.md", b"a\0b", "invalid_text"),
        ("tasks.md", b"- [ ] a\n" * 20_000, "too_large"),
    ],
)
def test_a_bad_file_leaves_not_even_the_project(folder, name, data, code):
    (folder / SPEC / name).write_bytes(data)

    with pytest.raises(CommandError, match=rf"^{code}: .*{name}"):
        run("spec_import", folder, project="new", create_project=True)

    assert not Project.objects.exists()
    assert not Document.objects.exists()


def test_a_symlink_in_the_folder_is_refused(folder, team):
    (folder / SPEC / "link.md").symlink_to("/etc/passwd")

    with pytest.raises(CommandError, match=r"^symlink_refused: "):
        run("spec_import", folder, project="demo")
    assert not Document.objects.exists()


@pytest.mark.parametrize("name", ["spec_import", "spec_export"])
def test_an_unknown_project_is_named(folder, name):
    with pytest.raises(CommandError, match=r"^project_not_found: "):
        run(name, folder, project="nobody")


def test_a_project_of_no_possible_name_is_refused(folder):
    with pytest.raises(CommandError, match=r"^invalid_slug: "):
        run("spec_import", folder, project="../x", create_project=True)


def test_the_words_for_people_say_the_same(folder, team):
    out, err = StringIO(), StringIO()

    call_command("spec_import", str(folder), project="demo", stdout=out, stderr=err)

    assert "7 documents of 2 specs: 3 requirements, 3 criteria, 8 tasks (8 checkboxes); 7 revised." in out.getvalue()
    assert "shot.png" in err.getvalue()


# Real documents


def test_real_folders_go_in_and_out_byte_for_byte_and_lose_no_checkbox(team, tmp_path):
    where = corpus.folder()
    if where is None:
        pytest.skip("no folder of real documents: set SPECFLOW_CORPUS to one that holds .spec-workflow folders")
    specs = 0
    for number, root in enumerate(sorted(path.parent for path in where.glob("*/.spec-workflow"))):
        read = read_folder(root)
        took = run("spec_import", root, project=f"real-{number}", create_project=True)
        run("spec_export", tmp_path / str(number), project=f"real-{number}")

        assert read_folder(tmp_path / str(number)).texts == read.texts
        documents = Document.objects.filter(project__slug=f"real-{number}", kind="tasks")
        counted = {one.path: corpus.checkboxes(read.texts[one.path]) for one in documents}
        assert {one.path: one.tasks.filter(present=True).count() for one in documents} == counted
        assert took["checkboxes"] == sum(counted.values())
        assert run("spec_import", root, project=f"real-{number}")["revised"] == 0
        specs += took["specs"]

    assert specs >= 40


def test_an_approval_stands_over_an_import_in_which_only_boxes_were_ticked(team):
    import_folder(team.project, actor=team.agent, files={f"{SPEC}/requirements.md": corpus.REQUIREMENTS})
    document = Document.objects.get()
    asked = approvals.request_approval(document, actor=team.agent)
    approvals.approve(asked, actor=team.reviewer, digest=asked.digest)

    import_folder(team.project, actor=team.agent, files=FILES)

    document.refresh_from_db()
    assert document.is_approved
