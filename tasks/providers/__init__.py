"""The agent providers by name: two are built in, others come by the entry point group `specflow.providers`.

An entry point names something that is called without arguments and gives a `base.Provider`. The built-in names cannot
be taken over by an installed package.
"""

from collections.abc import Callable
from importlib.metadata import entry_points

from specflow.errors import Invalid
from tasks.providers.base import Provider
from tasks.providers.command import Command
from tasks.providers.scripted import Scripted

GROUP = "specflow.providers"

_BUILT_IN: dict[str, Callable[[], Provider]] = {Command.name: Command, Scripted.name: Scripted}


def names() -> tuple[str, ...]:
    """The names that `get` takes, sorted."""
    return tuple(sorted({*_BUILT_IN, *entry_points(group=GROUP).names}))


def get(name: str) -> Provider:
    """The provider called `name`; Invalid `unknown_provider` with the known names where there is none."""
    if name in _BUILT_IN:
        return _BUILT_IN[name]()
    for entry in entry_points(group=GROUP, name=name):
        provider: Provider = entry.load()()
        return provider
    known = names()
    raise Invalid(
        "unknown_provider",
        f"There is no provider '{name[:100]}'; there are {', '.join(known)}.",
        {"provider": name[:100], "known": list(known)},
    )
