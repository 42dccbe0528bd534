"""The pages in a real browser: what people see changes before their eyes, without a reload, and fits a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import Watch
from tests.e2e.product import PASSWORD, Browser, Product
from tests.e2e.test_main_job import asked, start

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

DEMO = "from specflow.dashboard.serving.first_start import example_project; example_project()"
# A run that says its first word at once and the others seconds later, so that a page can be there to hear them.
SLOW_RUN = """
from specflow.accounts import actions as accounts
from tasks import runs
from tests.factories import make_released_task, make_team
SPEAK = {"after": 5.0, "tool_call": {"name": "read_spec"}}
STEPS = [{"log": "I begin"}, SPEAK, {"output": {"name": "notes.md", "text": "-"}}]
team = make_team("lab")
task = make_released_task(team)
runner = {"provider": "scripted", "options": {"script": {"steps": STEPS}}, "timeout": 60}
accounts.change_policy(team.project, actor=team.maintainer, policy={"runner": runner})
print(json.dumps(runs.request_run(task, actor=team.agent).public_id))
"""
PHONE = {"width": 360, "height": 740}
WIDTHS = "[document.documentElement.scrollWidth, window.innerWidth]"


def log_in(page: Page, product: Product, then: str) -> None:
    """Logs in as a person does, and comes out at `then`."""
    page.goto(f"{product.url}/admin/login/?next={then}")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(product.url + then)


def opened(context: BrowserContext, address: str) -> Page:
    """A new page that follows the feed, with a mark that a reload would wipe out."""
    page = context.new_page()
    page.goto(address)
    return marked(page)


def marked(page: Page) -> Page:
    page.locator('#live[data-state="on"]').wait_for()
    page.evaluate("window.__mark = 'the same page'")
    return page


def is_the_same(page: Page) -> bool:
    """Whether the page is still the one that was marked."""
    return bool(page.evaluate("window.__mark === 'the same page'"))


def review(page: Page, act: str) -> Locator:
    """The dialog of an act on the page of an approval, opened by its button."""
    page.locator(".sf-decide").get_by_role("button", name=act).click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    return dialog


def too_wide(context: BrowserContext, address: str, picture: Path) -> str:
    """Says so where the page is wider than its window, with a picture of it; empty where all fits."""
    page = context.new_page()
    page.goto(address)
    page.evaluate("document.fonts.ready")
    wide, window = page.evaluate(WIDTHS)
    page.screenshot(path=picture, full_page=True)
    page.close()
    return "" if wide <= window + 1 else f"{address} is {wide} wide in a window of {window}: {picture}"


def test_an_approval_in_the_admin_moves_the_page_of_the_spec(
    product: Product, page: Page, browser_context: BrowserContext, browser_watch: Watch
) -> None:
    start(product, "--no-demo")
    product.python(DEMO)
    log_in(page, product, "/p/demo/inbox")
    marked(page).get_by_text("Nothing waits for a decision").wait_for()

    product.manage("demo")
    waiting = page.get_by_role("link", name="Requirements: Export a report as CSV")
    waiting.wait_for(timeout=30_000)
    assert is_the_same(page)

    spec = opened(browser_context, f"{product.url}/p/demo/specs/export-a-report-as-csv/")
    now = spec.locator('.step[aria-current="step"]')
    assert now.inner_text().split() == ["1", "Requirements"]

    waiting.click()
    review(page, "Approve").get_by_role("button", name="Approve").click()
    page.get_by_text("Approved: Requirements: Export a report as CSV").wait_for()

    now.filter(has_text="Design").wait_for()
    assert is_the_same(spec)
    assert browser_watch.console_errors == []


def test_the_page_of_a_run_shows_what_the_agent_does_as_it_happens(
    product: Product, page: Page, browser_watch: Watch
) -> None:
    start(product, "--no-demo")
    log_in(page, product, "/")
    run = product.python(SLOW_RUN)
    page.goto(f"{product.url}/p/lab/runs/{run}/")
    marked(page).locator(".event", has_text="I begin").wait_for()
    assert page.get_by_text("read_spec").count() == 0

    page.locator(".event", has_text="read_spec").wait_for()
    page.locator(".outputs", has_text="notes.md").wait_for()
    page.locator(".chip", has_text="Succeeded").wait_for()
    assert is_the_same(page)
    assert browser_watch.console_errors == []


def test_changes_cannot_be_requested_without_saying_what(embedded: Product, page: Page, browser_watch: Watch) -> None:
    embedded.serve()
    admin = Browser(embedded.url)
    request = asked(admin, "requirements")
    log_in(page, embedded, "/p/demo/inbox")
    page.get_by_role("link", name=request["title"]).click()

    dialog = review(page, "Request changes")
    dialog.get_by_role("button", name="Request changes").click()
    dialog.locator("textarea:invalid").wait_for()

    dialog.locator("textarea").evaluate("field => field.form.noValidate = true")
    dialog.get_by_role("button", name="Request changes").click()
    page.get_by_text("the comment must not be empty").wait_for()
    assert asked(admin, "requirements")["id"] == request["id"]
    assert browser_watch.console_errors == []


def test_a_decision_can_be_begun_before_the_script_of_its_page_is_there(embedded: Product, page: Page) -> None:
    embedded.serve()
    request = asked(Browser(embedded.url), "requirements")
    log_in(page, embedded, "/p/demo/inbox")
    page.route("**/admin*.js", lambda route: route.abort())
    page.get_by_role("link", name=request["title"]).click()

    dialog = review(page, "Request changes")
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="hidden")


def test_every_page_fits_a_phone(
    embedded: Product, new_context: Callable[..., BrowserContext], tmp_path: Path, browser_watch: Watch
) -> None:
    embedded.serve()
    request = asked(Browser(embedded.url), "requirements")
    run = embedded.python(SLOW_RUN)
    phone = new_context(viewport=PHONE, has_touch=True, base_url=embedded.url)
    page = phone.new_page()
    log_in(page, embedded, "/")
    page.goto(f"/p/demo/approvals/{request['id']}")
    pages = {
        "home": "/",
        "overview": "/p/demo/",
        "inbox": "/p/demo/inbox",
        "specs": "/p/demo/specs/",
        "spec": f"/p/demo/specs/{request['spec']}/",
        "text": f"/p/demo/specs/{request['spec']}/?tab=requirements&view=text",
        "tasks": "/p/demo/tasks/",
        "runs": "/p/lab/runs/",
        "run": f"/p/lab/runs/{run}/",
        "audit": "/p/demo/audit",
        "approval": page.url,
    }
    assert [said for name in pages if (said := too_wide(phone, pages[name], tmp_path / f"{name}.png"))] == []
    assert browser_watch.console_errors == []
