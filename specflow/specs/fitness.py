"""Whether a text is fit to be agreed on: the linter's errors stand in the way, its warnings do not (DESIGN)."""

from typing import TYPE_CHECKING

from specflow.counting import counted
from specflow.errors import Conflict
from specflow.specs.models import Document

if TYPE_CHECKING:
    from specflow.specs.lint import Finding

_TOLD = 20  # findings in the details
_STEPS = 5  # of them as sentences, for doors that show no details


def require_fit(document: Document, text: str | None = None) -> None:
    """The gate before people are asked to agree on the document as it stands, or on a `text` that would take its place.

    Raises Conflict `lint_errors` with the first of the errors in `findings` ({code, message, line, column, mend}; lines
    and columns from 1) and how many there are in `total`.
    """
    from specflow.specs.lint.queries import blocking  # the linter is large: the first request loads it, not the start

    findings = blocking(document, text)
    if not findings:
        return
    many, first = len(findings), findings[0]
    raise Conflict(
        "lint_errors",
        f"{document.path} is not fit to be agreed on: {counted(many, 'error')}, the first on line {first.line}.",
        {
            "document": document.public_id,
            "path": document.path,
            "total": many,
            "findings": [_told(one) for one in findings[:_TOLD]],
        },
        (
            *(f"Line {one.line}, column {one.column}: {one.message} {one.mend}" for one in findings[:_STEPS]),
            "Ask again when the text is mended.",
        ),
    )


def _told(finding: "Finding") -> dict[str, str | int]:
    names = ("code", "message", "line", "column", "mend")
    return {name: getattr(finding, name) for name in names}
