"""Test vectors: kept in step with the spec that they are made from, run against a command or an address, shown."""

from specflow.accounts.actors import Actor
from specflow.specs.models import DocumentKind, Revision


def text_changed(revision: Revision, actor: Actor) -> None:
    """Called in the transaction of each new revision (specs.hooks). What makes vectors is loaded where it is needed."""
    if revision.document.kind == DocumentKind.SOURCE and revision.document.spec_id is not None:
        from tasks.vectors.keeping import keep

        keep(revision)
