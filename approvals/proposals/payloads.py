"""The shape in which doors send out what an approval changes."""

from typing import Any

from approvals.models import Approval
from approvals.proposals.queries import brought_up_to_date, change_of
from specflow.specs import diffs


def change(row: Approval) -> dict[str, Any]:
    """What changed by item and line, what it touches; `merge` is None where the proposal stands on today's text, else
    whether it goes together with it, and the places where it does not, by item."""
    compared, merged = change_of(row), brought_up_to_date(row)
    found = diffs.hunks(*compared.texts)
    conflicts = [] if merged is None else [one.as_dict() for one in merged.conflicts]
    return {
        "approval": row.public_id,
        "document": row.document.public_id,
        "path": row.document.path,
        "state": row.state,
        "digest": row.digest,
        "from": compared.numbers[0],
        "to": compared.numbers[1],
        "summary": compared.summary,
        "items": compared.items.as_dict(),
        "impact": compared.impact(),
        "merge": None if merged is None else {"clean": not conflicts, "conflicts": conflicts},
        "unified": diffs.unified(found, row.document.path),
        "hunks": found,
    }
