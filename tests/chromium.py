"""Which browser the browser tests use. `python -m tests.chromium` looks, and installs one where it may."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-color-emoji")
REMEDY = (
    "install Chromium or Chrome (Debian: apt-get install chromium) so that it is on PATH, "
    "or set SPECFLOW_BROWSER to the program, and run `make test` again"
)


@functools.cache
def find() -> str | None:
    """The browser's program, or None. One that is named by SPECFLOW_BROWSER is the only one looked at."""
    named = os.environ.get("SPECFLOW_BROWSER")
    for name in (named,) if named else PROGRAMS:
        program = shutil.which(name)
        if program and _runs(program):
            return program
    return None


def _runs(program: str) -> bool:
    """Ubuntu's `chromium-browser` may be a script that only says how to install it."""
    done = subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False)
    return done.returncode == 0


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and not os.environ.get("SPECFLOW_BROWSER")


def install() -> None:
    """Install Debian's Chromium. Raises CalledProcessError when apt-get fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "-q", *words], env=environment, check=True)
    find.cache_clear()


def main() -> int:
    """Always 0: without a browser the test run itself says so at its end, and fails in CI."""
    if find() is None and may_install():
        print("No Chromium or Chrome here: installing Debian's for the browser tests.", flush=True)
        try:
            install()
        except subprocess.CalledProcessError as failed:
            print(f"apt-get failed ({failed}).", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
