"""Machine-readable specs: our own spec files, plain JSON Schema and OpenAPI 3.x, in YAML or JSON.

`parse_source` and `check_source` are strict and say line and column of what is wrong; reading as a dialect gives what
is there. Tools do not edit such a file: people and programs write it. The tasks that are made from it stand in the
folder of its name, as `.spec-workflow` writes tasks.
"""

import functools
import re
from collections.abc import Mapping, Sequence

from specflow.errors import Invalid
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Items, Place, Progress
from specflow.specs.formats.marked import read_marked
from specflow.specs.formats.source.problems import Problem, published_schema
from specflow.specs.formats.source.reading import check_source, parse_source, read
from specflow.specs.formats.source.spec import SourceSpec
from specflow.specs.formats.spec_workflow import SpecWorkflow

_ENDINGS = ("yaml", "yml", "json")
_PATH = re.compile(rf"(?:specflow/(?!\.)[^/]+|(?:api/)?openapi)\.(?:{'|'.join(_ENDINGS)})")
_TASKS_PATH = re.compile(r"((?:specflow/(?!\.)|(?:api/)?(?=openapi/))([^/]+))/tasks\.md")
_TASKS = SpecWorkflow()


class Source(Dialect):
    """Each file is a spec of its own: `specflow/<name>.yaml`, and `openapi.yaml` at the top or in `api/`. The tasks of
    `specflow/<name>.yaml` are `specflow/<name>/tasks.md`."""

    name, title = "specflow", "SpecFlow spec files, JSON Schema and OpenAPI"
    roots = ("specflow", "api", "openapi", *(f"openapi.{ending}" for ending in _ENDINGS))

    def place(self, path: str) -> Place | None:
        path = path.removeprefix("./")
        tasks = _TASKS_PATH.fullmatch(path)
        if tasks:
            return Place(tasks[2], "tasks", folder=tasks[1])
        if not _PATH.fullmatch(path):
            return None
        stem = path.rsplit(".", 1)[0]
        return Place(stem.rsplit("/", 1)[-1].removesuffix(".schema"), "source", folder=stem)

    def read(self, kind: str, text: str) -> Items:
        if kind == "tasks":
            return _TASKS.read(kind, text)
        return _items(text) if kind == "source" else Items()

    def neutral(self, kind: str, text: str) -> str:
        return _TASKS.neutral(kind, text)

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        return _TASKS.write_progress(kind, text, progress)

    def path_in(self, folder: str, kind: str) -> str:
        return f"{folder}/tasks.md" if kind == "tasks" else super().path_in(folder, kind)

    def skeleton(self, kind: str, *, title: str, description: str = "") -> str:
        if kind != "tasks":
            return super().skeleton(kind, title=title, description=description)
        return _TASKS.skeleton(kind, title=title, description=description)

    def add_task(
        self,
        text: str,
        *,
        title: str,
        description: str = "",
        phase: str = "",
        priority: str = "",
        requirements: Sequence[str] = (),
    ) -> tuple[str, str]:
        return _TASKS.add_task(
            text, title=title, description=description, phase=phase, priority=priority, requirements=requirements
        )


@functools.lru_cache(maxsize=4)
def _items(text: str) -> Items:
    try:
        root = read_marked(text, field="")
    except Invalid:
        return Items()
    return read(root, path="").items


__all__ = ["Problem", "Source", "SourceSpec", "check_source", "parse_source", "published_schema"]
