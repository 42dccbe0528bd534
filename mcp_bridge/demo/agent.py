"""The example agent at its tools. It has what every agent has: an MCP client on stdio, and nothing else."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, TextContent

from mcp_bridge.demo.moves import Call, End, Move, Spec, Wait, Work, next_move
from mcp_bridge.demo.story import Story

LOOK = 1.0  # seconds between looks at an approval or a run
TRIES = 3  # of a step, and of a task's run
LIVE = ("queued", "leased", "running")
Say = Callable[[str, str], None]  # (sentence, path or address where it can be seen)
Decide = Callable[[dict[str, Any]], Awaitable[None]]


class ToolRefused(Exception):
    """A tool answered with an error; `code` is the stable one."""

    def __init__(self, tool: str, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(f"{tool}: {code}: {message}")
        self.code = code
        self.details = details


@contextlib.asynccontextmanager
async def connected(argv: list[str], environment: dict[str, str]) -> AsyncIterator[ClientSession]:
    """A session with the MCP server that `argv` starts."""
    server = StdioServerParameters(command=argv[0], args=argv[1:], env=environment)
    async with (
        stdio_client(server, errlog=sys.stderr) as (reading, writing),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        yield session


class Agent:
    """Plays a story in a project. `say` tells what it does; `decide` is asked for a decision, or None waits for one."""

    def __init__(self, session: ClientSession, story: Story, project: str, *, say: Say, decide: Decide | None) -> None:
        self._session = session
        self._story = story
        self._project = project
        self._say = say
        self._decide = decide
        self._spec_id = self._slug = ""

    async def play(self) -> End:
        """Makes one move after the other until the end. Raises ToolRefused where a step is refused three times."""
        refused = 0
        while True:
            move = next_move(self._story, await self._spec(), self._project)
            if isinstance(move, End):
                self._say(move.say, self._page())
                return move
            try:
                end = await self._make(move)
            except ToolRefused as error:
                # Somebody else may have been faster: look again, and only then give up.
                refused += 1
                if refused == TRIES:
                    raise
                self._say(f"is refused ({error}) and looks again", self._page())
                await asyncio.sleep(LOOK)
                continue
            refused = 0
            if end:
                self._say(end.say, self._page())
                return end

    async def _make(self, move: Move) -> End | None:
        if isinstance(move, Call):
            answer = await self._use(move.tool, **move.arguments)
            if move.tool == "create_spec":
                self._spec_id = answer["id"]
            self._say(move.say, self._page())
        elif isinstance(move, Wait):
            await self._wait(move.approval)
        elif isinstance(move, Work):
            return await self._work(move.task)
        return None

    async def _wait(self, approval: dict[str, Any]) -> None:
        self._say(f"waits for a person's decision on '{approval['title']}'", approval["url"])
        if self._decide is not None:
            await self._decide(approval)
        while (state := await self._state_of(approval)) == "pending":
            await asyncio.sleep(LOOK)
        self._say(f"hears the decision: {state}", approval["url"])

    async def _state_of(self, approval: dict[str, Any]) -> str:
        answer = await self._use("approvals", action="status", approvalId=approval["id"])
        return str(answer["data"]["status"])

    async def _work(self, task: dict[str, Any]) -> End | None:
        details = await self._use("get_task", task_id=task["id"])
        run = next((one for one in details["runs"] if one["status"] in (*LIVE, "succeeded")), None)
        if run is None:
            tried = sum(one["status"] == "failed" for one in details["runs"])
            if details["runs"] and details["runs"][0]["status"] == "cancelled":
                return End(f"stops here: the run of '{task['title']}' was cancelled", completed=False)
            if tried == TRIES:
                return End(f"stops here: '{task['title']}' failed {tried} times", completed=False)
            run = await self._use("run_task", task_id=task["id"])
            self._say(f"has '{task['title']}' carried out", self._page(f"runs/{run['id']}"))
        if run["status"] in LIVE and await self._follow(run) != "succeeded":
            return None  # looked at afresh
        await self._complete(task, logged=bool(details["logs"]))
        return None

    async def _follow(self, run: dict[str, Any]) -> str:
        while (now := await self._use("get_run", run_id=run["id"]))["status"] in LIVE:
            await asyncio.sleep(LOOK)
        self._say(f"sees the run of '{now['task_title']}' end: {now['status']}", self._page(f"runs/{run['id']}"))
        return str(now["status"])

    async def _complete(self, task: dict[str, Any], *, logged: bool) -> None:
        if not logged:
            log = self._story.log_of(task["title"]) or _plain_log(task)
            await self._use(
                "log-implementation",
                specName=self._slug,
                taskId=task["key"],
                summary=log["summary"],
                filesModified=log.get("files_modified", []),
                filesCreated=log.get("files_created", []),
                statistics=log.get("statistics", {"linesAdded": 0, "linesRemoved": 0}),
                artifacts=log["artifacts"],
            )
            self._say(f"logs what '{task['title']}' implemented", self._page())
        await self._use("update_task_status", task_id=task["id"], status="completed")
        self._say(f"completes '{task['title']}'", self._page())

    async def _spec(self) -> Spec | None:
        """The spec as it stands, or None where the story's has not been created yet."""
        if not self._spec_id:
            self._spec_id = await self._known_spec()
        if not self._spec_id:
            return None
        spec = await self._use("get_spec", spec_id=self._spec_id)
        self._slug = spec["slug"]
        return spec

    async def _known_spec(self) -> str:
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = await self._use("list_specs", project_id=self._project, **more)
            for one in page["specs"]:
                if one["title"] == self._story.title and not one["archived"]:
                    return str(one["id"])
            cursor = page["next_cursor"]
            if not cursor:
                return ""

    async def _use(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The tool's structured answer. Raises ToolRefused."""
        result = await self._session.call_tool(tool, arguments)
        if not isinstance(result, CallToolResult):
            raise TypeError(f"{tool} asks back, which this agent cannot answer")
        if result.is_error:
            raise _refusal(tool, result)
        return dict(result.structured_content or {})

    def _page(self, below: str = "") -> str:
        """The path of the spec's page, or of another page of the project."""
        return f"/p/{self._project}/{below or (f'specs/{self._slug}' if self._slug else '')}"


def _refusal(tool: str, result: CallToolResult) -> ToolRefused:
    text = "".join(part.text for part in result.content if isinstance(part, TextContent))
    error = (result.meta or {}).get("specflow/error") or json.loads(text)
    return ToolRefused(tool, error["code"], error["message"], error.get("details", {}))


def _plain_log(task: dict[str, Any]) -> dict[str, Any]:
    """A log for a task that the story does not know, because a review added it."""
    name = "_".join("".join(c if c.isalnum() else " " for c in task["title"].lower()).split())
    return {
        "summary": f"Carried out as the approved task says: {task['title']}",
        "artifacts": {"functions": [{"name": name, "purpose": task["title"], "location": "src/rule.py:1"}]},
    }
