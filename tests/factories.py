"""People and things for stories: alice maintains the project `demo`, bob reviews, charlie is a stranger with a project
of his own, `robot` is an agent. Everything is made by the actions that users call, so it stands on the log as well."""

from dataclasses import dataclass

from approvals import actions as approvals
from approvals.models import Approval
from specflow.accounts import actions as accounts
from specflow.accounts import actors
from specflow.accounts.actors import Actor
from specflow.accounts.capabilities import Role
from specflow.accounts.models import Project, User
from specflow.specs import actions as specs
from specflow.specs.models import Document, Spec
from tasks import actions as tasks
from tasks.models import Task

PASSWORD = "correct horse battery"
ECHO = {"runner": {"provider": "command", "options": {"argv": ["echo", "done"]}, "timeout": 30}}


@dataclass(frozen=True)
class Team:
    """The cast of a story."""

    project: Project
    alice: User
    bob: User
    charlie: User
    robot: User
    foreign: Project

    def session(self, user: User, door: str = "page") -> Actor:
        return actors.from_session(user, door=door)

    @property
    def agent(self) -> Actor:
        return actors.local_agent(self.robot, self.project)

    @property
    def reviewer(self) -> Actor:
        return self.session(self.bob)

    @property
    def maintainer(self) -> Actor:
        return self.session(self.alice)

    @property
    def stranger(self) -> Actor:
        return self.session(self.charlie)


def make_team(slug: str = "demo") -> Team:
    """The cast, in the database."""
    owner = actors.system(door="cli")
    alice, bob, charlie = (
        accounts.create_person(name if slug == "demo" else f"{name}-{slug}", actor=owner, password=PASSWORD)
        for name in ("alice", "bob", "charlie")
    )
    project = accounts.create_project(slug, actor=actors.from_session(alice, door="page"), name="Demo")
    accounts.add_member(project, bob, actor=owner, role=Role.REVIEWER)
    foreign = accounts.create_project(f"{slug}-foreign", actor=actors.from_session(charlie, door="page"))
    robot = accounts.create_agent("robot" if slug == "demo" else f"robot-{slug}", actor=owner, project=project)
    return Team(project, alice, bob, charlie, robot, foreign)


def make_spec(team: Team, title: str = "Login lock") -> Spec:
    """A spec of the robot's with one requirement and one criterion; nothing is requested or approved."""
    spec = specs.create_spec(team.project, actor=team.agent, title=title, description="Guards accounts.")
    requirement = specs.add_requirement(
        spec, actor=team.agent, title="Lock", condition="five logins fail", action="lock the account"
    )
    specs.add_criterion(requirement, actor=team.agent, text="The sixth attempt is refused")
    return spec


def approve(team: Team, document: Document) -> Approval:
    """The robot asks, bob approves."""
    document.refresh_from_db()
    asked = approvals.request_approval(document, actor=team.agent)
    return approvals.approve(asked, actor=team.reviewer, digest=asked.digest)


def make_released_task(team: Team, title: str = "Count failures", spec: Spec | None = None) -> Task:
    """A task whose requirements, design and tasks documents bob has approved; the project has a runner."""
    accounts.change_policy(team.project, actor=team.maintainer, policy=ECHO)
    team.project.refresh_from_db()
    spec = spec or make_spec(team)
    approve(team, spec.documents.get(kind="requirements"))
    specs.update_design(
        spec, actor=team.agent, architecture="A counter per account.", data_model="Counter", api_spec=[]
    )
    approve(team, spec.documents.get(kind="design"))
    task = tasks.add_task(spec, actor=team.agent, title=title, description="Count failed logins.")
    approve(team, spec.documents.get(kind="tasks"))
    return Task.objects.select_related("spec", "project", "document").get(pk=task.pk)


def make_released_tasks(team: Team, count: int, title: str = "Many tasks") -> list[Task]:
    """So many released tasks of one spec, for lists."""
    accounts.change_policy(team.project, actor=team.maintainer, policy=ECHO)
    spec = make_spec(team, title)
    approve(team, spec.documents.get(kind="requirements"))
    specs.update_design(spec, actor=team.agent, architecture="One table.", data_model="", api_spec=[])
    approve(team, spec.documents.get(kind="design"))
    text = "# Tasks\n\n" + "".join(f"- [ ] {number}. Task {number}\n" for number in range(1, count + 1))
    path = f".spec-workflow/specs/{spec.slug}/tasks.md"
    saved = specs.save_document(team.project, actor=team.agent, path=path, text=text)
    approve(team, saved.document)
    return list(Task.objects.filter(spec=spec, present=True).select_related("spec", "project", "document"))
