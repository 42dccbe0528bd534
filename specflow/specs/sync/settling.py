"""What holds before a person's choice settles a conflict: they saw the texts that stand now."""

from specflow.errors import Conflict
from specflow.specs.drafting import Marks

MARKS = Marks("file")


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
