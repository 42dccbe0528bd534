"""The folder on disk follows what was archived."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone

from specflow.specs.archiving import archive_change
from specflow.specs.imports import exported
from specflow.specs.models import Spec, WorkspaceFile
from specflow.specs.sync.folder import Workspace
from specflow.specs.sync.watching import Watch
from specflow.specs.workspace import read_folder
from tests.factories import Team
from tests.specs.archiving.changes import FILES, HERE
from tests.specs.sync.folders import file_of, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch(team: Team, tmp_path: Path) -> Watch:
    """Of a folder with the change, that is in step with its documents."""
    watch = Watch(team.project, tmp_path, actor=lambda: team.agent, say=lambda _: None)
    for path, text in FILES.items():
        put(watch, text, path)
    watch.step_all()
    return watch


def archive(team: Team) -> str:
    """The folder to which the change went."""
    archive_change(Spec.objects.get(slug="add-holds"), actor=team.agent)
    return f"openspec/changes/archive/{timezone.now().date().isoformat()}-add-holds"


def test_its_files_move_and_the_capabilities_are_written(team: Team, watch: Watch) -> None:
    archive(team)
    steps = {one.path: one.step for one in watch.step_all()}
    assert {path: step for path, step in steps.items() if path.startswith(f"{HERE}/")} == {
        path: "remove" for path in FILES if path.startswith(HERE)
    }
    assert read_folder(watch.folder.root).texts == exported(team.project)
    assert not (watch.folder.root / HERE).exists()
    assert {one.step for one in watch.step_all()} == {"same"}
    assert not WorkspaceFile.objects.filter(path__startswith=f"{HERE}/").exists()


def test_the_watch_is_told_of_it_by_the_log(team: Team, watch: Watch) -> None:
    archive(team)
    watch._step(watch._told())
    assert read_folder(watch.folder.root).texts == exported(team.project)


def test_a_file_that_was_changed_meanwhile_is_left_to_a_person(team: Team, watch: Watch) -> None:
    path = f"{HERE}/proposal.md"
    put(watch, "# Mine\n", path)
    archive(team)
    [told] = [one for one in watch.step_all() if one.path == path]
    assert (told.step, told.refusals[0].split(":")[0]) == ("refused", "document_moved")
    assert file_of(watch, path) == "# Mine\n"
    assert Spec.objects.filter(archived=False, folder=HERE).count() == 0


def test_a_new_change_of_the_same_name_begins_anew(team: Team, watch: Watch) -> None:
    archive(team)
    watch.step_all()
    put(watch, "# Proposal: Holds again\n", f"{HERE}/proposal.md")
    assert "taken" in {one.step for one in watch.step_all()}
    assert Spec.objects.get(folder=HERE).slug == "add-holds-2"


def test_only_the_text_that_was_decided_on_is_removed(tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    folder.write("openspec/changes/a/b.md", "one", over=None)
    folder.write("openspec/changes/c.md", "two", over=None)
    assert not folder.remove("openspec/changes/a/b.md", said="another")
    assert folder.read("openspec/changes/a/b.md") == "one"
    assert folder.remove("openspec/changes/a/b.md", said="one")
    assert folder.remove("openspec/changes/a/b.md", said="one")
    assert os.listdir(tmp_path / "openspec/changes") == ["c.md"]
    assert folder.remove("openspec/changes/c.md", said="two")
    assert os.listdir(tmp_path) == ["openspec"]
