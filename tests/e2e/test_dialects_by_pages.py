"""A folder of each dialect, on the pages alone: imported, read, changed, agreed on, changed by a proposal, exported."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import Watch
from tests.e2e.product import ROOT, Product
from tests.factories import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, FilePayload, Page

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
EXAMPLES = ROOT / "examples/dialects"
DIALECTS = sorted(one.name for one in EXAMPLES.iterdir())
WIDE = {"width": 1280, "height": 900}
PEOPLE = f"""
from specflow.accounts import actions, actors
from specflow.accounts.capabilities import Role
owner = actors.system(door="cli")
alice, bob = (actions.create_person(name, actor=owner, password={PASSWORD!r}) for name in ("alice", "bob"))
for slug in {[*DIALECTS, "again"]!r}:
    project = actions.create_project(slug, actor=actors.from_session(alice, door="page"))
    actions.add_member(project, bob, actor=owner, role=Role.REVIEWER)
"""


@dataclass(frozen=True)
class Change:
    """Words of a document that become others, and what the pages tell of it."""

    old: str
    new: str
    told: str


@dataclass(frozen=True)
class Story:
    """What happens to one document of a dialect's folder: mended and agreed on, then changed by a proposal. `finding`
    is what the linter says of it when it came."""

    path: str
    finding: str
    mended: Change
    proposed: Change


NOTHING = "Nothing to mend"
STORIES = {
    "backlog-md": Story(
        "backlog/tasks/task-7 - Water-plants-by-the-weather.md",
        NOTHING,
        Change("more than 5 mm skips", "more than 6 mm skips", "Task #1 renamed"),
        Change("Without a forecast", "Without any forecast", "Task #2 renamed"),
    ),
    "kiro": Story(
        ".kiro/specs/parcel-pickup/requirements.md",
        "No task names criterion 2.3.",
        Change("a code of six digits", "a code of eight digits", "Criterion 1.1 reworded"),
        Change("for one hour", "for two hours", "Criterion 1.2 reworded"),
    ),
    "omoios": Story(
        ".omoi_os/requirements/quiet-hours.md",
        "Requirement REQ-QUIET-PERF-001 (Many members) has no criterion.",
        Change("within a minute of", "within two minutes of", "Criterion REQ-QUIET-FUNC-001.1 reworded"),
        Change("No more than two urgent", "No more than three urgent", "Criterion REQ-QUIET-FUNC-002.1 reworded"),
    ),
    "openspec": Story(
        "openspec/changes/add-reservations/specs/loan-desk/spec.md",
        NOTHING,
        Change("Reserve a book\n", "Reserve a lent book\n", "Requirement Reserve a lent book renamed"),
        Change("is first in its queue", "is the first in its queue", "Criterion First in the queue reworded"),
    ),
    "spec-kit": Story(
        "specs/001-trail-reports/spec.md",
        "waits to be filled in",
        Change(" [NEEDS CLARIFICATION: of all regions?]", " of all regions", "Requirement FR-003 reworded"),
        Change("at most three photos", "at most four photos", "Requirement FR-001 reworded"),
    ),
    "spec-workflow": Story(
        ".spec-workflow/specs/ferry-tickets/requirements.md",
        NOTHING,
        Change("within five seconds", "within four seconds", "Criterion 1.1 reworded"),
        Change("for two minutes", "for ten minutes", "Criterion 1.2 reworded"),
    ),
    "specflow": Story(
        "specflow/seat-booking.yaml",
        "Requirement PLAN (A plan that is true) has no criterion.",
        Change("at most five seconds late.", "at most three seconds late.", "Requirement PLAN reworded"),
        Change("for ten minutes\n", "for nine minutes\n", "Requirement HOLD reworded"),
    ),
    "specman": Story(
        "spec/tide-clock/spec.md",
        NOTHING,
        Change("from five metres", "from six metres", "Criterion concept-night-mode.brightness reworded"),
        Change("at the top of the face", "at the very top of the face", "Criterion entity-clock-face.layout reworded"),
    ),
    "task-master": Story(
        ".taskmaster/tasks/tasks.json",
        NOTHING,
        Change('"title": "Warn of frost"', '"title": "Warn of frost and heat"', "Task 2 renamed"),
        Change('"title": "Name the houses"', '"title": "Name both houses"', "Task 1 renamed"),
    ),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One server for all dialects, each in a project of its own."""
    product = Product(tmp_path_factory.mktemp("product"))
    product.serve("--no-demo", "--no-worker")
    product.python(PEOPLE)
    yield product
    product.close()


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """What the browsers of those who have logged in once hold: a password takes time to check."""
    return {}


@pytest.fixture
def person(
    served: Product, sessions: dict[str, Any], new_context: Callable[..., BrowserContext]
) -> Callable[[str, str], Page]:
    """The page of a person who is logged in, at the address that comes second."""

    def at(name: str, address: str) -> Page:
        context = new_context(viewport=WIDE, base_url=served.url, storage_state=sessions.get(name))
        page = context.new_page()
        page.goto(address)
        if name not in sessions:
            page.get_by_label("Username").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url(served.url + address)
            sessions[name] = context.storage_state()
        return page

    return at


