"""The dialect of Cucumber: each `features/….feature` is a spec, its Feature a requirement, its Scenarios criteria.

It reads English Gherkin and edits nothing, so it has `place` and `read` and inherits the rest from Dialect.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import CriterionItem, Items, Place, RequirementItem
from specflow.specs.formats.lines import Page, is_blank, last_full

_FEATURE = re.compile(r"\s*Feature:\s*(.*)")
_SCENARIO = re.compile(r"\s*(?:Scenario Outline|Scenario Template|Scenario|Example):\s*(.*)")
_APART = re.compile(r"\s*(?:Background|Rule):")
_QUOTES = re.compile(r'\s*("""|```)')
_UNSAID = re.compile(r"\s*[#@]")  # comments, and tags, which belong to what stands below them


class GherkinDialect(Dialect):
    """The folder `features/`, with the folders in it."""

    name, title, roots = "gherkin", "Gherkin", ("features",)

    def place(self, path: str) -> Place | None:
        parts = path.removeprefix("./").split("/")
        if parts[0] != "features" or len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
            return None
        stem = parts[-1].removesuffix(".feature")
        if stem in {"", parts[-1]}:
            return None
        return Place(stem, "requirements", folder="/".join([*parts[:-1], stem]))

    def read(self, kind: str, text: str) -> Items:
        if kind != "requirements":
            return Items()
        lines = Page(text).lines
        found = _read(lines)
        if found is None:
            return Items()
        return Items(title=found.title, requirements=(found.item(lines),))


@dataclass(slots=True)
class _Feature:
    """The feature of a file: its place, the lines that describe it, and where its scenarios are (from 0)."""

    title: str
    start: int
    story: list[str] = field(default_factory=list)
    scenarios: list[list[int]] = field(default_factory=list)

    def item(self, lines: Sequence[str]) -> RequirementItem:
        """The requirement, with a criterion for each scenario."""
        story = "\n".join(line.strip() for line in self.story).strip()
        criteria = tuple(_criterion(lines, f"1.{n}", *place) for n, place in enumerate(self.scenarios, 1))
        return RequirementItem(
            key="1",
            ordinal=0,
            title=self.title or "Feature",
            user_story=story,
            condition="",
            action="",
            criteria=criteria,
            start=self.start + 1,
            end=last_full(lines, self.start, len(lines)),
        )


def _read(lines: Sequence[str]) -> _Feature | None:
    """The feature with the lines of its scenarios; None where a text has no feature, or one in another language."""
    feature: _Feature | None = None
    scenario: list[int] | None = None
    quoted, describing = "", False
    for at, line in enumerate(lines):
        mark = _QUOTES.match(line)
        if quoted or mark:
            quoted = quoted if not mark or (quoted and mark[1] != quoted) else "" if quoted else mark[1]
        elif feature is None:
            found = _FEATURE.match(line)
            feature, describing = (_Feature(found[1].strip(), at), True) if found else (None, False)
            continue
        elif _SCENARIO.match(line):
            scenario, describing = [at, at + 1], False
            feature.scenarios.append(scenario)
        elif _APART.match(line):
            scenario, describing = None, False
        elif _UNSAID.match(line):
            continue
        if feature and describing:
            feature.story.append(line)
        elif scenario and not is_blank(line):
            scenario[1] = at + 1
    return feature


def _criterion(lines: Sequence[str], key: str, start: int, stop: int) -> CriterionItem:
    """A scenario: its name, and below it its steps with their tables and texts."""
    found = _SCENARIO.match(lines[start])
    name = found[1].strip() if found else ""
    steps = [line.strip() for line in lines[start + 1 : stop] if not is_blank(line) and not _UNSAID.match(line)]
    text = "\n".join(filter(None, (name, *steps))) or "Scenario"
    return CriterionItem(key, text, start + 1, stop, "given_when_then" if steps else "free")
