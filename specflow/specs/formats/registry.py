"""Which dialects there are: ours, and those that installed packages bring by the entry point `specflow.dialects`."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from specflow.errors import Invalid
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import Place

GROUP = "specflow.dialects"
# A path is the first one's that knows it, so what is narrow stands before what is wide.
_OURS = (
    EntryPoint("spec-workflow", "specflow.specs.formats.spec_workflow:SpecWorkflow", GROUP),
    EntryPoint("kiro", "specflow.specs.formats.kiro:Kiro", GROUP),
    EntryPoint("omoios", "specflow.specs.formats.omoios:OmoiOS", GROUP),
    EntryPoint("backlog-md", "specflow.specs.formats.backlog_md:BacklogMd", GROUP),
    EntryPoint("openspec", "specflow.specs.formats.openspec:OpenSpec", GROUP),
    EntryPoint("task-master", "specflow.specs.formats.task_master:TaskMaster", GROUP),
    EntryPoint("spec-kit", "specflow.specs.formats.spec_kit:SpecKit", GROUP),
    EntryPoint("specflow", "specflow.specs.formats.source:Source", GROUP),
    EntryPoint("specman", "specflow.specs.formats.specman:SpecMan", GROUP),
)


class Unread(Dialect):
    """For a document whose dialect is not installed any more: kept byte for byte, and read by nobody."""

    name, title, roots = "unread", "an unknown dialect", ()

    def place(self, path: str) -> Place | None:
        return None


_UNREAD = Unread()


def dialects() -> tuple[Dialect, ...]:
    """All dialects, ours first. A plug-in is a class (or a function without arguments) that gives a Dialect."""
    return tuple(map(_loaded, _entries()))


def begun() -> Dialect:
    """The dialect in which specs are begun here."""
    return _loaded(_OURS[0])


def names() -> tuple[str, ...]:
    """The dialects' names."""
    return tuple(one.name for one in dialects())


def named(name: str) -> Dialect:
    """The dialect of this name. Raises Invalid `unknown_dialect`."""
    found = next((one for one in dialects() if one.name == name), None)
    if found is None:
        raise Invalid("unknown_dialect", f"There is no dialect '{name[:50]}'.", {"known": list(names())})
    return found


def at(path: str) -> tuple[Dialect, Place] | None:
    """The dialect that knows this path of a workspace, and what stands there; None where none does."""
    for one in map(_loaded, _entries()):  # as far as need be: some bring readers of schemas with them
        place = one.place(path)
        if place is not None:
            return one, place
    return None


def of(path: str) -> Dialect:
    """The dialect of a document that stands at the path."""
    found = at(path)
    return found[0] if found else _UNREAD


@cache
def _entries() -> tuple[EntryPoint, ...]:
    return (*_OURS, *sorted(entry_points(group=GROUP), key=lambda one: one.name))


@cache
def _loaded(entry: EntryPoint) -> Dialect:
    made: Dialect = entry.load()()
    return made
