"""Rows in step with a revision's text: the same item keeps its row, and so its id, over revisions."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from specflow.specs.formats import spec_workflow as dialect
from specflow.specs.formats.items import CriterionItem, RequirementItem
from specflow.specs.models import Criterion, Design, DocumentKind, Item, Requirement, Revision


class Row(Protocol):
    """A stored item as far as matching cares."""

    key: str
    ordinal: int


R = TypeVar("R", bound=Row)


def match(rows: Iterable[R], wanted: Sequence[tuple[str, int, str]], titles: dict[int, str]) -> list[R | None]:
    """For each wanted (key, ordinal, title) the stored row that it is, or None for a new one.

    First by key and title, then by title, then by key, so that what is numbered anew stays what it is; each row is
    given once. `titles` has the rows' titles by `id()`.
    """
    free = list(rows)
    found: list[R | None] = [None] * len(wanted)
    for keys in (
        (lambda row: (row.key, row.ordinal, titles[id(row)]), lambda key, ordinal, title: (key, ordinal, title)),
        (lambda row: titles[id(row)], lambda _key, _ordinal, title: title or None),
        (lambda row: (row.key, row.ordinal) if row.key else None, lambda key, ordinal, _: (key, ordinal)),
    ):
        of_row, of_item = keys
        known: dict[object, list[R]] = {}
        for row in free:
            known.setdefault(of_row(row), []).append(row)
        for place, item in enumerate(wanted):
            candidates = known.get(of_item(*item)) if found[place] is None else None
            if candidates:
                found[place] = candidates.pop(0)
        taken = {id(row) for row in found if row is not None}
        free = [row for row in free if id(row) not in taken]
    return found


def index(revision: Revision) -> None:
    """Brings requirements, criteria and the design in step with the revision's text."""
    kind = revision.document.kind
    if revision.document.spec_id is None:
        return
    if kind == DocumentKind.REQUIREMENTS:
        _index_requirements(revision, dialect.read_requirements(revision.text))
    elif kind == DocumentKind.DESIGN:
        item = dialect.read_design(revision.text)
        Design.objects.update_or_create(
            document=revision.document,
            defaults={
                "architecture": item.architecture,
                "data_model": item.data_model,
                "api_spec": [
                    {"method": one.method, "endpoint": one.endpoint, "description": one.description}
                    for one in item.api_spec
                ],
            },
        )


_PLACE = ("key", "ordinal", "position", "start", "end", "present")


def _index_requirements(revision: Revision, items: Sequence[RequirementItem]) -> None:
    document = revision.document
    rows = list(Requirement.objects.filter(document=document).order_by("position"))
    titles = {id(row): row.title for row in rows}
    found = match(rows, [(item.key, item.ordinal, item.title) for item in items], titles)
    new: list[Requirement] = []
    changed: list[Requirement] = []
    for position, (item, known) in enumerate(zip(items, found, strict=True)):
        row = known or Requirement(document=document, project_id=document.project_id, spec=document.spec)
        row.title, row.user_story = item.title, item.user_story
        row.condition, row.action = item.condition, item.action
        _place(row, item, ordinal=item.ordinal, position=position)
        (changed if known else new).append(row)
    _store(Requirement, rows, new, changed, (*_PLACE, "title", "user_story", "condition", "action"))
    ordered = sorted(new + changed, key=lambda row: row.position)
    _index_criteria(revision, list(zip(ordered, items, strict=True)))


def _index_criteria(revision: Revision, pairs: Sequence[tuple[Requirement, RequirementItem]]) -> None:
    document = revision.document
    rows = list(Criterion.objects.filter(document=document).order_by("position"))
    by_requirement: dict[int, list[Criterion]] = {}
    for row in rows:
        by_requirement.setdefault(row.requirement_id, []).append(row)
    new: list[Criterion] = []
    changed: list[Criterion] = []
    for requirement, item in pairs:
        known = by_requirement.get(requirement.pk, [])
        wanted = _numbered(item.criteria)
        found = match(known, wanted, {id(row): row.text for row in known})
        for position, (criterion, (_, ordinal, _), kept) in enumerate(zip(item.criteria, wanted, found, strict=True)):
            row = kept or Criterion(document=document, project_id=document.project_id, requirement=requirement)
            row.text, row.pattern = criterion.text, criterion.pattern
            _place(row, criterion, ordinal=ordinal, position=position)
            (changed if kept else new).append(row)
    _store(Criterion, rows, new, changed, (*_PLACE, "text", "pattern"))


def _numbered(items: Sequence[CriterionItem]) -> list[tuple[str, int, str]]:
    """(key, n-th with this key, text) of each criterion: real documents repeat numbers."""
    seen: dict[str, int] = {}
    wanted = []
    for item in items:
        ordinal = seen.get(item.key, 0)
        seen[item.key] = ordinal + 1
        wanted.append((item.key, ordinal, item.text))
    return wanted


def _place(row: Item, item: RequirementItem | CriterionItem, *, ordinal: int, position: int) -> None:
    row.key, row.ordinal, row.position = item.key[:100], ordinal, position
    row.start, row.end, row.present = item.start, item.end, True


I = TypeVar("I", bound=Item)  # noqa: E741


def _store(model: type[I], rows: list[I], new: list[I], changed: list[I], fields: tuple[str, ...]) -> None:
    kept = {row.pk for row in changed}
    gone = [row.pk for row in rows if row.pk not in kept and row.present]
    if gone:
        model._default_manager.filter(pk__in=gone).update(present=False)
    model._default_manager.bulk_update(changed, fields, batch_size=200)
    model._default_manager.bulk_create(new)
