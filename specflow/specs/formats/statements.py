"""What a requirement says in running text, apart from its criteria: the paragraph that a SHALL stands in."""

import re
from collections.abc import Sequence
from dataclasses import replace

from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import RequirementItem
from specflow.specs.formats.lines import Page, fenced, is_blank

_STANDS_ALONE = re.compile(r"^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\||<!--|---|___)")
_LABEL = re.compile(r"^\*\*(?!WHEN|WHILE|IF|WHERE|THE |GIVEN|THEN|AND|SHALL)[^*]{1,60}\*\*", re.IGNORECASE)
_SHALL = re.compile(r"\b(?:SHALL|MUST)\b", re.IGNORECASE)
_SYSTEM = re.compile(r"\bTHE SYSTEM SHALL\b", re.IGNORECASE)
_WHEN = re.compile(r"WHEN[ \t]", re.IGNORECASE)
_THEN = re.compile(r"\bTHEN$", re.IGNORECASE)


def with_statements(text: str, items: Sequence[RequirementItem]) -> tuple[RequirementItem, ...]:
    """The requirements with their `statement`, and `condition` and `action` where it is `WHEN …, THE SYSTEM SHALL …`.

    What a requirement's own lines say of these already stays.
    """
    if not items:
        return ()
    lines = Page(text).lines
    flags = fenced(lines)
    return tuple(_with_statement(item, lines, flags) for item in items)


def _with_statement(item: RequirementItem, lines: Sequence[str], flags: Sequence[bool]) -> RequirementItem:
    taken = {number for one in item.criteria for number in range(one.start, one.end + 1)}
    said = next((one for one in _paragraphs(item, lines, flags, taken) if _is_normative(one)), "")
    said_itself = item.condition or item.action
    condition, action = (item.condition, item.action) if said_itself else _parts(said.replace("**", ""))
    return replace(item, statement=said, condition=condition, action=action)


def _paragraphs(item: RequirementItem, lines: Sequence[str], flags: Sequence[bool], taken: set[int]) -> list[str]:
    """The requirement's paragraphs, each on one line, without lists, tables, headings and labelled lines."""
    found: list[list[str]] = [[]]
    for number in range(item.start + 1, item.end + 1):
        line = lines[number - 1]
        if flags[number - 1] or number in taken or is_blank(line) or _STANDS_ALONE.match(line) or _LABEL.match(line):
            found.append([])
        else:
            found[-1].append(line.strip().removeprefix("> "))
    return [" ".join(one) for one in found if one]


def _is_normative(said: str) -> bool:
    return bool(_SHALL.search(said)) or pattern(said) not in {"free", "ubiquitous"}


def _parts(said: str) -> tuple[str, str]:
    """Condition and action of `WHEN …, THE SYSTEM SHALL …`, the condition "" where there is none."""
    found = _SYSTEM.search(said)
    head = said[: found.start()].strip(" \t,;") if found else ""
    if not found or (head and not _WHEN.match(head)):
        return "", ""
    return _THEN.sub("", head[len("WHEN") :]).strip(" \t,;"), said[found.end() :].strip()
