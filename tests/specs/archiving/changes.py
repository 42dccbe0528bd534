"""The texts of the stories about the archive."""

from specflow.specs.imports import import_folder
from specflow.specs.models import Document, Spec
from tests.factories import Team

DESK = "openspec/specs/desk/spec.md"
NOTICES = "openspec/specs/notices/spec.md"
HERE = "openspec/changes/add-holds"
CAPABILITY = (
    "# Desk Specification\n\n## Requirements\n\n### Requirement: Lend\n\nThe system SHALL lend.\n\n"
    "#### Scenario: In\n- **WHEN** it is in\n- **THEN** it is lent\n\n### Requirement: Letter\n\n"
    "The system SHALL write.\n"
)
DELTA = (
    "## ADDED Requirements\n\n### Requirement: Hold\n\nThe system SHALL hold.\n\n"
    "## MODIFIED Requirements\n\n### Requirement: Lend\n\nThe system SHALL lend for 21 days.\n\n"
    "## RENAMED Requirements\n\n- FROM: `### Requirement: Letter`\n- TO: `### Requirement: Note`\n"
)
NEW = "# Notices Specification\n\n## ADDED Requirements\n\n### Requirement: Tell\n\nThe system SHALL tell.\n"
TASKS = "# Tasks\n\n- [x] 1.1 Hold a book\n- [x] 1.2 Tell of it\n"
FILES = {
    DESK: CAPABILITY,
    f"{HERE}/proposal.md": "# Proposal: Holds\n\n## Why\n\nPeople wait.\n",
    f"{HERE}/tasks.md": TASKS,
    f"{HERE}/specs/desk/spec.md": DELTA,
    f"{HERE}/specs/notices/spec.md": NEW,
    f"{HERE}/notes.txt": "by hand",
}
AFTER = (
    "# Desk Specification\n\n## Requirements\n\n### Requirement: Lend\n\nThe system SHALL lend for 21 days.\n\n"
    "### Requirement: Note\n\nThe system SHALL write.\n\n### Requirement: Hold\n\nThe system SHALL hold.\n"
)


def text_at(path: str) -> str:
    return Document.objects.get(path=path).current.text


def take(team: Team, files: dict[str, str]) -> None:
    import_folder(team.project, actor=team.agent, files=files)


def opened(team: Team, change: Spec) -> Spec:
    """The change with one more task, which is open."""
    take(team, {f"{HERE}/tasks.md": TASKS + "- [ ] 1.3 Show it\n"})
    return change
