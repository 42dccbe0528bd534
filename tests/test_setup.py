"""The ground that everybody stands on: the locks, the Makefile, and the servers of the tests."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from django.db import DatabaseError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"requirements.txt": ["runtime"], "requirements-dev.txt": ["runtime", "dev"]}
PINNED = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,-]+\])?==(?P<version>[^\s;]+)(?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE)
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a child with its parent")


def direct(part: str) -> list[Requirement]:
    """What the server needs to run, the client's command in the same .venv included; or what only developers need."""
    project, client = (tomllib.loads((ROOT / name / "pyproject.toml").read_text()) for name in (".", "clients/python"))
    needed = [
        *project["project"]["dependencies"],
        *client["project"]["dependencies"],
        *client["build-system"]["requires"],
    ]
    lines = {"runtime": needed, "dev": project["dependency-groups"]["dev"]}
    return [Requirement(line) for line in lines[part]]


def pins(lock: str) -> dict[str, dict[str, str]]:
    """What the lock pins: name → version → the rest of the entry, hashes included."""
    found: dict[str, dict[str, str]] = {}
    for entry in PINNED.finditer((ROOT / lock).read_text()):
        found.setdefault(canonicalize_name(entry["name"]), {})[entry["version"]] = entry["rest"]
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_fitting_version_of_every_direct_dependency(lock: str) -> None:
    pinned = pins(lock)
    for requirement in (line for part in LOCKS[lock] for line in direct(part)):
        versions = pinned.get(canonicalize_name(requirement.name), {})
        assert versions, f"{requirement.name} is not in {lock}: run make lock"
        assert all(Version(version) in requirement.specifier for version in versions), f"{requirement}: run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert all("--hash=sha256:" in rest for versions in pins(lock).values() for rest in versions.values())
    assert text.count("==") == sum(len(versions) for versions in pins(lock).values()) + text.count(" == '")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|@ |^/|\s/\w", text, re.MULTILINE)


def test_the_lock_for_development_holds_the_other_one_with_the_same_hashes() -> None:
    def hashes(lock: str) -> dict[tuple[str, str], list[str]]:
        return {
            (name, version): re.findall(r"sha256:[0-9a-f]{64}", rest)
            for name, versions in pins(lock).items()
            for version, rest in versions.items()
        }

    assert hashes("requirements.txt").items() <= hashes("requirements-dev.txt").items()


def test_each_direct_dependency_has_its_line_of_reason() -> None:
    named = set(re.findall(r"^\| `([\w.-]+)` \|", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE))
    assert named == {canonicalize_name(line.name) for part in ("runtime", "dev") for line in direct(part)}


# The Makefile


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What make looks at, with a .venv that has a Python and nothing installed."""
    for name in ("Makefile", "clients/python/pyproject.toml", *LOCKS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    return tmp_path


def would_do(checkout: Path, target: str) -> str:
    """The commands of a target, not run. MAKEFLAGS of a `make test` around us would not belong here."""
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS"}}
    command = ["make", "--dry-run", target]
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def install(checkout: Path, target: str) -> None:
    """Set the stamps that the target's installation would set."""
    for names in re.findall(r"^touch (.+)$", would_do(checkout, target), re.MULTILINE):
        for name in names.split():
            (checkout / name).touch()


@pytest.mark.parametrize("target", ["run", "test", "check", "bench", "soak", "lock", "clean"])
def test_the_makefile_has_the_targets_of_the_contract(checkout: Path, target: str) -> None:
    assert would_do(checkout, target)


def test_a_second_start_does_not_ask_pip(checkout: Path) -> None:
    assert "pip install" in would_do(checkout, "run")
    install(checkout, "run")
    assert "pip install" not in would_do(checkout, "run")


def test_after_the_tests_were_installed_there_is_nothing_to_install_for_a_start(checkout: Path) -> None:
    install(checkout, "run")
    assert "pip install" in would_do(checkout, "test")
    install(checkout, "test")
    assert "pip install" not in would_do(checkout, "test") + would_do(checkout, "run")


def test_a_changed_lock_is_installed_again(checkout: Path) -> None:
    install(checkout, "test")
    with (checkout / "requirements.txt").open("a") as lock:
        lock.write("# another version of something\n")
    assert "pip install" in would_do(checkout, "run")


def test_a_changed_command_is_installed_again_and_nothing_is_fetched_for_it(checkout: Path) -> None:
    install(checkout, "run")
    with (checkout / "clients/python/pyproject.toml").open("a") as project:
        project.write("# another entry\n")
    assert re.search(r"pip install .*--no-index .*--no-deps .*clients/python", would_do(checkout, "run"))


def test_the_command_is_there_once_all_is_installed() -> None:
    command = Path(sys.executable).with_name("specflow")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("specflow, version ")


