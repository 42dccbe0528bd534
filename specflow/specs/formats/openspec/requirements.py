"""Reads a capability's spec.md and a change's delta: requirements with their scenarios, and what becomes of them."""

# ruff: noqa: RUF001 - full-width signs stand in real documents

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import CriterionItem, RequirementItem
from specflow.specs.formats.lines import dedented, indent, is_blank, last_full
from specflow.specs.formats.markdown.outline import Heading, Sheet
from specflow.specs.formats.spec_workflow import words
from specflow.specs.formats.values import unquoted

_ID = r"[A-Z][A-Z0-9]{0,9}(?:-[A-Z0-9]{1,12}){0,4}-\d+(?:\.\d+)*[a-z]?"
_REQUIREMENT = re.compile(rf"(?:{words.either(words.REQUIREMENT)})(?:[ \t]*#?({_ID}|\d+(?:\.\d+)*))?[ \t]*[:：]", re.I)
_NAMED = re.compile(rf"({_ID})(?:[ \t]*[:：.–—]|[ \t]+-[ \t]|[ \t]|$)")
_CHANGE = re.compile(r"\W*(added|modified|removed|renamed)\b\W*(?:requirements?\b.*)?$", re.IGNORECASE)
_SECTION = re.compile(r"(?:requirements|要件|要求|需求|요구사항|requisitos|exigences|anforderungen|требования)\b", re.I)

_SCENARIO_WORD = r"scenario|scénario|escenario|cenário|szenario|сценарий|シナリオ|场景|場景|시나리오"
_SCENARIO = re.compile(rf"(?:{_SCENARIO_WORD})[ \t]*#?\d*[ \t]*[:：\-–—.]?[ \t]*(.*)$", re.IGNORECASE)
_BOLD_SCENARIO = re.compile(
    rf"^[ \t]*(?:[-*+][ \t]+)?\*\*(?:{_SCENARIO_WORD})\b[^*:：]{{0,20}}[:：]?([^*]*)\*\*[ \t]*[:：]?(.*)$",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"^\s*(?:(?:[-*+]|\d+[.)])\s+)?(?:\*{1,2}[^*:：]{1,30}\*{1,2}(?!\s*[:：])|\*{0,2}(?:given|when|then|and|but)\b)",
    re.IGNORECASE,
)
_THEN = re.compile(r"^[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?[*_]{0,3}then\b", re.IGNORECASE | re.MULTILINE)
_METADATA = re.compile(r"^\s*(?:[-*+]\s+)?\*\*[^*]{1,40}(?:[:：]\*\*|\*\*[ \t]*[:：])")
_EARS_LINE = re.compile(r"^- \*\*(WHEN|THE SYSTEM SHALL)\*\* ?(.*)$")

