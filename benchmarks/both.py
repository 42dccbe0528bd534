"""What a program measures on SQLite and on PostgreSQL, each in a process of its own with a database of its own."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.e2e.product import Product

_SAID = "the times: "


def on_both(folder: Path, module: str) -> Iterator[tuple[str, Any]]:
    """(the database's name, what `python -m module` told there) for each."""
    from tests.services import postgres

    url = postgres.create_database()
    try:
        for name, settings in (("SQLite", {}), ("PostgreSQL", {"DATABASE_URL": url})):
            own = folder / name.lower()
            own.mkdir()
            yield name, _told(Product(own, **settings), module)
    finally:
        postgres.drop_database(url)


def tell(program: Callable[[], Any]) -> None:
    """What the program of a module does: prints what it measured for `on_both`."""
    sys.stdout.write(f"{_SAID}{json.dumps(program())}\n")


def _told(product: Product, module: str) -> Any:
    try:
        product.run("migrate", "-v0")
        process = product.start("-m", module, name=module.rpartition(".")[2])
        if process.wait(600):
            raise RuntimeError(process.said[-2000:])
        return json.loads(process.said.rpartition(_SAID)[2])
    finally:
        product.close()
