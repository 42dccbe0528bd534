"""What cites a changed document elsewhere in its project: other specs, and documents of no spec.

Only the texts that stand now are read. The database finds those that have the spec's name at all; `grammar.py` says
what they cite.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from specflow.specs.changes.impact import Touched
from specflow.specs.citing.grammar import Cited, Grammar, Subject, has_id
from specflow.specs.citing.names import Names, TaskName
from specflow.specs.formats import registry
from specflow.specs.formats.lines import Page
from specflow.specs.models import Criterion, Document, DocumentKind, Requirement, Spec

MOST_READ = 500  # documents
_PROSE = (".md", ".markdown", ".mdx", ".txt")
_HANDLES = {"specification": "spec://", "implementation": "impl://", "scratch": "scratch://"}
_REPLACING = ("modified", "removed", "renamed")


@dataclass(frozen=True, slots=True)
class Citation:
    """A line elsewhere that cites what changed: `spec` is its spec's slug and `phase` where that stands, "" for none;
    `kind` that of its document; `names` the keys of what changed that it cites, none where it cites the document as a
    whole."""

    spec: str
    phase: str
    document: str
    path: str
    kind: str
    line: int
    text: str
    names: tuple[str, ...]

    @property
    def how(self) -> str:
        """`cites` an item that changed, or `mentions` the document as a whole."""
        return "cites" if self.names else "mentions"

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        names = ("spec", "phase", "document", "path", "kind", "line", "text")
        return {**{name: getattr(self, name) for name in names}, "how": self.how, "names": list(self.names)}


class Citing(NamedTuple):
    """The citations by path and line; not `complete` where more documents have the spec's name than are read."""

    citations: tuple[Citation, ...] = ()
    complete: bool = True

    @property
    def specs(self) -> list[str]:
        """The slugs of the other specs, in the order in which they cite."""
        return list(dict.fromkeys(one.spec for one in self.citations if one.spec))

    @property
    def alone(self) -> list[str]:
        """The ids of the documents of no spec."""
        return list(dict.fromkeys(one.document for one in self.citations if not one.spec))


# A document's id, path and kind, its spec's slug and phase, its text.
Row = tuple[str, str, str, str | None, str | None, str]


def citing(document: Document, texts: tuple[str, str], what: Touched, tasks: Mapping[str, str]) -> Citing:
    """What cites a document whose text changed from the first to the second; `tasks` are the outside ids of the tasks
    that changed, with their keys. Linear in the texts that have its spec's name, of which 500 at most are read."""
    rows = list(_elsewhere(document, what)[: MOST_READ + 1])
    found = list(_cited(document, _subject(document, texts, what, tasks, rows), what, rows[:MOST_READ])) if rows else ()
    return Citing(tuple(found), len(rows) <= MOST_READ)


def _elsewhere(document: Document, what: Touched) -> "QuerySet[Document, Row]":
    """Documents of the project outside the spec that have its name, or what looks like an id of its items."""
    rows = Document.objects.filter(project=document.project_id, current__isnull=False).exclude(pk=document.pk)
    if document.spec_id is not None:
        rows = rows.filter(Q(spec=None) | ~Q(spec=document.spec_id))
    rows = rows.filter(Q(spec=None) | Q(spec__archived=False))
    rows = rows.filter(~Q(kind=DocumentKind.OTHER) | _any(("path__endswith", end) for end in _PROSE))
    needles = (
        *_names(document),
        *(("req-", "crit-") if what.requirements else ()),
        *(("task-",) if what.tasks else ()),
    )
    wanted = _any(("current__text__contains", one) for one in needles)
    if what.requirements:
        wanted |= Q(kind=DocumentKind.DELTA, path__endswith=_below_root(document))
    return (
        rows.filter(wanted)
        .order_by("path")
        .values_list("public_id", "path", "kind", "spec__slug", "spec__phase", "current__text")
    )


def _any(said: Iterable[tuple[str, Any]]) -> Q:
    return Q(*said, _connector=Q.OR)


