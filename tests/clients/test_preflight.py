"""Asking before a change of code goes in, by the command."""

import subprocess
from pathlib import Path

import pytest

from approvals.preflight import changed_in
from tests.approvals.test_preflight import released, tasks  # noqa: F401  # a fixture
from tests.clients.conftest import Machines
from tests.clients.shell import Shell
from tests.factories import Team


@pytest.fixture
def team(transactional_db: None, tasks: Team) -> Team:  # noqa: F811
    """A team with tasks that name files, which nobody has approved."""
    return tasks


@pytest.fixture
def checkout(robot: Shell) -> Path:
    """A repository with one commit; a file that a task names is changed in it."""
    git(robot.folder, "init", "-q", "-b", "main")
    (robot.folder / "web").mkdir()
    (robot.folder / "web/list.html").write_text("<ul></ul>\n")
    git(robot.folder, "add", "web")
    git(robot.folder, "commit", "-q", "-m", "One")
    (robot.folder / "web/list.html").write_text("<ol></ol>\n")
    return robot.folder


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=robot", "-c", "user.email=robot@example.org")
    return subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_paths_are_refused_while_their_tasks_wait_for_people(robot: Shell, team: Team) -> None:
    done = robot("preflight", "web/list.html", "README.md", code=1)
    assert "web/list.html: refused: not_released: " in done.out
    assert "README.md: allowed (no task names it)" in done.out
    assert done.out.endswith("The specs refuse this change.\n")
    released(team)
    assert robot("preflight", "web/list.html").out.endswith("The specs allow this change.\n")


def test_git_says_what_was_changed(robot: Shell, checkout: Path) -> None:
    assert "web/list.html: refused" in robot("preflight", code=1).out
    assert robot("preflight", "--staged").out == "The specs allow this change.\n"
    git(checkout, "add", "web")
    assert "web/list.html: refused" in robot("preflight", "--staged", code=1).out
    git(checkout, "checkout", "-q", "-b", "change")
    git(checkout, "commit", "-q", "-m", "Two")
    assert robot("preflight").out == "The specs allow this change.\n"
    assert "web/list.html: refused" in robot("preflight", "--base", "main", code=1).out


def test_both_names_of_what_was_moved_are_asked_for(robot: Shell, checkout: Path) -> None:
    git(checkout, "mv", "web/list.html", "web/grid.html")
    assert "web/list.html: refused" in robot("preflight", "--staged", code=1).out


def test_a_diff_is_taken_from_a_file_or_from_standard_input(robot: Shell, checkout: Path) -> None:
    diff = git(checkout, "diff")
    assert changed_in(diff) == ["web/list.html"]
    (checkout / "change.diff").write_text(diff)
    assert "web/list.html: refused" in robot("preflight", "--diff", "change.diff", code=1).out
    assert "web/list.html: refused" in robot("preflight", "--diff", "-", said=diff, code=1).out


def test_what_cannot_be_asked_is_bad_use(robot: Shell, checkout: Path, machine: Machines, team: Team) -> None:
    assert robot("preflight", "--base", "--output=stolen", code=2).err.startswith("Usage: ")
    assert robot("preflight", "--staged", "--base", "main", code=2).err.startswith("Usage: ")
    assert robot.refusal("preflight", "--base", "no-such") == "no_git"
    assert machine(team.alice).refusal("preflight") == "no_git"
    assert not (checkout / "stolen").exists()
