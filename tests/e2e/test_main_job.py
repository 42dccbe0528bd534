"""The main job, end to end, as processes: an agent over MCP, people, workers, the live page, and the log."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import websockets
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.e2e.product import ROOT, Browser, Process, Product
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

# A project whose runner takes three seconds, and a queued run of a released task in it.
QUEUED_RUN = """
from specflow.accounts import actions as accounts
from tasks import runs
from tests.factories import make_released_task, make_team
STEPS = [{"log": "begun"}, {"after": 3.0, "progress": {"done": 1}}, {"output": {"name": "result", "text": "made once"}}]
team = make_team("lab")
task = make_released_task(team)
runner = {"provider": "scripted", "options": {"script": {"steps": STEPS}}, "timeout": 60}
accounts.change_policy(team.project, actor=team.maintainer, policy={"runner": runner})
print(json.dumps(runs.request_run(task, actor=team.agent).public_id))
"""
OUTPUTS = """
from tasks.models import Output, RunEvent
rows = Output.objects.order_by("run_id", "name").values_list("run__public_id", "name")
gaps = [run for run in {row.run_id for row in RunEvent.objects.all()}
        if list(RunEvent.objects.filter(run=run).order_by("sequence").values_list("sequence", flat=True))
        != list(range(1, RunEvent.objects.filter(run=run).count() + 1))]
print(json.dumps({"outputs": [list(row) for row in rows], "gaps": gaps}))
"""


def start(product: Product, *words: str) -> list[Process]:
    """The product as its stack has it: one process, or web, worker and beat apart. Gives what carries out jobs."""
    if product.stack == "embedded":
        return [product.serve(*words)]
    product.serve(*words, "--no-worker")
    beat = ("-m", "celery", "-A", "specflow", "beat", "-s", str(product.folder / "beat"))
    product.start(*beat, name="beat")
    return [worker(product)]


def worker(product: Product) -> Process:
    process = product.start("-m", "celery", "-A", "specflow", "worker", "-c", "2", "-l", "INFO", name="worker")
    wait_until(lambda: " ready." in process.said, within=30, what="a Celery worker")
    return process


def the_spec(admin: Browser, project: str = "demo") -> dict[str, Any]:
    """The agent's own spec; the project has an imported one as well."""

    def written() -> list[dict[str, Any]]:
        return [
            one for one in admin.read(f"/api/v1/specs?project={project}")["results"] if one["slug"] != "first-steps"
        ]

    [line] = wait_until(written, within=30, what="the agent's spec")
    return admin.read(f"/api/v1/specs/{line['id']}")


def asked(admin: Browser, kind: str, revision_after: int = 0) -> dict[str, Any]:
    """The approval of this kind that waits for a decision, of a later revision than the named one."""

    def waiting() -> list[dict[str, Any]]:
        rows = admin.read("/api/v1/approvals?project=demo&state=pending")["results"]
        return [one for one in rows if one["kind"] == kind and one["revision"] > revision_after]

    return wait_until(waiting, within=30, what=f"a request for the {kind}")[0]


def decide(admin: Browser, approval: dict[str, Any], verdict: str, comment: str = "") -> None:
    body = {"digest": approval["digest"], **({"comment": comment} if comment else {})}
    status, answer = admin.post(f"/api/v1/approvals/{approval['id']}/{verdict}", body)
    assert status == 200, answer


def test_the_demo_takes_a_spec_from_text_to_reviewed_work(product: Product) -> None:
    start(product, "--no-demo")

    said = product.run("demo", "--approve", within=120)

    assert f"{product.url}/p/demo/specs/export-a-report-as-csv" in said
    admin = Browser(product.url)
    spec = the_spec(admin)
    assert (spec["phase"], spec["progress"]) == ("completed", 100)
    assert [one["state"] for one in spec["approvals"]] == ["approved"] * 3
    assert {one["requested_by"] for one in spec["approvals"]} == {"scout"}
    assert {by["by"] for one in spec["approvals"] for by in one["decisions"]} == {"reviewer"}
    found = product.python(OUTPUTS)
    assert len(found["outputs"]) == 2 * len(spec["tasks"])
    assert found["gaps"] == []
    assert "The log is whole" in product.run("audit_verify")


def test_a_second_demo_finds_the_story_done(embedded: Product) -> None:
    embedded.run("demo", "--approve", within=120)  # nobody serves: it brings a worker of its own

    said = embedded.run("demo", within=30)
    assert "has come to the end" in said
    assert "adds" not in said


