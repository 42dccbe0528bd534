"""Who may do what, cell by cell: the table as people read it (DESIGN, Who may do what)."""

from itertools import combinations

import pytest

from specflow.accounts import actors, rules
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import CAPABILITIES, PEOPLE_ONLY, SCOPE_OF, Role, Scope, Verb
from specflow.accounts.models import Kind, Membership, Project, User
from specflow.errors import NotFound, PermissionDenied

TABLE = """
                  viewer  engineer  reviewer  product_manager  maintainer
view              yes     yes       yes       yes              yes
comment           no      yes       yes       yes              yes
write_specs       no      yes       no        yes              yes
write_tasks       no      yes       no        no               yes
run_tasks         no      yes       no        no               yes
request_approval  no      yes       no        yes              yes
decide            no      no        yes       yes              yes
read_audit        no      no        yes       yes              yes
manage            no      no        no        no               yes
"""
SCOPES = {
    "view": "specs:read",
    "comment": "specs:write",
    "write_specs": "specs:write",
    "write_tasks": "tasks:write",
    "run_tasks": "tasks:run",
    "request_approval": "approvals:request",
    "decide": "approvals:decide",
    "read_audit": "audit:read",
    "manage": "admin",
}
ROLES, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(role, verb, cell == "yes") for verb, *cells in ROWS for role, cell in zip(ROLES, cells, strict=True)]
NEVER_BY_AGENTS = {"decide", "manage"}
KINDS = ["human", "agent"]


def test_the_table_names_every_role_and_every_verb_and_every_scope():
    assert [role.value for role in Role] == ROLES
    assert [verb for verb, *_ in ROWS] == [verb.value for verb in Verb]
    assert {verb: SCOPE_OF[Verb(verb)].value for verb in SCOPES} == SCOPES
    assert set(SCOPES.values()) == set(Scope.values)
    assert set(PEOPLE_ONLY) == NEVER_BY_AGENTS


@pytest.mark.parametrize(("role", "verb", "may"), CELLS)
def test_a_role_may_do_what_its_cell_says(role: str, verb: str, may: bool):
    assert (Verb(verb) in CAPABILITIES[Role(role)]) is may


pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="demo", name="Demo")


def member(project: Project, role: str, kind: str = Kind.HUMAN) -> User:
    user = User.objects.create(username=f"{role}-{kind}", kind=kind)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def code(actor: Actor, verb: str, project: Project) -> str:
    """The refusal's code, or an empty string."""
    try:
        rules.require(actor, Verb(verb), project)
    except (NotFound, PermissionDenied) as refusal:
        assert not rules.allows(actor, Verb(verb), project)
        return refusal.code
    assert rules.allows(actor, Verb(verb), project)
    return ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("role", "verb", "may"), CELLS)
def test_a_member_may_do_what_role_and_kind_allow(project: Project, role: str, verb: str, may: bool, kind: str):
    actor = actors.from_session(member(project, role, kind), door="page")

    if kind == "agent" and verb in NEVER_BY_AGENTS:
        assert code(actor, verb, project) == "agent_may_not"
    else:
        assert code(actor, verb, project) == ("" if may else "role_may_not")


SOME_SCOPES = [
    *combinations(Scope.values, 0),
    *combinations(Scope.values, 1),
    ("specs:read", "tasks:write"),
    ("approvals:decide", "audit:read"),
    tuple(scope for scope in Scope.values if scope != "admin"),
    tuple(Scope.values),
]


@pytest.mark.parametrize("scopes", SOME_SCOPES, ids=lambda scopes: "+".join(scopes) or "none")
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_does_what_role_and_scopes_and_kind_all_allow(project: Project, kind: str, scopes: tuple[str, ...]):
    for role in ROLES:
        user = member(project, role, kind)
        actor = Actor(user=user, door="api", scopes=frozenset(scopes), bound_to=project.pk)
        expected = {
            verb
            for one, verb, may in CELLS
            if one == role
            and may
            and (SCOPES[verb] in scopes or "admin" in scopes)
            and not (kind == "agent" and verb in NEVER_BY_AGENTS)
        }
        assert {verb.value for verb in Verb if not code(actor, verb, project)} == expected
        assert {verb.value for verb in rules.allowed(actor, project)} == expected


