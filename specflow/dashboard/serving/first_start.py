"""What has to be there before the product is served: the tables, and on the first start people and example projects."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from specflow.accounts import actions, actors
from specflow.accounts.models import Kind, Project, User

ADMIN = "admin"
DEMO = "demo"
LIBRARY = "library"
_LOCK = 7_305_041  # any number: the name of SpecFlow's lock among PostgreSQL's advisory locks
RUNNER = {"provider": "scripted", "options": {"script": "implement.yaml"}, "timeout": 120}


def prepare(*, demo: bool) -> str:
    """Migrates, and on the first start makes `admin` and (with `demo`) the example projects.

    Safe where two starts come at once. Gives the password that was generated for `admin`, or "" where none was.
    """
    with _one_at_a_time():
        migrate()
        if User.objects.filter(kind=Kind.HUMAN).exists():
            return ""
        given = os.environ.get("SPECFLOW_ADMIN_PASSWORD", "")
        password = given or secrets.token_urlsafe(12)
        with transaction.atomic():  # a start that is broken off leaves nothing half made
            admin = actions.create_person(ADMIN, actor=actors.system(door="cli"), password=password, superuser=True)
            if demo:
                _make_demo(admin)
                _import("welcome", DEMO)
                actions.create_project(LIBRARY, actor=actors.from_session(admin, door="cli"), name="City library")
                _import("workspace", LIBRARY)
    return "" if given else password


def example_project() -> Project:
    """The project `demo`, made where it is missing (after a start with --no-demo); for `manage.py demo`."""
    with _one_at_a_time():
        found = Project.objects.filter(slug=DEMO).first()
        return found or _make_demo(User.objects.filter(kind=Kind.HUMAN, is_superuser=True).earliest("pk"))


def migrate() -> None:
    """Brings the tables in step with the code; does nothing where they are."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


@transaction.atomic
def _make_demo(admin: User) -> Project:
    session = actors.from_session(admin, door="cli")
    project = actions.create_project(DEMO, actor=session, name="Demo")
    actions.change_policy(project, actor=session, policy={"runner": RUNNER})
    return project


def _import(example: str, project: str) -> None:
    """A folder's specs into a project, as an existing team's would come in."""
    folder = Path(settings.BASE_DIR) / "examples" / example
    with Path(os.devnull).open("w") as nowhere:  # its report is for people who import
        call_command("spec_import", str(folder), project=project, stdout=nowhere)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """One start of this data folder, or of this PostgreSQL, at a time; the next one waits, and so does an agent's
    server that would make the tables itself (mcp_bridge/opening.py holds the same file)."""
    with (Path(settings.SPECFLOW_HOME) / "migrating").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
