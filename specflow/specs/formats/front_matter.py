"""The YAML at the head of a document, between two lines of `---`: read tolerantly."""

import re
from dataclasses import dataclass, field
from typing import Any

from specflow import yaml
from specflow.errors import Invalid
from specflow.specs.formats.lines import Page

_EDGE = re.compile(r"^---[ \t]*$")
_KEY = re.compile(r"^([A-Za-z0-9_.-]+)[ \t]*:(?:[ \t]+(.*))?$")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`values` is empty where the YAML cannot be read. `lines` has the line (1-based) of each outermost key; the body
    begins on the line after `end`. A text without front matter has `end` 0."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    end: int = 0

    def text(self, key: str) -> str:
        """The value as text, "" where there is none or where it is no plain value."""
        value = self.values.get(key)
        return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """The values of a list as text; one plain value is a list of one."""
        value = self.values.get(key)
        values = value if isinstance(value, list) else [value]
        return tuple(str(one) for one in values if isinstance(one, str | int | float) and one != "")


def front_matter(page: Page) -> FrontMatter:
    """What stands at the head of the page; never raises."""
    if not page.lines or not _EDGE.match(page.lines[0]):
        return FrontMatter()
    end = next((at for at in range(1, len(page.lines)) if _EDGE.match(page.lines[at])), 0)
    if not end:
        return FrontMatter()
    lines: dict[str, int] = {}
    for at in range(1, end):
        found = _KEY.match(page.lines[at])
        if found:
            lines.setdefault(found[1], at + 1)
    try:
        values = yaml.load("\n".join(page.lines[1:end]), field="front matter")
    except Invalid:
        values = {}
    return FrontMatter(values if isinstance(values, dict) else {}, lines, end + 1)
