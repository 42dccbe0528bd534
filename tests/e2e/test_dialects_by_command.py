"""A folder of each dialect, from the command line alone: import, lint, approval, change, approval, export."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.shell import Shell
from tests.e2e.product import ROOT, Product

pytestmark = pytest.mark.e2e
EXAMPLES = ROOT / "examples/dialects"

# A document of each dialect that people can agree on, and a change of it.
CHANGES = {
    "backlog-md": ("backlog/tasks/task-7 - Water-plants-by-the-weather.md", "rain", "rain or snow"),
    "kiro": (".kiro/specs/parcel-pickup/requirements.md", "SHALL", "SHALL at once"),
    "omoios": (".omoi_os/requirements/quiet-hours.md", "SHALL", "SHALL at once"),
    "openspec": ("openspec/specs/loan-desk/spec.md", "SHALL", "SHALL at once"),
    "spec-kit": ("specs/001-trail-reports/spec.md", "MUST", "MUST at once"),
    "spec-workflow": (".spec-workflow/specs/ferry-tickets/requirements.md", "SHALL", "SHALL at once"),
    "specflow": ("specflow/seat-booking.yaml", "title: ", "title: The new "),
    "specman": ("spec/tide-clock/spec.md", "tide", "spring tide"),
    "task-master": (".taskmaster/tasks/tasks.json", '"title": "', '"title": "Again: '),
}
# What the linter finds in an example that nobody can agree on, and how it is mended.
MENDS = {"spec-kit": ("specs/001-trail-reports/spec.md", "[NEEDS CLARIFICATION: of all regions?]", "of all regions")}
# A project, and keys of an agent and of a reviewer in it.
MAKE = """
from specflow.accounts import actions, actors
from tests.clients.shell import key_of
from tests.factories import make_team
team = make_team({slug!r})
print(json.dumps({{name: key_of(team, user) for name, user in (("robot", team.robot), ("bob", team.bob))}}))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One server for all dialects, each in a project of its own."""
    product = Product(tmp_path_factory.mktemp("product"))
    product.serve("--no-demo")
    yield product
    product.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def edited(text: bytes, old: str, new: str) -> bytes:
    assert old.encode() in text
    return text.replace(old.encode(), new.encode(), 1)


def approved(robot: Shell, bob: Shell, approval: str) -> None:
    """Bob reads what is asked, and says yes to that."""
    code, screen = bob.at_terminal("approval", "approve", approval, answers={"Approve this text?": "y\n"})
    assert (code, f"{approval}: approved." in screen) == (0, True), screen
    assert robot("approval", "show", approval, "--format", "json").json["state"] == "approved"


def asked(robot: Shell, *words: str) -> str:
    said: Any = robot(*words, "--format", "json").json
    return str(said["id"])


@pytest.mark.parametrize("dialect", sorted(one.name for one in EXAMPLES.iterdir()))
def test_a_folder_goes_all_the_way_by_the_command_alone(served: Product, tmp_path: Path, dialect: str) -> None:
    keys = served.python(MAKE.format(slug=dialect))
    robot, bob = (
        Shell(tmp_path / name, {"SPECFLOW_URL": served.url, "SPECFLOW_API_KEY": key}) for name, key in keys.items()
    )
    for shell in (robot, bob):
        shell.folder.mkdir()
    shutil.copytree(EXAMPLES / dialect, robot.folder / "work")
    before = contents(robot.folder / "work")

    said = robot("spec", "import", "work", "--format", "json").json
    assert (said["documents"], said["warnings"]) == (len(before), [])
    if dialect in MENDS:
        path, old, new = MENDS[dialect]
        assert f"{path}:" in robot("spec", "lint", "work", code=1).out
        before[path] = edited(before[path], old, new)
        (robot.folder / "work" / path).write_bytes(before[path])
        robot("spec", "import", "work")
    robot("spec", "lint", "work")
    robot("spec", "lint")

    path, old, new = CHANGES[dialect]
    approved(robot, bob, asked(robot, "approval", "request", path))

    file = robot.folder / "work" / path
    changed = edited(before[path], old, new)
    file.write_bytes(changed)
    proposal = asked(robot, "propose", f"work/{path}", "--summary", "Asked for by users.")
    robot("spec", "export", "meanwhile")
    assert contents(robot.folder / "meanwhile") == before, "the agreed text stands until people agree on another"
    approved(robot, bob, proposal)

    robot("spec", "export", "after")
    assert contents(robot.folder / "after") == {**before, path: changed}
    assert robot("spec", "export", "work").out.startswith("work: 0 files written")