def test_the_served_agent_waits_answers_a_review_and_goes_on(embedded: Product) -> None:
    served = embedded.serve()
    admin = Browser(embedded.url)
    first = asked(admin, "requirements")
    wait_until(lambda: "scout waits for a person's decision" in served.said, within=30, what="the agent waits")

    decide(admin, first, "request-changes", "Say what happens when an administrator helps")
    second = asked(admin, "requirements", revision_after=first["revision"])
    criteria = [one["text"] for each in the_spec(admin)["requirements"] for one in each["criteria"]]
    assert any("Say what happens when an administrator helps" in one for one in criteria)

    decide(admin, second, "approve")
    design = asked(admin, "design")
    decide(admin, design, "reject", "Nothing may be stored for longer than a day")
    again = asked(admin, "design", revision_after=design["revision"])
    assert "Nothing may be stored for longer than a day" in the_spec(admin)["design"]["architecture"]
    assert again["state"] == "pending"


def test_an_agent_that_is_killed_goes_on_where_it_stood(embedded: Product) -> None:
    served = embedded.serve()
    admin = Browser(embedded.url)
    asked(admin, "requirements")
    os.kill(agent_of(served), signal.SIGKILL)
    wait_until(lambda: "a new one starts" in served.said, within=10, what="the agent's end is seen")

    decide(admin, asked(admin, "requirements"), "approve")
    asked(admin, "design")
    assert len(the_spec(admin)["requirements"]) == 3


def agent_of(served: Process) -> int:
    """The pid of the example agent."""
    [pid] = [
        int(each.parent.name)
        for each in Path("/proc").glob("[0-9]*/stat")
        if each.read_text().rpartition(")")[2].split()[1] == str(served.pid)
    ]
    return pid


def test_a_run_of_a_killed_worker_is_taken_over_and_nothing_counts_twice(product: Product) -> None:
    [first] = start(product, "--no-demo")
    run = product.python(QUEUED_RUN)
    admin = Browser(product.url)
    begun = wait_until(lambda: running(admin, run), within=20, what="the run is at work")

    first.end()  # SIGKILL for the worker and its children
    if product.stack == "embedded":
        product.serve("--no-demo")
        admin = Browser(product.url)
    else:
        worker(product)

    ended = wait_until(lambda: succeeded(admin, run), within=30, what="the run was taken over")
    assert ended["attempt"] == 2
    assert ended["worker"] != begun["worker"]
    assert product.python(OUTPUTS) == {"outputs": [[run, "result"]], "gaps": []}
    assert "The log is whole" in product.run("audit_verify")


def test_a_run_in_hand_at_a_tidy_end_is_given_back(embedded: Product) -> None:
    embedded.environment["SPECFLOW_LEASE_SECONDS"] = "600"  # nobody would live to see the lease run out
    process = embedded.serve("--no-demo")
    run = embedded.python(QUEUED_RUN)
    wait_until(lambda: running(Browser(embedded.url), run), within=20, what="the run is at work")

    process.signal(signal.SIGTERM)
    assert process.wait(8) == 0
    embedded.serve("--no-demo")

    admin = Browser(embedded.url)
    ended = wait_until(lambda: succeeded(admin, run), within=20, what="the run was taken up again")
    taken = admin.read("/api/v1/audit?project=lab&verb=run.taken_over")["results"]
    assert [one["object"]["id"] for one in taken] == [run]
    assert ended["attempt"] == 1  # a worker that ends tidily is not counted as lost
    assert embedded.python(OUTPUTS) == {"outputs": [[run, "result"]], "gaps": []}


def running(admin: Browser, run: str) -> dict[str, Any] | None:
    """The run where it is at work and its first event is written."""
    row = admin.read(f"/api/v1/runs/{run}")
    written = row["status"] == "running" and admin.read(f"/api/v1/runs/{run}/events")["results"]
    return row if written else None


def succeeded(admin: Browser, run: str) -> dict[str, Any] | None:
    row = admin.read(f"/api/v1/runs/{run}")
    assert row["status"] not in ("failed", "cancelled"), row
    return row if row["status"] == "succeeded" else None


async def test_a_page_hears_at_once_what_another_process_did(product: Product) -> None:
    await asyncio.to_thread(start, product, "--no-demo")
    await asyncio.to_thread(product.python, "from tests.factories import make_team; make_team('lab')")
    cookie = (await asyncio.to_thread(Browser, product.url)).cookie
    agent = StdioServerParameters(
        command=sys.executable,
        args=[str(ROOT / "manage.py"), "mcp_serve", "--project", "lab", "--agent", "robot-lab"],
        env=product.environment,
    )
    address = product.url.replace("http", "ws", 1) + "/ws"
    async with (
        websockets.connect(address, additional_headers={"Cookie": cookie}, origin=product.url) as page,
        stdio_client(agent) as streams,
        ClientSession(*streams) as session,
    ):
        await session.initialize()
        await page.send(json.dumps({"type": "subscribe", "project": "lab", "topics": ["specs"]}))
        assert json.loads(await asyncio.wait_for(page.recv(), 5))["type"] == "subscribed"

        answer = await session.call_tool("create_spec", {"project_id": "lab", "title": "Heard"})
        assert not answer.is_error, answer
        event = json.loads(await asyncio.wait_for(page.recv(), 2))
        assert (event["verb"], event["actor"]["user"]) == ("spec.created", "robot-lab")