_LISTED = re.compile(rf"^\s*(?:[-*+]\s+)?`?(?:#{{1,6}}\s*)?(?:{words.either(words.REQUIREMENT)})[ \t]*[:：](.*)$", re.I)
_RENAME = re.compile(r"^\s*(?:[-*+]\s+)?\*{0,2}(from|to)\*{0,2}[ \t]*[:：]\*{0,2}(.*)$", re.IGNORECASE)
_NAME = re.compile(rf"`?(?:#{{1,6}}\s*)?(?:(?:{words.either(words.REQUIREMENT)})[ \t]*[:：])?([^`]*)`?$", re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """A requirement's place: its first and last line, and the parts below its heading.

    `level` is its heading's, 0 for a line of a list; `certain` is False for a heading that names no requirement by
    itself. `to` is the new name of one that is renamed.
    """

    key: str
    title: str
    level: int
    start: int
    end: int
    change: str = ""
    certain: bool = True
    to: str = ""
    parts: list[Heading] = field(default_factory=list)
    scenarios: list[tuple[str, int, int]] = field(default_factory=list)  # name, first and last line


class Reader:
    """One pass over the headings; `change` and `section` say what the requirements below stand under."""

    def __init__(self, sheet: Sheet) -> None:
        self.lines = sheet.page.lines
        self.unseen = sheet.unseen
        self.blocks: list[Block] = []
        self._now: Block | None = None
        self._above: Heading | None = None
        self._change = ""
        for heading in sheet.headings:
            self._heading(heading)
        known = any(block.certain and block.level for block in self.blocks)
        self.blocks = [one for one in self.blocks if one.certain or one.scenarios or not (known or one.change)]

    def _heading(self, heading: Heading) -> None:
        scenario = _SCENARIO.match(heading.text) if heading.level > 2 else None
        if scenario and self._now:
            self._scenario(self._now, unquoted(scenario[1].strip()) or heading.text, heading)
            return
        if self._above and heading.level <= self._above.level:
            self._above, self._change = None, ""
        if self._now and self._is_inside(self._now, heading):
            self._part(self._now, heading)
        elif not (self._opens(heading) or self._requirement(heading)):
            self._now = None

    def _is_inside(self, block: Block, heading: Heading) -> bool:
        named = _REQUIREMENT.match(heading.text) or (not block.certain and _NAMED.match(heading.text))
        return heading.level > block.level and not named

    def _scenario(self, block: Block, name: str, heading: Heading) -> None:
        if not block.parts and not block.scenarios:
            self._bold_scenarios(block, heading.line - 1)
        block.scenarios.append((name, heading.line, heading.end))
        block.end = max(block.end, heading.end)

    def _part(self, block: Block, heading: Heading) -> None:
        """A heading below a requirement is a scenario where steps stand under it."""
        body = range(heading.line, heading.end)
        nested = block.scenarios and heading.line <= block.scenarios[-1][2]
        if not nested and any(_STEP.match(self.lines[at]) for at in body if not self.unseen[at]):
            self._scenario(block, heading.text, heading)
        elif not nested:
            block.parts.append(heading)

    def _opens(self, heading: Heading) -> bool:
        """Whether it begins a section of requirements: of a capability's, or of a change's."""
        change = _CHANGE.match(heading.text)
        if self._above or heading.level > 3 or not (change or is_section(heading)):
            return False
        self._now, self._above = None, heading
        self._change = change[1].lower() if change else ""
        if self._change in {"removed", "renamed"}:
            self._list(heading)
        return True

    def _requirement(self, heading: Heading) -> bool:
        if heading.level < 2 or self._change == "renamed":
            return False
        found = _REQUIREMENT.match(heading.text)
        named = None if found else _NAMED.match(heading.text) if self._above else None
        bare = self._above and heading.level == self._above.level + 1
        name = heading.text[found.end() :].strip() if found else heading.text
        if not name or not (found or named or bare):
            return False
        key = (found and found[1]) or (named and named[1]) or ""
        title = unquoted(name[named.end() :].strip(" \t-–—:：") if named else name)
        self._now = Block(
            key or title, title, heading.level, heading.line, heading.end, self._change, bool(found or named)
        )
        self.blocks.append(self._now)
        return True

    def _list(self, heading: Heading) -> None:
        """The lines of a list that name requirements to remove, or what to rename to what."""
        rename: tuple[str, str, int] | None = None
        for at in range(heading.line, heading.end):
            line = self.lines[at]
            if self.unseen[at] or line.lstrip().startswith("#"):
                continue
            listed = _LISTED.match(line) if self._change == "removed" else None
            if listed:
                name = listed[1].strip().rstrip("`").strip()
                self.blocks += [Block(name, name, 0, at + 1, at + 1, self._change)] if name else []
            found = _RENAME.match(line) if self._change == "renamed" else None
            if found and found[1].lower() == "from":
                rename = ("", _name(found[2]), at + 1)
            elif found and rename and _name(found[2]):
                to = _name(found[2])
                self.blocks.append(Block(rename[1], to, 0, rename[2], at + 1, self._change, to=to))
                rename = None

    def _bold_scenarios(self, block: Block, stop: int) -> None:
        """Scenarios that are written as a bold line, above the first heading of the requirement."""
        starts = []
        for at in range(block.start, stop):
            found = None if self.unseen[at] else _BOLD_SCENARIO.match(self.lines[at])
            if found:
                name = " ".join(part.strip() for part in (found[1], found[2]) if part.strip())
                starts.append((name or "Scenario", at + 1))
        ends = [*(start - 1 for _, start in starts[1:]), stop]
        for (name, start), end in zip(starts, ends, strict=False):
            block.scenarios.append((name, start, last_full(self.lines, start, end)))

    def finished(self) -> Iterator[Block]:
        """The requirements, those without any heading below them looked through for bold scenarios."""
        for block in self.blocks:
            if block.level and not block.scenarios:
                self._bold_scenarios(block, block.parts[0].line - 1 if block.parts else block.end)
            yield block


def is_section(heading: Heading) -> bool:
    """Whether the requirements of a capability stand below the heading."""
    return heading.level in {2, 3} and bool(_SECTION.match(heading.text))


def _name(written: str) -> str:
    found = _NAME.match(written.strip())
    return (found[1] if found else written).strip()


def blocks(sheet: Sheet) -> list[Block]:
    """The requirements of a document as their places, in the order of the text."""
    return list(Reader(sheet).finished())


def read_requirements(sheet: Sheet) -> tuple[RequirementItem, ...]:
    """Every requirement of a spec.md or a delta, in order; reads any text.

    A requirement is a heading `### Requirement: Name`; its key is the name. In a section of requirements one named by
    an id (`### FR-1: Name`) is one as well, and any other heading where none is written out or where scenarios stand
    below it. A criterion is a scenario: all that stands below `#### Scenario: name`, under its name as key.
    """
    reader = Reader(sheet)
    seen: dict[str, int] = {}
    items = []
    for block in reader.finished():
        ordinal = seen[block.key] = seen.get(block.key, -1) + 1
        items.append(_item(reader, block, ordinal))
    return tuple(items)


def _item(reader: Reader, block: Block, ordinal: int) -> RequirementItem:
    head = _head(reader, block)
    ears = ears_lines(head) if any("- **" in line for line in head) else {}
    criteria = tuple(_criterion(reader.lines, *one) for one in block.scenarios)
    return RequirementItem(
        key=block.key, ordinal=ordinal, title=block.title, user_story="", condition=ears.get("WHEN", ""),
        action=ears.get("THE SYSTEM SHALL", ""), criteria=criteria, start=block.start, end=block.end,
        statement=_statement(head), change=block.change,
    )  # fmt: skip


def _head(reader: Reader, block: Block) -> list[str]:
    """The lines of a requirement above its scenarios and further headings, without code."""
    below = [one.line for one in block.parts[:1]] + [start for _, start, _ in block.scenarios[:1]]
    stop = min(below, default=block.end + 1) - 1
    return [reader.lines[at] for at in range(block.start, stop) if not reader.unseen[at]] if block.level else []


def _statement(lines: Sequence[str]) -> str:
    """The normative text; lines such as `**Priority**: high` are not of it, unless there is nothing else."""
    plain = "\n".join(line for line in lines if not _METADATA.match(line)).strip()
    return plain or "\n".join(lines).strip()


def ears_lines(lines: Sequence[str]) -> dict[str, str]:
    """The values of `- **WHEN** …` and `- **THE SYSTEM SHALL** …`, with the lines that are indented under them."""
    said: dict[str, list[str]] = {}
    now: list[str] | None = None
    for line in lines:
        found = _EARS_LINE.match(line)
        if found and found[1] not in said:
            now = said[found[1]] = [found[2]]
        elif now is not None and (is_blank(line) or indent(line) >= 2):
            now.append(dedented(line, 2) if not is_blank(line) else "")
        else:
            now = None
    return {kind: unquoted("\n".join(value).strip()) for kind, value in said.items()}


def _criterion(lines: Sequence[str], name: str, start: int, end: int) -> CriterionItem:
    body = lines[start:end]
    width = min((indent(line) for line in body if not is_blank(line)), default=0)
    text = unquoted("\n".join(dedented(line, width) for line in body).strip()) or name
    kind = "given_when_then" if _THEN.search(text) else pattern(text)
    return CriterionItem(name, text, start, end, kind)
