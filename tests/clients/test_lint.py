"""Linting by the command, as CI does it."""

import json
import shutil
from pathlib import Path

import pytest

from specflow.specs.imports import import_folder
from specflow.specs.models import Document
from tests.clients.shell import Shell
from tests.factories import Team
from tests.specs.lint.test_rules import ONE

ROOT = Path(__file__).resolve().parents[2]
PATH = ".kiro/specs/login/requirements.md"


@pytest.fixture
def file(robot: Shell) -> Path:
    """A document with an error."""
    made = robot.folder / "shop" / PATH
    made.parent.mkdir(parents=True)
    made.write_text(f"{ONE}\nTBD\n")
    return made


def test_a_folder_with_an_error_ends_with_1(robot: Shell, file: Path) -> None:
    done = robot("spec", "lint", "shop", code=1)
    line = file.read_text().split("\n").index("TBD") + 1
    assert f"{PATH}:{line}:1: error placeholder " in done.out
    assert done.err.startswith("1 error, ")
    assert not Document.objects.exists()


def test_a_folder_without_one_ends_with_0_unless_warnings_count(robot: Shell, file: Path) -> None:
    file.write_text(ONE.replace("SHALL", "SHALL quickly"))
    robot("spec", "lint", "shop")
    assert "vague-word" in robot("spec", "lint", "shop", "--fail-on", "warning", code=1).out
    file.write_text(f"{ONE}\nTBD\n")
    robot("spec", "lint", "shop", "--fail-on", "never")


@pytest.mark.parametrize("where", [".", "shop", "shop/.kiro/specs"])
def test_a_file_is_linted_from_wherever_one_stands(robot: Shell, file: Path, where: str) -> None:
    here = Shell(robot.folder / where, robot.settings)
    assert f"{PATH}:" in here("spec", "lint", str(file), code=1).out


def test_findings_are_json_or_sarif(robot: Shell, file: Path) -> None:
    for words in (["spec", "lint", "shop", "--format", "json"], ["--format", "json", "spec", "lint", "shop"]):
        said = robot(*words, code=1).json
        assert (said["fit"], said["counts"]["error"]) == (False, 1)
    [run] = json.loads(robot("spec", "lint", "shop", "--format", "sarif", code=1).out)["runs"]
    assert "placeholder" in [one["ruleId"] for one in run["results"]]
    robot("spec", "lint", "shop", "--format", "sarif", "--fail-on", "never")


def test_a_spec_file_that_stands_nowhere_is_linted_too(robot: Shell) -> None:
    shutil.copy(ROOT / "examples/dialects/specflow/specflow/seat-booking.yaml", robot.folder / "booking.yaml")
    robot("spec", "lint", "booking.yaml")


def test_without_a_path_the_project_is_linted(robot: Shell, team: Team, file: Path) -> None:
    import_folder(team.project, actor=team.agent, files={PATH: file.read_text()})
    assert f"{PATH}:" in robot("spec", "lint", code=1).out
    assert '"placeholder"' in robot("spec", "lint", "--format", "sarif", code=1).out


def test_what_is_no_document_is_refused(robot: Shell) -> None:
    (robot.folder / "notes.txt").write_text("x")
    assert robot.refusal("spec", "lint", "notes.txt") == "no_document"
    assert robot.refusal("spec", "lint", ".") == "folder_not_found"
    assert robot.refusal("spec", "lint", "no.md") == "file_not_found"
