"""No part of the suite stays out without a word.

Counts what was run, by part: the stack of the run (`sqlite`, `postgres`) and the marks `browser`
and `e2e`. `--expect PART` makes the run fail when nothing of that part was run. Browser tests
without a browser are left out, which the end of the run says; with CI=true it also fails.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

from tests import chromium

MARKS = ("browser", "e2e")
PROPERTY = "part"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--expect", action="append", default=[], metavar="PART", help="fail unless PART was run")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Parts(config), "parts")


class Parts:
    """Under pytest-xdist the workers leave tests out and the process above them counts and reports."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.run: Counter[str] = Counter()
        self.left_out = 0

    @pytest.hookimpl(trylast=True)  # after -m and -k: only what would have been run counts as left out
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.user_properties += [(PROPERTY, mark) for mark in MARKS if item.get_closest_marker(mark)]
        if chromium.find() is None:
            browser = [item for item in items if item.get_closest_marker("browser")]
            items[:] = [item for item in items if not item.get_closest_marker("browser")]
            self.config.hook.pytest_deselected(items=browser)
            self.left_out = len(browser)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and not report.skipped:
            self.run[os.environ.get("SPECFLOW_TEST_DB", "sqlite")] += 1
            self.run.update(str(value) for name, value in report.user_properties if name == PROPERTY)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Every worker collects the same tests, so each says the same number."""
        self.left_out = max(self.left_out, getattr(node, "workeroutput", {}).get("left_out", 0))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["left_out"] = self.left_out
        elif self.faults() and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def faults(self) -> list[str]:
        """Why this run is not whole, one sentence each."""
        if self.config.option.collectonly:
            return []
        in_ci = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
        excused = {"browser"} if self.left_out and not in_ci else set()
        expected = [part for part in self.config.getoption("expect") if part not in excused]
        found = [f"nothing of the part {part} was run" for part in expected if not self.run[part]]
        if self.left_out and in_ci:
            found.append("the browser tests were left out, and CI=true")
        return found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.run:
            counts = ", ".join(f"{part} {count}" for part, count in sorted(self.run.items()))
            terminalreporter.write_line(f"tests run by part: {counts}")
        if self.left_out:
            terminalreporter.section("BROWSER TESTS NOT RUN", red=True, bold=True)
            terminalreporter.write_line(f"{self.left_out} browser tests were not run: there is no browser here.")
            terminalreporter.write_line(f"To run them, {chromium.REMEDY}.")
        for fault in self.faults():
            terminalreporter.write_line(f"FAILED: {fault}", red=True, bold=True)
