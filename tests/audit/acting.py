"""The least that can act: the system, a project, and an action that only says something."""

from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.models import Project
from specflow.audit import log
from specflow.audit.log import action
from specflow.audit.models import AuditEntry

VERB = "spec.updated"


def owner() -> Actor:
    return actors.system(door="cli")


def make_project(slug: str = "demo", entries: int = 1) -> Project:
    """A project whose chain has `entries` entries; the first says that it was made."""
    project = accounts.create_project(slug, actor=owner())
    for number in range(2, entries + 1):
        say(project, actor=owner(), words=f"entry {number}")
    return project


@action
def say(project: Project, *, actor: Actor, words: str = "hello", times: int = 1) -> Project:
    """Changes nothing and says it `times` times."""
    for _ in range(times):
        log.entry(VERB, project, project=project, words=words)
    return project


def sequences(project: Project) -> list[int]:
    return list(AuditEntry.objects.filter(chain__key=project.public_id).values_list("sequence", flat=True))
