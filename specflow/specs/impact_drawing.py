"""What a change touches as pages show it: by kind, each thing with its link and state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.urls import reverse

from specflow.dashboard import registry as shelves

SHOWN: Final = 50  # of a kind
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A thing: `kind` and `state` are those of its chip, "" for none."""

    title: str
    url: str
    key: str = ""
    kind: str = ""
    state: str = ""
    facts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The things of one kind; `more` are not shown."""

    title: str
    icon: str
    lines: list[Line]
    more: int


class _Kind(NamedTuple):
    one: str
    many: str
    icon: str
    line: Callable[[str, Row], Line]


def touches(project: str, impact: Row) -> list[Part]:
    """The kinds of which the change touches something (`Comparison.impact`), each with its first 50."""
    found = []
    for name, kind in _KINDS.items():
        total, rows = impact["totals"].get(name, 0), impact.get(name, ())[:SHOWN]
        if total:
            title = f"{total} {kind.one if total == 1 else kind.many}"
            found.append(Part(title, kind.icon, [kind.line(project, row) for row in rows], total - len(rows)))
    return found


def _address(project: str, kind: str, name: str) -> str:
    """The thing's own page; its trace where it has none."""
    return reverse(shelves.addresses.get(kind, "trace"), args=(project, name))


def _task(project: str, row: Row) -> Line:
    facts = () if row["why"] == "cites" else (f"its own text {'is gone' if row['why'] == 'removed' else 'changed'}",)
    # Its trace says why it is there, and there is one of a task whose text is gone as well.
    return Line(row["title"], _address(project, "", row["id"]), row["key"], "task", row["status"], facts)


def _run(project: str, row: Row) -> Line:
    title = f"{row['provider']}, attempt {row['attempt']}"
    return Line(title, _address(project, "run", row["id"]), kind="run", state=row["status"])


def _citation(project: str, row: Row) -> Line:
    what = f"cites {', '.join(row['names'])}" if row["names"] else "mentions the document"
    url = f"{reverse('document', args=(project, row['document']))}?view=text#L{row['line']}"
    facts = (*((row["spec"],) if row["spec"] else ()), what, f"{row['path']}, line {row['line']}")
    return Line(row["text"], url, "", "spec", row["phase"], facts)


_KINDS: Final[dict[str, _Kind]] = {
    "tasks": _Kind("task", "tasks", "checklist", _task),
    "runs": _Kind("run", "runs", "bolt", _run),
    "outputs": _Kind(
        "output", "outputs", "output", lambda project, row: Line(row["name"], _address(project, "output", row["id"]))
    ),
    "logs": _Kind(
        "implementation log", "implementation logs", "fact_check",
        lambda project, row: Line(row["summary"], _address(project, "log", row["id"])),
    ),
    "vectors": _Kind(
        "test vector", "test vectors", "science",
        lambda project, row: Line(row["title"], _address(project, "vector", row["id"]), "", "vector", row["state"]),
    ),
    "citations": _Kind("line elsewhere cites it", "lines elsewhere cite it", "format_quote", _citation),
}  # fmt: skip