def test_a_scope_that_is_missing_is_named(project: Project):
    actor = Actor(user=member(project, "engineer"), door="api", scopes=frozenset({"specs:read"}), bound_to=project.pk)

    with pytest.raises(PermissionDenied) as refused:
        rules.require(actor, Verb.RUN_TASKS, project)

    assert refused.value.code == "scope_missing"
    assert refused.value.details == {"verb": "run_tasks", "scope": "tasks:run", "scopes": ["specs:read"]}


def test_a_role_that_is_too_small_hears_which_would_do(project: Project):
    actor = actors.from_session(member(project, "viewer"), door="page")

    with pytest.raises(PermissionDenied) as refused:
        rules.require(actor, Verb.WRITE_TASKS, project)

    assert refused.value.details["roles_that_may"] == ["engineer", "maintainer"]


@pytest.mark.parametrize("verb", [verb.value for verb in Verb])
def test_a_stranger_may_do_nothing_and_hears_of_no_project(project: Project, verb: str):
    stranger = User.objects.create(username="charlie")

    assert code(actors.from_session(stranger, door="page"), verb, project) == "project_not_found"


@pytest.mark.parametrize("verb", [verb.value for verb in Verb])
def test_a_superuser_is_a_maintainer_everywhere(project: Project, verb: str):
    admin = User.objects.create(username="admin", is_superuser=True)

    assert code(actors.from_session(admin, door="admin"), verb, project) == ""


@pytest.mark.parametrize("verb", [verb.value for verb in Verb])
def test_the_system_works_and_never_decides(project: Project, verb: str):
    expected = "agent_may_not" if verb in NEVER_BY_AGENTS else ""

    assert code(actors.system(door="job"), verb, project) == expected


@pytest.mark.parametrize("verb", [verb.value for verb in Verb])
def test_who_was_deactivated_may_do_nothing(project: Project, verb: str):
    for user in (member(project, "maintainer"), User.objects.create(username="admin", is_superuser=True)):
        user.is_active = False
        assert code(actors.from_session(user, door="page"), verb, project) == "project_not_found"


def test_a_key_of_one_project_knows_no_other(project: Project):
    other = Project.objects.create(slug="other", name="Other")
    user = member(project, "maintainer")
    Membership.objects.create(project=other, user=user, role="maintainer")
    actor = Actor(user=user, door="api", scopes=frozenset({"admin"}), bound_to=project.pk)

    assert code(actor, "view", project) == ""
    assert code(actor, "view", other) == "project_not_found"


def test_an_agent_on_this_machine_works_in_its_project_and_does_not_decide(project: Project):
    robot = member(project, "maintainer", "agent")
    other = Project.objects.create(slug="other", name="Other")
    Membership.objects.create(project=other, user=robot, role="maintainer")
    actor = actors.local_agent(robot, project)

    assert {verb.value for verb in rules.allowed(actor, project)} == {
        *("view", "comment", "write_specs", "write_tasks", "run_tasks", "request_approval")
    }
    assert rules.allowed(actor, other) == frozenset()


def test_a_list_over_projects_needs_the_scope_alone():
    user = User.objects.create(username="alice")
    without = Actor(user=user, door="api", scopes=frozenset({"tasks:run"}))

    rules.require_scope(actors.from_session(user, door="page"), Verb.VIEW)
    rules.require_scope(Actor(user=user, door="api", scopes=frozenset({"specs:read"})), Verb.VIEW)
    with pytest.raises(PermissionDenied, match="specs:read"):
        rules.require_scope(without, Verb.VIEW)
