"""The broker of files: messages of many writers arrive whole, once each, and a reader never meets half of one."""

import subprocess
import sys
from pathlib import Path

import pytest
from kombu import Connection

from specflow.filebroker import register
from tests.waiting import wait_until

WRITERS, EACH = 4, 100
WRITE = """
import sys
from kombu import Connection
from specflow.filebroker import register
register()
folder, name, count = sys.argv[1:]
options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder + "/control"}
with Connection("filesystem://", transport_options=options) as connection:
    queue = connection.SimpleQueue("work")
    for number in range(int(count)):
        queue.put({"from": name, "number": number, "filler": "x" * 20_000})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "broker" / "control").mkdir(parents=True)
    return tmp_path / "broker"


def connected(folder: Path) -> Connection:
    register()
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder / "control"}
    return Connection("filesystem://", transport_options={name: str(value) for name, value in options.items()})


def test_messages_of_many_processes_arrive_whole_and_once(folder: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(folder), str(name), str(EACH)]) for name in range(WRITERS)
    ]
    seen: list[tuple[str, int]] = []
    with connected(folder) as connection:
        queue = connection.SimpleQueue("work")

        def taken() -> bool:
            try:
                message = queue.get(block=False)
            except queue.Empty:
                return False
            seen.append((message.payload["from"], message.payload["number"]))
            message.ack()
            return len(seen) == WRITERS * EACH

        wait_until(taken, within=30, every=0.0005, what="all messages")
    assert [writer.wait(10) for writer in writers] == [0] * WRITERS
    assert len(set(seen)) == WRITERS * EACH
    for name in range(WRITERS):
        numbers = [number for writer, number in seen if writer == str(name)]
        assert numbers == sorted(numbers)
    assert [one.name for one in folder.iterdir()] == ["control"]


def test_a_queue_that_is_deleted_takes_no_more_messages(folder: Path) -> None:
    with connected(folder) as connection:
        queue = connection.SimpleQueue("spare")  # kombu remembers bindings by name for the whole process
        queue.put("one")
        assert queue.qsize() == 1
        queue.queue.delete()

        channel = connection.default_channel
        assert channel.get_table("spare") == []
        assert list(folder.glob("*.msg")) == []
