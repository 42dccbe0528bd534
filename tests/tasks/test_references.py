"""What tasks are for: references resolved to requirements and criteria, in step with both texts."""

import pytest

from specflow.specs import actions as specs
from specflow.specs.actions import save_document
from tasks.models import Reference
from tests.factories import Team, make_team

pytestmark = pytest.mark.django_db
FOLDER = ".spec-workflow/specs/login-lock"
REQUIREMENTS = """# Requirements

### Requirement 1: Lock

#### Acceptance Criteria

1. WHEN five logins fail THEN the system SHALL lock the account
2. WHEN an hour has passed THEN the system SHALL unlock it

### Requirement 2: Tell

#### Acceptance Criteria

1. The system SHALL write a mail
"""
TASKS = """# Tasks

- [ ] 1. Count
  - _Requirements: 1.2, 2_
- [ ] 2. Write
  - _Requirements: 9.9, whatever is fast_
"""


@pytest.fixture
def team() -> Team:
    team = make_team()
    write(team, "requirements", REQUIREMENTS)
    write(team, "tasks", TASKS)
    return team


def write(team: Team, kind: str, text: str) -> None:
    specs_path = f"{FOLDER}/{kind}.md"
    save_document(team.project, actor=team.agent, path=specs_path, text=text)


def named() -> list[tuple[str, str, str | None, str | None]]:
    rows = Reference.objects.select_related("task", "requirement", "criterion").order_by("task__position", "text")
    return [
        (row.task.key, row.text, row.requirement and row.requirement.title, row.criterion and row.criterion.key)
        for row in rows
    ]


def test_a_reference_names_a_requirement_or_one_criterion_or_nothing(team: Team) -> None:
    assert named() == [
        ("1", "1.2", "Lock", "1.2"),
        ("1", "2", "Tell", None),
        ("2", "9.9", None, None),
        ("2", "whatever is fast", None, None),
    ]


def test_a_new_requirement_makes_a_reference_find_it(team: Team) -> None:
    write(team, "tasks", TASKS.replace("9.9", "3"))
    assert ("2", "3", None, None) in named()

    spec = team.project.specs.get()
    specs.add_requirement(spec, actor=team.agent, title="Unlock", condition="asked", action="unlock")
    assert ("2", "3", "Unlock", None) in named()


def test_what_stays_keeps_its_row_and_what_goes_takes_it_along(team: Team) -> None:
    before = Reference.objects.get(text="1.2").pk
    write(team, "requirements", REQUIREMENTS.replace("write a mail", "write two mails"))
    write(team, "tasks", TASKS.replace(", 2_", "_"))

    assert Reference.objects.get(text="1.2").pk == before
    assert not Reference.objects.filter(text="2").exists()


def test_a_requirement_that_is_gone_is_named_no_more(team: Team) -> None:
    write(team, "requirements", REQUIREMENTS[: REQUIREMENTS.index("### Requirement 2")])
    assert ("1", "2", None, None) in named()
    write(team, "tasks", "# Tasks\n")
    assert named() == []