def files_of(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def zipped(files: dict[str, bytes]) -> FilePayload:
    """The files as a zip, as the browser's dialog gives one to a page."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return {"name": "folder.zip", "mimeType": "application/zip", "buffer": data.getvalue()}


def changed(files: dict[str, bytes], path: str, change: Change) -> dict[str, bytes]:
    assert files[path].count(change.old.encode()) == 1, change
    return {**files, path: files[path].replace(change.old.encode(), change.new.encode())}


def bring(page: Page, files: dict[str, bytes], told: str) -> None:
    """Imports the files from the page of documents, after a look at what that would bring."""
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("Zip archive").set_input_files(files=[zipped(files)])
    page.get_by_role("button", name="Look at it").click()
    page.get_by_text(told, exact=True).wait_for()
    page.get_by_role("button", name=f"Import {len(files)} document").click()


def open_document(page: Page, path: str) -> None:
    """Finds a document among all of the project by its path, and opens it."""
    page.get_by_role("link", name="Documents", exact=True).first.click()
    page.get_by_role("searchbox", name="Search documents").fill(path)
    page.keyboard.press("Enter")
    page.locator("main a.item-title").click()
    page.locator("code", has_text=path).first.wait_for()


def write(page: Page, change: Change) -> None:
    """Changes words in the form of a change, and looks at what that changes."""
    field = page.get_by_label("The text as it is to be")
    field.fill(field.input_value().replace(change.old, change.new))
    page.get_by_role("button", name="See what changes").click()
    page.locator(".difference-items", has_text=change.told).wait_for()


def agree(page: Page, title: str) -> None:
    """Approves, in the admin, what the page is about."""
    page.get_by_role("heading", name=title).first.wait_for()
    page.locator(".sf-decide").get_by_role("button", name="Approve").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    page.get_by_text(f"Approved: {title}").wait_for()


def exported(page: Page) -> dict[str, bytes]:
    """The files of the project, as the page of documents exports them."""
    page.get_by_role("link", name="Documents", exact=True).first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_folder_goes_all_the_way_on_the_pages_alone(
    dialect: str, person: Callable[[str, str], Page], browser_watch: Watch
) -> None:
    story, files = STORIES[dialect], files_of(EXAMPLES / dialect)
    page = person("alice", f"/p/{dialect}/documents/")
    page.get_by_text("No documents yet").wait_for()
    bring(page, files, f"{len(files)} new")
    page.get_by_text(f"{len(files)} of {len(files)} documents were new or changed").wait_for()
    page.get_by_role("link", name="Findings", exact=True).click()
    page.get_by_text(story.finding).first.wait_for()
    open_document(page, story.path)
    if story.finding != NOTHING:
        page.get_by_text(story.finding).first.wait_for()

    page.get_by_role("link", name="Change", exact=True).click()
    write(page, story.mended)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved as a new revision.").wait_for()
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_text("People are asked to agree on").wait_for()
    files = changed(files, story.path, story.mended)

    other = person("bob", f"/p/{dialect}/inbox")
    waiting = other.locator("main a.item-title")
    title = waiting.inner_text()
    waiting.click()
    agree(other, title)

    page.reload()
    page.get_by_role("link", name="Propose a change").click()
    page.get_by_label("What changes, in a line").fill("Better so")
    page.get_by_label("Why, for those who decide").fill("People asked for it.")
    write(page, story.proposed)
    page.get_by_role("button", name="Propose this change").click()
    page.get_by_text("the text that stands stays until people agree").wait_for()
    assert exported(page) == files

    other.goto(f"/p/{dialect}/inbox")
    other.get_by_role("link", name="Better so").click()
    agree(other, "Better so")
    assert exported(page) == changed(files, story.path, story.proposed)
    assert browser_watch.console_errors == []


def test_a_second_archive_tells_what_it_changes_before_it_does(
    person: Callable[[str, str], Page], browser_watch: Watch
) -> None:
    path = ".kiro/steering/tech.md"
    files = files_of(EXAMPLES / "kiro")
    page = person("alice", "/p/again/documents/")
    bring(page, files, f"{len(files)} new")
    open_document(page, path)
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_text("People are asked to agree on").wait_for()
    other = person("bob", "/p/again/inbox")
    other.get_by_role("link", name=f"Tech of {path}").click()
    agree(other, f"Tech of {path}")

    page.get_by_role("link", name="Documents", exact=True).first.click()
    later = changed(files, path, Change("PostgreSQL", "SQLite", ""))
    bring(page, later, f"1 changed, {len(files) - 1} as they are")
    page.get_by_text(f"1 of {len(files)} documents was new or changed, and is imported.").wait_for()
    open_document(page, path)
    page.get_by_text("Changed since approval").wait_for()
    assert exported(page) == later
    assert browser_watch.console_errors == []
