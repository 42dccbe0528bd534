"""A list costs the same number of queries for 1 row and for 100."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import actions as approvals
from approvals.models import Approval, Comment
from specflow.accounts.capabilities import Scope
from specflow.accounts.models import ApiKey, Membership, Project, User
from specflow.audit.models import AuditEntry
from specflow.specs.models import Criterion, Document, Requirement, Spec
from tasks.models import ImplementationLog, Output, Run, RunEvent, Task, Ticket
from tests.calling import Caller, caller
from tests.factories import Team, make_released_task, make_team

pytestmark = pytest.mark.django_db
ROWS = 100


@pytest.fixture
def team() -> Team:
    return make_team()


def reader(team: Team) -> Caller:
    """A caller whose key was used just now: the first use of a minute is noted by one more query."""
    read = caller(team, team.alice, Scope.ADMIN)
    read("GET", "me")
    return read


def copies(row: Spec | Task | Run, **changes: Callable[[int], object]) -> list[object]:
    """99 more rows like this one; written to the tables at once, because it is reading that is measured here."""
    kind = type(row)
    fresh = []
    for number in range(1, ROWS):
        values = {field.attname: getattr(row, field.attname) for field in kind._meta.concrete_fields}
        del values["id"]
        values.pop("public_id", None)
        fresh.append(kind(**{**values, **{name: value(number) for name, value in changes.items()}}))
    return kind._default_manager.bulk_create(fresh)


def cost(read: Caller, path: str, rows: int) -> int:
    """Queries of one read, which must give so many rows."""
    with CaptureQueriesContext(connection) as captured:
        answer = read("GET", path)
    assert len(answer.body["results"]) == rows, path
    return len(captured)


def test_lists_of_a_spec(team: Team) -> None:
    task = make_released_task(team)
    spec, read = task.spec, reader(team)
    document = spec.documents.get(kind="requirements")
    paths = {
        f"specs/{spec.public_id}/requirements?limit=200": ROWS,
        f"specs/{spec.public_id}/tasks?limit=200": ROWS,
        "specs?limit=200": ROWS,
        "tasks?limit=200": ROWS,
        "documents?kind=requirements&limit=200": ROWS,
    }
    before = {path: cost(read, path, 1) for path in paths}
    requirement = spec.requirements.get()
    copies(requirement, key=str, ordinal=lambda n: n)
    _criteria(requirement)
    copies(task, key=lambda n: f"{n + 1}")
    made = copies(spec, slug=lambda n: f"copy-{n}", folder=lambda n: f"specs/copy-{n}")
    copies(document, path=lambda n: f".spec-workflow/specs/copy-{n}/requirements.md", spec_id=lambda n: made[n - 1].pk)
    assert {path: cost(read, path, rows) for path, rows in paths.items()} == before


def _criteria(requirement: Requirement) -> None:
    one = Criterion.objects.filter(requirement=requirement).first()
    others = Requirement.objects.filter(spec=requirement.spec).exclude(pk=requirement.pk)
    ids = list(others.values_list("pk", flat=True))
    copies(one, requirement_id=lambda n: ids[n - 1])


def test_lists_of_work(team: Team) -> None:
    task, read = make_released_task(team), reader(team)
    run = Run.objects.create(
        project=team.project, task=task, provider="command", status="failed", requested_by=team.robot
    )
    Output.objects.create(run=run, name="stdout", text="", sha256="0" * 64)
    event = RunEvent.objects.create(run=run, sequence=1, attempt=1, at=task.released_at, kind="stdout")
    log = ImplementationLog.objects.create(project=team.project, task=task, summary="S", author=team.robot)
    ticket = Ticket.objects.create(project=team.project, title="T", created_by=team.robot)
    paths = [f"{path}?limit=200" for path in ("runs", f"tasks/{task.public_id}/runs", "tickets")]
    paths += [f"runs/{run.public_id}/events?limit=200", f"tasks/{task.public_id}/logs?limit=200"]
    before = {path: cost(read, path, 1) for path in paths}
    copies(run)
    copies(event, sequence=lambda n: n + 1)
    copies(log)
    copies(ticket)
    assert {path: cost(read, path, ROWS) for path in paths} == before


def test_lists_of_decisions(team: Team) -> None:
    task, read = make_released_task(team), reader(team)
    approval = Approval.objects.get(document=task.document)
    comment = approvals.add_comment(task.document, actor=team.reviewer, text="Why?", approval=approval)
    paths = [f"approvals?limit=200&spec={task.spec.public_id}", f"approvals/{approval.public_id}/comments?limit=200"]
    asked = Approval.objects.count()
    before = [cost(read, paths[0], asked), cost(read, paths[1], 1)]
    copies(approval)
    copies(comment)
    assert Comment.objects.count() == ROWS
    assert [cost(read, paths[0], asked + ROWS - 1), cost(read, paths[1], ROWS)] == before


def test_lists_of_a_project(team: Team) -> None:
    read = reader(team)
    document = _long_document(team, 1)
    entries = AuditEntry.objects.filter(chain__key=team.project.public_id).count()
    paths = {"projects/demo/members": 3, "projects/demo/keys": 1, f"documents/{document.public_id}/revisions": 1}
    before = {path: cost(read, f"{path}?limit=200", rows) for path, rows in paths.items()}
    log = cost(read, "audit?limit=200", entries)
    users = User.objects.bulk_create(User(username=f"u{n}", public_id=f"user-{n}") for n in range(ROWS))
    Membership.objects.bulk_create(Membership(project=team.project, user=one, role="viewer") for one in users)
    copies(ApiKey.objects.get(), prefix=lambda n: f"p{n}", user_id=lambda n: users[n].pk)
    document = _long_document(team, ROWS - 1)
    more = {"projects/demo/members": ROWS + 3, "projects/demo/keys": ROWS}
    more[f"documents/{document.public_id}/revisions"] = ROWS
    assert {path: cost(read, f"{path}?limit=200", rows) for path, rows in more.items()} == before
    written = AuditEntry.objects.filter(chain__key=team.project.public_id).count()
    assert cost(read, "audit?limit=200", min(written, 200)) == log


def _long_document(team: Team, revisions: int) -> Document:
    from specflow.specs.actions import save_document

    path = ".spec-workflow/steering/product.md"
    saved = None
    for number in range(revisions):
        saved = save_document(team.project, actor=team.agent, path=path, text=f"# Product {revisions}.{number}\n")
    assert saved is not None
    return saved.document


def test_the_list_of_projects(team: Team) -> None:
    from django.test import Client

    client = Client()
    client.force_login(team.alice)

    def read() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            rows = client.get("/api/v1/projects?limit=200").json()["results"]
        return len(rows), len(captured)

    one, queries = read()
    assert one == 1
    made = Project.objects.bulk_create(Project(slug=f"p{n}", name="P", public_id=f"prj-{n}") for n in range(1, ROWS))
    Membership.objects.bulk_create(Membership(project=row, user=team.alice, role="viewer") for row in made)
    assert read() == (ROWS, queries)
