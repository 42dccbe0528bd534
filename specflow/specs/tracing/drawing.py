"""A trace as a drawing: a column for each kind, a box for each thing, a curve from what is above to what is below.

Only where things stand is worked out here; the template writes it as SVG, with classes for colours (strict policy).
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from specflow.dashboard.chips import Chip, chip_of
from specflow.specs.tracing import Edge, Node

MOST = 150  # boxes that a person can still read
# What stands in one column has one title; kinds that are not named here come after these.
COLUMNS = (
    ("Requirements", ("requirement",)),
    ("Criteria", ("criterion",)),
    ("Tasks", ("task",)),
    ("Logs and runs", ("log", "run")),
    ("Outputs", ("output",)),
    ("Approvals", ("approval",)),
    ("Test vectors", ("vector",)),
    ("Reviews", ("review",)),
)
_WIDTH, _HEIGHT, _ACROSS, _DOWN, _TOP = 152, 62, 34, 12, 28  # pixels: a box, what is between boxes, the titles
_ROOM, _LINES = 132, 2  # of a title in a box: pixels across, lines
_NARROW, _BROAD = frozenset(" iIjltfr.,:;'|!()[]-"), frozenset("mwMW@%…")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and where it begins."""

    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A thing: its kind and state as `head`, its title in `lines`. `label` is both, for who cannot see the drawing."""

    node: Node
    x: int
    y: int
    url: str
    tone: str
    label: str
    head: str
    lines: list[str]
    here: bool
    width: int = _WIDTH
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True)
class Curve:
    """From a box to one below it; `near` where it begins or ends at the thing that the drawing is about, `far` where it
    passes other columns."""

    path: str
    near: bool
    far: bool


@dataclass(slots=True)
class Drawing:
    """Everything that is drawn, in pixels."""

    width: int
    height: int
    titles: list[Line] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)


def chip_for(node: Node) -> Chip:
    """The chip of a thing's state; of a requirement and a criterion that of their text."""
    known = "document" if node.kind in ("requirement", "criterion") else node.kind
    return chip_of(known, node.state) if node.state else Chip(node.kind.capitalize(), "neutral", "label")


def draw(nodes: Sequence[Node], edges: Sequence[Edge], address: Callable[[Node], str], here: str = "") -> Drawing:
    """The drawing of these things; `here` is the id of the one that it is about, `address` leads to a thing."""
    columns = _columns(nodes, edges)
    tallest = max((len(column) for _, column in columns), default=0)
    width = len(columns) * (_WIDTH + _ACROSS) - _ACROSS
    drawing = Drawing(max(width, 0) + 2, _TOP + tallest * (_HEIGHT + _DOWN) - _DOWN + 2)
    places: dict[str, tuple[int, int]] = {}
    for number, (title, column) in enumerate(columns):
        x = 1 + number * (_WIDTH + _ACROSS)
        y = _TOP + (tallest - len(column)) * (_HEIGHT + _DOWN) // 2
        drawing.titles.append(Line(x, 14, title))
        for node in column:
            places[node.id] = (x, y)
            drawing.boxes.append(_box(node, x, y, address(node), node.id == here))
            y += _HEIGHT + _DOWN
    known = [one for one in edges if one.above in places and one.below in places]
    drawing.curves = [_curve(places[one.above], places[one.below], here in (one.above, one.below)) for one in known]
    return drawing


def _columns(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[tuple[str, list[Node]]]:
    """The columns that hold something. Each thing stands about where what is above it stands, so that curves seldom
    cross."""
    named = {kind for _, several in COLUMNS for kind in several}
    others = dict.fromkeys(one.kind for one in nodes if one.kind not in named)
    above: dict[str, list[str]] = {}
    for edge in edges:
        above.setdefault(edge.below, []).append(edge.above)
    height: dict[str, float] = {}
    found = []
    for title, several in (*COLUMNS, *((kind.capitalize(), (kind,)) for kind in others)):
        column = [one for one in nodes if one.kind in several]
        means = {one.id: _mean([height[name] for name in above.get(one.id, ()) if name in height]) for one in column}
        column.sort(key=lambda one: means[one.id])
        height |= {one.id: (at + 0.5) / len(column) for at, one in enumerate(column)}
        if column:
            found.append((title, column))
    return found


def _mean(heights: Sequence[float]) -> float:
    return sum(heights) / len(heights) if heights else 1.0


def _box(node: Node, x: int, y: int, url: str, here: bool) -> Box:
    chip = chip_for(node)
    state = chip.label if node.state else ""
    head = " · ".join(part for part in (node.kind.capitalize(), state) if part)
    title = f"{node.key} {node.title}".strip() or node.id
    return Box(
        node, x, y, url, chip.tone, f"{head}: {title}", wrapped(head, _ROOM, 1)[0], wrapped(title, _ROOM, _LINES), here
    )


def _curve(start: tuple[int, int], end: tuple[int, int], near: bool) -> Curve:
    x1, y1, x2, y2 = start[0] + _WIDTH, start[1] + _HEIGHT // 2, end[0], end[1] + _HEIGHT // 2
    bend = max((x2 - x1) // 2, 12)
    return Curve(f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}", near, x2 - x1 > _ACROSS)


def wrapped(text: str, room: int, most: int) -> list[str]:
    """The text in at most so many lines of `room` pixels, cut with an ellipsis."""
    lines: list[str] = []
    rest = " ".join(text[: room * most].split())
    while rest and len(lines) < most:
        size = _fitting(rest, room)
        if size == len(rest):
            return [*lines, rest]
        if len(lines) == most - 1:
            return [*lines, f"{rest[: _fitting(rest, room - width_of('…'))].rstrip()}…"]
        at = rest.rfind(" ", 0, size + 1)
        lines.append(rest[: at if at > 0 else size])
        rest = rest[len(lines[-1]) :].lstrip()
    return lines


def _fitting(text: str, room: int) -> int:
    """How many of the text's characters fit, at least one."""
    for at, character in enumerate(text):
        room -= width_of(character)
        if room < 0:
            return max(at, 1)
    return len(text)


def width_of(character: str) -> int:
    """About how many pixels a character is wide at 12 pixels; the box hides what is wider."""
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 12
    return 11 if character in _BROAD else 4 if character in _NARROW else 9 if character.isupper() else 7
