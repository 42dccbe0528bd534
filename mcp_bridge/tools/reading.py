"""What tools of several sets do first: find a spec or a project within the session."""

from typing import Any

from mcp_bridge.identity import Session
from specflow.accounts.capabilities import Verb
from specflow.accounts.models import Project
from specflow.accounts.queries import visible_project
from specflow.accounts.rules import require
from specflow.errors import Invalid
from specflow.specs import queries
from specflow.specs.models import Document, Requirement, Spec


def spec_of(session: Session, name: str) -> Spec:
    """The session's spec by id or slug; NotFound `spec_not_found` for an unknown one and another project's alike."""
    require(session.actor, Verb.VIEW, session.project)
    return queries.spec_named(session.project, name)


def whole_spec_of(session: Session, name: str) -> Spec:
    """As `spec_of`, with its documents at hand."""
    require(session.actor, Verb.VIEW, session.project)
    return queries.spec_with_documents(session.project, name)


def requirement_of(session: Session, spec: str, requirement: str) -> Requirement:
    """The requirement of the session's spec. NotFound `spec_not_found`, `requirement_not_found`."""
    require(session.actor, Verb.VIEW, session.project)
    return queries.requirement_named(session.project, spec, requirement)


def document_of(session: Session, path: str | None, spec: str | None, kind: str | None) -> Document:
    """The session's document at a path, or of a spec and kind. Raises Invalid `invalid_arguments`, NotFound
    `document_not_found`, `spec_not_found`."""
    if path is not None:
        require(session.actor, Verb.VIEW, session.project)
        return queries.document_at(session.project, path)
    if spec is None or kind is None:
        raise Invalid(
            "invalid_arguments",
            "A document is named by its path, or by its spec and kind.",
            {"errors": [{"field": "path", "problem": "Neither path nor spec_id and kind are given."}]},
            ("Give path, or spec_id and kind.",),
        )
    return queries.document_of(spec_of(session, spec), kind)


def project_of(session: Session, name: str | None, verb: Verb = Verb.VIEW) -> Project:
    """The project of this slug or id where the actor may do `verb`; the session's own where none is named."""
    if name is None:
        require(session.actor, verb, session.project)
        return session.project
    return visible_project(session.actor, name, verb)


def choices(*values: str) -> dict[str, Any]:
    """For a field's schema: the values that are taken. The action refuses others, with its own code on every door."""
    return {"enum": list(values)}
