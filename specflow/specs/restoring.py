"""An old revision brought back: its text becomes a new revision, and nothing of what came between is lost."""

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import NotFound
from specflow.specs import documents, hooks
from specflow.specs.documents import Saved
from specflow.specs.formats import registry
from specflow.specs.models import Document
from specflow.specs.queries import revision_of


@action
def restore(document: Document, *, actor: Actor, number: int, base_sha256: str = "") -> Saved:
    """Makes the text of revision `number` the document's next revision, as `save_document` would.

    Progress is not text: tasks stay as far as they are, and marks of then move none of them. Where the same text stands
    already, `revised` is False and nothing happened. `base_sha256` is the text that the caller had read. Raises
    NotFound `revision_not_found`, Conflict `stale_base`.
    """
    require(actor, Verb.WRITE_SPECS, document.project)
    stands = documents.locked_at(document.project, document.path)
    if stands is None:
        raise NotFound.of("document", document.public_id)
    if base_sha256:
        documents.require_base(stands, base_sha256)
    old = revision_of(stands, number)
    if _says_the_same(stands, old.text):
        return Saved(stands, False)
    saved = documents.write(stands, _without_progress(stands, old.text), actor=actor, adopt=True)
    log.entry("document.restored", stands, project=stands.project, path=stands.path, restored=number)
    return saved


def _without_progress(document: Document, text: str) -> str:
    """The text with neutral marks where progress is kept beside it. So nothing in it is taken as a change of status,
    and a task that nobody knows any more begins as pending, as every task does."""
    if document.kind in hooks.keepers:
        return registry.of(document.path).neutral(document.kind, text)
    return text


def _says_the_same(document: Document, text: str) -> bool:
    """Whether the document says this already, but for marks of progress where these are kept beside the text."""
    assert document.current is not None  # noqa: S101  # it has revisions
    if document.kind in hooks.keepers:
        return documents.digest_of(document, text) == document.current.digest
    return text == document.current.text
