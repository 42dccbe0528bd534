"""Keys that let nobody in."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from specflow.accounts import actions as accounts
from specflow.accounts.models import ApiKey, User
from tests.doors import Doors
from tests.factories import Team
from tests.mistakes import Ways, case


@case("key_unknown", "nonsense", "another-secret", "of-an-agent-switched-off")
@case("key_revoked", "revoked")
@case("key_expired", "expired")
def a_key(doors: Doors, which: str) -> Ways:
    text = bad_key(doors.team, which)
    return {
        "rest": lambda: doors.rest("GET", "specs", key=text),
        "rest, a write": lambda: doors.rest("POST", "specs", {"project_id": "demo", "title": "T"}, key=text),
        "mcp": lambda: doors.mcp("list_specs", key=text),
        "mcp, a write": lambda: doors.mcp("create_spec", project_id="demo", title="T", key=text),
        "mcp, 003": lambda: doors.mcp("approvals", action="list", key=text),
    }


def bad_key(team: Team, which: str) -> str:
    """The text of a key that lets nobody in."""
    row = accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=["specs:read"])
    text = {"nonsense": "sf_nonsense", "another-secret": "sf_abcdefgh_" + "0" * 38}.get(which, row.text)  # type: ignore[attr-defined]
    if which == "revoked":
        accounts.revoke_key(row, actor=team.maintainer)
    if which == "expired":
        ApiKey.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    if which == "of-an-agent-switched-off":
        User.objects.filter(pk=team.robot.pk).update(is_active=False)
    return text