def _names(document: Document) -> tuple[str, ...]:
    """What a text must have to cite the document: its spec's name or folder, or where it has no spec its file."""
    spec = document.spec
    if spec is None:
        return (document.path.rpartition("/")[2],)
    return tuple(dict.fromkeys(one for one in (spec.slug, spec.folder.rpartition("/")[2]) if one))


def _below_root(document: Document) -> str:
    """How the path of a delta ends that changes this document: a change repeats the place of what it changes."""
    return f"/{document.path.partition('/')[2]}"


def _subject(
    document: Document, texts: tuple[str, str], what: Touched, tasks: Mapping[str, str], rows: Sequence[Row]
) -> Subject:
    ids = dict(tasks)
    if what.requirements and any(has_id(row[-1]) for row in rows):
        ids |= _ids(document, what)
    file = "/".join(document.path.split("/")[-2:])
    others = Document.objects.filter(project=document.project_id, path__endswith=f"/{file}").exclude(pk=document.pk)
    named = () if document.spec is None else _names(document)
    taken = set(_specs_named(document, named))
    return Subject(
        document.path,
        tuple(one for one in named if one not in taken),
        _sides(texts, what),
        ids,
        _HANDLES.get(document.kind, ""),
        short=not others.exists(),
    )


def _specs_named(document: Document, names: Sequence[str]) -> "QuerySet[Spec, str]":
    """Those of the names that are another spec's."""
    rows = Spec.objects.filter(project=document.project_id, slug__in=names).values_list("slug", flat=True)
    return rows.exclude(pk=document.spec.pk) if document.spec else rows


def _sides(texts: tuple[str, str], what: Touched) -> list[Names]:
    sides = []
    for text, (items, changed), (tasks, reworked) in zip(texts, what.sides, what.task_sides, strict=True):
        if items:
            sides.append(Names(items, changed, text))
        if tasks:
            sides.append(
                Names([TaskName.of(one) for one in tasks], frozenset((at, None) for at in reworked), bare=False)
            )
    return sides


def _ids(document: Document, what: Touched) -> dict[str, str]:
    """The outside ids of what changed, by what it says: the rows may stand at another revision."""
    above = {(items[at].key, items[at].title) for items, found in what.sides for at, below in found if below is None}
    below = {
        (one.key, one.text) for items, found in what.sides for at, place in found if place is not None
        for one in (items[at].criteria[place],)
    }  # fmt: skip
    rows = Requirement.objects.filter(document=document).order_by().values_list("public_id", "key", "title")
    parts = Criterion.objects.filter(document=document).order_by().values_list("public_id", "key", "text")
    return {
        name: key
        for found, known in ((rows, above), (parts, below))
        for name, key, said in found
        if (key, said) in known
    }


def _cited(document: Document, subject: Subject, what: Touched, rows: Sequence[Row]) -> Iterator[Citation]:
    grammar, replaced = Grammar(subject), _below_root(document)
    changed = frozenset(what.requirements)
    for name, path, kind, spec, phase, text in rows:
        place = registry.at(path)
        if place and place[1].archived:
            continue
        lines = {one.line: one for one in grammar.cited(path, text)}
        if kind == DocumentKind.DELTA and path.endswith(replaced):
            lines |= {one.line: one for one in _replacing(path, text, changed)}
        for _, one in sorted(lines.items()):
            yield Citation(spec or "", phase or "", name, path, kind, one.line, one.text, one.names)


def _replacing(path: str, text: str, changed: frozenset[str]) -> Iterator[Cited]:
    """The requirements that a delta modifies, removes or renames, of those that changed under it."""
    lines = Page(text).lines
    for item in registry.of(path).read(DocumentKind.DELTA, text).requirements:
        if item.change in _REPLACING and item.key in changed:
            yield Cited(item.start, f"{item.change.upper()} {lines[item.start - 1].strip()}"[:200], (item.key,))
