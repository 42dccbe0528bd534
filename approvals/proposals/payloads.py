"""The shape in which doors send out what an approval changes."""

from typing import Any

from approvals.models import Approval
from approvals.proposals.queries import brought_up_to_date, change_of


def change(row: Approval) -> dict[str, Any]:
    """What changed by item and line, what it touches; `merge` is None where the proposal stands on today's text, else
    whether it goes together with it, and the places where it does not, by item."""
    compared, merged = change_of(row), brought_up_to_date(row)
    conflicts = [] if merged is None else [one.as_dict() for one in merged.conflicts]
    return {
        **compared.as_dict(),
        "approval": row.public_id,
        "path": row.document.path,
        "state": row.state,
        "digest": row.digest,
        "merge": None if merged is None else {"clean": not conflicts, "conflicts": conflicts},
        "hunks": compared.hunks,
    }
