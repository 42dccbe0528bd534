"""What the linter says of a project, a spec or a document: the one query behind every door that shows findings.

A project is linted whole, because overlap is between specs, and once for each state of its texts. The head of its log
is the version of all that the texts are made of; where the log grew and the texts are the same, nothing is linted anew.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from specflow.accounts.models import Project
from specflow.audit import log
from specflow.rows import Select
from specflow.specs import hooks, lint
from specflow.specs.imports import exported
from specflow.specs.lint import Finding
from specflow.specs.models import Document, Spec

_MOST = 32  # projects
_OF_SPEC = Select(lambda given: Document.objects.filter(spec=given("spec")).select_related("current"))


@dataclass(frozen=True, slots=True)
class _Linted:
    head: str
    texts: str
    findings: tuple[Finding, ...]


_kept: OrderedDict[str, _Linted] = OrderedDict()
_lock = Lock()


def findings_of(project: Project) -> tuple[Finding, ...]:
    """What is to mend in all of the project's documents, by path and line.

    For doors: within an action the texts may be ahead of the log, and what was kept then would outlive its failure.
    """
    head = log.head_of(project)  # read first: what is kept may be newer than its head, never older
    with _lock:
        known = _kept.get(project.public_id)
    if known is None or known.head != head:
        texts = exported(project)
        digest = _digest(texts)
        same = known is not None and known.texts == digest
        known = _Linted(head, digest, known.findings if known and same else tuple(lint.lint(texts)))
        with _lock:
            _kept[project.public_id] = known
            _kept.move_to_end(project.public_id)
            while len(_kept) > _MOST:
                _kept.popitem(last=False)
    return known.findings


def findings_of_spec(spec: Spec) -> tuple[Finding, ...]:
    """Those in the documents that the spec has, wherever these stand."""
    paths = frozenset(Document.objects.filter(spec=spec).order_by().values_list("path", flat=True))
    return tuple(one for one in findings_of(spec.project) if one.path in paths)


def findings_of_document(document: Document) -> tuple[Finding, ...]:
    """Those in the document's text as it stands now, with today's progress."""
    return tuple(one for one in findings_of(document.project) if one.path == document.path)


def blocking(document: Document, text: str | None = None) -> list[Finding]:
    """The errors in a document's text as it stands now, with today's progress (or in a `text` that would take its
    place), by line; for actions, so nothing is remembered.

    No error reaches further than the spec, and only what tasks say (their ids, waits and references) reaches further
    than the document: where there are no tasks, the other documents are not even read.
    """
    workspace = lint.Workspace({document.path: hooks.full_text(document) if text is None else text})
    if document.spec_id is not None and any(one.items.tasks for one in workspace.documents):
        others = [one for one in _OF_SPEC.all(spec=document.spec_id) if one.pk != document.pk]
        texts = hooks.full_texts(others)
        workspace.add({one.path: texts[one.pk] for one in others if one.pk in texts})
    return [one for one in lint.errors(workspace) if one.path == document.path]


def _digest(texts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
