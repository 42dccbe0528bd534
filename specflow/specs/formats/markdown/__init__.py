"""What dialects have in common that keep a spec in one document of requirements, one of design and one of tasks, with
tasks in groups under headings: OpenSpec and spec-kit."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from specflow.specs.formats.dialect import Dialect
from specflow.specs.formats.items import EndpointItem, Items, Progress, RequirementItem, TaskItem
from specflow.specs.formats.markdown.groups import add_task, grouped
from specflow.specs.formats.markdown.outline import Sheet, title_of
from specflow.specs.formats.spec_workflow.design import read_design, write_design
from specflow.specs.formats.spec_workflow.progress import neutral, write_progress
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.formats.values import one_line_ways, quoted, ways


class MarkdownDialect(Dialect):
    """`around` has for each kind of document that has a title the words in it that are not the title's (a pattern);
    `begun` for each that can be begun its heading (`{}` for the title), the heading above what is said of it ("" for
    none), and the sections that wait to be filled."""

    around: ClassVar[Mapping[str, str]]
    begun: ClassVar[Mapping[str, tuple[str, str, str]]]

    def requirements_in(self, sheet: Sheet) -> tuple[RequirementItem, ...]:
        """The requirements of a document that has them."""
        raise NotImplementedError

    def tasks_in(self, sheet: Sheet, tasks: Sequence[TaskItem]) -> tuple[TaskItem, ...]:
        """The tasks as every dialect of checkboxes reads them, with what this one says besides."""
        return grouped(sheet, tasks)

    def read(self, kind: str, text: str) -> Items:
        if kind not in self.around:
            return Items()
        sheet = Sheet(text)
        title = title_of(sheet.headings, self.around[kind])
        if kind in {"requirements", "delta"}:
            return Items(title, requirements=self.requirements_in(sheet))
        if kind == "design":
            return Items(title, design=read_design(text))
        if kind == "tasks":
            return Items(title, tasks=self.tasks_in(sheet, read_tasks(text)))
        return Items(title)

    def neutral(self, kind: str, text: str) -> str:
        return neutral(text) if kind == "tasks" else text

    def write_progress(self, kind: str, text: str, progress: Mapping[int, Progress]) -> str:
        return write_progress(text, progress) if kind == "tasks" else text

    def skeleton(self, kind: str, *, title: str, description: str = "") -> str:
        """A description that would read as an item stands quoted."""
        if kind not in self.begun:
            return super().skeleton(kind, title=title, description=description)
        text = self._begun(kind, title, ways(description)[0] if description else ())
        items = self.read(kind, text)
        return self._begun(kind, title, (quoted(description),)) if items.requirements or items.tasks else text

    def _begun(self, kind: str, title: str, said: Sequence[str]) -> str:
        heading, introduction, sections = self.begun[kind]
        blocks = [heading.format(one_line_ways(title)[0]), introduction if said else "", "\n".join(said), sections]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def add_task(
        self,
        text: str,
        *,
        title: str,
        description: str = "",
        phase: str = "",
        priority: str = "",
        requirements: Sequence[str] = (),
    ) -> tuple[str, str]:
        def read(changed: str) -> Sequence[TaskItem]:
            return self.tasks_in(Sheet(changed), read_tasks(changed))

        return add_task(
            text, read, title=title, description=description, phase=phase, priority=priority, requirements=requirements
        )

    def write_design(
        self,
        text: str,
        *,
        architecture: str | None = None,
        data_model: str | None = None,
        api_spec: Sequence[EndpointItem] | None = None,
    ) -> str:
        return write_design(text, architecture=architecture, data_model=data_model, api_spec=api_spec)
