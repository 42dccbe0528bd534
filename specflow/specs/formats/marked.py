"""YAML and JSON as plain values that know where they stand: each key, value and item with its lines and its column.

JSON is read by RFC 8259 and no more: what Python's own reader lets pass (keys that are there twice, NaN, numbers
without end, halves of a character) is refused with its line and column, as `specflow.yaml` does for YAML.
"""

import json
import math
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote

from specflow import yaml
from specflow.errors import Invalid, TooLarge
from specflow.specs.formats.lines import BOM
from specflow.text import MAX_DOCUMENT_BYTES, MAX_JSON_DEPTH, checked

_BLANKS = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_POSITION = re.compile(r"0|[1-9][0-9]{0,9}")
_WORD = re.compile(r"[-+]?[A-Za-z]+")
_WORDS = {"true": True, "false": False, "null": None}
_MAX_DIGITS = 64
_ENTRY = 4  # numbers in `Marks` for each value


class Document:
    """A text, the value that it holds, and where the parts stand; `text` is without a byte order mark."""

    def __init__(self, text: str, value: Any, marks: yaml.Marks) -> None:
        self.text = text
        self.value = value
        self.numbers = marks.numbers
        self._lines = array("I", [0, *(found.end() for found in re.finditer("\n", text))])

    def line(self, offset: int) -> int:
        """The line, from 1, that the offset is on."""
        return bisect_right(self._lines, offset)

    def column(self, offset: int) -> int:
        """The column, from 1, in characters."""
        return offset - self._lines[self.line(offset) - 1] + 1

    @property
    def root(self) -> "Node":
        """The whole value; an empty text is a null at its begin."""
        return Node(self, 0, "", "", self.value)


