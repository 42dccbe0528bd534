"""A heading's text and slug as SpecMan has them (SpecMan Core, "Concept: Markdown Slugs")."""

# ruff: noqa: RUF001 - dashes stand in real titles

import re
import unicodedata

_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_DROPPED = re.compile(r"[^\w\s-]|_")
_GAP = re.compile(r"[\s-]+")
_CLOSING = re.compile(r"[ \t]#+[ \t]*$")
_ARTIFACT = re.compile(r"(?:specification|spec|implementation|scratch[ -]?pad)[ \t]*[:：\-–—]+[ \t]*", re.IGNORECASE)


def plain(heading: str) -> str:
    """What a reader of the rendered heading sees: links give their text; marks of bold and code are left out."""
    text = _LINK.sub(r"\1", _CLOSING.sub("", f" {heading}"))
    return text.replace("**", "").replace("`", "").strip()


def slug(title: str) -> str:
    """The slug of a plain title: NFKD, case folded, letters, numbers and hyphens alone; "" where none is left."""
    folded = _DROPPED.sub("", unicodedata.normalize("NFKD", title).casefold())
    return _GAP.sub("-", folded).strip("-")


def own_title(heading: str) -> str:
    """A document's title without the word before it that says what it is: `Specification — Lights` is `Lights`."""
    text = plain(heading)
    return _ARTIFACT.sub("", text, count=1).strip() if _ARTIFACT.match(text) else text
