"""The forms that a feature's spec.md is written in: ids, stories, labels, and the steps of a scenario."""

# ruff: noqa: RUF001 - full-width signs and dashes stand in real documents

import re

from specflow.specs.formats.spec_workflow import words

ID = r"[A-Z][A-Z0-9]{0,9}(?:-[A-Z0-9]{1,12}){0,4}-\d+(?:\.\d+)*[a-z]?"

STORY = re.compile(
    rf"(?:(?:{words.either(words.STORY)}|story)[ \t]*#?(\d+(?:\.\d+)*)|(US-?\d+(?:\.\d+)*))(?=\W|$)[ \t]*(.*)$",
    re.IGNORECASE,
)
PRIMARY_STORY = re.compile(rf"(?:primary|main)[ \t]+(?:{words.either(words.STORY)})", re.IGNORECASE)
PRIORITY = re.compile(r"[(\[][^()\[\]]{0,20}\bP\d\b[^()\[\]]{0,20}[)\]].{0,20}$")
CRITERIA = frozenset({*words.CRITERIA, "acceptance scenarios", "acceptance scenario", "acceptance tests", "scenarios"})

ID_HEADING = re.compile(rf"({ID})(?:[ \t]*[:：.\-–—]+[ \t]*|[ \t]+|$)(.*)$")
# `- **FR-001**: text`, `- **FR-001 (must)**: text`, `- **FR-001: Title**: text`, `**FR-001** - text`
BOLD_ID = re.compile(
    rf"^[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(?:\[[ xX]\][ \t]+)?"
    rf"\*\*({ID})(?![\w-])([^*]*)\*\*[ \t]*[:：.\-–—]*[ \t]*(.*)$"
)
PLAIN_ID = re.compile(rf"^[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?`?({ID})`?[ \t]*[:：–—][ \t]*(.*)$")
ROW_ID = re.compile(rf"^[ \t]*\|[ \t]*[*`]{{0,2}}({ID})[*`]{{0,2}}[ \t]*\|(.*)$")

# Sections whose ids count something else than what the system must do.
ASIDE = re.compile(
    r"assumption|out of scope|dependenc|clarification|glossary|edge case|risk|review|checklist|open question|coverage"
    r"|traceability|reference|revision",
    re.IGNORECASE,
)

LABEL = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?\*\*([^*]{1,60}?)(?:[:：][ \t]*\*\*|\*\*[ \t]*[:：])")
PLAIN_LABEL = re.compile(r"^([^\s*#|>-][^:：]{0,40})[:：][ \t]*$")
STEP = re.compile(r"[\s*_]*(given|when|then|and|but|if)\b", re.IGNORECASE)
LISTED = re.compile(r"^([ \t]*)(?:(\d+)[.)]|[-*+])([ \t]+)(.*)$")


def is_criteria(label: str) -> bool:
    """Whether a heading or label says that acceptance scenarios follow."""
    return words.name(label) in CRITERIA


def step(text: str) -> str:
    """The step that the text begins with, in small letters: given, when, then, and, but, if; "" where it is none."""
    found = STEP.match(text)
    return found[1].lower() if found else ""
