"""`manage.py demo`: the main job in front of the user's eyes (CONTRACT, Commands)."""

import asyncio
import contextlib
import fcntl
import os
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from mcp_bridge.demo import person
from mcp_bridge.demo.agent import Agent, Decide, ToolRefused, connected
from mcp_bridge.demo.moves import End
from mcp_bridge.demo.story import Story, read_story
from specflow.accounts.models import Project
from specflow.dashboard.serving.agent import manage
from specflow.dashboard.serving.first_start import ADMIN, DEMO, example_project, prepare
from specflow.dashboard.serving.worker import Worker
from specflow.errors import DomainError

SERVED_STORY = "login-lock"  # the one that `serve` has played; another one does not meet it
OWN_STORY = "csv-export"
AGENT = "scout"


class Command(BaseCommand):
    help = "A scripted agent takes an example spec over MCP from text to approved, run, reviewed work."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--approve", action="store_true", help="play the person too")
        parser.add_argument("--story", help="a story of examples/specs/ by its name")
        parser.add_argument("--agent-only", action="store_true", help="no worker; ends when standard input ends")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["story"] or (SERVED_STORY if options["agent_only"] else OWN_STORY)
        try:
            story = read_story(Path(settings.BASE_DIR) / "examples" / "specs", name)
            self._prepare()
            project = example_project()
            with _only_one(name), _worker(wanted=not (options["agent_only"] or self._is_served())):
                end = asyncio.run(self._play(story, project, options))
        except (DomainError, ToolRefused) as error:
            raise CommandError(str(error)) from error
        if not end.completed and not options["agent_only"]:
            raise CommandError("The story did not come to its end.")

    def _prepare(self) -> None:
        password = prepare(demo=True)
        if password:
            self.stdout.write(f"The user {ADMIN} was made, with the password {password}  (shown this once)")

    def _is_served(self) -> bool:
        """Whether SpecFlow answers at its address; then its worker carries out the runs."""
        try:
            with urllib.request.urlopen(f"{settings.SPECFLOW_URL}/healthz", timeout=2) as answer:  # noqa: S310 - ours
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            self.stdout.write(f"Nobody serves {settings.SPECFLOW_URL}: `make run` in another terminal shows the pages.")
            return False

    async def _play(self, story: Story, project: Project, options: dict[str, Any]) -> End:
        decide = await asyncio.to_thread(_decider, project) if options["approve"] else None
        argv = manage("mcp_serve", "--project", project.slug, "--agent", AGENT)
        play = self._connected_play(argv, story, project, decide)
        if not options["agent_only"]:
            return await play
        playing, parent = asyncio.create_task(play), asyncio.create_task(_end_of_input())
        await asyncio.wait((playing, parent), return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            parent.cancel()
            return playing.result()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return End("ends with the server", completed=False)

    async def _connected_play(self, argv: list[str], story: Story, project: Project, decide: Decide | None) -> End:
        refused: ToolRefused | None = None
        async with connected(argv, dict(os.environ)) as session:
            try:
                return await Agent(session, story, project.slug, say=self._say, decide=decide).play()
            except ToolRefused as error:  # raised outside: the session would wrap it in groups of errors
                refused = error
        raise refused

    def _say(self, sentence: str, place: str) -> None:
        address = place if "://" in place else settings.SPECFLOW_URL + place
        self.stdout.write(f"{AGENT} {sentence}\n    {address}")
        self.stdout.flush()


def _decider(project: Project) -> Decide:
    user = person.reviewer(project)

    def approve(asked: dict[str, Any]) -> None:
        try:
            person.approve(user, asked)
        finally:
            connections.close_all()  # of a thread that is not used again

    async def decide(asked: dict[str, Any]) -> None:
        await asyncio.to_thread(approve, asked)

    return decide


@contextlib.contextmanager
def _only_one(story: str) -> Iterator[None]:
    """Two agents at one story would write everything twice."""
    with (Path(settings.SPECFLOW_HOME) / f"demo-{story}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"Another agent plays the story {story} in the project {DEMO}.") from error
        yield


@contextlib.contextmanager
def _worker(*, wanted: bool) -> Iterator[None]:
    """A worker of our own for as long as the story lasts, where nobody serves."""
    if not wanted:
        yield
        return
    worker = Worker()
    worker.start()
    try:
        yield
    finally:
        worker.stop()


async def _end_of_input() -> None:
    """Comes back when standard input ends: whoever started this process is gone."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def read() -> None:
        while sys.stdin.buffer.read(4096):
            continue
        with contextlib.suppress(RuntimeError):  # the loop is closed: the story ended first
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, name="specflow-parent", daemon=True).start()
    await ended.wait()
