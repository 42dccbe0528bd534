"""An old revision brought back: its text becomes a new revision, and nothing of what came between is lost."""

from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Verb
from specflow.accounts.rules import require
from specflow.audit import log
from specflow.audit.log import action
from specflow.errors import NotFound
from specflow.specs import documents, hooks
from specflow.specs.documents import Saved
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
    documents.rewrite(stands, old.text, actor=actor)
    log.entry("document.restored", stands, project=stands.project, path=stands.path, restored=number)
    return Saved(stands, True)


def _says_the_same(document: Document, text: str) -> bool:
    """Whether the document says this already, but for marks of progress where these are kept beside the text."""
    assert document.current is not None  # noqa: S101  # it has revisions
    if document.kind in hooks.keepers:
        return documents.digest_of(document, text) == document.current.digest
    return text == document.current.text
