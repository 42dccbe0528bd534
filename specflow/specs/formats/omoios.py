"""The OmoiOS dialect: `.omoi_os/` with requirements and a design for each feature, and tickets and tasks one by one.

Every document has front matter. A feature's two documents have its name and stand in two folders, so the spec's folder
is `.omoi_os/<feature>`, which holds no files itself. Which feature a ticket is of only its text says, so all tickets
are of one spec and all tasks of another.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from specflow.errors import Invalid
from specflow.specs.formats import task_document
from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.ears import pattern
from specflow.specs.formats.items import CriterionItem, EndpointItem, Items, Place, Progress, RequirementItem
from specflow.specs.formats.lines import BULLET, HEADING, Page, fenced
from specflow.specs.formats.spec_workflow import SpecWorkflow, words
from specflow.specs.formats.spec_workflow.design import read_design
from specflow.specs.formats.spec_workflow.requirements import read_requirements
from specflow.specs.formats.statements import with_statements
from specflow.specs.formats.task_document import Head
from specflow.specs.formats.titles import title_of, without_kind
from specflow.specs.formats.values import quoted

_ROOT = ".omoi_os"
_FOLDERS = {"requirements": "requirements", "design": "designs"}
_PREFIX = re.compile(r"^(?:REQ|DESIGN|DES)-(?=.)")
_BOX = re.compile(r"\[[ xX~\-]\] ")
_TASK = {"pending": "pending", "in_progress": "in_progress", "completed": "done", "blocked": "blocked"}
_TICKET = {"pending": "backlog", "in_progress": "building", "completed": "done", "blocked": "blocked"}
_EDITOR = SpecWorkflow()


class OmoiOS(Dialect):
    """The folder `.omoi_os/` (OmoiOS, spec-driven development)."""

    name, title, roots = "omoios", "OmoiOS", (_ROOT,)

    def place(self, path: str) -> Place | None:
        parts = path.removeprefix("./").split("/")
        if parts[0] != _ROOT or len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
            return None
        match parts[1:]:
            case ["requirements" | "designs" as folder, name] if name.endswith(".md"):
                spec = _PREFIX.sub("", name.removesuffix(".md")) or name
                return Place(
                    spec, folder.removesuffix("s") if folder == "designs" else folder, False, self.folder_for(spec)
                )
            case ["tasks" | "tickets" as folder, name] if name.endswith(".md"):
                return Place(f"omoi-os-{folder}", "task", folder=f"{_ROOT}/{folder}")
        return Place("", "other")

    def read(self, kind: str, text: str) -> Items:
        if kind == "task":
            return task_document.read_task_document(text)
        if kind == "requirements":
            return Items(title=_title(text), requirements=_requirements(text))
        if kind == "design":
            return Items(title=_title(text), design=read_design(text))
        return Items()

    def neutral(self, kind: str, text: str) -> str:
        return task_document.neutral(text) if kind == "task" else text

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        if kind != "task":
            return text
        ticket = Head(Page(text)).text("id").upper().startswith("TKT")
        return task_document.write_progress(text, progress, _TICKET if ticket else _TASK)

    def folder_for(self, spec: str) -> str:
        return f"{_ROOT}/{spec}"

    def path_in(self, folder: str, kind: str) -> str:
        if kind not in _FOLDERS:
            raise Invalid("unknown_document_kind", f"A {kind} document has no place in .omoi_os.", {"kind": kind})
        return f"{_ROOT}/{_FOLDERS[kind]}/{folder.removeprefix(_ROOT + '/')}.md"

    def skeleton(self, kind: str, *, title: str, description: str = "") -> str:
        if kind not in _FOLDERS:
            raise Invalid("unknown_document_kind", f"There is no first text for a {kind} document.", {"kind": kind})
        head = f"---\ntitle: {quoted(title)}\nstatus: draft\n---\n\n"
        return head + _EDITOR.skeleton(kind, title=title, description=description)

    def add_requirement(self, text: str, *, title: str, condition: str, action: str) -> tuple[str, str]:
        self._require_headings(text, "requirement")
        return _EDITOR.add_requirement(text, title=title, condition=condition, action=action)

    def add_criterion(self, text: str, *, requirement_key: str, ordinal: int, value: str) -> tuple[str, str]:
        """With a box to tick, as the dialect writes criteria; without one where that reads back otherwise."""
        self._require_headings(text, "criterion")
        new, key = _EDITOR.add_criterion(text, requirement_key=requirement_key, ordinal=ordinal, value=f"[ ] {value}")
        said = [one.text for item in _requirements(new) for one in item.criteria if one.key == key]
        if value in said:
            return new, key
        return _EDITOR.add_criterion(text, requirement_key=requirement_key, ordinal=ordinal, value=value)

    def _require_headings(self, text: str, what: str) -> None:
        """A document that is one requirement as a whole takes no other."""
        if not read_requirements(text) and _of_the_head(text):
            self._refuse(what)

    def write_design(
        self,
        text: str,
        *,
        architecture: str | None = None,
        data_model: str | None = None,
        api_spec: Sequence[EndpointItem] | None = None,
    ) -> str:
        return _EDITOR.write_design(text, architecture=architecture, data_model=data_model, api_spec=api_spec)


def _title(text: str) -> str:
    said = Head(Page(text)).text("title")
    return without_kind(said) or title_of("requirements", text)


def _requirements(text: str) -> tuple[RequirementItem, ...]:
    """The requirements of the headings; without any, the one that the front matter is."""
    found = tuple(_without_boxes(item) for item in read_requirements(text))
    return with_statements(text, found or _of_the_head(text))


def _without_boxes(item: RequirementItem) -> RequirementItem:
    """The requirement with its criteria's texts without their boxes: what is asked for, not whether it is there."""
    return replace(item, criteria=tuple(_unboxed(one) for one in item.criteria))


def _unboxed(item: CriterionItem) -> CriterionItem:
    box = _BOX.match(item.text)
    said = item.text[box.end() :] if box else item.text
    return CriterionItem(item.key, said, item.start, item.end, pattern(said) if box else item.pattern)


def _of_the_head(text: str) -> tuple[RequirementItem, ...]:
    page = Page(text)
    head = Head(page)
    condition, action = head.text("condition"), head.text("action")
    if not head.text("id") or not (condition or action):
        return ()
    criteria = tuple(_criteria(page, head.text("id")))
    item = RequirementItem(
        key=head.text("id"), ordinal=0, title=head.text("title"), user_story="", condition=condition, action=action,
        criteria=criteria, start=1, end=max(len(page.lines), 1),
    )  # fmt: skip
    return (item,)


def _criteria(page: Page, key: str) -> list[CriterionItem]:
    """The points of the section that is called acceptance criteria, each on a line of its own."""
    inside, found = False, list[CriterionItem]()
    for number, (line, code) in enumerate(zip(page.lines, fenced(page.lines), strict=True), 1):
        heading = None if code else HEADING.match(line)
        point = BULLET.match(line) if inside and not code else None
        if heading:
            inside = words.name(heading[2]) in words.CRITERIA
        elif point:
            said = line[point.end() :].strip()
            item = CriterionItem(f"{key}.{len(found) + 1}", said, number, number, pattern(said))
            found.append(_unboxed(item))
    return found
