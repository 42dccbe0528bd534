"""How REST reads a spec file out of a body: as its text, which is kept byte for byte."""

import io
import re
from dataclasses import dataclass
from typing import Any

from rest_framework.parsers import BaseParser

from specflow.accounts.rest import StrictJSONParser
from specflow.errors import Invalid, TooLarge
from specflow.text import MAX_DOCUMENT_BYTES, decoded

_OURS = re.compile(rb'\s*\{\s*"specflow"\s*:')


@dataclass(frozen=True, slots=True)
class SpecFile:
    """The text of a spec file, and the ending of its name."""

    text: str
    ending: str


class YAMLParser(BaseParser):
    """A spec file in YAML. Raises Invalid `invalid_utf8`, TooLarge `too_large`."""

    media_type = "application/yaml"  # RFC 9512

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return SpecFile(decoded(_read(stream), field="body"), "yaml")


class JSONParser(StrictJSONParser):
    """An object as everywhere, or a spec file: an object with `specflow`."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        data = _read(stream)
        try:
            value = super().parse(io.BytesIO(data), media_type, parser_context)
        except Invalid:
            if _OURS.match(data):  # the reader of spec files says where the mistake is
                return SpecFile(decoded(data, field="body"), "json")
            raise
        return SpecFile(decoded(data, field="body"), "json") if "specflow" in value else value


def _read(stream: Any) -> bytes:
    data: bytes = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise TooLarge("too_large", f"The body is over {MAX_DOCUMENT_BYTES} bytes.", {"limit": MAX_DOCUMENT_BYTES})
    return data
