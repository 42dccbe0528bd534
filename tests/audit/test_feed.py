"""Following the log within a process: in order, without gaps, for everybody from where they stood (QUALITY 38)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from specflow.accounts.models import Project
from specflow.audit import feed
from specflow.audit.feed import Event, Source, follower
from tests.audit.acting import VERB, make_project, owner, say
from tests.audit.listening import DEADLINE, heard

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker_thread")]
LOG = "log"


@pytest.fixture
def project() -> Project:
    """A project whose log has three entries."""
    return make_project(entries=3)


async def tell(project: Project, times: int = 1) -> None:
    await sync_to_async(_tell)(project, times)


def _tell(project: Project, times: int) -> None:
    for _ in range(times):
        say(project, actor=owner())


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.01)


def others() -> set[Any]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_what_was_and_what_comes_is_heard_in_order(project: Project):
    async with follower().follow(LOG, project.public_id, after=0) as subscription:
        before = await heard(subscription, 3)
        await tell(project, 5)
        after = await heard(subscription, 5)

    assert before + after == list(range(1, 9))


async def test_only_what_is_after_the_cursor_is_heard(project: Project):
    async with follower().follow(LOG, project.public_id, after=2) as subscription:
        await tell(project)
        assert await heard(subscription, 2) == [3, 4]
        assert subscription.queue.empty()


async def test_an_event_says_what_the_log_says(project: Project):
    async with follower().follow(LOG, project.public_id, after=2) as subscription:
        async with asyncio.timeout(DEADLINE):
            event = await subscription.queue.get()

    at = event.pop("at")
    assert event == {
        "type": "event",
        "seq": 3,
        "verb": VERB,
        "object": {"type": "project", "id": project.public_id},
        "actor": {"user": "system", "kind": "system", "door": "cli", "request": event["actor"]["request"]},
        "data": {"words": "entry 3"},
    }
    assert at.endswith("+00:00")


async def test_many_listeners_each_hear_from_where_they_stood(project: Project):
    async with (
        follower().follow(LOG, project.public_id, after=0) as first,
        follower().follow(LOG, project.public_id, after=1) as second,
        follower().follow(LOG, project.public_id, after=3) as third,
        follower().follow(LOG, project.public_id, after=5) as ahead,
    ):
        await tell(project, 4)

        assert await heard(first, 7) == [1, 2, 3, 4, 5, 6, 7]
        assert await heard(second, 6) == [2, 3, 4, 5, 6, 7]
        assert await heard(third, 4) == [4, 5, 6, 7]
        assert await heard(ahead, 2) == [6, 7]


async def test_who_comes_later_hears_what_the_others_heard(project: Project):
    async with follower().follow(LOG, project.public_id, after=0) as first:
        await heard(first, 3)
        async with follower().follow(LOG, project.public_id, after=0) as late:
            await tell(project)
            assert await heard(late, 4) == [1, 2, 3, 4]
        await tell(project)
        assert await heard(first, 2) == [4, 5]


async def test_another_projects_log_is_not_heard(project: Project):
    other = await sync_to_async(make_project)("other")
    async with (
        follower().follow(LOG, project.public_id, after=3) as mine,
        follower().follow(LOG, other.public_id, after=0) as theirs,
    ):
        await tell(other)
        assert await heard(theirs, 2) == [1, 2]
        await tell(project)
        assert await heard(mine, 1) == [4]
        assert theirs.queue.empty()


async def test_a_log_that_has_not_begun_can_be_followed(project: Project):
    quiet = await Project.objects.acreate(slug="quiet", name="Quiet")
    async with follower().follow(LOG, quiet.public_id, after=0) as subscription:
        await tell(quiet)
        assert await heard(subscription, 1) == [1]


async def test_what_is_more_than_a_batch_comes_without_a_pause(project: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed, "BATCH", 2)
    monkeypatch.setattr("specflow.audit.doorbells.SAFETY", 2 * DEADLINE)
    monkeypatch.setattr("specflow.audit.doorbells.LOOK", 2 * DEADLINE)
    await tell(project, 8)

    async with follower().follow(LOG, project.public_id, after=0) as subscription:
        assert await heard(subscription, 11) == list(range(1, 12))


async def test_who_does_not_read_is_marked_and_the_others_hear_on(project: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed, "QUEUE", 5)
    async with (
        follower().follow(LOG, project.public_id, after=0) as idle,
        follower().follow(LOG, project.public_id, after=0) as reader,
    ):
        seen = await heard(reader, 3)
        for _ in range(3):
            await tell(project)
            seen += await heard(reader, 1)
        await until(lambda: idle.overflowed)
        await tell(project, 2)
        seen += await heard(reader, 2)

        assert seen == list(range(1, 9))
        assert not reader.overflowed
        assert idle.queue.qsize() == 5
        assert idle.cursor == 5
        assert await heard(idle, 5) == [1, 2, 3, 4, 5]


async def test_nothing_runs_when_the_last_listener_is_gone(project: Project):
    assert not others()
    async with follower().follow(LOG, project.public_id, after=0) as first:
        async with follower().follow(LOG, project.public_id, after=0) as second:
            await heard(second, 3)
        await tell(project)
        assert await heard(first, 4) == [1, 2, 3, 4]
        assert others()

    await until(lambda: not others())


async def test_a_listener_who_fails_is_gone_as_well(project: Project):
    with pytest.raises(ValueError, match="the socket broke"):
        async with follower().follow(LOG, project.public_id, after=0):
            raise ValueError("the socket broke")

    await until(lambda: not others())


@pytest.mark.parametrize("turns", range(12))
async def test_who_comes_as_the_last_one_goes_is_heard(project: Project, turns: int):
    """`turns` of the loop lie between the two, so that one of them meets the follower while it stops."""
    async with follower().follow(LOG, project.public_id, after=0) as first:
        await heard(first, 3)
    for _ in range(turns):
        await asyncio.sleep(0)

    async with follower().follow(LOG, project.public_id, after=0) as second:
        assert await heard(second, 3) == [1, 2, 3]


async def test_other_things_can_be_followed_beside_the_log(project: Project, monkeypatch: pytest.MonkeyPatch):
    steps: list[Event] = [{"seq": number} for number in range(1, 4)]
    counted = Source(lambda key, after, limit: steps[after : after + limit], lambda key: None)
    monkeypatch.setitem(feed.sources, "steps", counted)

    async with (
        follower().follow("steps", "any", after=1) as subscription,
        follower().follow(LOG, project.public_id, after=2) as beside,
    ):
        assert await heard(subscription, 2) == [2, 3]
        assert await heard(beside, 1) == [3]
        steps.append({"seq": 4})
        await tell(project)
        assert await heard(subscription, 1) == [4]


async def test_a_database_that_is_away_for_a_moment_ends_no_subscription(
    project: Project, monkeypatch: pytest.MonkeyPatch
):
    looks: list[str] = []

    def read(key: str, after: int, limit: int) -> list[Event]:
        looks.append(key)
        if len(looks) <= 2:
            raise OperationalError("server closed the connection unexpectedly")
        return feed.log_after(key, after, limit)

    monkeypatch.setitem(feed.sources, LOG, Source(read, str))
    monkeypatch.setattr("specflow.audit.doorbells.RETRY", 0.01)

    async with follower().follow(LOG, project.public_id, after=0) as subscription:
        assert await heard(subscription, 3) == [1, 2, 3]
        await tell(project)
        assert await heard(subscription, 1) == [4]
    assert len(looks) >= 4
