"""What other processes write is heard too: by looking, by NOTIFY, by Redis, and when a bell is lost (QUALITY 38)."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from specflow.accounts.models import Project
from specflow.audit import doorbells, feed
from specflow.audit.feed import Event, Source, follower
from tests.audit.acting import make_project, owner
from tests.audit.listening import DEADLINE, elsewhere, heard
from tests.services.launch import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker_thread")]
LOG = "log"
EACH = 40
TELL = "from tests.audit.acting import owner, say; from specflow.accounts.models import Project; actor = owner(); \
[say(Project.objects.get(slug='demo'), actor=actor) for _ in range({})]"
postgres_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has NOTIFY")


@pytest.fixture
def project() -> Project:
    owner()
    return make_project()


async def tell_elsewhere(times: int = 1, redis: str = "") -> None:
    await elsewhere("shell", "--no-imports", "-c", TELL.format(times), redis=redis)


async def test_a_key_that_is_made_on_the_command_line_is_heard(project: Project):
    async with follower().follow(LOG, project.public_id, after=1) as subscription:
        await elsewhere(
            *("key_create", "--project", "demo", "--user", "robot", "--agent", "--scopes", "specs:read,specs:write")
        )
        async with asyncio.timeout(DEADLINE):
            events = [await subscription.queue.get() for _ in range(3)]

    assert [(event["seq"], event["verb"]) for event in events] == [
        (2, "user.created"),
        (3, "member.added"),
        (4, "key.created"),
    ]
    assert {event["actor"]["door"] for event in events} == {"cli"}


async def test_two_processes_that_write_at_once_are_heard_in_one_order(project: Project):
    async with (
        follower().follow(LOG, project.public_id, after=0) as whole,
        follower().follow(LOG, project.public_id, after=EACH) as half,
    ):
        await asyncio.gather(tell_elsewhere(EACH), tell_elsewhere(EACH))

        assert await heard(whole, 2 * EACH + 1) == list(range(1, 2 * EACH + 2))
        assert await heard(half, EACH + 1) == list(range(EACH + 1, 2 * EACH + 2))


async def test_it_is_heard_with_redis_as_well(project: Project, settings: Any, redis_url: str):
    settings.REDIS_URL = redis_url
    async with follower().follow(LOG, project.public_id, after=0) as subscription:
        await tell_elsewhere(3, redis=redis_url)
        assert await heard(subscription, 4) == [1, 2, 3, 4]


async def test_it_is_heard_while_redis_is_dead(project: Project, settings: Any):
    settings.REDIS_URL = dead = f"redis://127.0.0.1:{free_port()}/0"
    async with follower().follow(LOG, project.public_id, after=0) as subscription:
        await tell_elsewhere(3, redis=dead)
        assert await heard(subscription, 4) == [1, 2, 3, 4]


async def test_redis_rings_across_processes(project: Project, settings: Any, redis_url: str):
    settings.REDIS_URL = redis_url
    bell = asyncio.Event()
    async with doorbells.open_doorbells(bell):
        await _all_bells_up(bell, redis_url)
        bell.clear()
        await tell_elsewhere(redis=redis_url)
        async with asyncio.timeout(DEADLINE):
            await bell.wait()


async def _all_bells_up(bell: asyncio.Event, url: str) -> None:
    """Waits until Redis counts a listener; on PostgreSQL, NOTIFY rings beside it."""
    from redis.asyncio import Redis

    async with asyncio.timeout(DEADLINE), Redis.from_url(url) as client:
        while not dict(await client.pubsub_numsub("specflow")).get(b"specflow"):
            await asyncio.sleep(0.01)
        await bell.wait()


async def test_doorbells_are_taken_down_at_whatever_they_are_about(settings: Any, redis_url: str):
    settings.REDIS_URL = redis_url
    async with asyncio.timeout(DEADLINE):
        for turns in range(60):
            async with doorbells.open_doorbells(asyncio.Event()):
                for _ in range(turns):
                    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@postgres_only
async def test_notify_rings_across_processes(project: Project, settings: Any):
    settings.REDIS_URL = ""
    bell = asyncio.Event()
    async with doorbells.open_doorbells(bell):
        async with asyncio.timeout(DEADLINE):
            await bell.wait()
        bell.clear()
        await tell_elsewhere()
        async with asyncio.timeout(DEADLINE):
            await bell.wait()


def _hang_up() -> int:
    """Ends the sessions that listen to NOTIFY; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query = 'LISTEN specflow' AND state = 'idle'"
        )
        return len(cursor.fetchall())


async def _hang_up_when_it_listens() -> None:
    async with asyncio.timeout(DEADLINE):
        while not await sync_to_async(_hang_up)():
            await asyncio.sleep(0.01)


@postgres_only
async def test_a_lost_bell_is_a_late_event_and_never_a_lost_one(
    project: Project, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.REDIS_URL = ""
    monkeypatch.setattr(doorbells, "RETRY", 10 * DEADLINE)
    async with follower().follow(LOG, project.public_id, after=0) as subscription:
        await heard(subscription, 1)
        await _hang_up_when_it_listens()
        await tell_elsewhere(3)
        assert await heard(subscription, 3) == [2, 3, 4]


@postgres_only
async def test_a_lost_bell_is_hung_up_again(project: Project, settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.REDIS_URL = ""
    monkeypatch.setattr(doorbells, "RETRY", 0.01)
    monkeypatch.setattr(doorbells, "SAFETY", 10 * DEADLINE)
    async with follower().follow(LOG, project.public_id, after=0) as subscription:
        await heard(subscription, 1)
        for sequence in (2, 3):
            await _hang_up_when_it_listens()
            await tell_elsewhere()
            assert await heard(subscription, 1) == [sequence]


@postgres_only
async def test_a_reader_whose_session_was_ended_reads_on(project: Project, monkeypatch: pytest.MonkeyPatch):
    readers: list[int] = []

    def read(key: str, after: int, limit: int) -> list[Event]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            readers.append(cursor.fetchone()[0])
        return feed.log_after(key, after, limit)

    monkeypatch.setitem(feed.sources, LOG, Source(read, str))
    async with follower().follow(LOG, project.public_id, after=0) as subscription:
        await heard(subscription, 1)
        await sync_to_async(_end_session)(readers[-1])
        await tell_elsewhere(3)
        assert await heard(subscription, 3) == [2, 3, 4]
    assert len(set(readers)) == 2


def _end_session(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [number])
