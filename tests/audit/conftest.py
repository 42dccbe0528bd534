"""What stories of the feed share."""

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections


@pytest.fixture
async def worker_thread() -> AsyncIterator[None]:
    """The thread of `sync_to_async` gives its connection back, so that the database can be dropped in the end."""
    yield
    await sync_to_async(connections.close_all)()
