"""The pytest plugin that gives the suite its database, its broker and its data folder.

Loaded with `-p tests.services` before the settings are read, because they read the environment
once. `SPECFLOW_TEST_DB` chooses the stack of a run: `sqlite` (default) or `postgres`, which also
brings Redis. Tests of the product as a whole choose their own stack with `postgres_url` and
`redis_url`, whatever the run is on. CONTRIBUTING.md lists the variables.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator

import pytest

from tests.services import postgres, redis
from tests.services.launch import Unavailable, running
from tests.services.temporary import scratch

STACKS = ("sqlite", "postgres")
# What a developer's shell may hold and what would change what the tests see.
FOREIGN = ("DEBUG", "ALLOWED_HOSTS", "OMOIOS_API_URL", "DATABASE_URL", "REDIS_URL")
OURS = ("SPECFLOW_TEST_", "SPECFLOW_BROWSER", "SPECFLOW_CORPUS")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """A wrapper, since pytest-django reads the settings in this same hook and is first among the rest."""
    stack = os.environ.get("SPECFLOW_TEST_DB", "sqlite")
    if stack not in STACKS:
        raise pytest.UsageError(f"SPECFLOW_TEST_DB is {stack!r}: it is one of {', '.join(STACKS)}.")
    try:
        _set_environment(stack)
    except Unavailable as missing:
        raise pytest.UsageError(str(missing)) from missing
    return (yield)


def _set_environment(stack: str) -> None:
    for name in list(os.environ):
        if name in FOREIGN or (name.startswith("SPECFLOW_") and not name.startswith(OURS)):
            del os.environ[name]
    home = scratch() / "home"
    home.mkdir()
    os.environ["SPECFLOW_HOME"] = str(home)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    if stack == "postgres":
        os.environ["DATABASE_URL"] = postgres.server_url()
        os.environ["REDIS_URL"] = redis.fresh_url()
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{home / 'specflow.sqlite3'}"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "e2e: starts the product as a process and chooses its own stack")


def pytest_unconfigure() -> None:
    running.stop()


@pytest.fixture
def postgres_url() -> Iterator[Callable[[], str]]:
    """A factory: each call makes an empty PostgreSQL database and gives its address; dropped after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(postgres.create_database())
        return made[-1]

    yield make
    for url in made:
        postgres.drop_database(url)


@pytest.fixture
def redis_url() -> str:
    """The address of a Redis database that nobody else uses, emptied."""
    return redis.fresh_url()
