"""Filters of lists, by django-filter: a value that is none of a filter's is refused, unknown parameters are ignored."""

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter, FilterSet, TypedChoiceFilter

from specflow.accounts.actors import Actor
from specflow.accounts.bodies import problems
from specflow.accounts.queries import visible_project
from specflow.errors import Invalid


class Flag(TypedChoiceFilter):  # type: ignore[misc]  # django-filter has no types
    """`true` or `false`."""

    def __init__(self, **kwargs: Any) -> None:
        both = (("true", "true"), ("false", "false"))
        super().__init__(choices=both, coerce=lambda value: value == "true", **kwargs)


class Filters(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """The filters of a list of rows that belong to projects."""

    project = CharFilter(method="in_project", label="A project's slug or id.")

    def __init__(self, data: Any, queryset: QuerySet[Any], *, actor: Actor) -> None:
        super().__init__(data, queryset)
        self.actor = actor

    def in_project(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Raises NotFound `project_not_found`, the same for an unknown and a foreign one."""
        return rows.filter(project=visible_project(self.actor, value))

    def rows(self) -> QuerySet[Any]:
        """What passes. Raises Invalid `invalid_query` that names the parameters."""
        if not self.is_valid():
            errors = problems(self.errors.get_json_data())
            raise Invalid("invalid_query", "These parameters do not fit.", {"errors": errors})
        rows: QuerySet[Any] = self.qs
        return rows
