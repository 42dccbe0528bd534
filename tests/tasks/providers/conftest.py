import uuid

import pytest

from tests.tasks.providers.running import Running


@pytest.fixture
def running(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir(mode=0o700)
    return Running(folder, f"run-{uuid.uuid4().hex}")
