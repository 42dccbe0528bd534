"""Which EARS pattern a sentence follows (Easy Approach to Requirements Syntax), or Given/When/Then, or none."""

import re

_FIRST = re.compile(r"[\W_]*(when|while|if|where|given)\b", re.IGNORECASE)
_FURTHER = re.compile(r"\b(WHEN|WHILE|IF|WHERE)\b")
_SHALL = re.compile(r"\bSHALL\b", re.IGNORECASE)
_THEN = re.compile(r"\bthen\b", re.IGNORECASE)
_KINDS = {"when": "event", "while": "state", "if": "unwanted", "where": "optional"}


def pattern(text: str) -> str:
    """`event`, `state`, `unwanted`, `optional`, `ubiquitous`, `complex`, `given_when_then` or `free`."""
    first = _FIRST.match(text)
    shall = _SHALL.search(text)
    if first is None:
        return "ubiquitous" if shall else "free"
    word = first[1].lower()
    if word == "given":
        return "given_when_then" if _THEN.search(text) else ("ubiquitous" if shall else "free")
    before = text[: shall.start()] if shall else text
    kinds = {word} | {found.lower() for found in _FURTHER.findall(before)}
    return "complex" if len(kinds) > 1 else _KINDS[word]
