"""What comes before what, in an order that the same input always gives."""

import heapq
from collections.abc import Iterator, Mapping, Sequence

from specflow.errors import Invalid


def ordered(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """The names so that each stands after all that it needs, and otherwise as they were given; needs that are not
    among the names are passed over. Raises Invalid `cyclic_dependency` with the `path` of one circle."""
    place = {name: at for at, name in enumerate(needs)}
    open_ = {name: {one for one in needs[name] if one in place} for name in needs}
    waiting: dict[str, list[str]] = {}
    for name, before in open_.items():
        for one in before:
            waiting.setdefault(one, []).append(name)
    ready = [place[name] for name, before in open_.items() if not before]
    names, found = list(place), []
    while ready:
        name = names[heapq.heappop(ready)]
        found.append(name)
        for one in waiting.get(name, ()):
            open_[one].discard(name)
            if not open_[one]:
                heapq.heappush(ready, place[one])
    if len(found) < len(names):
        raise _cyclic(_circle({name: sorted(before, key=place.__getitem__) for name, before in open_.items()}))
    return found


def _circle(open_: Mapping[str, Sequence[str]]) -> list[str]:
    """A way along what is needed that comes back to its begin; every name that is left leads into one."""
    name = next(name for name, before in open_.items() if before)
    path: dict[str, int] = {}
    while name not in path:
        path[name] = len(path)
        name = open_[name][0]
    return [*list(path)[path[name] :], name]


def _cyclic(path: list[str]) -> Invalid:
    shown = " → ".join(path[:20])
    return Invalid(
        "cyclic_dependency", f"These depend on each other in a circle: {shown}.", {"path": path},
        ("Take one of these dependencies out.",),
    )  # fmt: skip


def without_cycles(needs: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The same without what would close a circle: schemas may refer to each other, and none comes first then."""
    kept: dict[str, list[str]] = {name: [] for name in needs}
    state: dict[str, str] = {}
    for root in needs:
        if root in state:
            continue
        state[root] = "open"
        walk: list[tuple[str, Iterator[str]]] = [(root, iter(needs[root]))]
        while walk:
            name, rest = walk[-1]
            one = next(rest, None)
            if one is None:
                state[name] = "done"
                walk.pop()
            elif one in needs and state.get(one) != "open":
                kept[name].append(one)
                if one not in state:
                    state[one] = "open"
                    walk.append((one, iter(needs[one])))
    return {name: tuple(before) for name, before in kept.items()}