@dataclass(frozen=True, slots=True)
class Node:
    """One value in its document: `pointer` is its address (RFC 6901), `key` the last part of it, as text."""

    document: Document
    place: int
    pointer: str
    key: str
    value: Any

    def _number(self, which: int) -> int:
        at = self.place * _ENTRY + which
        return self.document.numbers[at] if at < len(self.document.numbers) else 0

    @property
    def span(self) -> tuple[int, int]:
        """Where the value itself stands in the document's text: offsets of its begin and behind its end."""
        return self._number(1), self._number(2)

    @property
    def start(self) -> int:
        """The first line: that of its key, where it has one."""
        return self.document.line(self._number(0))

    @property
    def column(self) -> int:
        """The column in the first line."""
        return self.document.column(self._number(0))

    @property
    def end(self) -> int:
        """The last line."""
        begin, end = self.span
        return self.document.line(max(begin, end - 1))

    def children(self) -> Iterator["Node"]:
        """Its values or items, in the order of the text; nothing has none."""
        place = self.place + 1
        values = self.value.values() if isinstance(self.value, dict) else self.value
        for key, value in zip(self._names(), values if isinstance(self.value, dict | list) else (), strict=True):
            node = Node(self.document, place, f"{self.pointer}/{escaped(key)}", key, value)
            yield node
            place += node._number(3)

    def get(self, *path: str) -> "Node | None":
        """What stands at a path of keys below it, or None."""
        node: Node | None = self
        for key in path:
            node = node._child(key) if node is not None else None
        return node

    def _child(self, key: str) -> "Node | None":
        if isinstance(self.value, dict) and key in self.value:
            value = self.value[key]
        elif isinstance(self.value, list) and _POSITION.fullmatch(key) and int(key) < len(self.value):
            value = self.value[int(key)]
        else:
            return None
        place, numbers = self.place + 1, self.document.numbers
        for name in self._names():
            if name == key:
                return Node(self.document, place, f"{self.pointer}/{escaped(key)}", key, value)
            place += numbers[place * _ENTRY + 3]
        return None

    def _names(self) -> Iterable[str]:
        if isinstance(self.value, dict):
            return self.value
        return map(str, range(len(self.value))) if isinstance(self.value, list) else ()

    def at(self, pointer: str) -> "Node | None":
        """What stands at a pointer from it, or None."""
        return self.get(*unescaped(pointer))

    def text(self, key: str) -> str:
        """The text of a mapping's key, "" where there is none or where it is no text."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else ""

    def items(self, key: str) -> list["Node"]:
        """The items of the list at a mapping's key; none where it is no list."""
        node = self.get(key)
        return list(node.children()) if node is not None and isinstance(node.value, list) else []

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts in the list at a mapping's key."""
        return tuple(one.value for one in self.items(key) if isinstance(one.value, str))


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescaped(pointer: str) -> list[str]:
    """The keys that a JSON pointer is made of."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def pointer_of(path: Sequence[str | int]) -> str:
    """The JSON pointer of a path of keys and positions."""
    return "".join(f"/{escaped(str(part))}" for part in path)


def referred(reference: str) -> str | None:
    """The JSON pointer of a reference to the same file (`#/a/b`, RFC 6901 section 6); None for one to elsewhere."""
    pointer = unquote(reference[1:])
    return pointer if reference.startswith("#") and (not pointer or pointer.startswith("/")) else None


def value_at(value: Any, pointer: str) -> Any:
    """What stands at a pointer in a plain value. Raises LookupError."""
    for key in unescaped(pointer):
        if isinstance(value, list):
            if not _POSITION.fullmatch(key):
                raise KeyError(key)
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value[key]
        else:
            raise KeyError(key)
    return value


def is_there(value: Any, pointer: str) -> bool:
    """Whether something stands at a pointer in a plain value."""
    try:
        value_at(value, pointer)
    except LookupError:
        return False
    return True


def read_marked(text: str, *, field: str) -> Node:
    """A text that is JSON or YAML, told apart by the name in `field` and by how it begins.

    Raises Invalid `invalid_json` or `invalid_yaml` with line and column, `invalid_text`, TooLarge `too_large`.
    """
    if field.endswith((".yaml", ".yml")):
        return read_yaml(text, field=field)
    if field.endswith(".json"):
        return read_json(text, field=field)
    if text.removeprefix(BOM).lstrip()[:1] in ("{", "["):
        try:
            return read_json(text, field=field)
        except Invalid as error:
            try:
                return read_yaml(text, field=field)  # which has braces as well
            except Invalid:
                raise error from None
    return read_yaml(text, field=field)


def read_yaml(text: str, *, field: str, limit: int = MAX_DOCUMENT_BYTES) -> Node:
    """The one document of a YAML text. Raises as `specflow.yaml.load`."""
    _refuse_long(text, field, limit)
    body = text.removeprefix(BOM)
    value, marks = yaml.load_marked(body, field=field, limit=limit)
    return Document(body, value, marks).root


def read_json(text: str, *, field: str, limit: int = MAX_DOCUMENT_BYTES) -> Node:
    """The one value of a JSON text.

    Raises Invalid `invalid_json` with `line` and `column` (from 1) in its details for text that is not JSON, has a key
    twice, a number that is not finite or over 64 digits, more than 50 levels or 200,000 values; `invalid_text`,
    `too_large`.
    """
    _refuse_long(text, field, limit)
    body = text.removeprefix(BOM)
    checked(body, field=field, limit=limit)
    reader = _Json(body, field)
    return Document(body, reader.read(), reader.marks).root


def _refuse_long(text: str, field: str, limit: int) -> None:
    """A text of too many characters has too many bytes; it is not looked at any further."""
    if len(text) > limit:
        raise TooLarge("too_large", f"{field} is over the limit of {limit} bytes.", {"field": field, "limit": limit})


class _Json:
    """Reads one JSON text without recursion; `_at` is how far it has come."""

    def __init__(self, text: str, field: str) -> None:
        self.marks = yaml.Marks()
        self._text = text
        self._field = field
        self._at = 0
        self._value: Any = None
        self._open: list[Any] = []  # the collections around this place, the innermost last
        self._key: tuple[str, int] | None = None  # the key that waits for its value, and where it begins

    def read(self) -> Any:
        self._blanks()
        self._one()
        while self._open:
            self._blanks()
            self._next()
        self._blanks()
        if self._at < len(self._text):
            self._refuse("something follows the value")
        return self._value

    def _next(self) -> None:
        """The next member of the innermost collection, or its end."""
        inner = self._open[-1]
        closing = "}" if isinstance(inner, dict) else "]"
        if self._takes(closing):
            self._open.pop()
            self.marks.end(self._at)
            return
        if inner and not self._takes(","):
            self._refuse(f"a comma or '{closing}' is expected")
        self._blanks()
        if isinstance(inner, dict):
            self._name(inner)
        self._one()

    def _name(self, inner: dict[str, Any]) -> None:
        if not self._text.startswith('"', self._at):
            self._refuse("a key in double quotes is expected")
        start = self._at
        key = self._string()
        if key in inner:
            self._refuse(f"the key '{key[:50]}' is there twice", start)
        self._blanks()
        if not self._takes(":"):
            self._refuse("a colon is expected")
        self._blanks()
        self._key = key, start

    def _one(self) -> None:
        """One value, or the begin of a collection."""
        start, sign = self._at, self._text[self._at : self._at + 1]
        begin = self._key[1] if self._key else start
        if self.marks.full:
            self._refuse(f"it has more than {yaml.MAX_VALUES} values")
        if sign in ("{", "["):
            if len(self._open) == MAX_JSON_DEPTH:
                self._refuse(f"it is nested more than {MAX_JSON_DEPTH} deep")
            self._at += 1
            collection: Any = {} if sign == "{" else []
            self._put(collection)
            self._open.append(collection)
            self.marks.begin(begin, start)
            return
        self._put(self._string() if sign == '"' else self._plain())
        self.marks.value(begin, start, self._at)

    def _put(self, value: Any) -> None:
        if not self._open:
            self._value = value
        elif self._key:
            self._open[-1][self._key[0]] = value
        else:
            self._open[-1].append(value)
        self._key = None

    def _string(self) -> str:
        start = self._at
        try:
            value, self._at = json.decoder.scanstring(self._text, start + 1, True)  # type: ignore[attr-defined]
        except json.JSONDecodeError as error:
            self._refuse(error.msg[:1].lower() + error.msg[1:].removesuffix(" at"), error.pos)
        if "\\" in self._text[start : self._at]:  # only an escape can bring in what the text was checked for
            try:
                checked(value, field=self._field, limit=MAX_DOCUMENT_BYTES)
            except Invalid:
                self._refuse("this text holds a character that cannot be kept", start)
        return str(value)

    def _plain(self) -> Any:
        word = _WORD.match(self._text, self._at)
        number = _NUMBER.match(self._text, self._at)
        if word is not None:
            if word[0] not in _WORDS:
                self._refuse(f"'{word[0][:50]}' is no JSON value")
            self._at = word.end()
            return _WORDS[word[0]]
        if number is None:
            self._refuse("a value is expected")
        if len(number[0]) > _MAX_DIGITS:
            self._refuse(f"a number has at most {_MAX_DIGITS} digits")
        value = float(number[0]) if number[1] or number[2] else int(number[0])
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse("a number must be finite")
        self._at = number.end()
        return value

    def _blanks(self) -> None:
        found = _BLANKS.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _takes(self, sign: str) -> bool:
        found = self._text.startswith(sign, self._at)
        self._at += found
        return found

    def _refuse(self, problem: str, at: int | None = None) -> NoReturn:
        at = self._at if at is None else at
        raise yaml.invalid("invalid_json", self._text, at, field=self._field, problem=problem)
