"""The `.spec-workflow` dialect: `requirements.md`, `design.md`, `tasks.md` and the folders that they stand in.

The text is the truth: reading gives items with line ranges and never fails; an edit changes only the lines that it
must, reads its own result back, and is refused (`unrepresentable_text`) if what was given does not come back exactly.
"""

from specflow.specs.formats.items import (
    CriterionItem,
    DesignItem,
    EndpointItem,
    Place,
    Progress,
    RequirementItem,
    TaskItem,
)
from specflow.specs.formats.spec_workflow.design import read_design, write_design
from specflow.specs.formats.spec_workflow.places import path_for, place
from specflow.specs.formats.spec_workflow.progress import neutral, write_progress
from specflow.specs.formats.spec_workflow.requirements import read_requirements
from specflow.specs.formats.spec_workflow.requirements_edit import add_criterion, add_requirement
from specflow.specs.formats.spec_workflow.skeletons import skeleton
from specflow.specs.formats.spec_workflow.tasks import read_tasks
from specflow.specs.formats.spec_workflow.tasks_edit import add_task

NAME = "spec_workflow"

__all__ = [
    "NAME",
    "CriterionItem",
    "DesignItem",
    "EndpointItem",
    "Place",
    "Progress",
    "RequirementItem",
    "TaskItem",
    "add_criterion",
    "add_requirement",
    "add_task",
    "neutral",
    "path_for",
    "place",
    "read_design",
    "read_requirements",
    "read_tasks",
    "skeleton",
    "write_design",
    "write_progress",
]
