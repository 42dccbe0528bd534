"""`manage.py serve`: the whole product in one process, from its first start to its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.e2e.product import START, Browser, Process, Product, measured
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e
COUNT = """
from specflow.accounts.models import Project, User
print(json.dumps([sorted(User.objects.filter(kind="human").values_list("username", flat=True)),
                  sorted(Project.objects.values_list("slug", flat=True))]))
"""


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def processes_of(session: int) -> list[int]:
    """What lives of a session, by its leader's pid."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_the_first_start_makes_the_administrator_and_the_example_projects(embedded: Product) -> None:
    process = embedded.serve()

    admin = Browser(embedded.url)
    assert "shown this once" not in process.said  # the password was given, so it is not repeated
    assert {one["slug"] for one in admin.read("/api/v1/projects")["results"]} == {"demo", "library"}
    imported = admin.read("/api/v1/specs?project=library")["results"]
    assert {one["slug"] for one in imported} == {"loan-renewal", "reservation-queue", "opening-hours"}
    assert (embedded.home / "address").read_text() == embedded.url


def test_a_generated_password_is_shown_once_and_opens_the_door(embedded: Product) -> None:
    del embedded.environment["SPECFLOW_ADMIN_PASSWORD"]
    first = embedded.serve("--no-demo")
    password = re.search(r"password (\S+)  \(shown this once\)", first.said)[1]
    Browser(embedded.url, password=password)
    first.signal(signal.SIGTERM)
    first.wait(10)

    second = embedded.serve("--no-demo")
    assert password not in second.said


async def test_the_printed_configuration_connects_an_agent(embedded: Product) -> None:
    said = embedded.serve("--no-worker").said
    server = json.loads(said[said.index("  {") : said.index("\n  }\n") + 4])["mcpServers"]["specflow"]
    assert Path(server["command"]).is_absolute()

    parameters = StdioServerParameters(
        command=server["command"], args=server["args"], env={"PATH": os.defpath, **server["env"]}, cwd="/"
    )
    async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
        await session.initialize()
        assert (await session.list_tools()).tools


def test_an_empty_start_has_no_projects_and_no_agent(embedded: Product) -> None:
    process = embedded.serve("--no-demo")

    assert embedded.python(COUNT) == [["admin"], []]
    assert processes_of(process.pid) == [process.pid]


def test_a_busy_port_ends_with_one_sentence(embedded: Product, taken_port: int) -> None:
    process = embedded.manage("serve", "--port", str(taken_port))

    assert process.wait(20) == 1
    [sentence] = process.said.splitlines()
    assert f"127.0.0.1:{taken_port}" in sentence
    assert "in use" in sentence


def test_a_port_that_is_no_number_ends_with_one_sentence(embedded: Product) -> None:
    process = embedded.manage("serve", PORT="8000a")

    assert process.wait(20) == 1
    assert process.said.strip().splitlines() == [
        "CommandError: The port must be a number from 0 to 65535, not '8000a'."
    ]


def test_the_second_start_takes_under_five_seconds_and_keeps_everything(embedded: Product) -> None:
    first = embedded.serve()
    port = int(embedded.url.rpartition(":")[2])
    before = wait_until(lambda: Browser(embedded.url).read("/api/v1/specs?project=demo")["results"], within=20)
    first.signal(signal.SIGTERM)
    first.wait(10)

    with measured() as start:
        embedded.serve(port=port)
    print(f"second start: {start['seconds']:.2f} s")
    assert start["seconds"] < 5
    after = Browser(embedded.url).read("/api/v1/specs?project=demo")["results"]
    assert {one["id"] for one in before} <= {one["id"] for one in after}


def test_two_first_starts_at_once_make_everything_once(product: Product) -> None:
    pair = [product.manage("serve", "--port", "0", "--no-worker") for _ in range(2)]
    wait_until(lambda: all("is served at" in one.said for one in pair), within=START, what="both are served")

    assert product.python(COUNT) == [["admin"], ["demo", "library"]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_within_seconds(embedded: Product, number: signal.Signals) -> None:
    process = embedded.serve()
    wait_until(lambda: "waits for a person's decision" in process.said, within=30, what="the agent is at work")
    assert len(processes_of(process.pid)) > 1

    with measured() as end:
        process.signal(number)
        assert process.wait(10) == 0
    assert end["seconds"] < 6
    wait_until(lambda: not processes_of(process.pid), within=3, what="no process is left")
    assert "Traceback" not in process.said


def test_the_agent_ends_with_a_server_that_is_killed(embedded: Product) -> None:
    process = embedded.serve()
    wait_until(lambda: "waits for a person's decision" in process.said, within=30, what="the agent is at work")

    process.signal(signal.SIGKILL)
    process.wait(5)
    wait_until(lambda: not processes_of(process.pid), within=5, what="no process is left")


def test_it_is_quiet_and_idle_when_nothing_happens(embedded: Product) -> None:
    process = embedded.serve("--no-demo")
    before, said = cpu_seconds(process), process.said
    end = time.monotonic() + 5
    wait_until(lambda: time.monotonic() > end, within=6, every=0.5)

    used = (cpu_seconds(process) - before) / 5
    print(f"idle: {100 * used:.1f} % of a core")
    assert used < 0.05
    assert process.said == said
    assert len(list((embedded.home / "broker").iterdir())) < 20


def cpu_seconds(process: Process) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_pages_leave_no_connection_behind(grown: Product) -> None:
    """Under ASGI each request has a thread of its own, and with it a connection that somebody must close."""
    grown.serve("--no-demo", "--no-worker")
    admin = Browser(grown.url)
    for _ in range(40):
        admin.read("/api/v1/projects")

    count = "from django.db import connection\nwith connection.cursor() as cursor:\n    cursor.execute("
    count += "'SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()')\n"
    assert grown.python(count + "    print(json.dumps(cursor.fetchone()[0]))") < 8
