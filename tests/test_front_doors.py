"""The same mistake through every door: the same code, and nothing is written (the issue "The main job", bad input).

The mistakes are in tests/mistakes, the ways in are tests/doors.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from specflow.specs.models import Document
from tasks import actions as tasks
from tasks import jobs, runs
from tasks.models import Task
from tests.doors import Doors, everything, feed, mcp_over_http
from tests.factories import make_released_task, make_team
from tests.mistakes import CASES, DRAFT, Ways, keys, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    return Doors(make_team(), tmp_path)


@pytest.mark.parametrize(("arrange", "given", "code"), CASES)
def test_every_door_refuses_it_by_the_same_code_and_writes_nothing(
    doors: Doors, arrange: Callable[..., Ways], given: tuple[str, ...], code: str
) -> None:
    ways = arrange(doors, *given)
    before = everything()
    said, left = {}, []
    for way, send in ways.items():
        said[way] = send()
        after = everything()
        left += [(way, table) for table in before if before[table] != after[table]]
        before = after
    assert said == dict.fromkeys(ways, code)
    assert left == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("which", "code"), [("nonsense", "key_unknown"), ("revoked", "key_revoked"), ("expired", "key_expired")]
)
async def test_a_key_that_lets_nobody_in_is_told_so_at_the_doors_that_stay_open(
    which: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The live feed, and MCP over HTTP."""
    # The threads of MCP leave no session behind on the test's database.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    text = await sync_to_async(lambda: keys.bad_key(make_team(), which))()
    before = await sync_to_async(everything)()

    assert [await feed(text), await mcp_over_http(text)] == [code, code]

    assert await sync_to_async(everything)() == before
    await sync_to_async(connections.close_all)()  # nor does the feed's thread


def test_a_run_whose_approval_is_stale_fails_by_the_same_code(doors: Doors) -> None:
    """The job's door has nobody to tell: the run ends and says it, its task stays as it was."""
    task = make_released_task(doors.team)
    run = runs.request_run(task, actor=doors.team.agent)
    tasks.add_task(task.spec, actor=doors.team.agent, title="Another")

    jobs.work()

    run.refresh_from_db()
    assert (run.status, run.summary.partition(":")[0]) == ("failed", "stale_approval")
    assert Task.objects.get(pk=task.pk).status == "pending"


def test_a_folder_with_one_bad_file_leaves_nothing_of_the_others(doors: Doors) -> None:
    doors.write(f"{DRAFT}/requirements.md", b"# Requirements\n")
    doors.write(f"{DRAFT}/tasks.md", texts.LONG.encode())
    before = everything()

    new = ("spec_import", str(doors.folder), "--project", "fresh", "--create-project")
    assert [doors.take(), doors.command(*new)] == ["too_large", "too_large"]

    assert everything() == before
    assert not Document.objects.exists()
