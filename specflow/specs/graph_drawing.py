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
_WIDTH, _HEIGHT, _ACROSS, _DOWN, _TOP = 160, 62, 36, 12, 28  # pixels: a box, what is between boxes, the titles
_ROOM = 23  # narrow characters in a line of a box
_LINES = (33, 49)  # where the lines of a title stand in a box


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and where it begins."""

    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A thing. `label` is what a reader without eyes for it hears, and what a pointer sees."""

    node: Node
    x: int
    y: int
    url: str
    tone: str
    label: str
    head: Line
    lines: list[Line]
    here: bool
    width: int = _WIDTH
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True)
class Curve:
    """From a box to one below it; `near` where it begins or ends at the thing that the drawing is about."""

    path: str
    near: bool


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
    drawing.curves = [
        Curve(_path(places[one.above], places[one.below]), here in (one.above, one.below)) for one in known
    ]
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
    lines = [Line(x + 12, y + _LINES[at], text) for at, text in enumerate(wrapped(title, _ROOM, len(_LINES)))]
    return Box(node, x, y, url, chip.tone, f"{head}: {title}", Line(x + 12, y + 16, head), lines, here)


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1, x2, y2 = start[0] + _WIDTH, start[1] + _HEIGHT // 2, end[0], end[1] + _HEIGHT // 2
    bend = max((x2 - x1) // 2, 12)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def wrapped(text: str, room: int, most: int) -> list[str]:
    """The text in at most so many lines of `room` narrow characters (a wide one takes two), cut with an ellipsis."""
    lines: list[str] = []
    rest = " ".join(text[: room * most * 8].split())
    while rest and len(lines) < most:
        size = _fitting(rest, room)
        if size == len(rest):
            return [*lines, rest]
        if len(lines) == most - 1:
            return [*lines, f"{rest[: _fitting(rest, room - 1)].rstrip()}…"]
        at = rest.rfind(" ", 0, size + 1)
        lines.append(rest[: at if at > 0 else size])
        rest = rest[len(lines[-1]) :].lstrip()
    return lines


def _fitting(text: str, room: int) -> int:
    """How many of the text's characters fit, at least one."""
    for at, character in enumerate(text):
        if not unicodedata.combining(character):
            room -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if room < 0:
            return max(at, 1)
    return len(text)
