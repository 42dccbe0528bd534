"""YAML from outside, read as plain data: mappings with text keys, lists, text, numbers, booleans, null.

A small language on purpose. Aliases, anchors, merge keys, tags and repeated keys are refused, so that a short text
cannot grow into a large value and a reader sees what the program sees. Plain scalars follow the core schema of
YAML 1.2.2 (section 10.3.2): `on`, `no`, `1:30` and `2026-01-02` are text. A key is the text that stands there.
"""

import math
import re
from array import array
from typing import Any, NoReturn

import yaml

from specflow.errors import Invalid
from specflow.text import checked

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_VALUES = 200_000  # of a text whose values know where they stand

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?[0-9]{1,64}|0o[0-7]{1,64}|0x[0-9a-fA-F]{1,64}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,64}|[0-9]{1,64}(?:\.[0-9]{0,64})?)(?:[eE][-+]?[0-9]{1,4})?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

# The parser in C is ten times as fast; the wheels have it, a build without libyaml does not.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Marks:
    """Where the values of a text stand: four numbers for each value, in the order in which they begin.

    These are offsets in the text: of the key that names it (its own begin where none does), of its begin, of its end
    (behind its last character); and how many values it is made of, itself included. 16 bytes a value.
    """

    def __init__(self) -> None:
        self.numbers = array("I")
        self._open: list[int] = []
        self._last = 0

    @property
    def full(self) -> bool:
        """Whether it holds as many values as a text may have."""
        return len(self.numbers) >= 4 * MAX_VALUES

    def begin(self, key: int, start: int) -> None:
        """A collection begins at `start`."""
        self._open.append(len(self.numbers))
        self.numbers.extend((key, start, 0, 0))

    def end(self, end: int | None = None) -> None:
        """The innermost collection ends; without an offset, where the last value ended."""
        place = self._open.pop()
        self._last = self._last if end is None else end
        self.numbers[place + 2] = max(self._last, self.numbers[place + 1])
        self.numbers[place + 3] = (len(self.numbers) - place) // 4

    def value(self, key: int, start: int, end: int) -> None:
        """A plain value stands from `start` to `end`."""
        self._last = end
        self.numbers.extend((key, start, end, 1))


def load(text: str, *, field: str) -> Any:
    """The one document in `text` as JSON values; an empty text is None.

    Raises Invalid `invalid_yaml` with `line` and `column` (from 1) in its details for text that is not YAML or uses
    what is refused above or is nested more than 50 deep, `too_large` over 1 MiB and `invalid_text` for control bytes.
    """
    checked(text, field=field, limit=MAX_BYTES)
    return _built(_Builder(text, field, MAX_BYTES, None)).value


def load_marked(text: str, *, field: str, limit: int) -> tuple[Any, Marks]:
    """The same for a text of up to `limit` bytes and 200,000 values, with their places; an empty text has none."""
    checked(text, field=field, limit=limit)
    marks = Marks()
    return _built(_Builder(text, field, limit, marks)).value, marks


def _built(builder: "_Builder") -> "_Builder":
    try:
        for event in yaml.parse(builder.text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        builder.refuse(error.problem or "this is not YAML", mark.index if mark else 0)
    except yaml.YAMLError:  # it names no place in the text
        builder.refuse("it holds a character that YAML does not allow", 0)
    return builder


def invalid(code: str, text: str, offset: int, *, field: str, problem: str) -> Invalid:
    """The refusal of a text for what stands at an offset; lines end at "\\n" alone, as everywhere in documents."""
    line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
    return Invalid(
        code,
        f"{field} cannot be read at line {line}, column {column}: {problem[:200]}.",
        {"field": field, "line": line, "column": column},
    )


class _Builder:
    """Makes the value from the parser's events, without recursion, and refuses at the first event that it must."""

    def __init__(self, text: str, field: str, limit: int, marks: Marks | None) -> None:
        self.text = text
        self.field = field
        self.value: Any = None
        self._limit = limit
        self._marks = marks
        self._key_at: int | None = None  # where the key begins that waits for its value
        self._documents = 0
        self._open: list[Any] = []  # the collections around this place, the innermost last
        self._keys: list[str | None] = []  # per open collection: the key that waits for its value
        self._flows: list[bool] = []  # per open collection: whether it stands in brackets

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse("only one document is taken", event)
        elif isinstance(event, yaml.AliasEvent):
            self._refuse("aliases are not taken", event)
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._leave(event)

    def _node(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse("anchors are not taken", event)
        if event.tag is not None:
            self._refuse("tags are not taken", event)
        if self._marks and self._marks.full:
            self._refuse(f"it has more than {MAX_VALUES} values", event)
        if self._awaits_key():
            self._keys[-1], self._key_at = self._key(event), event.start_mark.index
        elif isinstance(event, yaml.ScalarEvent):
            self._place(self._scalar(event))
            if self._marks:
                self._marks.value(*self._begin(event), self._end(event))
        else:
            self._enter({} if isinstance(event, yaml.MappingStartEvent) else [], event)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], dict) and self._keys[-1] is None

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse("a key must be one piece of text", event)
        key = self._text(event)
        if key == "<<" and not event.style:
            self._refuse("merge keys are not taken", event)
        if key in self._open[-1]:
            self._refuse(f"the key '{key[:50]}' is there twice", event)
        return key

    def _enter(self, collection: Any, event: Any) -> None:
        if len(self._open) == MAX_DEPTH:
            self._refuse(f"it is nested more than {MAX_DEPTH} deep", event)
        self._place(collection)
        self._open.append(collection)
        self._keys.append(None)
        self._flows.append(bool(event.flow_style))
        if self._marks:
            self._marks.begin(*self._begin(event))

    def _leave(self, event: Any) -> None:
        self._open.pop()
        self._keys.pop()
        # A block ends where the next thing begins, which may be many lines below its last value.
        if self._flows.pop() and self._marks:
            self._marks.end(event.end_mark.index)
        elif self._marks:
            self._marks.end()

    def _begin(self, event: Any) -> tuple[int, int]:
        start = event.start_mark.index
        key, self._key_at = self._key_at, None
        return start if key is None else key, start

    def _end(self, event: Any) -> int:
        start, end = int(event.start_mark.index), int(event.end_mark.index)
        return start + len(self.text[start:end].rstrip()) if event.style in ("|", ">") else end

    def _place(self, value: Any) -> None:
        if not self._open:
            self.value = value
        elif isinstance(self._open[-1], dict):
            self._open[-1][self._keys[-1]] = value
            self._keys[-1] = None
        else:
            self._open[-1].append(value)

    def _scalar(self, event: Any) -> Any:
        text = self._text(event)
        if event.style:  # quoted or a block: text, whatever it looks like
            return text
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if _INTEGER.fullmatch(text):
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        number = float(text) if _FLOAT.fullmatch(text) else None
        if _NOT_A_NUMBER.fullmatch(text) or (number is not None and math.isinf(number)):
            self._refuse("a number must be finite", event)
        return text if number is None else number

    def _text(self, event: Any) -> str:
        text = str(event.value)
        # Only here can an escape ("\0") bring in what the text itself was checked for.
        return checked(text, field=self.field, limit=self._limit) if event.style == '"' else text

    def _refuse(self, problem: str, event: Any) -> NoReturn:
        self.refuse(problem, event.start_mark.index)

    def refuse(self, problem: str, offset: int) -> NoReturn:
        """Raises the refusal of what stands at the offset."""
        raise invalid("invalid_yaml", self.text, offset, field=self.field, problem=problem)
