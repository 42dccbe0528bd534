"""REST of conflicts of a project's folder: what both sides say, and a person's choice."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django_filters import ChoiceFilter
from rest_framework.request import Request
from rest_framework.response import Response

from specflow.accounts.door import Door
from specflow.accounts.filters import Filters
from specflow.accounts.schema import route
from specflow.specs.sync import payloads
from specflow.specs.sync.actions import settle
from specflow.specs.sync.queries import conflict_for, conflicts_visible_to


class ConflictFilters(Filters):
    """Which conflicts."""

    state = ChoiceFilter(choices=payloads.STATES, method="in_state", label="Only open ones, or only settled ones.")

    def in_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those that wait for a person, or those that do not."""
        return rows.filter(settled_at__isnull=value == "open")


class Conflicts(Door):
    @route(
        "list_conflicts", "Conflicts, newest first", gives=payloads.ConflictLine, lists=True, filters=ConflictFilters
    )
    def get(self, request: Request) -> Response:
        """Files and documents that both changed, a page of them without their texts."""
        rows = self.filtered(conflicts_visible_to(self.actor), ConflictFilters)
        return self.listed(rows, payloads.conflict_line)


class OneConflict(Door):
    @route("get_conflict", "A conflict with both texts", gives=payloads.ConflictShape)
    def get(self, request: Request, conflict: str) -> Response:
        """With both sides' changes brought together, where it is known what they last agreed on."""
        return self.shown(payloads.conflict(conflict_for(self.actor, conflict)))


class Settle(Door):
    @route("settle_conflict", "Settle a conflict", takes=payloads.SettleBody, gives=payloads.ConflictShape)
    def post(self, request: Request, conflict: str) -> Response:
        """A person says which text stands; the folder has it after the next look."""
        row, body = conflict_for(self.actor, conflict), self.body(payloads.SettleBody)
        with self.matched(row, payloads.conflict):
            settle(row, actor=self.actor, **body)
        return self.shown(payloads.conflict(conflict_for(self.actor, conflict)))


urlpatterns = [
    path("conflicts", Conflicts.as_view()),
    path("conflicts/<str:conflict>", OneConflict.as_view()),
    path("conflicts/<str:conflict>/settle", Settle.as_view()),
]
