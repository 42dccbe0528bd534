"""A product for the tests of one module, with the project `demo`, a foreign project, and a person who decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mcp_bridge.product import Product

CAST = """
from specflow.accounts import actions, actors
from specflow.accounts.capabilities import Role
from specflow.specs.actions import create_spec
owner = actors.system(door="cli")
alice = actions.create_person("alice", actor=owner, password="correct horse battery")
bob = actions.create_person("bob", actor=owner, password="correct horse battery")
demo = actions.create_project("demo", actor=actors.from_session(alice, door="page"))
actions.add_member(demo, bob, actor=owner, role=Role.REVIEWER)
foreign = actions.create_project("foreign", actor=actors.from_session(bob, door="page"))
print(create_spec(foreign, actor=actors.from_session(bob, door="page"), title="Not yours").public_id)
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    made = Product(tmp_path_factory.mktemp("home"))
    made.manage("migrate", "-v", "0")
    made.shell(CAST)
    return made


@pytest.fixture(scope="module")
def foreign_spec(product: Product) -> str:
    """The id of a spec of the project `foreign`."""
    return product.shell("from specflow.specs.models import Spec; print(Spec.objects.get(title='Not yours').public_id)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a spec `user-login` that an agent wrote as files."""
    spec = tmp_path / "login" / ".spec-workflow/specs/user-login"
    spec.mkdir(parents=True)
    (spec / "requirements.md").write_text(
        "# Requirements\n\n### Requirement 1\n\n**User Story:** As a user, I want to log in, so that I see my data\n\n"
        "#### Acceptance Criteria\n\n1. WHEN the password is right THEN the system SHALL open the session\n"
    )
    (spec / "tasks.md").write_text(
        "# Tasks\n\n- [ ] 1. Session model\n  - _Requirements: 1.1_\n- [-] 2. Login view\n- [x] 3. Notes\n"
    )
    return tmp_path / "login"
