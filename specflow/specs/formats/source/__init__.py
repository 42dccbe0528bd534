"""Machine-readable specs: our own spec files, plain JSON Schema and OpenAPI 3.x, in YAML or JSON.

`parse_source` and `check_source` are strict and say line and column of what is wrong; reading as a dialect gives what
is there. Tools do not edit such a file: people and programs write it.
"""

import functools
import re

from specflow.errors import Invalid
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Items, Place
from specflow.specs.formats.marked import read_marked
from specflow.specs.formats.source.problems import Problem, published_schema
from specflow.specs.formats.source.reading import check_source, parse_source, read
from specflow.specs.formats.source.spec import SourceSpec

_ENDINGS = ("yaml", "yml", "json")
_PATH = re.compile(rf"(?:specflow/(?!\.)[^/]+|(?:api/)?openapi)\.(?:{'|'.join(_ENDINGS)})")


class Source(Dialect):
    """Each file is a spec of its own: `specflow/<name>.yaml`, and `openapi.yaml` at the top or in `api/`."""

    name, title = "specflow", "SpecFlow spec files, JSON Schema and OpenAPI"
    roots = ("specflow", "api", *(f"openapi.{ending}" for ending in _ENDINGS))

    def place(self, path: str) -> Place | None:
        path = path.removeprefix("./")
        if not _PATH.fullmatch(path):
            return None
        stem = path.rsplit(".", 1)[0]
        return Place(stem.rsplit("/", 1)[-1].removesuffix(".schema"), "source", folder=stem)

    def read(self, kind: str, text: str) -> Items:
        return _items(text) if kind == "source" else Items()


@functools.lru_cache(maxsize=4)
def _items(text: str) -> Items:
    try:
        root = read_marked(text, field="")
    except Invalid:
        return Items()
    return read(root, path="").items


__all__ = ["Problem", "Source", "SourceSpec", "check_source", "parse_source", "published_schema"]
