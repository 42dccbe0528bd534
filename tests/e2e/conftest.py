"""The product on each of its two stacks, whatever stack the run itself is on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.product import Product


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Product]:
    """SQLite and one process."""
    product = Product(tmp_path)
    yield product
    product.close()


@pytest.fixture
def grown(tmp_path: Path, postgres_url: Callable[[], str], redis_url: str) -> Iterator[Product]:
    """PostgreSQL and Redis."""
    product = Product(tmp_path, DATABASE_URL=postgres_url(), REDIS_URL=redis_url)
    yield product
    product.close()


@pytest.fixture(params=["embedded", "grown"])
def product(request: pytest.FixtureRequest) -> Product:
    """One after the other; `product.stack` says which."""
    found: Product = request.getfixturevalue(request.param)
    found.stack = request.param  # type: ignore[attr-defined]
    return found
