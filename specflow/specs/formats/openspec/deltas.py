"""Applies a change's delta to a capability's text, as archiving the change does: only what it names is touched."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from specflow.errors import Conflict, Invalid
from specflow.specs.formats.lines import Page, is_blank, last_full
from specflow.specs.formats.markdown.outline import Sheet
from specflow.specs.formats.openspec.requirements import Block, blocks, is_section
from specflow.specs.formats.values import unrepresentable


def apply_delta(base_text: str, delta_text: str) -> str:
    """The capability's text with the delta's requirements renamed, removed, modified and added, in that order.

    Requirements are matched by their names, exactly as written. A modified one is replaced as a whole, an added one
    goes after the last; every other byte stays. An empty `base_text` begins a capability with the delta's own title and
    purpose. What stands already just as it is to be added is no conflict.

    Raises Invalid `nothing_to_apply`, `unrepresentable_text`; Conflict `delta_contradicts_itself`,
    `requirement_missing`, `requirement_exists`, `requirement_ambiguous`, each with the requirement's name in details.
    """
    delta = Sheet(delta_text)
    wanted = [block for block in blocks(delta) if block.change]
    if not wanted:
        raise Invalid(
            "nothing_to_apply",
            "The delta adds, modifies, removes and renames nothing.",
            next_steps=("Put its requirements under `## ADDED Requirements` or one of the other three headings.",),
        )
    _check_itself(wanted)
    merge = Merge(base_text if base_text.strip() else _begun(delta))
    for change in ("renamed", "removed", "modified", "added"):
        for block in wanted:
            if block.change == change:
                merge.take(block, delta.page.lines[block.start - 1 : block.end])
    new = merge.text()
    if [block.key for block in blocks(Sheet(new))] != merge.names():
        raise unrepresentable("delta")
    return new


def renamed_by(delta_text: str) -> dict[str, str]:
    """The new names of the requirements that the delta renames, by their old ones."""
    return {block.key: block.to for block in blocks(Sheet(delta_text)) if block.to}


def _check_itself(wanted: Sequence[Block]) -> None:
    """A requirement is named once, but a renamed one may be modified under its new name."""
    named = Counter(block.key for block in wanted)
    named.update(block.to for block in wanted if block.to)
    renamed = {block.to for block in wanted if block.to}
    modified = {block.key for block in wanted if block.change == "modified"}
    for name, count in named.items():
        if count > 1 + (name in renamed and name in modified):
            raise _conflict("delta_contradicts_itself", f"The delta says more than one thing of '{name[:100]}'.", name)


@dataclass(slots=True)
class Standing:
    """A requirement of the capability, and what becomes of it."""

    block: Block
    name: str
    removed: bool = False
    lines: list[str] | None = None  # those that replace its own


class Merge:
    """A capability's requirements with what is to become of each; the text is written when all is known."""

    def __init__(self, base: str) -> None:
        self._sheet = Sheet(base)
        self._all = [Standing(block, block.key) for block in blocks(self._sheet)]
        self._by_name: dict[str, list[Standing]] = {}
        for one in self._all:
            self._by_name.setdefault(one.name, []).append(one)
        self._added: dict[str, list[str]] = {}

    def take(self, block: Block, lines: list[str]) -> None:
        """Notes one requirement of a delta, with its lines. Raises Conflict as `apply_delta`."""
        if block.change == "added":
            self._add(block.key, lines)
            return
        standing = self._found(block.key)
        if block.change == "renamed":
            self._refuse_taken(block.to)
            del self._by_name[standing.name]
            standing.name = block.to
            self._by_name[block.to] = [standing]
        elif block.change == "removed":
            standing.removed = True
            del self._by_name[standing.name]
        else:
            standing.lines = lines

    def _add(self, name: str, lines: list[str]) -> None:
        same = self._by_name.get(name, [])
        if len(same) == 1 and self._lines(same[0].block) == lines:
            return
        self._refuse_taken(name)
        self._added[name] = lines

    def _found(self, name: str) -> Standing:
        same = self._by_name.get(name, [])
        if len(same) == 1:
            return same[0]
        if same:
            raise _conflict("requirement_ambiguous", f"There are {len(same)} requirements '{name[:100]}'.", name)
        like = [known for known in self._by_name if _folded(known) == _folded(name)]
        raise _conflict("requirement_missing", f"There is no requirement '{name[:100]}' to change.", name, like=like)

    def _refuse_taken(self, name: str) -> None:
        if name in self._by_name:
            raise _conflict("requirement_exists", f"There is a requirement '{name[:100]}' already.", name)

    def _lines(self, block: Block) -> list[str]:
        return self._sheet.page.lines[block.start - 1 : block.end]

    def names(self) -> list[str]:
        """The names of the requirements as they are to stand in the new text."""
        return [*(one.name for one in self._all if not one.removed), *self._added]

    def text(self) -> str:
        """The new text, written from the end to the begin so that the places above keep their numbers."""
        page = self._sheet.page
        at = self._end(page)
        for lines in reversed(self._added.values()):
            before = [""] if at and not is_blank(page.lines[at - 1]) else []
            after = [""] if at < len(page.lines) and not is_blank(page.lines[at]) else []
            page.insert(at, [*before, *lines, *after])
        for one in reversed(self._all):
            if one.removed:
                _remove(page, one.block)
            elif one.lines is not None:
                page.replace(one.block.start - 1, one.block.end, one.lines)
            elif one.name != one.block.key:
                _rename(page, one.block, one.name)
        return page.text

    def _end(self, page: Page) -> int:
        """Where one more requirement goes: after the last, or at the end of their section, which is made if need be."""
        if self._all:
            return max(one.block.end for one in self._all)
        section = next((one for one in self._sheet.headings if is_section(one)), None)
        if section or not self._added:
            return section.end if section else 0
        end = last_full(page.lines, 0, len(page.lines))
        heading = [*([""] if end else []), "## Requirements"]
        page.insert(end, heading)
        return end + len(heading)


def _remove(page: Page, block: Block) -> None:
    """Takes the requirement out with the blank lines below it, or above it where it is the text's last."""
    start, stop = block.start - 1, block.end
    while stop < len(page.lines) and is_blank(page.lines[stop]):
        stop += 1
    if stop == len(page.lines):
        start, stop = last_full(page.lines, 0, start), block.end
    page.remove(start, stop)


def _rename(page: Page, block: Block, name: str) -> None:
    line = page.lines[block.start - 1]
    at = line.rfind(block.key)
    page.lines[block.start - 1] = line[:at] + name + line[at + len(block.key) :]


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _conflict(code: str, message: str, name: str, **more: object) -> Conflict:
    return Conflict(
        code,
        message,
        {"requirement": name, **more},
        ("Name each requirement exactly as the capability's text does, once in the whole delta.",),
    )


def _begun(delta: Sheet) -> str:
    """The text of a new capability before its first requirement: the delta's own title and purpose."""
    lines = delta.page.lines
    kept: list[str] = []
    for heading in delta.headings:
        if heading.level == 1 or heading.text.casefold() == "purpose":
            body = lines[heading.line - 1 : heading.line if heading.level == 1 else heading.end]
            kept += [*([""] if kept else []), *body]
    return delta.page.newline.join([*kept, *([""] if kept else []), "## Requirements", ""])
