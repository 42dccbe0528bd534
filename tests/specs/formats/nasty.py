"""Texts that try to break a document: markers, fences, headings and line ends inside values."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from specflow.errors import Invalid

PIECES = st.sampled_from([
    "\n", "\n\n", "\r\n", "\r", "\t", " ", "  ", "    ", "\u2028", "\x85", "\u3000", "\ufeff",
    "- [ ] x", "- [x] 1. y", "* [~] z", "[ ]", "```", "````", "~~~", "```verbatim", "````verbatim", "### Requirement 9",
    "## Architecture", "# A", "#### Acceptance Criteria", "1. WHEN a THEN b SHALL c", "- **WHEN** x",
    "- **THE SYSTEM SHALL** y", "**User Story:** me", "- **FR-1**: z", "_Blocked: x_", "- _Blocked: x_",
    "_Requirements: 1_", "- File: a", "- Description:", "---", "|", "\\|", "\\", '"', '""', '"a"', '["a"]', "_", "**",
    "- ", "1. ", "> ", "<!--", "-->", "word", "Task 3: w", "T001 w", "1.2 w", "3.", "日本語", "é", ":", ",", "(", ")",
])  # fmt: skip
LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)

values = st.lists(PIECES | LETTERS, min_size=1, max_size=8).map("".join).filter(bool)
texts = st.lists(PIECES | LETTERS, max_size=25).map("".join)
titles = values.map(lambda value: " ".join(value.splitlines())[:300]).filter(str.strip)


def unless_refused(edit: Callable[..., Any], text: str, **given: Any) -> Any:
    """What the edit gives, or None where it was refused as unrepresentable; any other error is the test's."""
    try:
        return edit(text, **given)
    except Invalid as error:
        if error.code != "unrepresentable_text":
            raise
        return None
