"""Drawing fragments: with their page, and by themselves at their own address."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from specflow.dashboard.registry import Fragment, in_order
from specflow.dashboard.visit import Visit
from specflow.errors import NotFound


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fragment as a page shows it: what it is, where it is drawn again, when, and its HTML."""

    fragment: Fragment
    address: str
    html: SafeString
    count: int | None = None

    @property
    def trigger(self) -> str:
        """When htmx draws it again: as soon as live.js tells of one of its topics."""
        return when(self.fragment.topics)


def when(topics: Iterable[str]) -> str:
    """The `hx-trigger` of something that depends on these topics."""
    return ", ".join(f"live:{topic} from:body" for topic in topics)


def draw(fragment: Fragment, visit: Visit, *about: Any) -> SafeString:
    """The fragment's HTML. `about` is what it is about beside the visit, such as a spec."""
    context = {"visit": visit, "fragment": fragment, **fragment.context(visit, *about)}
    return render_to_string(fragment.template, context, request=visit.request)


def drawn(shelf: dict[str, Fragment], visit: Visit, address: str, *about: Any, place: str = "") -> list[Drawn]:
    """The shelf's fragments in order, those of `place` where one is named; `address` has `{}` for the name."""
    return [
        Drawn(one, address.format(one.name), draw(one, visit, *about), one.count(visit, *about) if one.count else None)
        for one in in_order(shelf.values())
        if not place or one.place == place
    ]


def named(shelf: dict[str, Fragment], name: str) -> Fragment:
    """The fragment, or NotFound `fragment_not_found`."""
    if name not in shelf:
        raise NotFound.of("fragment", name)
    return shelf[name]
