"""Who wrote what is to be decided (QUALITY 29): each revision since the last text that people agreed on, and each
proposal that this one was made from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from approvals.models import Approval
from specflow.accounts.models import User
from specflow.specs.models import Document, Revision


class _Written(NamedTuple):
    number: int
    parent: int | None
    author: int


def authors_of(approvals: Sequence[Approval]) -> dict[int, list[User]]:
    """By row id of each approval the people and agents who wrote its text, in four queries however many there are."""
    documents = {one.document_id for one in approvals}
    agreed = dict(Document.objects.filter(pk__in=documents).values_list("pk", "approved__number"))
    rows = Revision.objects.filter(document__in=documents).order_by()
    written = {pk: _Written(*of) for pk, *of in rows.values_list("pk", "number", "parent_id", "author_id")}
    proposals = Approval.objects.filter(document__in=documents).exclude(base=None).order_by()
    before = {pk: (revision, replaced) for pk, revision, replaced in proposals.values_list(*_CHAIN)}
    ids = {one.pk: set(_authors(one, agreed[one.document_id] or 0, written, before)) for one in approvals}
    users = User.objects.in_bulk(set().union(*ids.values()))
    return {key: [users[author] for author in sorted(found)] for key, found in ids.items()}


_CHAIN = ("pk", "revision_id", "replaces_id")


def _authors(
    approval: Approval, agreed: int, written: Mapping[int, _Written], before: Mapping[int, tuple[int, int | None]]
) -> Iterator[int]:
    since = agreed if agreed < approval.revision.number else 0
    place: int | None = approval.revision_id
    while place is not None and written[place].number > since:
        yield written[place].author
        place = written[place].parent
    replaced = approval.replaces_id
    while replaced is not None:
        revision, replaced = before[replaced]
        yield written[revision].author
