"""A conflict settled from a door: only by who saw the texts that stand now, and only where no mark was left."""

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.audit.log import action
from specflow.errors import Conflict as Refusal
from specflow.errors import Invalid
from specflow.specs import documents, hooks
from specflow.specs.conflict_queries import MARKS
from specflow.specs.documents import sha256_of
from specflow.specs.models import Conflict
from specflow.specs.sync.actions import settle


@action
def settle_as_seen(
    conflict: Conflict,
    *,
    actor: Actor,
    choice: str,
    text: str = "",
    file_sha256: str = "",
    document_sha256: str = "",
) -> Conflict:
    """As `sync.actions.settle`. `file_sha256` and `document_sha256` are those of the texts that the person read.

    Raises Conflict `stale_conflict` where one of them is another by now, Invalid `marks_left` where a mark of the
    merge stands in `text`, and what `settle` raises.
    """
    require(actor, Verb.WRITE_SPECS, conflict.project)
    document = documents.locked_at(conflict.project, conflict.document.path)
    known = Conflict.objects.filter(pk=conflict.pk, settled_at=None).first()
    if document is not None and known is not None:
        _require_seen((file_sha256, known.sha256), (document_sha256, sha256_of(hooks.full_text(document))))
    if choice == Conflict.Choice.MERGED:
        _require_unmarked(text)
    return settle(conflict, actor=actor, choice=choice, text=text)


def _require_seen(*pairs: tuple[str, str]) -> None:
    if any(seen and seen != stands for seen, stands in pairs):
        raise Refusal(
            "stale_conflict",
            "The file or the document was changed since you looked at them.",
            {"file_sha256": pairs[0][1], "document_sha256": pairs[1][1]},
            ("Look at both again, and choose then.",),
        )


def _require_unmarked(text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if line.removesuffix("\r") in MARKS:
            raise Invalid(
                "marks_left",
                f"Line {number} still marks a place that both sides changed.",
                {"line": number},
                ("Keep what is right there, and take out the three lines of marks.",),
            )
