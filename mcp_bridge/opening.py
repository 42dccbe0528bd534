"""What stands before the first call of a stdio server: the database, the project, the agent."""

import fcntl
import os
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.text import slugify

from mcp_bridge.identity import Caller, KeyHolder, LocalAgent
from specflow.accounts import actions, actors
from specflow.accounts.authentication import authenticate
from specflow.accounts.models import Project
from specflow.errors import Conflict, NotFound, PermissionDenied

_TRIES = 5


def prepare_database() -> None:
    """Makes the tables of a fresh database; only one of several servers that start at once does it.

    Raises Conflict `database_behind` for one that another version made: moving a team's data is not an agent's doing.
    """
    if not _missing():
        return
    handle = os.open(Path(settings.SPECFLOW_HOME) / "migrating", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        missing = _missing()
        if missing and not _applied():
            call_command("migrate", verbosity=0, interactive=False)
        elif missing:
            raise Conflict(
                "database_behind",
                f"The database is not of this version: {', '.join(missing)[:200]} is missing. Run manage.py migrate.",
                {"missing": missing},
            )
    finally:
        os.close(handle)


def _missing() -> list[str]:
    """The migrations of the installed apps, as files, that the database has not seen; without importing them."""
    applied, missing = _applied(), []
    for app in apps.get_app_configs():
        names = {path.stem for path in (Path(app.path) / "migrations").glob("[0-9]*.py")}
        missing += sorted(f"{app.label}.{name}" for name in names if (app.label, name) not in applied)
    return missing


def _applied() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def caller_for(*, project: str, workspace: Path | None, agent: str, key: str, files: bool = True) -> Caller:
    """Who will act: the holder of `key` where there is one, else the agent of this name in the named project or in the
    one of the folder. Without `files` the server reads none (`--read-only`: what is read would be saved).

    Raises what `authenticate` raises, NotFound `project_not_found`, PermissionDenied `other_project` for a key of
    another project, Invalid `invalid_username`.
    """
    if key:
        found = authenticate(key).project
        if project and project not in (found.slug, found.public_id):
            raise PermissionDenied(
                "other_project", f"The API key is for the project {found.slug}.", {"project": project}
            )
        return KeyHolder(key, workspace if files else None)
    here = named_project(project) if project else project_of_folder(workspace or Path.cwd().resolve())
    user = actions.create_agent(agent, actor=actors.system(door="cli"), project=here)
    folder = workspace or (Path(here.workspace) if here.workspace else None)
    return LocalAgent(user.pk, here, folder if files else None)


def named_project(slug: str) -> Project:
    """The project, or NotFound `project_not_found`."""
    found = Project.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound.of("project", slug)
    return found


def project_of_folder(folder: Path) -> Project:
    """The project whose workspace is this folder, made with a slug from the folder's name where there is none."""
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                return Project.objects.filter(workspace=str(folder)).first() or _made(folder)
        except (IntegrityError, Conflict):
            if attempt == _TRIES:  # another server made a project of this name at this moment, again and again
                raise
    raise AssertionError("unreachable")


def _made(folder: Path) -> Project:
    base = slugify(folder.name)[:50].strip("-_").replace("_", "-") or "project"
    taken = set(Project.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug = next(one for one in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
    name = "".join(one for one in folder.name if one.isprintable())[:300] or slug
    return actions.create_project(slug, actor=actors.system(door="cli"), name=name, workspace=str(folder))