def make_venv(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Make .venv with a stand-in for the machine's Python, on a machine without apt-get."""
    program = folder / "a-python"
    program.write_text(f"#!/bin/sh\n{python}\n")
    program.chmod(0o755)
    programs = folder / "bin"
    programs.mkdir()
    for name in ("sh", "id", "rm"):
        (programs / name).symlink_to(str(shutil.which(name)))
    return subprocess.run(
        ["sh", str(ROOT / ".ci/make-venv")],
        cwd=folder,
        env={"PATH": str(programs), "PYTHON": str(program)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_old_python_is_refused_in_plain_words(tmp_path: Path) -> None:
    done = make_venv(tmp_path, '[ "$1" = --version ] && echo Python 3.9.2 && exit 0; exit 1')
    assert done.returncode == 1
    assert "needs Python 3.11 or newer. Found: Python 3.9.2" in done.stderr


def test_a_python_without_venv_says_what_to_install(tmp_path: Path) -> None:
    done = make_venv(tmp_path, 'case "$2" in *ensurepip*) exit 1;; esac; exit 0')
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr


# The browser tests' absence


def run_of_a_browser_test(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of two tests of our own, one of them for a browser, on a machine that has none."""
    (folder / "test_two.py").write_text(
        "import pytest\n\n@pytest.mark.browser\ndef test_page(page): ...\n\ndef test_other(): ...\n"
    )
    arguments = ["-p", "tests.parts", "-p", "tests.browser", "-p", "no:django", "-p", "no:cacheprovider", "-q"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), *arguments, str(folder)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SPECFLOW_BROWSER": str(folder / "no-browser"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_a_browser_the_run_says_that_browser_tests_were_not_run(tmp_path: Path) -> None:
    done = run_of_a_browser_test(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 browser tests were not run" in done.stdout
    assert "apt-get install chromium" in done.stdout


def test_without_a_browser_a_run_in_ci_fails(tmp_path: Path) -> None:
    done = run_of_a_browser_test(tmp_path, CI="true")
    assert done.returncode == 1
    assert "the browser tests were left out, and CI=true" in done.stdout


# The database between tests


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_the_log_is_emptied_after_a_test_and_append_only_within_it(turn: str) -> None:
    """Twice, so that the second sees what the flush after the first left."""
    from specflow.audit.models import AuditEntry, Chain

    assert AuditEntry.objects.count() == 0
    chain = Chain.objects.create(key="a-chain")
    entry = AuditEntry.objects.create(chain=chain, sequence=1, at=datetime.now(UTC))
    with pytest.raises(DatabaseError, match="append-only"):
        entry.delete()


# The servers


def test_postgres_answers_and_each_call_makes_an_empty_database(postgres_url: Callable[[], str]) -> None:
    one, other = postgres_url(), postgres_url()
    assert one != other
    with psycopg.connect(one) as connection:
        assert "PostgreSQL" in connection.execute("SELECT version()").fetchone()[0]
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(tables).fetchone() == (0,)


def test_redis_answers_and_its_database_is_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.dbsize() == 0


STARTS_BOTH = """
import sys
from tests.services import postgres, redis, temporary
print(temporary.scratch(), postgres.server_url(), redis.server_url(), flush=True)
sys.stdin.read()
"""
STARTS_NONE = """
from tests.services import temporary
print(temporary.scratch(), flush=True)
"""


@contextlib.contextmanager
def process(code: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that knows nothing of this run's servers."""
    foreign = ("SPECFLOW_TEST_", "TEST_", "PYTEST_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def said(started: subprocess.Popen[str]) -> list[str]:
    assert started.stdout is not None
    return started.stdout.readline().split()


def wait_until_closed(url: str, *, seconds: float) -> None:
    """Return when nothing listens at the address any more. A connection that is taken is held until it ends."""
    address = urlsplit(url)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=left) as held:
                held.recv(1)
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue
    pytest.fail(f"{address.scheme} still listens after {seconds} s")


@linux_only
def test_the_servers_die_with_a_killed_parent_and_the_next_run_cleans_up() -> None:
    with process(STARTS_BOTH) as parent:
        folder, *urls = said(parent)
        assert len(urls) == 2
        with process(STARTS_NONE) as neighbour:
            assert Path(said(neighbour)[0]).parent == Path(folder).parent
            neighbour.wait(timeout=10)
        assert (Path(folder) / "postgres").is_dir(), "a run removed the folder of one that lives"
        parent.send_signal(signal.SIGKILL)
        for url in urls:
            wait_until_closed(url, seconds=20)
        parent.wait(timeout=10)
    with process(STARTS_NONE) as next_run:
        assert said(next_run)
        next_run.wait(timeout=10)
    assert not Path(folder).exists()
