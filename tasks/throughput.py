"""How many runs ended in each of the last 24 hours, and how: the numbers of a small chart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from specflow.accounts.models import Project
from tasks.models import Run, RunStatus

HOURS = 24
HEIGHT = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: how many runs succeeded and failed, and where its bars stand in a chart of height 60."""

    hour: datetime
    x: int
    good: int
    bad: int
    good_height: int
    bad_height: int

    @property
    def good_y(self) -> int:
        return HEIGHT - self.good_height - self.bad_height

    @property
    def bad_y(self) -> int:
        return HEIGHT - self.bad_height


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours. `failure_rate` is in percent of what ended by itself, None where nothing did."""

    bars: list[Bar]
    good: int
    bad: int

    @property
    def total(self) -> int:
        return self.good + self.bad

    @property
    def failure_rate(self) -> int | None:
        return round(100 * self.bad / self.total) if self.total else None


def last_day(project: Project, now: datetime) -> Day:
    """The project's runs that succeeded or failed in the 24 hours before `now`, by the hour; one query."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    rows = Run.objects.filter(
        project=project, status__in=(RunStatus.SUCCEEDED, RunStatus.FAILED), ended_at__gte=first, ended_at__lte=now
    ).values_list("status", "ended_at")
    good, bad = [0] * HOURS, [0] * HOURS
    for status, ended in rows.iterator(2000):
        counted = good if status == RunStatus.SUCCEEDED else bad
        hours = ended - first  # type: ignore[operator]  # the filter leaves no run without an end
        counted[int(hours.total_seconds() // 3600)] += 1
    most = max((a + b for a, b in zip(good, bad, strict=True)), default=0) or 1
    bars = [
        Bar(first + timedelta(hours=at), at * 10, good[at], bad[at], _height(good[at], most), _height(bad[at], most))
        for at in range(HOURS)
    ]
    return Day(bars, sum(good), sum(bad))


def _height(count: int, most: int) -> int:
    return max(3, round(HEIGHT * count / most)) if count else 0
