"""The pictures of the README, taken from the product at work: `make screenshots` writes docs/images/*.png."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests import chromium
from tests.browser import ARGUMENTS
from tests.e2e.product import PASSWORD, Browser, Product
from tests.waiting import wait_until

IMAGES = Path(__file__).parent / "images"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 780}
EVENTS = 12
REMARK = "Say what happens to columns that a person may not see."


def main() -> int:
    program = chromium.find()
    if program is None:
        print(f"No browser here: {chromium.REMEDY}", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        product = Product(Path(folder))
        try:
            product.serve()
            shown = story(product)
            browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, "--no-sandbox"])
            take_all(browser, product.url, shown)
            browser.close()
        finally:
            product.close()
    return 0


def story(product: Product) -> dict[str, str]:
    """Two specs, one with its runs under way and one that waits for a person. Gives addresses by picture."""
    admin = Browser(product.url)
    served = decided(admin, "lock", "requirements")["spec"]
    product.manage("demo", "--story", "csv-export")
    decided(admin, "CSV", "requirements", verdict="request-changes", comment=REMARK)
    decided(admin, "lock", "design")
    waiting = asked(admin, "CSV", "requirements")
    decided(admin, "lock", "tasks")
    run = wait_until(lambda: second_run(admin), within=60, what="a second run, well under way")
    return {
        "overview": "/p/demo/",
        "inbox": "/p/demo/inbox",
        "approval": f"/p/demo/approvals/{waiting['id']}",
        "spec": f"/p/demo/specs/{served}/?tab=tasks",
        "run": f"/p/demo/runs/{run}/",
    }


def asked(admin: Browser, word: str, kind: str) -> dict[str, Any]:
    """The request for this kind of document that waits for a decision, of the spec with `word` in its title."""

    def waiting() -> list[dict[str, Any]]:
        rows = admin.read("/api/v1/approvals?project=demo&state=pending")["results"]
        return [one for one in rows if one["kind"] == kind and word.lower() in one["title"].lower()]

    return wait_until(waiting, within=60, what=f"a request for the {kind}")[0]


def decided(admin: Browser, word: str, kind: str, *, verdict: str = "approve", comment: str = "") -> dict[str, Any]:
    request = asked(admin, word, kind)
    status, answer = admin.post(
        f"/api/v1/approvals/{request['id']}/{verdict}", {"digest": request["digest"], "comment": comment}
    )
    assert status == 200, answer
    return request


def second_run(admin: Browser) -> str:
    """The id of a run that is well under way while an earlier one has ended; empty where there is none."""
    if not admin.read("/api/v1/runs?project=demo&status=succeeded")["results"]:
        return ""
    for run in admin.read("/api/v1/runs?project=demo&status=running")["results"]:
        if len(admin.read(f"/api/v1/runs/{run['id']}/events")["results"]) >= EVENTS:
            return str(run["id"])
    return ""


def take_all(browser: Any, url: str, shown: dict[str, str]) -> None:
    desk = browser.new_context(viewport=DESK, base_url=url, color_scheme="light")
    log_in(desk)
    for name in ("run", "overview", "spec", "inbox", "approval"):  # the run first: it is at work now
        take(desk, shown[name], name)
    known = desk.storage_state()
    night = browser.new_context(viewport=DESK, base_url=url, color_scheme="dark", storage_state=known)
    phone = browser.new_context(viewport=PHONE, base_url=url, color_scheme="light", storage_state=known)
    take(night, shown["overview"], "overview-dark")
    take(phone, shown["overview"], "overview-phone")


def log_in(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/admin/login/?next=/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/")
    page.close()


def take(context: BrowserContext, path: str, name: str) -> None:
    page: Page = context.new_page()
    page.goto(path)
    if "/admin/" not in page.url:
        page.locator('#live[data-state="on"]').wait_for()
    page.evaluate("document.fonts.ready")
    target = IMAGES / f"{name}.png"
    page.screenshot(path=target, animations="disabled")
    print(f"{target.name}: {target.stat().st_size // 1024} KB")
    page.close()


if __name__ == "__main__":
    raise SystemExit(main())
