"""The live feed, as a client of /ws meets it (CONTRACT, Live feed; QUALITY 38)."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from specflow.accounts import actions as accounts
from specflow.accounts.capabilities import Role, Scope
from specflow.accounts.models import ApiKey, Membership, User
from specflow.audit import feed
from specflow.dashboard.consumer import Feed
from specflow.dashboard.routing import websocket_urlpatterns
from specflow.specs import actions as specs
from tests import factories
from tests.factories import Team

pytestmark = pytest.mark.django_db(transaction=True)
HOST = (b"host", b"testserver")
application = URLRouter(websocket_urlpatterns)


@pytest.fixture
def team() -> Team:
    return factories.make_team()


@pytest.fixture(autouse=True)
async def _thread_without_a_connection() -> AsyncIterator[None]:
    """The thread that the consumer asks the database in leaves no session behind."""
    yield
    await sync_to_async(connections.close_all)()


def cookie_of(user: User) -> tuple[bytes, bytes]:
    client = Client()
    client.force_login(user)
    return b"cookie", f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}".encode()


@contextlib.asynccontextmanager
async def connected(*headers: tuple[bytes, bytes], accepted: bool = True) -> AsyncIterator[WebsocketCommunicator]:
    socket = WebsocketCommunicator(application, "/ws", headers=[HOST, *headers])
    took, _ = await socket.connect(timeout=5)
    assert took is accepted
    try:
        yield socket
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await socket.disconnect()


@contextlib.asynccontextmanager
async def listening(user: User) -> AsyncIterator[WebsocketCommunicator]:
    async with connected(await sync_to_async(cookie_of)(user)) as socket:
        yield socket


async def subscribe(socket: WebsocketCommunicator, project: str = "demo", **more: Any) -> dict[str, Any]:
    await socket.send_json_to({"type": "subscribe", "project": project, **more})
    return await socket.receive_json_from(5)


async def closed_with(socket: WebsocketCommunicator, within: float = 5) -> int:
    while True:
        message = await socket.receive_output(within)
        if message["type"] == "websocket.close":
            return message["code"]


async def test_a_change_is_heard_with_its_place_verb_actor_and_object(team: Team) -> None:
    async with listening(team.bob) as socket:
        answer = await subscribe(socket, topics=["specs"])
        spec = await sync_to_async(factories.make_spec)(team)
        event = await socket.receive_json_from(5)
    assert answer["type"] == "subscribed"
    assert event["type"] == "event"
    assert event["seq"] == answer["after"] + 1
    assert (event["verb"], event["topic"], event["project"]) == ("spec.created", "specs", "demo")
    assert event["object"] == {"type": "spec", "id": spec.public_id}
    assert event["actor"]["user"] == "robot"


async def test_what_was_missed_is_replayed_in_order_and_without_gaps(team: Team) -> None:
    await sync_to_async(factories.make_spec)(team)
    last = await sync_to_async(feed.position)(team.project.public_id)
    async with listening(team.alice) as socket:
        await subscribe(socket, topics=["audit"], after=0)
        seen = [(await socket.receive_json_from(5))["seq"] for _ in range(last)]
        await sync_to_async(factories.make_spec)(team, "Second")
        seen.append((await socket.receive_json_from(5))["seq"])
    assert seen == list(range(1, last + 2))


async def test_without_topics_all_but_the_audit_of_keys_is_heard(team: Team) -> None:
    async with listening(team.bob) as socket:
        answer = await subscribe(socket)
        await sync_to_async(accounts.create_key)(
            team.project, team.robot, actor=team.maintainer, scopes=[Scope.SPECS_READ]
        )
        await sync_to_async(factories.make_spec)(team)
        event = await socket.receive_json_from(5)
    assert "audit" not in answer["topics"]
    assert event["verb"] == "spec.created"


async def test_one_tasks_trace_can_be_followed(team: Team) -> None:
    task = await sync_to_async(factories.make_released_task)(team)
    async with listening(team.bob) as socket:
        await subscribe(socket, topics=[f"trace:{task.public_id}"])
        await sync_to_async(factories.make_spec)(team, "Of no interest")
        await sync_to_async(_set_in_progress)(team, task)
        event = await socket.receive_json_from(5)
    assert (event["verb"], event["object"]["id"]) == ("task.status_changed", task.public_id)


def _set_in_progress(team: Team, task: Any) -> None:
    from tasks.actions import set_status

    set_status(task, actor=team.agent, status="in_progress")


async def test_a_run_is_followed_event_by_event_by_who_may_see_its_project(team: Team) -> None:
    from tasks import leases, runs
    from tasks.providers.base import Event

    def begin() -> Any:
        task = factories.make_released_task(team)
        runs.request_run(task, actor=team.maintainer)
        return leases.start(leases.claim_next(actor=team.agent, worker="w"), actor=team.agent)

    run = await sync_to_async(begin)()
    topic = f"run:{run.public_id}"
    async with listening(team.bob) as mine, listening(team.charlie) as foreign:
        await subscribe(mine, topics=[topic], after=0)
        await sync_to_async(leases.append_events)(run, [Event("log", {"text": "hello"})])
        event = await mine.receive_json_from(5)
        refused = await subscribe(foreign, "demo-foreign", topics=[topic])
        unknown = await subscribe(foreign, "demo-foreign", topics=["run:run-none"])
    assert (event["type"], event["seq"], event["topic"]) == ("run_event", 1, topic)
    assert event["data"] == {"text": "hello"}
    assert refused["code"] == unknown["code"] == "run_not_found"


async def test_a_foreign_project_and_an_unknown_one_are_the_same(team: Team) -> None:
    async with listening(team.charlie) as socket:
        foreign = await subscribe(socket, "demo")
        unknown = await subscribe(socket, "none")
    assert foreign["type"] == "error"
    assert foreign["code"] == unknown["code"] == "project_not_found"


async def test_a_program_names_its_key_first(team: Team) -> None:
    key = await sync_to_async(_key)(team, [Scope.SPECS_READ])
    async with connected() as socket:
        await socket.send_json_to({"type": "auth", "key": key})
        answer = await subscribe(socket)
    assert answer["type"] == "subscribed"


def _key(team: Team, scopes: list[str]) -> str:
    return accounts.create_key(team.project, team.robot, actor=team.maintainer, scopes=scopes).text


@pytest.mark.parametrize("key", ["", "sf_nothing", "x" * 5000])
async def test_an_unknown_key_ends_the_connection(team: Team, key: str) -> None:
    async with connected() as socket:
        await socket.send_json_to({"type": "auth", "key": key})
        assert (await socket.receive_json_from(5))["code"] == "key_unknown"
        assert await closed_with(socket) == 4401


async def test_nobody_hears_nothing(team: Team) -> None:
    async with connected() as socket:
        assert (await subscribe(socket))["code"] == "unauthenticated"
        assert await closed_with(socket) == 4401


async def test_who_does_not_say_who_they_are_is_sent_away(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Feed, "greeting", 0.05)
    async with connected() as socket:
        assert await closed_with(socket) == 4401


async def test_a_page_of_another_site_is_refused(team: Team) -> None:
    cookie = await sync_to_async(cookie_of)(team.bob)
    for origin in (b"https://evil.example", b"http://testserver:9999", b"null"):
        async with connected(cookie, (b"origin", origin), accepted=False):
            pass
    async with connected(cookie, (b"origin", b"http://testserver")):
        pass


async def test_a_foreign_host_is_refused(team: Team) -> None:
    socket = WebsocketCommunicator(application, "/ws", headers=[(b"host", b"evil.example")])
    assert (await socket.connect(timeout=5))[0] is False


def _leave(team: Team) -> None:
    Membership.objects.filter(user=team.bob).delete()


def _log_out(team: Team) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def _deactivate(team: Team) -> None:
    User.objects.filter(pk=team.bob.pk).update(is_active=False)


@pytest.mark.parametrize("revoke", [_leave, _log_out, _deactivate])
async def test_a_right_that_ends_ends_the_connection(team: Team, monkeypatch: pytest.MonkeyPatch, revoke: Any) -> None:
    assert Feed.recheck <= 5
    monkeypatch.setattr(Feed, "recheck", 0.05)
    async with listening(team.bob) as socket:
        await subscribe(socket)
        await sync_to_async(revoke)(team)
        assert await closed_with(socket) == 4403


async def test_a_revoked_key_ends_the_connection(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Feed, "recheck", 0.05)
    text = await sync_to_async(_key)(team, [Scope.SPECS_READ])
    async with connected() as socket:
        await socket.send_json_to({"type": "auth", "key": text})
        await subscribe(socket)
        key = await sync_to_async(ApiKey.objects.get)()
        await sync_to_async(accounts.revoke_key)(key, actor=team.maintainer)
        assert await closed_with(socket) == 4403


async def test_only_readers_of_the_log_follow_all_of_it(team: Team) -> None:
    await sync_to_async(_make_viewer)(team)
    async with listening(team.bob) as socket:
        assert (await subscribe(socket, topics=["audit"]))["code"] == "role_may_not"


def _make_viewer(team: Team) -> None:
    Membership.objects.filter(user=team.bob).update(role=Role.VIEWER)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "1",
        '"x"',
        "{}",
        '{"type": 1}',
        '{"type":"subscribe"}',
        "[" * 19000,
        "x" * 30000,
        '{"type":"subscribe","project":"demo","topics":"specs"}',
        '{"type":"subscribe","project":"demo\\u0000"}',
        '{"type":"subscribe","project":"demo","after":-1}',
        '{"type":"subscribe","project":"demo","after":true}',
        '{"type":"subscribe","project":"demo","topics":["\\ud800"]}',
        '{"type":"subscribe","project":{},"after":1e999}',
    ],
)
async def test_a_bad_message_is_answered_and_changes_nothing(team: Team, text: str) -> None:
    async with listening(team.bob) as socket:
        await socket.send_to(text_data=text)
        answer = await socket.receive_json_from(5)
        good = await subscribe(socket)
    assert (answer["type"], answer["code"]) == ("error", "invalid_message")
    assert good["type"] == "subscribed"


async def test_an_unknown_topic_is_named(team: Team) -> None:
    async with listening(team.bob) as socket:
        assert (await subscribe(socket, topics=["weather"]))["code"] == "unknown_topic"


async def test_a_silent_connection_is_pinged(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Feed, "ping", 0.05)
    async with listening(team.bob) as socket:
        assert await socket.receive_json_from(5) == {"type": "ping"}


async def test_a_client_that_does_not_read_is_dropped(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client stops reading with its first event; what it has not read stays bounded, and it is told to return."""
    monkeypatch.setattr(feed, "QUEUE", 5)
    monkeypatch.setattr(Feed, "patience", 0.3)
    sent: list[dict[str, Any]] = []
    stuck, waiting = asyncio.Event(), asyncio.Queue()

    async def send(message: dict[str, Any]) -> None:
        text = message.get("text") or ""
        if '"type": "event"' in text:
            stuck.set()
            await asyncio.Event().wait()
        sent.append(message)

    await waiting.put({"type": "websocket.connect"})
    await waiting.put({"type": "websocket.receive", "text": json.dumps({"type": "subscribe", "project": "demo"})})
    headers = [HOST, await sync_to_async(cookie_of)(team.bob)]
    scope = {"type": "websocket", "path": "/ws", "raw_path": b"/ws", "headers": headers, "query_string": b""}
    connection = asyncio.ensure_future(application(scope, waiting.get, send))
    async with asyncio.timeout(5):
        while not any("subscribed" in (one.get("text") or "") for one in sent):
            await asyncio.sleep(0)
        await sync_to_async(factories.make_spec)(team)
        await stuck.wait()
        while sent[-1]["type"] != "websocket.close":
            await asyncio.sleep(0)
    await waiting.put({"type": "websocket.disconnect", "code": 4408})
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(connection, 5)
    assert json.loads(sent[-2]["text"])["code"] == "too_slow"
    assert sent[-1]["code"] == 4408


async def test_a_subscription_that_overflows_is_ended_rather_than_grown() -> None:
    subscription = feed.Subscription("log", "x", 0, queue=asyncio.Queue(2))
    subscription.offer([{"seq": 1}, {"seq": 2}, {"seq": 3}])
    assert subscription.overflowed
    assert subscription.queue.qsize() == 2


async def test_the_edit_of_a_spec_is_heard_by_who_follows_it(team: Team) -> None:
    spec = await sync_to_async(factories.make_spec)(team)
    async with listening(team.bob) as socket:
        await subscribe(socket, topics=[f"spec:{spec.public_id}"])
        await sync_to_async(specs.update_spec)(spec, actor=team.agent, title="New")
        assert (await socket.receive_json_from(5))["object"]["id"] == spec.public_id
