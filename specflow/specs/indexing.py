"""Rows in step with a revision's text: the same item keeps its row, and so its id, over revisions."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

from specflow.rows import Select, insert, update
from specflow.specs.formats import registry
from specflow.specs.formats.items import CriterionItem, DesignItem, RequirementItem, TaskItem
from specflow.specs.models import MAX_KEY_CHARACTERS, Criterion, Design, Document, Item, Requirement, Revision

# Up to so many rows are written one by one: a bulk statement takes longer to be put together.
_FEW = 4
_SAID = ("title", "user_story", "condition", "action", "statement", "change")
_REQUIREMENTS = Select(lambda given: Requirement.objects.filter(document=given("document")).order_by("position"))
_CRITERIA = Select(lambda given: Criterion.objects.filter(document=given("document")).order_by("position"))


class Row(Protocol):
    """A stored item as far as matching cares."""

    key: str
    ordinal: int


R = TypeVar("R", bound=Row)
I = TypeVar("I", bound=Item)  # noqa: E741


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


def requirements_in(document: Document) -> list[Requirement]:
    """All requirements that the document ever had, those that its text has now marked `present`."""
    return _REQUIREMENTS.all(document=document.pk)


def index(revision: Revision, requirements: list[Requirement] | None = None) -> list[Item]:
    """Brings requirements, criteria and the design in step with the revision's text; gives the rows that are new."""
    document = revision.document
    if document.spec_id is None:
        return []
    items = registry.of(document.path).read(document.kind, revision.text)
    _name(revision, items.title)
    if items.design is not None:
        _store_design(document, items.design)
    rows = requirements if requirements is not None else _requirements_before(revision)
    return _index_requirements(revision, rows, items.requirements) if rows or items.requirements else []


def _requirements_before(revision: Revision) -> list[Requirement]:
    return requirements_in(revision.document) if revision.parent else []


def _name(revision: Revision, title: str) -> None:
    """A spec that bears the name of its folder is called as its first document with a title calls it."""
    spec = revision.document.spec
    if spec is not None and title and revision.parent is None and spec.title == spec.folder.rpartition("/")[2]:
        spec.title = title
        update(spec, ("title",))


def _store_design(document: Document, item: DesignItem) -> None:
    endpoints = [
        {"method": one.method, "endpoint": one.endpoint, "description": one.description} for one in item.api_spec
    ]
    said = {"architecture": item.architecture, "data_model": item.data_model, "api_spec": endpoints}
    Design.objects.update_or_create(document=document, defaults=said)


def _index_requirements(
    revision: Revision, rows: Sequence[Requirement], items: Sequence[RequirementItem]
) -> list[Item]:
    document = revision.document
    titles = {id(row): row.title for row in rows}
    found = match(rows, [(item.key, item.ordinal, item.title) for item in items], titles)
    placed = []
    for position, (item, known) in enumerate(zip(items, found, strict=True)):
        row = known or Requirement(document=document, project=document.project, spec=document.spec)
        said = {name: getattr(item, name) for name in _SAID}
        placed.append(put(row, **place_of(item, ordinal=item.ordinal, position=position), **said))
    new = store(Requirement, rows, placed)
    return [*new, *_index_criteria(revision, list(zip((row for row, _ in placed), items, strict=True)))]


def _index_criteria(revision: Revision, pairs: Sequence[tuple[Requirement, RequirementItem]]) -> list[Criterion]:
    document = revision.document
    rows = _CRITERIA.all(document=document.pk) if revision.parent else []
    by_requirement: dict[int, list[Criterion]] = {}
    for row in rows:
        by_requirement.setdefault(row.requirement_id, []).append(row)
    placed = []
    for requirement, item in pairs:
        known = by_requirement.get(requirement.pk, [])
        wanted = _numbered(item.criteria)
        found = match(known, wanted, {id(row): row.text for row in known})
        for position, (criterion, (_, ordinal, _), kept) in enumerate(zip(item.criteria, wanted, found, strict=True)):
            row = kept or Criterion(document=document, project=document.project, requirement=requirement)
            place = place_of(criterion, ordinal=ordinal, position=position)
            placed.append(put(row, **place, text=criterion.text, pattern=criterion.pattern))
    return store(Criterion, rows, placed)


def _numbered(items: Sequence[CriterionItem]) -> list[tuple[str, int, str]]:
    """(key, n-th with this key, text) of each criterion: real documents repeat numbers."""
    seen: dict[str, int] = {}
    wanted = []
    for item in items:
        ordinal = seen.get(item.key, 0)
        seen[item.key] = ordinal + 1
        wanted.append((item.key, ordinal, item.text))
    return wanted


def place_of(item: RequirementItem | CriterionItem | TaskItem, *, ordinal: int, position: int) -> dict[str, Any]:
    """Where an item stands, as the fields of its row."""
    return {
        "key": item.key[:MAX_KEY_CHARACTERS],
        "ordinal": ordinal,
        "position": position,
        "start": item.start,
        "end": item.end,
        "present": True,
    }


def put(row: I, **values: Any) -> tuple[I, set[str]]:
    """The row with the values, and which of them are new to it."""
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return row, changed


def store(model: type[I], rows: Iterable[I], placed: Iterable[tuple[I, set[str]]]) -> list[I]:
    """Writes the new rows and the changed ones, and marks those of `rows` that the text no longer has.

    Gives the rows that are new or came back.
    """
    pairs = list(placed)
    kept = {row.pk for row, _ in pairs}
    gone = [row.pk for row in rows if row.pk not in kept and row.present]
    if gone:
        model._default_manager.filter(pk__in=gone).update(present=False)
    changed = [(row, names) for row, names in pairs if row.pk is not None and names]
    if len(changed) <= _FEW:
        for row, names in changed:
            update(row, names)
    else:
        fields = sorted(set().union(*(names for _, names in changed)))
        model._default_manager.bulk_update([row for row, _ in changed], fields, batch_size=200)
    new = [row for row, names in pairs if row.pk is None or "present" in names]
    fresh = [row for row in new if row.pk is None]
    if len(fresh) <= _FEW:
        for row in fresh:
            insert(row)
    else:
        model._default_manager.bulk_create(fresh, batch_size=200)
    return new
