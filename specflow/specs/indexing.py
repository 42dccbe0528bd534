"""Rows in step with a revision's text: the same item keeps its row, and so its id, over revisions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from specflow.rows import Select, insert, update
from specflow.specs import following
from specflow.specs.following import NO_ANSWERS, Answers, Name
from specflow.specs.formats import registry
from specflow.specs.formats.items import CriterionItem, DesignItem, Items, RequirementItem, TaskItem
from specflow.specs.models import MANY, MAX_KEY_CHARACTERS, Criterion, Design, Document, Item, Requirement, Revision

# Up to so many rows are written one by one: a bulk statement takes longer to be put together.
_FEW = 4
_SAID = ("title", "user_story", "condition", "action", "statement", "change")
_REQUIREMENTS = Select(lambda given: Requirement.objects.filter(document=given("document")).order_by("position"))
_CRITERIA = Select(lambda given: Criterion.objects.filter(document=given("document")).order_by("position"))


I = TypeVar("I", bound=Item)  # noqa: E741


def requirements_in(document: Document) -> list[Requirement]:
    """All requirements that the document ever had, those that its text has now marked `present`."""
    return _REQUIREMENTS.all(document=document.pk)


def index(
    revision: Revision, requirements: list[Requirement] | None = None, answers: Answers = NO_ANSWERS
) -> list[Item]:
    """Brings requirements, criteria and the design in step with the revision's text; gives the rows that are new."""
    document = revision.document
    if document.spec_id is None:
        return []
    items = read(revision)
    _name(revision, items.title)
    if items.design is not None:
        _store_design(document, items.design)
    rows = requirements if requirements is not None else _requirements_before(revision)
    return _index_requirements(revision, rows, items, answers) if rows or items.requirements else []


def read(revision: Revision | None) -> Items:
    """What the text of a revision says; of no revision, nothing."""
    if revision is None:
        return Items()
    return registry.of(revision.document.path).read(revision.document.kind, revision.text)


def _requirements_before(revision: Revision) -> list[Requirement]:
    return requirements_in(revision.document) if revision.parent else []


def _name(revision: Revision, title: str) -> None:
    """A spec that bears the name of its folder is called as its first document with a title calls it."""
    spec, named = revision.document.spec, title and revision.parent is None and revision.document.kind not in MANY
    if spec is not None and named and spec.title == spec.folder.rpartition("/")[2]:
        spec.title = title
        update(spec, ("title",))


def _store_design(document: Document, item: DesignItem) -> None:
    endpoints = [
        {"method": one.method, "endpoint": one.endpoint, "description": one.description} for one in item.api_spec
    ]
    said = {"architecture": item.architecture, "data_model": item.data_model, "api_spec": endpoints}
    Design.objects.update_or_create(document=document, defaults=said)


def _index_requirements(revision: Revision, rows: Sequence[Requirement], items: Items, answers: Answers) -> list[Item]:
    document = revision.document
    criteria = _CRITERIA.all(document=document.pk) if revision.parent else []
    found = _followed(revision, rows, criteria, items, answers)
    placed = []
    for position, item in enumerate(items.requirements):
        row = found.requirements.get(position)
        row = row or Requirement(document=document, project=document.project, spec=document.spec)
        said = {name: getattr(item, name) for name in _SAID}
        placed.append(put(row, **place_of(item, ordinal=item.ordinal, position=position), **said))
    new = store(Requirement, rows, placed)
    pairs = list(zip((row for row, _ in placed), items.requirements, strict=True))
    return [*new, *_index_criteria(document, criteria, found.criteria, pairs)]


