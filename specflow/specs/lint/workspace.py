"""The texts that are linted: each document with its items, and the documents of a spec together."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from specflow.specs.formats import registry
from specflow.specs.formats.front_matter import front_matter
from specflow.specs.formats.items import CriterionItem, Items, Place, RequirementItem, TaskItem
from specflow.specs.formats.lines import Page, fenced
from specflow.specs.lint.references import Index, Target

_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)[^`\n]+\1(?!`)")
_ASKING = ("requirements", "delta")


class Document:
    """A text with what its dialect reads in it."""

    def __init__(self, path: str, text: str, place: Place, items: Items) -> None:
        self.path, self.text, self.place, self.items = path, text, place, items
        self.is_prose = path.endswith((".md", ".markdown", ".mdx", ".txt"))

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return Page(self.text).lines

    @cached_property
    def prose(self) -> list[str]:
        """The lines in which fences, front matter, comments and code in ticks are masked; columns stay."""
        if not self.is_prose:
            return []
        page = Page(self.text)
        head = front_matter(page).end
        lines, inside = [], False
        for number, (line, code) in enumerate(zip(page.lines, fenced(page.lines), strict=True), 1):
            if code or number <= head:
                lines.append("")
                continue
            said = _CODE.sub(_masked, line) if "`" in line else line
            said, inside = _uncommented(said, inside)
            lines.append(said)
        return lines

    @property
    def asks(self) -> bool:
        """Whether its requirements are written by people, as sentences."""
        return self.is_prose and self.place.kind in _ASKING

    @property
    def is_source(self) -> bool:
        """Whether programs read it: it has its own grammar, and one rule for all that is wrong by it."""
        return self.place.kind == "source"

    def criteria(self) -> Iterator[tuple[RequirementItem, CriterionItem]]:
        """Every criterion with its requirement."""
        return ((item, criterion) for item in self.items.requirements for criterion in item.criteria)


class Spec:
    """The documents of one spec's folder."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents
        self.name = documents[0].place.spec

    @cached_property
    def requirements(self) -> list[tuple[Document, RequirementItem]]:
        """What is asked for, each with its document; what a delta removes or renames is not."""
        return [
            (document, item)
            for document in self.documents
            for item in document.items.requirements
            if item.change not in ("removed", "renamed")
        ]

    @cached_property
    def tasks(self) -> list[tuple[Document, TaskItem]]:
        """Every task and sub-item, each with its document."""
        return [(document, task) for document in self.documents for task in document.items.tasks]

    @cached_property
    def index(self) -> Index:
        """The names of its requirements; a target counts `requirements`."""
        return Index([item for _, item in self.requirements])

    @cached_property
    def targets(self) -> frozenset[Target]:
        """Everything that its tasks name."""
        named = (reference for _, task in self.tasks for reference in task.requirements)
        return self.index.resolve(named).targets

    @property
    def is_open(self) -> bool:
        """Whether work is left: a task that is not done, or no task yet."""
        return not self.tasks or any(task.status != "completed" for _, task in self.tasks)


class Workspace:
    """Everything that is linted together. Archived documents are history: they are not read."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.documents: list[Document] = []
        self.add(texts)

    def add(self, texts: Mapping[str, str]) -> None:
        """Takes further texts, by path; before anything is asked of the whole."""
        for path, text in texts.items():
            found = registry.at(path)
            if found and found[1].kind != "other" and not found[1].archived:
                dialect, place = found
                self.documents.append(Document(path, text, place, dialect.read(place.kind, text)))
        self.documents.sort(key=lambda one: one.path)

    @cached_property
    def specs(self) -> list[Spec]:
        """The specs, in the order of their folders."""
        folders: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            if document.place.spec:
                folders[document.place.folder or document.place.spec].append(document)
        return [Spec(documents) for _, documents in sorted(folders.items())]


def _masked(found: re.Match[str]) -> str:
    return "`" * len(found[0])


def _uncommented(line: str, inside: bool) -> tuple[str, bool]:
    """The line with what is in comments blanked out, and whether one goes on after it."""
    if not inside and "<!--" not in line:
        return line, False
    said, at = [], 0
    while at < len(line):
        found = line.find("-->" if inside else "<!--", at)
        end = len(line) if found < 0 else found + (3 if inside else 0)
        said.append(" " * (end - at) if inside else line[at:end])
        at = end
        if found >= 0:
            inside = not inside
    return "".join(said), inside
