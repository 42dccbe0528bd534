"""The watch as a process of its own: files and documents reach each other without a word."""

import signal
from pathlib import Path

import pytest

from tests.e2e.product import Browser, Product
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e
PATH = ".spec-workflow/specs/login/requirements.md"
TEXT = "# Requirements\n\n### Requirement 1: Lock\n\n1. The system SHALL lock\n"

MAKE = """
from specflow.accounts import actions, actors
actions.create_project("shop", actor=actors.system(door="cli"))
print("null")
"""
REVISE = f"""
from specflow.accounts import actors
from specflow.accounts.models import Project
from specflow.specs.actions import save_document
text = {TEXT!r} + "2. From the server\\n"
save_document(Project.objects.get(slug="shop"), actor=actors.system(door="cli"), path={PATH!r}, text=text)
print("null")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "checkout"
    (made / PATH).parent.mkdir(parents=True)
    (made / PATH).write_text(TEXT)
    return made


def revision(admin: Browser) -> int:
    [one] = admin.read("/api/v1/documents?project=shop")["results"] or [{"revision": 0}]
    return int(one["revision"])


def test_a_file_and_its_document_follow_each_other(embedded: Product, folder: Path) -> None:
    embedded.serve("--no-demo")
    embedded.python(MAKE)
    admin = Browser(embedded.url)
    watch = embedded.manage("workspace_sync", str(folder), "--project", "shop")
    wait_until(lambda: revision(admin) == 1, within=30, what="the file is a document")

    (folder / PATH).write_text(TEXT + "2. From the file\n")
    wait_until(lambda: revision(admin) == 2, within=10, what="the changed file is a revision")

    embedded.python(REVISE)
    wait_until(lambda: "From the server" in (folder / PATH).read_text(), within=10, what="the file is written")

    other = folder / ".kiro/specs/login/requirements.md"
    other.parent.mkdir(parents=True)
    other.write_text(TEXT)
    wait_until(lambda: ".kiro/specs/login/requirements.md: taken" in watch.said, within=10, what="a new folder is seen")

    watch.signal(signal.SIGTERM)
    assert watch.wait(10) == 0
    assert "Traceback" not in watch.said