def _index_criteria(
    document: Document,
    rows: Sequence[Criterion],
    found: Mapping[int, Criterion],
    pairs: Sequence[tuple[Requirement, RequirementItem]],
) -> list[Criterion]:
    placed: list[tuple[Criterion, set[str]]] = []
    for above, item in pairs:
        ordinals = following.ordinals(item.criteria)
        for position, (one, ordinal) in enumerate(zip(item.criteria, ordinals, strict=True)):
            row = found.get(len(placed)) or Criterion(document=document, project=document.project, requirement=above)
            place = place_of(one, ordinal=ordinal, position=position)
            row, changed = put(row, **place, text=one.text, pattern=one.pattern)
            if row.requirement_id != above.pk:
                row.requirement = above
                changed.add("requirement")
            placed.append((row, changed))
    return store(Criterion, rows, placed)


class _Followed(NamedTuple):
    """The rows of the items of a text, by their place among all of their kind; what is not there is new."""

    requirements: dict[int, Requirement]
    criteria: dict[int, Criterion]


def _followed(
    revision: Revision, rows: Sequence[Requirement], criteria: Sequence[Criterion], items: Items, answers: Answers
) -> _Followed:
    above = {row.pk: row for row in rows}
    here, gone = ([row for row in rows if row.present is present] for present in (True, False))
    said, unsaid = ([row for row in criteria if row.present is present] for present in (True, False))
    found = _plainly(here, said, items) or _by_difference(here, said, items, read(revision.parent))
    if answers:
        starts = [one.start for one in items.requirements]
        inner_starts = [one.start for above in items.requirements for one in above.criteria]
        found = _Followed(
            following.answered(found.requirements, here, starts, answers),
            following.answered(found.criteria, said, inner_starts, answers),
        )
    names = dict(enumerate(following.names_of(items.requirements)))
    missing = {place: name for place, name in names.items() if place not in found.requirements}
    found.requirements.update(following.returning(missing, gone, following.names_of(gone)))
    inner = dict(enumerate(_criteria_in(items, found.requirements)))
    missing = {place: name for place, name in inner.items() if place not in found.criteria}
    found.criteria.update(following.returning(missing, unsaid, following.names_of_rows(unsaid, above)))
    return found


def _plainly(rows: Sequence[Requirement], criteria: Sequence[Criterion], items: Items) -> _Followed | None:
    """What keys and titles alone tell, None where they do not tell everything."""
    found = following.plainly(following.names_of(rows), following.names_of(items.requirements))
    if found is None:
        return None
    requirements = {place: rows[at] for place, at in found.items()}
    names = following.names_of_rows(criteria, {row.pk: row for row in rows})
    inner = following.plainly(names, _criteria_in(items, requirements))
    return None if inner is None else _Followed(requirements, {place: criteria[at] for place, at in inner.items()})


def _by_difference(
    rows: Sequence[Requirement], criteria: Sequence[Criterion], items: Items, before: Items
) -> _Followed:
    """What the difference from the text before tells."""
    from specflow.specs.changes.items import item_diff

    diff = item_diff(before, items)
    olds, news = following.names_of(before.requirements), following.names_of(items.requirements)
    old_rows = following.rows_at(dict(enumerate(olds)), rows, following.names_of(rows))
    told = following.told(diff.requirements, (before.requirements, items.requirements), (olds, news))
    requirements = {new: old_rows[old] for new, old in told.items() if old in old_rows}
    olds, news = _criteria_in(before, old_rows), _criteria_in(items, requirements)
    names = following.names_of_rows(criteria, {row.pk: row for row in rows})
    inner_rows = following.rows_at(dict(enumerate(olds)), criteria, names)
    sides = [[one for above in side.requirements for one in above.criteria] for side in (before, items)]
    told = following.told(diff.criteria, (sides[0], sides[1]), (olds, news))
    return _Followed(requirements, {new: inner_rows[old] for new, old in told.items() if old in inner_rows})


def _criteria_in(items: Items, rows: Mapping[int, Requirement]) -> list[Name]:
    """The names of all criteria, each within its requirement's row; within none of those where it has none yet."""
    return following.names_of_criteria(
        [(rows[place].pk if place in rows else -1 - place, one) for place, one in enumerate(items.requirements)]
    )


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
