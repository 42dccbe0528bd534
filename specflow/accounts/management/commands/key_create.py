"""`manage.py key_create`: makes an API key and prints it once (CONTRACT, Commands)."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from specflow.accounts import actions, actors
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Role
from specflow.accounts.models import ApiKey, Project, User
from specflow.accounts.queries import visible_project
from specflow.errors import DomainError
from specflow.text import checked


class Command(BaseCommand):
    help = "Makes an API key and prints it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--user", required=True, help="the username that acts with the key")
        parser.add_argument("--scopes", required=True, help="comma-separated, such as specs:read,specs:write")
        parser.add_argument("--agent", action="store_true", help="make the agent user if it is missing")
        parser.add_argument("--role", default=Role.ENGINEER, help="the role of a user that is no member yet")
        parser.add_argument("--name", default="", help="what the key is for")
        parser.add_argument("--days", type=int, default=None, help="days until the key expires, 1 to 36500")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actors.system(door="cli")
        try:
            project = visible_project(actor, checked(options["project"], field="project"))
            with transaction.atomic():  # a key that is refused leaves no agent behind
                key = _key(actor, project, options)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(key.text)  # type: ignore[attr-defined]


def _key(actor: Actor, project: Project, options: dict[str, Any]) -> ApiKey:
    if options["agent"]:
        actions.create_agent(options["user"], actor=actor, project=project, role=options["role"])
    user = User.objects.filter(username=checked(options["user"], field="user")).first()
    if user is None:
        raise CommandError(f"user_not_found: there is no user '{options['user']}'; --agent makes an agent.")
    scopes = [one.strip() for one in options["scopes"].split(",") if one.strip()]
    expires = _expiry(options["days"])
    return actions.create_key(project, user, actor=actor, scopes=scopes, name=options["name"], expires_at=expires)


def _expiry(days: int | None) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= 36_500:
        raise CommandError("invalid_days: a key expires after 1 to 36500 days.")
    return timezone.now() + timedelta(days=days)
