"""What holds before a person's choice settles a conflict: they saw the texts that stand now, and left no mark."""

from specflow.errors import Conflict, Invalid

# What stands around the two texts of a place that both sides changed.
MARKS = (
    "<<<<<<< The document says:",
    "======= The file says:",
    ">>>>>>> Keep what is right, and take out these three lines.",
)


def require_seen(*pairs: tuple[str, str]) -> None:
    """Of (what was seen, what stands) for the file and the document, by SHA-256; "" for what nobody says to have seen.
    Raises Conflict `stale_conflict`."""
    if any(seen and seen != stands for seen, stands in pairs):
        raise Conflict(
            "stale_conflict",
            "The file or the document was changed since you looked at them.",
            {"file_sha256": pairs[0][1], "document_sha256": pairs[1][1]},
            ("Look at both again, and choose then.",),
        )


def require_unmarked(text: str) -> None:
    """Raises Invalid `marks_left`."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.removesuffix("\r") in MARKS:
            raise Invalid(
                "marks_left",
                f"Line {number} still marks a place that both sides changed.",
                {"line": number},
                ("Keep what is right there, and take out the three lines of marks.",),
            )
