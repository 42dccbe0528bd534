"""Whole folders in and out by the command, and single files."""

import os
import shutil
from pathlib import Path

import pytest

from specflow.specs import actions as specs
from specflow.specs.models import Document
from tests.clients.shell import Shell
from tests.factories import Team

ROOT = Path(__file__).resolve().parents[2]
KIRO = ROOT / "examples/dialects/kiro"
TASKS = ".kiro/specs/parcel-pickup/tasks.md"


@pytest.fixture
def folder(robot: Shell) -> Path:
    """A checkout with specs, and with other files."""
    made = robot.folder / "shop"
    shutil.copytree(KIRO, made)
    (made / "src").mkdir()
    (made / "src/secret.py").write_text("KEY = 'x'\n")
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_a_folder_goes_in_and_comes_out_byte_for_byte(robot: Shell, folder: Path) -> None:
    crlf = folder / ".kiro/steering/structure.md"
    crlf.write_bytes(b"\xef\xbb\xbf# Structure\r\n\r\ntrailing  \r\n\r\n")

    told = robot("spec", "import", "shop").out
    assert told.startswith(f"Taken: {len(contents(folder / '.kiro'))} documents")
    robot("spec", "export", "out")

    del (before := contents(folder))["src/secret.py"]
    assert contents(robot.folder / "out") == before


def test_nothing_but_documents_leaves_the_folder(robot: Shell, folder: Path) -> None:
    robot("spec", "import", "shop")
    assert not Document.objects.filter(path__contains="secret").exists()
    assert robot("spec", "import", "shop").out.startswith("Taken: 8 documents, 0 revised")


def test_a_dry_run_says_what_would_be_taken_and_takes_nothing(robot: Shell, folder: Path) -> None:
    assert robot("spec", "import", "shop", "--dry-run").out.startswith("Would take: 8 documents")
    assert not Document.objects.exists()


def test_a_folder_without_specs_is_refused(robot: Shell) -> None:
    (robot.folder / "empty").mkdir()
    assert robot.refusal("spec", "import", "empty") == "folder_not_found"
    assert robot.refusal("spec", "import", "nowhere") == "folder_not_found"


def test_a_symlink_is_not_followed_out_of_the_folder(robot: Shell, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "requirements.md").write_text("# Private\n")
    (folder / ".kiro/specs/private").symlink_to(outside)
    (folder / ".kiro/steering/private.md").symlink_to(outside / "requirements.md")

    done = robot("spec", "import", "shop")
    assert ".kiro/specs/private: left out: a symlink." in done.out
    assert ".kiro/steering/private.md: left out: a symlink." in done.out
    assert not Document.objects.filter(path__contains="private").exists()


def test_a_fifo_does_not_hold_the_command_up(robot: Shell, folder: Path) -> None:
    os.mkfifo(folder / ".kiro/steering/pipe.md")
    robot("spec", "import", "shop")
    assert not Document.objects.filter(path__contains="pipe").exists()


def test_an_export_writes_what_was_changed_elsewhere(robot: Shell, team: Team, folder: Path) -> None:
    robot("spec", "import", "shop")
    text = (folder / TASKS).read_text() + "- [ ] 99. One more\n"
    specs.save_document(team.project, actor=team.agent, path=TASKS, text=text)

    assert "1 files written, 7 said the same before" in robot("spec", "export", "shop").out
    assert (folder / TASKS).read_text() == text


def test_an_export_writes_over_no_change_unless_it_is_told_to(robot: Shell, folder: Path) -> None:
    robot("spec", "import", "shop")
    was = (folder / TASKS).read_text()
    (folder / TASKS).write_text("mine\n")
    (folder / ".kiro/steering/tech.md").unlink()

    done = robot("spec", "export", "shop", code=2)
    assert done.err.startswith("error: files_changed: ")
    assert TASKS in done.err
    assert (folder / TASKS).read_text() == "mine\n"
    assert not (folder / ".kiro/steering/tech.md").exists(), "nothing at all was written"

    robot("spec", "export", "shop", "--force")
    assert (folder / TASKS).read_text() == was
    assert (folder / ".kiro/steering/tech.md").exists()


def test_an_export_leads_through_no_symlink(robot: Shell, folder: Path, tmp_path: Path) -> None:
    robot("spec", "import", "shop")
    outside = tmp_path / "outside"
    outside.mkdir()
    (robot.folder / "out").mkdir()
    (robot.folder / "out/.kiro").symlink_to(outside)

    assert robot.refusal("spec", "export", "out", "--force") == "symlink_refused"
    assert list(outside.iterdir()) == []


def test_one_spec_is_exported_by_its_name(robot: Shell, folder: Path) -> None:
    robot("spec", "import", "shop")
    robot("spec", "export", "out", "--spec", "locker-stays-open")
    assert {path.split("/")[2] for path in contents(robot.folder / "out")} == {"locker-stays-open"}
    assert robot.refusal("spec", "export", "out", "--spec", "no-such") == "spec_not_found"


def test_a_spec_file_is_uploaded(robot: Shell) -> None:
    shutil.copy(ROOT / "examples/dialects/specflow/specflow/seat-booking.yaml", robot.folder / "booking.yaml")
    assert robot("spec", "upload", "booking.yaml").out.startswith("seat-booking (spec-")
    assert Document.objects.get().path == "specflow/seat-booking.yaml"


def test_what_is_wrong_with_a_spec_file_is_told_by_line(robot: Shell) -> None:
    (robot.folder / "bad.yaml").write_text("specflow: 1\nslug: bad\ncolour: red\n")
    done = robot("spec", "upload", "bad.yaml", code=2)
    assert done.err.startswith("error: invalid_spec_file: ")
    assert "line 3" in done.err


def test_a_document_is_uploaded_to_where_it_stands(robot: Shell, folder: Path) -> None:
    assert "a new revision" in robot("spec", "upload", f"shop/{TASKS}").out
    assert "the text that stands" in robot("spec", "upload", f"shop/{TASKS}").out
    assert Document.objects.get().path == TASKS
    assert robot.refusal("spec", "upload", "shop/src/secret.py") == "no_document"
    assert robot.refusal("spec", "upload", "shop/no.md") == "file_not_found"
