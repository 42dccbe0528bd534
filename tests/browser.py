"""Fixtures for tests in a real Chromium or Chrome. Such tests bear the mark `browser`.

The product runs as a process of its own: a test that holds a page cannot use the ORM, because
Playwright's synchronous interface keeps an event loop in the test's thread. For the same reason
the browser is started for each test and stopped after it, at the price of about a second.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests import chromium

if TYPE_CHECKING:  # loaded with every run, and most runs have no use for Playwright
    from playwright.sync_api import Browser, BrowserContext, Page

HOME = "127.0.0.1"
NO_NETWORK = {"data", "blob", "about", "chrome-error"}
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # /dev/shm is 64 MB in a container
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOME}",
]


class Watch:
    """What the pages of a test said and asked for.

    `console_errors`: lines of the console at level error, and errors that no script caught.
    `foreign_requests`: addresses of another host than 127.0.0.1, WebSockets included.
    """

    def __init__(self) -> None:
        self.console_errors: list[str] = []
        self.foreign_requests: list[str] = []

    def follow(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", lambda line: self._said(line.type, f"{line.text} ({line.location.get('url', '')})"))
        context.on("weberror", lambda error: self._said("error", str(error.error)))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._asked(socket.url)))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in NO_NETWORK and parts.hostname != HOME:
            self.foreign_requests.append(url)

    def _said(self, level: str, text: str) -> None:
        if level == "error":
            self.console_errors.append(text)


@pytest.fixture
def browser_watch() -> Iterator[Watch]:
    """The record of the test's pages. The test fails at its end if a page asked another host for anything."""
    watch = Watch()
    yield watch
    if watch.foreign_requests:
        pytest.fail("A page asked another host:\n  " + "\n  ".join(watch.foreign_requests))


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    if request.node.get_closest_marker("browser") is None:
        pytest.fail("A test that uses a browser must be marked: @pytest.mark.browser")
    from playwright.sync_api import sync_playwright

    arguments = [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium.find(), args=arguments)


@pytest.fixture
def new_context(browser: Browser, browser_watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """A factory of fresh profiles; takes Playwright's options (`viewport`, `color_scheme`, …)."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        browser_watch.follow(context)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def browser_context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context(viewport={"width": 1280, "height": 800})


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    return browser_context.new_page()
