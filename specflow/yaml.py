"""YAML from outside, read as plain data: mappings with text keys, lists, text, numbers, booleans, null.

A small language on purpose. Aliases, anchors, merge keys, tags and repeated keys are refused, so that a short text
cannot grow into a large value and a reader sees what the program sees. Plain scalars follow the core schema of
YAML 1.2.2 (section 10.3.2): `on`, `no`, `1:30` and `2026-01-02` are text. A key is the text that stands there.
"""

import math
import re
from typing import Any

import yaml

from specflow.errors import Invalid
from specflow.text import checked

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?[0-9]{1,64}|0o[0-7]{1,64}|0x[0-9a-fA-F]{1,64}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,64}|[0-9]{1,64}(?:\.[0-9]{0,64})?)(?:[eE][-+]?[0-9]{1,4})?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

# The parser in C is ten times as fast; the wheels have it, a build without libyaml does not.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str, *, field: str) -> Any:
    """The one document in `text` as JSON values; an empty text is None.

    Raises Invalid `invalid_yaml` with `line` and `column` (from 1) in its details for text that is not YAML or uses
    what is refused above or is nested more than 50 deep, `too_large` over 1 MiB and `invalid_text` for control bytes.
    """
    checked(text, field=field, limit=MAX_BYTES)
    builder = _Builder(field)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _invalid(field, error.problem or "this is not YAML", error.problem_mark or error.context_mark) from error
    except yaml.YAMLError as error:
        raise _invalid(field, "it holds a character that YAML does not allow", None) from error
    return builder.value


def _invalid(field: str, problem: str, mark: Any) -> Invalid:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Invalid(
        "invalid_yaml",
        f"{field} cannot be read at line {line}, column {column}: {problem[:200]}.",
        {"field": field, "line": line, "column": column},
    )


class _Builder:
    """Makes the value from the parser's events, without recursion, and refuses at the first event that it must."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.value: Any = None
        self._documents = 0
        self._open: list[Any] = []  # the collections around this place, the innermost last
        self._keys: list[str | None] = []  # per open collection: the key that waits for its value

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
            self._open.pop()
            self._keys.pop()

    def _node(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse("anchors are not taken", event)
        if event.tag is not None:
            self._refuse("tags are not taken", event)
        if self._awaits_key():
            self._keys[-1] = self._key(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._place(self._scalar(event))
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
        return checked(text, field=self.field, limit=MAX_BYTES) if event.style == '"' else text

    def _refuse(self, problem: str, event: yaml.Event) -> None:
        raise _invalid(self.field, problem, event.start_mark)
