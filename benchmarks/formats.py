"""Reading at three sizes, linting, and the import of a folder of real documents (SPECFLOW_CORPUS, else the examples).

Run as a program it imports into the database of its settings and prints the documents and the seconds as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Figure
from benchmarks.written import at_sizes, requirements_of, tasks_of
from specflow.specs.formats.spec_workflow.requirements import read_requirements
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.lint import lint
from tests.e2e.product import Product

LINES = (2_500, 5_000, 10_000)
CHARACTERS = (250_000, 500_000, 1_000_000)
TASKS_LIMIT, REQUIREMENTS_LIMIT, LINT_LIMIT = 150.0, 300.0, 2_000.0
IMPORT_LIMIT = 5.0  # milliseconds for a document: 200 documents a second
AT_LEAST = 200  # documents; fewer ones are imported again into further projects
PATH = ".spec-workflow/specs/large/requirements.md"
SAID = "the import: "


async def measure(folder: Path) -> list[Figure]:
    """The figures; the import in a data folder of its own, on SQLite."""
    return [
        *at_sizes("read tasks.md of 10,000 lines", LINES, tasks_of, read_tasks, TASKS_LIMIT, "lines"),
        *at_sizes(
            "read requirements.md of 1 MB", CHARACTERS, requirements_of, read_requirements, REQUIREMENTS_LIMIT, "bytes"
        ),
        *at_sizes(
            "lint requirements.md of 1 MB",
            CHARACTERS,
            requirements_of,
            lambda text: lint({PATH: text}),
            LINT_LIMIT,
            "bytes",
        ),
        _imported(folder),
    ]


def _imported(folder: Path) -> Figure:
    product = Product(folder)
    try:
        product.run("migrate", "-v0")
        corpus = os.environ.get("SPECFLOW_CORPUS", "")
        process = product.start("-m", "benchmarks.formats", corpus, name="import")
        if process.wait(300):
            raise RuntimeError(process.said[-2000:])
        documents, seconds = json.loads(process.said.rpartition(SAID)[2])
    finally:
        product.close()
    name = f"import on SQLite, {'real documents' if corpus else 'the examples'}"
    said = f"{documents} documents, {documents / seconds:.0f} a second"
    return Figure(name, seconds * 1000 / documents, "ms", IMPORT_LIMIT, said)


def program(corpus: str) -> tuple[int, float]:
    """Imports every folder below `corpus` into a project of its own; (documents, seconds)."""
    from specflow.accounts import actions as accounts
    from specflow.accounts import actors
    from specflow.specs.imports import import_folder

    owner = actors.system(door="cli")
    folders = list(_folders(corpus))
    documents, seconds, number = 0, 0.0, 0
    while documents < AT_LEAST and folders:
        for texts in folders:
            number += 1
            project = accounts.create_project(f"imported-{number}", actor=owner)
            begin = time.perf_counter()
            documents += import_folder(project, actor=owner, files=texts).documents
            seconds += time.perf_counter() - begin
    return documents, seconds


def _folders(corpus: str) -> Iterator[dict[str, str]]:
    """The documents of each workspace."""
    from specflow.specs.workspace import read_folder

    for folder in sorted(Path(corpus or "examples/dialects").iterdir()):
        texts = read_folder(folder).texts if folder.is_dir() else {}
        if texts:
            yield texts


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")
    import django

    django.setup()
    sys.stdout.write(f"{SAID}{json.dumps(program(sys.argv[1]))}\n")
